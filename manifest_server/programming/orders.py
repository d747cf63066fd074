"""The one place where an order is made of a stock of clips, its rules and a viewer's taste. Pure."""

from collections.abc import Sequence

import numpy as np

from manifest_server.playout.lineup import Order
from manifest_server.programming.affinity import pool_octaves
from manifest_server.programming.arranged import Arranged
from manifest_server.programming.draws import NEVER
from manifest_server.programming.shuffle import Shuffled
from manifest_server.programming.stock import Stock
from manifest_server.programming.tastes import allowed
from manifest_server.programming.weighted import weighted
from storage.programme import Rules, Taste


def order_of(stock: Stock, seed: bytes, avoid: Sequence[str] = (), taste: Taste | None = None) -> Order:
    """The order that `seed` draws of a stock, under its rules, for a viewer of this taste.

    `avoid`: the assets that air just before its first cycle, the last of them last.
    """
    if taste is not None:
        found = allowed(stock, taste)
        if len(found.indexes) < len(stock.clips):
            stock = stock.only(found.indexes)
    if stock.rules.order == "fixed":
        return stock.as_given
    # "weighted" is drawn as "shuffled" for whoever likes nothing in particular, and where rules say what comes when.
    if stock.rules.order == "weighted" and taste is not None and taste.likes and is_plain(stock.rules):
        return weighted(
            stock.clips, liked(stock, taste), b"%s/%d" % (seed, taste.version), next(iter(avoid[-1:]), None)
        )
    return Shuffled(stock, seed, avoid) if is_plain(stock.rules) else Arranged(stock, seed, avoid)


def liked(stock: Stock, taste: Taste) -> list[int]:
    """How heavy each clip is for a taste (draws.py); where it hates all of them, all are alike."""
    having = {tag: np.flatnonzero(stock.tags[tag]).tolist() for tag in taste.likes if tag in stock.tags}
    found = pool_octaves(Taste(likes=taste.likes), [clip.asset.id for clip in stock.clips], having)
    return found if any(parts != NEVER for parts in found) else [0] * len(found)


def is_plain(rules: Rules) -> bool:
    """Whether nothing is asked of an order but that no clip follows itself."""
    return not (rules.limits or rules.spacing or rules.repeat_s) and rules.repeat_clips == 1
