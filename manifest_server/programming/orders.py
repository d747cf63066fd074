"""The one place where an order is made of a stock of clips, its rules and a viewer's taste. Pure."""

from collections.abc import Sequence

import numpy as np

from manifest_server.playout.lineup import Order
from manifest_server.programming.affinity import pool_octaves
from manifest_server.programming.arranged import Arranged
from manifest_server.programming.draws import NEVER, POOL_LIMIT, Octaves
from manifest_server.programming.shuffle import Drawn, Shuffled
from manifest_server.programming.stock import Stock
from manifest_server.programming.tastes import allowed
from manifest_server.programming.weighted import Weighted
from storage.programme import Rules, Taste


def order_of(stock: Stock, seed: bytes, avoid: Sequence[str] = (), taste: Taste | None = None) -> Order:
    """The order that `seed` draws of a stock, under its rules, for a viewer of this taste.

    `avoid`: the assets that air just before its first cycle, the last of them last.
    """
    if taste is not None:
        stock = stock.only(allowed(stock, taste).indexes)
    if stock.rules.order == "fixed":
        return stock.as_given
    # "weighted" is drawn as "shuffled" for whoever likes nothing in particular.
    if taste is not None and by_likes(stock.rules, taste):
        return by_weight(stock, liked(stock, taste), b"%s/%d" % (seed, taste.version), avoid)
    return Shuffled(stock, seed, avoid) if is_plain(stock.rules) else Arranged(stock, seed, avoid)


def by_weight(stock: Stock, octaves: Octaves, seed: bytes, avoid: Sequence[str] = ()) -> Drawn:
    """The order that `seed` draws of a stock, under its rules, by the weight of each clip (draws.py).

    Raises ValueError if no clip is left.
    """
    there = np.flatnonzero(octaves != NEVER)
    if not len(there):
        raise ValueError("no clip of the pool is left")
    stock, octaves = stock.only(there), octaves[there]
    if is_plain(stock.rules) and len(stock.clips) <= POOL_LIMIT:
        return Weighted(stock, octaves, seed, avoid)
    return Arranged(stock, seed, avoid, octaves)


def stock_of(stock: Stock, taste: Taste) -> Stock:
    """What of a stock airs for a viewer of this taste."""
    stock = stock.only(allowed(stock, taste).indexes)
    return stock.only(np.flatnonzero(liked(stock, taste) != NEVER)) if by_likes(stock.rules, taste) else stock


def by_likes(rules: Rules, taste: Taste) -> bool:
    """Whether what a viewer likes counts for the order, and what they hate is left out."""
    return rules.order == "weighted" and bool(taste.likes)


def liked(stock: Stock, taste: Taste) -> Octaves:
    """How heavy each clip is for a taste (draws.py); where it hates all of them, all are alike."""
    found = pool_octaves(taste.likes, stock.tags, len(stock.clips))
    return found if (found != NEVER).any() else np.zeros_like(found)


def is_plain(rules: Rules) -> bool:
    """Whether nothing is asked of an order but that no clip follows itself."""
    return not (rules.limits or rules.spacing or rules.repeat_s) and rules.repeat_clips == 1
