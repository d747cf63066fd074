"""A permutation of a pool for every cycle of every viewer, from a seed alone. Pure: seeded hashing only."""

import struct
from collections.abc import Sequence
from hashlib import blake2b, shake_128

from manifest_server.playout.lineup import Clip, Cycle

CYCLES_KEPT = 3  # a window touches at most two, unless cycles are shorter than it


def permutation(seed: bytes, count: int) -> list[int]:
    """The numbers below `count` in an order that depends on `seed` alone, the same in every process and version."""
    keys = struct.unpack(f">{count}Q", shake_128(seed).digest(8 * count))
    return sorted(range(count), key=keys.__getitem__)


class Shuffled:
    """A pool in a new order in every cycle; no clip follows itself, also not across the seam of two cycles.

    `avoid` is the asset that airs just before the first cycle. Cycles are remembered, a few at a time: they are
    a pure function of the arguments, so that is no state.
    """

    __slots__ = ("_avoid", "_recent", "_seed", "clips", "pool", "segments", "ticks")

    def __init__(self, pool: Sequence[Clip], seed: bytes, avoid: str | None = None) -> None:
        self.pool = tuple(pool)
        self.ticks = sum(clip.ticks for clip in pool)
        self.segments = sum(clip.last - clip.first for clip in pool)
        self.clips = len(pool)
        self._seed = blake2b(seed, digest_size=16).digest()
        self._avoid = avoid
        self._recent: dict[int, Cycle] = {}

    def cycle(self, number: int) -> Cycle:
        """The clips of cycle `number`, each of the pool once."""
        found = self._recent.get(number)
        if found is None:
            found = Cycle(self.pool[index] for index in self._indexes(number))
            while len(self._recent) >= CYCLES_KEPT:
                del self._recent[next(iter(self._recent))]
            self._recent[number] = found
        return found

    def _indexes(self, number: int) -> list[int]:
        if self.clips < 3:
            # Two clips can only alternate; a new order in each cycle would repeat one at the seam.
            order = self._drawn(0)
            before = self._avoid
        else:
            order = self._drawn(number)
            # Exchanging the first two never moves the last, so the last of the cycle before is as it was drawn.
            before = self.pool[self._drawn(number - 1)[-1]].asset.id if number else self._avoid
        if len(order) > 1 and self.pool[order[0]].asset.id == before:
            order[0], order[1] = order[1], order[0]
        return order

    def _drawn(self, number: int) -> list[int]:
        return permutation(self._seed + number.to_bytes(8, "big"), self.clips)
