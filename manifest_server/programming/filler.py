"""Filler: the little time before a moment, made of idents of exact lengths. Pure.

An ident is an asset of one segment. What a viewer's own clips leave before a moment is a second or more; a few idents
fill it but for less than a frame, which belongs to the last one's segment.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from math import ceil
from typing import NamedTuple

from manifest_server.playout.lineup import Clip
from storage.records import TICKS_PER_SECOND

SHORTEST_TICKS = TICKS_PER_SECOND  # of a segment, and so of an ident
LONGEST_TICKS = 4 * TICKS_PER_SECOND  # of a segment, with what is left over too
REST_TICKS = 9 * TICKS_PER_SECOND  # up to this, MOST_IDENTS are enough: what clips leave is under 5 s
MOST_IDENTS = 3

# Ticks that the sums of MOST_IDENTS lengths of one number of frames may differ by: each is rounded to a whole tick.
_ROUNDED = 3


class Filling(NamedTuple):
    """The idents in the order they air, and how many ticks they leave: under a frame."""

    clips: tuple[Clip, ...]
    leftover: int


class Filler:
    """Idents of one frame rate, with a table of what they add up to: made once, asked for every viewer."""

    __slots__ = ("_choices", "_longest", "_step", "_sums")

    def __init__(self, idents: Iterable[Clip]) -> None:
        by_length = {clip.ticks: clip for clip in reversed(tuple(idents))}  # of two of one length, the first
        lengths = sorted(by_length, reverse=True)
        self._longest = by_length[lengths[0]] if lengths else None
        self._step = _step(lengths)
        table = _table(lengths, self._step)
        self._sums = tuple(table)
        self._choices = tuple(tuple(by_length[length] for length in chosen) for chosen in table.values())

    @property
    def shortest_ticks(self) -> int | None:
        """The least that can be filled: a second, or a part of a frame more. None without idents."""
        return self._sums[0] if self._sums else None

    def fill(self, rest_ticks: int) -> Filling | None:
        """The fewest idents that leave less than a frame of `rest_ticks`; None if they cannot.

        That is for less than `shortest_ticks`, or with idents that are not enough (see `gaps`). The same for the same
        arguments. Beyond REST_TICKS the longest ident comes first, as often as needed. Microseconds.
        """
        if self._longest is None:
            return None
        before = 0
        if rest_ticks > REST_TICKS:
            before = ceil((rest_ticks - REST_TICKS) / self._longest.ticks)
            rest_ticks -= before * self._longest.ticks
        at = bisect_right(self._sums, rest_ticks) - 1
        if at < 0:
            return None
        clips = self._choices[at]
        leftover = rest_ticks - sum([clip.ticks for clip in clips])
        if leftover >= self._step + _ROUNDED:
            return None
        return Filling((self._longest,) * before + clips, leftover)


def frame_counts(fps: Fraction) -> tuple[int, ...]:
    """The lengths, in frames, of a set of idents that fills everything from a second to 9 s.

    Those from 1 s to 2 s, 3 s and 4 s: up to 6 s two idents are enough, up to 9 s three. One less, that of 2 s, would
    be the fewest possible with three; without it what is a frame short of 4 s would need three.
    """
    second = ceil(fps)
    return (*range(second, 2 * second + 1), 3 * second, int(4 * fps))


def all_frame_counts(fps: Fraction) -> tuple[int, ...]:
    """Every length from 1 s to 4 s: nearly everything up to 4 s is then one ident."""
    return tuple(range(ceil(fps), int(4 * fps) + 1))


def gaps(lengths: Iterable[int], fps: Fraction) -> tuple[int, ...]:
    """What idents of these lengths (ticks) cannot fill from 1 s to 9 s, in frames: nothing, if they are enough."""
    known = sorted(set(lengths), reverse=True)
    sums = sorted(_table(known, _step(known)))
    frames = range(ceil(fps), int(REST_TICKS * fps / TICKS_PER_SECOND) + 1)
    return tuple(count for count in frames if not _reaches(sums, ident_ticks(count, fps)))


def ident_ticks(frames: int, fps: Fraction) -> int:
    """How long an ident of so many frames is on the timeline: rounded, half a tick up, as the packager does it."""
    return int(frames * TICKS_PER_SECOND / fps + Fraction(1, 2))


def _reaches(sums: list[int], ticks: int) -> bool:
    at = bisect_right(sums, ticks + _ROUNDED) - 1
    return at >= 0 and ticks - sums[at] <= _ROUNDED


@lru_cache(maxsize=64)
def filler_of(idents: tuple[Clip, ...]) -> Filler:
    """The filler of these idents, remembered: its table takes a while."""
    return Filler(idents)


def _step(lengths: Sequence[int]) -> int:
    """A frame, as the nearest two of the lengths (longest first) have it."""
    return min((a - b for a, b in pairwise(lengths)), default=0)


def _table(lengths: Sequence[int], step: int) -> dict[int, tuple[int, ...]]:
    """What is chosen from each sum on, ascending. `lengths`: each once, the longest first."""
    chosen: dict[int, tuple[int, ...]] = {}
    level: dict[int, tuple[int, ...]] = {0: ()}
    for _ in range(MOST_IDENTS):
        level = _longer(level, lengths, step)
        for total, parts in level.items():
            if total not in chosen and _ends_within(parts, step):
                chosen[total] = parts
    sums = sorted(chosen)
    return {total: min(_alike(total, sums, at, chosen), key=len) for at, total in enumerate(sums)}


def _alike(total: int, sums: list[int], at: int, chosen: dict[int, tuple[int, ...]]) -> list[tuple[int, ...]]:
    """The choices for as many frames, the largest sum first: one of fewer idents may be a tick shorter."""
    return [chosen[sums[one]] for one in range(at, max(at - 2 * _ROUNDED, -1), -1) if total - sums[one] < _ROUNDED]


def _longer(level: dict[int, tuple[int, ...]], lengths: Sequence[int], step: int) -> dict[int, tuple[int, ...]]:
    """All sums of one ident more, each as it is made best: the last leaves room, and none comes twice."""
    found: dict[int, tuple[int, ...]] = {}
    for total, parts in level.items():
        for length in lengths:
            if total + length > REST_TICKS:
                continue
            longer = tuple(sorted((*parts, length), reverse=True))
            known = found.get(total + length)
            if known is None or _rank(longer, step) < _rank(known, step):
                found[total + length] = longer
    return found


def _rank(parts: tuple[int, ...], step: int) -> tuple[bool, int, tuple[int, ...]]:
    return (not _ends_within(parts, step), len(parts) - len(set(parts)), tuple(-length for length in parts))


def _ends_within(parts: tuple[int, ...], step: int) -> bool:
    """Whether the last and shortest, with up to a frame that is left over, is no longer than a segment may be."""
    return parts[-1] + step <= LONGEST_TICKS
