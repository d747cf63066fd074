"""A permutation of a pool for every cycle of every viewer, from a seed alone. Pure: seeded hashing only.

What is drawn here has aired, or been planned, as soon as it was drawn: the same seed gives the same order in every
process, on every machine, and with every version of Python and numpy (tests/programming/test_forever.py).
"""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b, shake_128
from typing import Any

import numpy as np
from numpy.typing import NDArray

from manifest_server.playout.lineup import Cycle
from manifest_server.programming.stock import Indexes, Stock

FEW_BITS = 10  # numbers of clips that are no longer leave enough of 32 bits for a key
CYCLES_KEPT = 3  # of one order: a window touches at most two, unless cycles are shorter than it
_NO_CYCLES: dict[int, Cycle] = {}  # what most orders remember, for which one is enough


def keys(seed: bytes, count: int) -> NDArray[np.uint32]:
    """So many numbers of 32 bits."""
    return np.frombuffer(shake_128(seed).digest(4 * count), dtype="<u4")


def permutation(seed: bytes, count: int, last: int | None = None) -> Indexes:
    """The numbers below `count` in an order that depends on `seed` alone; `last` comes last if it is given."""
    # A key and a number in one word, to be sorted as one: much faster than a sort by key, and ties are decided. The
    # words of few clips are short, which halves it again, with keys of 21 bits. The top bit is for `last`.
    words: NDArray[Any] = keys(seed, count) >> np.uint32(1)
    bits = FEW_BITS if count <= 1 << FEW_BITS else 32
    if bits == 32:
        words = words.astype("<u8") << np.uint64(bits)
    low = words.dtype.type((1 << bits) - 1)
    words &= ~low
    words |= _numbers(count, words.dtype)
    if last is not None:
        words[last] |= words.dtype.type(1 << 8 * words.itemsize - 1)
    words.sort()
    words &= low
    return words.astype(np.intp)


@lru_cache(maxsize=64)
def _numbers(count: int, kind: np.dtype[Any]) -> NDArray[Any]:
    return np.arange(count, dtype=kind)


class Drawn:
    """An order that is drawn anew in every cycle. Its totals are those of any cycle.

    Cycles are remembered, a few at a time: they are a pure function of the arguments, so that is no state.
    """

    __slots__ = ("__weakref__", "_cycles", "_seed", "clips", "segments", "stock", "ticks")

    def __init__(self, stock: Stock, seed: bytes, airing: Indexes | None = None) -> None:
        """`airing`: the clips of the stock that air in each cycle; without, all."""
        self.stock = stock
        if airing is None:
            self.ticks, self.segments, self.clips = stock.totals
        else:
            self.ticks, self.segments = int(stock.ticks[airing].sum()), int(stock.segments[airing].sum())
            self.clips = len(airing)
        self._seed = blake2b(seed, digest_size=16).digest()
        self._cycles = _NO_CYCLES

    def cycle(self, number: int) -> Cycle:
        """The clips of cycle `number`, each of those that air once."""
        found = self._cycles.get(number)
        if found is None:
            found = self.stock.cycle(self.indexes(number))
            full = len(self._cycles) >= CYCLES_KEPT
            if full:
                self.forget()
            if not self._cycles:
                self._cycles = {}
            self._cycles[number] = found
            if not full and self.stock.recent is not None:
                self.stock.recent.note(self, self.clips)
        return found

    def forget(self) -> None:
        """Remember one cycle less."""
        if len(self._cycles) > 1:
            del self._cycles[next(iter(self._cycles))]
        else:
            self._cycles = _NO_CYCLES

    def indexes(self, number: int) -> Indexes:
        """What airs in cycle `number`, as indexes of the stock."""
        raise NotImplementedError

    def _seeded(self, number: int) -> bytes:
        return self._seed + number.to_bytes(8, "big")


class Shuffled(Drawn):
    """A pool in a new order in every cycle; no clip follows itself, also not across the seam of two cycles.

    The last clip of each cycle is drawn by itself, so that the next one need not draw all of it. `avoid` names the
    assets that air just before the first cycle, the last of them last.
    """

    __slots__ = ("_before",)

    def __init__(self, stock: Stock, seed: bytes, avoid: Sequence[str] = ()) -> None:
        super().__init__(stock, seed)
        self._before = stock.index_of.get(avoid[-1], -1) if avoid else -1

    def indexes(self, number: int) -> Indexes:
        """What airs in cycle `number`: all, in a new order."""
        if self.clips < 3:
            # Two clips can only alternate; a new order in each cycle would repeat one at the seam.
            order, before = permutation(self._seeded(0), self.clips), self._before
        else:
            order = permutation(self._seeded(number), self.clips, self._last(number))
            # Exchanging the first two never moves the last, so the last of the cycle before is as it was drawn.
            before = self._last(number - 1) if number else self._before
        if self.clips > 1 and order[0] == before:
            order[0], order[1] = int(order[1]), int(order[0])
        return order

    def _last(self, number: int) -> int:
        return int.from_bytes(blake2b(self._seeded(number), digest_size=8).digest(), "big") % self.clips
