"""What a plan writes down: the beginning of each viewer's lineup, as it would be drawn anyway. Pure."""

from collections.abc import Sequence

import numpy as np

from manifest_server.programming.draws import NEVER, Octaves, words
from manifest_server.programming.orders import by_weight, is_plain
from manifest_server.programming.rounds import sequences
from manifest_server.programming.stock import Indexes, Stock


def rows(stock: Stock, seeds: Sequence[bytes], octaves: Octaves, span: int, most: int) -> list[Indexes]:
    """For each seed, what `by_weight` airs from its first clip on, as indexes: at most so many clips, and else just
    enough to last `span` ticks.

    `octaves`: a row for each seed, a column for each clip of the stock. A row without any clip is empty. Without
    rules all are drawn at once, else one by one.
    """
    if is_plain(stock.rules):
        return [row[:most] for row in sequences(stock.draw, words(seeds), octaves, stock.ticks, span)]
    return [_ruled(stock, seed, weights, span, most) for seed, weights in zip(seeds, octaves, strict=True)]


def _ruled(stock: Stock, seed: bytes, octaves: Octaves, span: int, most: int) -> Indexes:
    there = np.flatnonzero(octaves != NEVER)
    if not len(there):
        return there
    order = by_weight(stock, octaves, seed)
    cycles = min(-(-span // order.ticks), -(-most // order.clips))
    found = np.concatenate([there[order.indexes(number)] for number in range(cycles)])[:most]
    return found[: int(np.searchsorted(np.cumsum(stock.ticks[found]), span)) + 1]
