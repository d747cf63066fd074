"""The weighted order: what a viewer likes comes earlier, and of a small pool more often. Pure: seeded hashing only.

A cycle has the same clips every time, so its totals are closed form and any instant is found by division. It has one
to four rounds. The clip that is liked best is in every round; one that is half as heavy in every second; and each is
in one at least. In a round each clip is once, drawn by weight without replacement. A large pool has one round: within
any day one sees the best of it anyway, and all of it in the end.

One lineup (`Weighted`) and a million at once (`sequences`) are drawn by the same code.
"""

from array import array
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from manifest_server.playout.lineup import Clip, Cycle
from manifest_server.programming.draws import NEVER, Draw, Indexes, Mask, Octaves, Words, draw_of, streams, words

CYCLES_KEPT = 3  # as shuffle.py has it
MOST_ROUNDS = 4
_CYCLE_CLIPS = 512  # a cycle of several rounds has at most so many
_ROUND_CLIPS = 3  # and each round at least so many: exchanging the first two then leaves the last where it is
_STREAMS = 8  # of draws in each cycle: one for each round, and one for dealing
_DEALING = 7
# To whom cards are dealt, so that two of a kind are not in rounds that follow each other.
_TURNS = {1: (0,), 2: (0, 1), 3: (0, 1, 2), 4: (0, 2, 1, 3)}
_DEALT = np.array([4, 3, 1, 2, 0])  # when, by the number of rounds that a clip is in
# How much lighter than the heaviest, in parts of an octave, a clip may be to be in so many of the rounds: the
# nearest to weight / heaviest * rounds, with the logarithms written out.
_COPIES = {2: (-106,), 3: (-256, -67), 4: (-362, -174, -49)}


class Weighted:
    """A pool in a new weighted order in every cycle; no clip follows itself. An `Order`.

    `octaves`: of each clip its weight as a logarithm, see draws.py; NEVER: it is left out. `avoid` is the asset that
    airs just before the first cycle. Raises ValueError if nothing is left.
    """

    __slots__ = (
        "_avoid", "_draw", "_lengths", "_octaves", "_recent", "_rounds", "_runs", "_seed",
        "clips", "pool", "segments", "ticks",
    )  # fmt: skip

    def __init__(self, pool: Sequence[Clip], octaves: Sequence[int], seed: bytes, avoid: str | None = None) -> None:
        left = [(clip, parts) for clip, parts in zip(pool, octaves, strict=True) if parts != NEVER]
        if not left:
            raise ValueError("no clip of the pool is left")
        self.pool = tuple(clip for clip, _ in left)
        self._lengths = np.array([clip.ticks for clip in self.pool], dtype=np.int64)
        self._runs = np.array([clip.last - clip.first for clip in self.pool], dtype=np.int64)
        self._octaves = np.array([[parts for _, parts in left]], dtype=np.int16)
        self._rounds = int(rounds(self._octaves)[0])
        copies = _copies(self._octaves, self._rounds)[0]
        self.ticks = int((self._lengths * copies).sum())
        self.segments = int((self._runs * copies).sum())
        self.clips = int(copies.sum())
        self._draw = draw_of(tuple(clip.asset.id for clip in self.pool))
        self._seed = words([seed])
        self._avoid = next((n for n, clip in enumerate(self.pool) if clip.asset.id == avoid), -1)
        self._recent: dict[int, Cycle] = {}

    def cycle(self, number: int) -> Cycle:
        """The clips of cycle `number`, each as often as in any other."""
        found = self._recent.get(number)
        if found is None:
            order = self._indexes(number)
            clips = tuple(map(self.pool.__getitem__, order.tolist()))
            found = Cycle.summed(clips, _sums(self._lengths[order]), _sums(self._runs[order]))
            while len(self._recent) >= CYCLES_KEPT:
                del self._recent[next(iter(self._recent))]
            self._recent[number] = found
        return found

    def _indexes(self, number: int) -> Indexes:
        before = np.array([self._avoid])
        if number and len(self.pool) > 2:
            before = last(self._draw, self._seed, self._octaves, self._rounds, number - 1)
        order, lengths = cycle(self._draw, self._seed, self._octaves, self._rounds, number, before)
        return order[0, : lengths[0]]


def weighted(pool: Sequence[Clip], octaves: Sequence[int], seed: bytes, avoid: str | None = None) -> Weighted:
    """The weighted order of a pool."""
    return Weighted(pool, octaves, seed, avoid)


