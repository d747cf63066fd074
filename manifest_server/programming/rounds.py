"""The rounds of a cycle in a weighted order, for one viewer or for thousands at once. Pure: seeded hashing only.

There are one to four. The clip that is liked best is in every round; one that is half as heavy in every second; and
each is in one at least. In a round each clip is once, drawn by weight without replacement. A large pool has one
round: within any day one sees the best of it anyway, and all of it in the end.

The lineup of one viewer is `Weighted` (weighted.py); `sequences` are the beginnings of many.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from manifest_server.programming.draws import NEVER, Draw, Indexes, Mask, Octaves, Words, streams

MOST_ROUNDS = 4
_CYCLE_CLIPS = 512  # a cycle of several rounds has at most so many
_ROUND_CLIPS = 3  # and each round at least so many: exchanging the first two then leaves the last where it is
STREAMS = 8  # of draws in each cycle: one for each round, and one for dealing
_DEALING = 7
# To whom cards are dealt, so that two of a kind are not in rounds that follow each other.
_TURNS = {1: (0,), 2: (0, 1), 3: (0, 1, 2), 4: (0, 2, 1, 3)}
_DEALT = np.array([4, 3, 1, 2, 0])  # when, by the number of rounds that a clip is in
# How much lighter than the heaviest, in parts of an octave, a clip may be to be in so many of the rounds: the
# nearest to weight / heaviest * rounds, with the logarithms written out.
_COPIES = {2: (-106,), 3: (-256, -67), 4: (-362, -174, -49)}


def rounds_of(octaves: Octaves) -> int:
    """How many rounds a cycle of one viewer has, of whose clips none is NEVER."""
    return 1 if len(octaves) > _CYCLE_CLIPS // 2 else int(rounds(octaves[None])[0])


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


def _stream(seeds: Words, number: int, stream: int) -> Words:
    return streams(seeds, number * STREAMS + stream)


def copies(octaves: Octaves, count: int) -> Indexes:
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
    drawn = np.take_along_axis(copies(octaves, count), order, axis=1)
    order = np.take_along_axis(order, np.argsort(_DEALT[drawn], axis=1, kind="stable"), axis=1)
    times = np.take_along_axis(copies(octaves, count), order, axis=1)
    starts = np.cumsum(times, axis=1) - times
    found: list[Mask] = [there] * count
    for place, turn in enumerate(_TURNS[count]):
        found[turn] = np.empty_like(there)
        np.put_along_axis(found[turn], order, (place - starts) % count < times, axis=1)
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
