"""The weighted order: what a viewer likes comes earlier, and of a small pool more often. Pure: seeded hashing only.

A cycle has the same clips every time, so its totals are closed form and any instant is found by division. It has one
to four rounds (rounds.py). Where it has one, as of any large pool, and that of a single viewer is asked for, this is
the quick way to the same order.
"""

from collections.abc import Sequence

import numpy as np

from manifest_server.programming.draws import Octaves, Race, stream, words
from manifest_server.programming.rounds import STREAMS, copies, cycle, last, rounds_of
from manifest_server.programming.shuffle import Drawn
from manifest_server.programming.stock import Indexes, Stock


class Weighted(Drawn):
    """A pool in a new weighted order in every cycle; no clip follows itself.

    `octaves`: of each clip its weight as a logarithm, see draws.py, none NEVER. `avoid` names the assets that air
    just before the first cycle, the last of them last.
    """

    __slots__ = ("_before", "_octaves", "_race", "_rounds", "_seeds")

    def __init__(self, stock: Stock, octaves: Octaves, seed: bytes, avoid: Sequence[str] = ()) -> None:
        self._octaves = octaves[None]
        self._rounds = rounds_of(octaves)
        count = len(stock.clips)
        airing = None if self._rounds == 1 else np.repeat(np.arange(count), copies(self._octaves, self._rounds)[0])
        super().__init__(stock, seed, airing)
        self._seeds = words([seed])
        self._before = stock.index_of.get(avoid[-1], -1) if avoid else -1
        self._race = Race(stock.draw, octaves) if self._rounds == 1 and count > 2 else None

    def indexes(self, number: int) -> Indexes:
        """What airs in cycle `number`: each clip as often as in any other."""
        if self._race is not None:
            return self._raced(self._race, number)
        draw, before = self.stock.draw, np.array([self._before])
        if number and len(self.stock.clips) > 2:
            before = last(draw, self._seeds, self._octaves, self._rounds, number - 1)
        order, lengths = cycle(draw, self._seeds, self._octaves, self._rounds, number, before)
        return order[0, : lengths[0]]

    def _raced(self, race: Race, number: int) -> Indexes:
        """A cycle of one round, as rounds.py has it."""
        seed = int(self._seeds[0])
        order = race.order(stream(seed, number * STREAMS))
        first = int(order[0])
        if race.is_last(stream(seed, (number - 1) * STREAMS), first) if number else first == self._before:
            order[0], order[1] = int(order[1]), first
        return order