def rounds(octaves: Octaves) -> Indexes:
    """How many rounds a cycle of each row has."""
    there = octaves != NEVER
    count = there.sum(axis=1)
    most: Indexes = np.clip(np.minimum(count // _ROUND_CLIPS, _CYCLE_CLIPS // np.maximum(count, 1)), 1, MOST_ROUNDS)
    least = np.where(there, octaves, np.int16(-NEVER - 1)).min(axis=1)
    most[octaves.max(axis=1) == least] = 1  # all alike: one round says it all
    return most


def cycle(
    draw: Draw, seeds: Words, octaves: Octaves, count: int, number: int, before: Indexes
) -> tuple[Indexes, Indexes]:
    """Cycle `number` of each row, and how many clips it has. Each has `count` rounds.

    `before`: the clip that airs just before it; -1: none.
    """
    there = octaves != NEVER
    if count == 1:
        # Two clips can only alternate; a new order in each cycle would repeat one at the seam.
        pairs = there.sum(axis=1) <= 2
        drawn = np.where(pairs, _stream(seeds, 0, 0), _stream(seeds, number, 0))
        order, lengths = draw.order(drawn, octaves, there)
        _part(order, lengths, before)
        return order, lengths
    member = _dealt(draw, _stream(seeds, number, _DEALING), octaves, count)
    parts: list[tuple[Indexes, Indexes]] = []
    for turn in range(count):
        order, lengths = draw.order(_stream(seeds, number, turn), octaves, member[turn])
        _part(order, lengths, before)
        before = np.take_along_axis(order, lengths[:, None] - 1, axis=1)[:, 0]
        parts.append((order, lengths))
    return _joined(parts)


def last(draw: Draw, seeds: Words, octaves: Octaves, count: int, number: int) -> Indexes:
    """The last clip of cycle `number` of each row, of at least three clips."""
    member, turn = octaves != NEVER, count - 1
    if count > 1:
        member = _dealt(draw, _stream(seeds, number, _DEALING), octaves, count)[turn]
    order, lengths = draw.order(_stream(seeds, number, turn), octaves, member)
    return np.take_along_axis(order, lengths[:, None] - 1, axis=1)[:, 0]


def sequences(draw: Draw, seeds: Words, octaves: Octaves, lengths: NDArray[np.int64], span: int) -> list[Indexes]:
    """The beginning of each row's weighted lineup, as `Weighted` has it: just enough to last `span` ticks.

    `lengths`: of each clip, in ticks. A row without any clip is empty.
    """
    found: list[Indexes] = [np.empty(0, dtype=np.intp)] * len(seeds)
    kinds = np.where((octaves != NEVER).any(axis=1), rounds(octaves), 0)
    for count in range(1, MOST_ROUNDS + 1):
        rows = np.flatnonzero(kinds == count)
        pieces: dict[int, list[Indexes]] = {row: [] for row in rows.tolist()}
        left = np.full(len(rows), span, dtype=np.int64)
        before, number = np.full(len(rows), -1), 0
        while len(rows):
            order, sizes = cycle(draw, seeds[rows], octaves[rows], count, number, before)
            sums = np.cumsum(np.where(np.arange(order.shape[1]) < sizes[:, None], lengths[order], 0), axis=1)
            used = np.minimum((sums < left[:, None]).sum(axis=1) + 1, sizes)
            for row, one, size in zip(rows.tolist(), order, used.tolist(), strict=True):
                pieces[row].append(one[:size])
            going = sums[:, -1] < left
            before = np.take_along_axis(order, sizes[:, None] - 1, axis=1)[:, 0][going]
            rows, left, number = rows[going], (left - sums[:, -1])[going], number + 1
        for row, parts in pieces.items():
            found[row] = parts[0] if len(parts) == 1 else np.concatenate(parts)
    return found


def _sums(numbers: NDArray[np.int64]) -> "array[int]":
    """Prefix sums, one more than there are numbers."""
    found = array("q", bytes(8))
    found.frombytes(np.cumsum(numbers).tobytes())
    return found


def _stream(seeds: Words, number: int, stream: int) -> Words:
    return streams(seeds, number * _STREAMS + stream)


def _copies(octaves: Octaves, count: int) -> Indexes:
    """In how many of the rounds each clip is."""
    lighter = octaves.astype(np.int32) - octaves.max(axis=1)[:, None]
    found: Indexes = (octaves != NEVER).astype(np.intp)
    for limit in _COPIES.get(count, ()):
        found += lighter >= limit
    return found


def _dealt(draw: Draw, seeds: Words, octaves: Octaves, count: int) -> list[Mask]:
    """Which clips are in which round: dealt like cards, so that all rounds are of a length."""
    there = octaves != NEVER
    order, _ = draw.order(seeds, np.zeros_like(octaves), there)
    # Those of two rounds begin with the even places, so that there is always a round between.
    drawn = np.take_along_axis(_copies(octaves, count), order, axis=1)
    order = np.take_along_axis(order, np.argsort(_DEALT[drawn], axis=1, kind="stable"), axis=1)
    copies = np.take_along_axis(_copies(octaves, count), order, axis=1)
    starts = np.cumsum(copies, axis=1) - copies
    found: list[Mask] = [there] * count
    for place, turn in enumerate(_TURNS[count]):
        found[turn] = np.empty_like(there)
        np.put_along_axis(found[turn], order, (place - starts) % count < copies, axis=1)
    return found


def _part(order: Indexes, lengths: Indexes, before: Indexes) -> None:
    """Exchange the first two where the first is what airs before."""
    same = np.flatnonzero((order[:, 0] == before) & (lengths > 1))
    order[same[:, None], [0, 1]] = order[same[:, None], [1, 0]]


def _joined(parts: Sequence[tuple[Indexes, Indexes]]) -> tuple[Indexes, Indexes]:
    """Rows one behind the other, without the noise between them."""
    lengths = sum(size for _, size in parts)
    order = np.concatenate([one for one, _ in parts], axis=1)
    width = parts[0][0].shape[1]
    kept = np.concatenate([np.arange(width) < size[:, None] for _, size in parts], axis=1)
    # A stable sort by "left out" moves what is kept to the front, in its order.
    return np.take_along_axis(order, np.argsort(~kept, axis=1, kind="stable"), axis=1), np.asarray(lengths)
