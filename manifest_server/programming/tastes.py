"""Which clips of a pool a viewer's taste leaves. Pure."""

from typing import NamedTuple

import numpy as np

from manifest_server.programming.stock import Indexes, Stock
from storage.metadata import OLDEST
from storage.programme import Taste


class Allowed(NamedTuple):
    """The clips that are left, by index: at least one. `reasons`: what was not heeded, and why, for people."""

    indexes: Indexes
    reasons: tuple[str, ...]


def allowed(stock: Stock, taste: Taste) -> Allowed:
    """The clips of a stock that are not ruled out by a taste.

    Where nothing would be left, what was ruled out by name is let in, then by tag, and the rating is the last to give
    way: what airs then is rated as low as anything there is. A clip that nobody rated counts as the highest.
    """
    count = len(stock.clips)
    if not taste.without and not taste.no_tags and taste.most_rating == OLDEST:
        return Allowed(np.arange(count), ())
    unknown = tuple(
        f"tag {tag!r} is not ruled out: nobody looks at it here" for tag in taste.no_tags if tag not in stock.tags
    )
    named, tagged = np.ones(count, dtype=np.bool_), np.ones(count, dtype=np.bool_)
    named[[stock.index_of[asset] for asset in taste.without if asset in stock.index_of]] = False
    for tag in taste.no_tags:
        if tag in stock.tags:
            tagged &= ~stock.tags[tag]
    ratings = stock.ratings if len(stock.ratings) else np.full(count, OLDEST, dtype=np.int64)
    rated = ratings <= taste.most_rating
    lowest = int(ratings.min())
    steps = (
        (named & tagged & rated, ()),
        (tagged & rated, (f"assets are not left out by name: of {count} nothing else is allowed",)),
        (rated, (f"tags are not ruled out: of {count} assets nothing else is rated {taste.most_rating} or less",)),
        (ratings == lowest, (f"no asset is rated {taste.most_rating} or less: the lowest of {count} is {lowest}",)),
    )
    left, reasons = next((mask, why) for mask, why in steps if mask.any())
    return Allowed(np.flatnonzero(left), unknown + reasons)
