"""The lineup: which clip airs when, and under which numbers. Pure: no I/O, no clock.

Everything here is found by division and bisection from prefix sums; nothing is counted from the start, so
an instant ten years after the epoch costs what the first one does.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple, Protocol

NEVER = 1 << 62  # a tick that no channel comes to
_FROM_ZERO = (0,)


@dataclass(frozen=True, slots=True)
class Asset:
    """A packaged video as the timeline sees it. `ticks`: segment boundaries from 0, one more than segments."""

    id: str
    ticks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Clip:
    """A run of whole segments of one asset: from `first` up to, not including, `last`.

    The last segment stands for `extra` ticks more than its media lasts, less than a frame: what was left of the time
    before a shared moment when no ident is that short.
    """

    asset: Asset
    first: int
    last: int
    extra: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.first < self.last < len(self.asset.ticks):
            raise ValueError(f"asset {self.asset.id} has no segments {self.first} to {self.last}")

    @classmethod
    def whole(cls, asset: Asset) -> "Clip":
        """All segments of the asset."""
        return cls(asset, 0, len(asset.ticks) - 1)

    @property
    def ticks(self) -> int:
        """Its length."""
        return self.asset.ticks[self.last] - self.asset.ticks[self.first] + self.extra


class Cycle:
    """Clips in order, with the prefix sums of their ticks and segments (each one longer than `clips`)."""

    __slots__ = ("clips", "segments", "ticks")

    def __init__(self, clips: Iterable[Clip]) -> None:
        self.clips: Sequence[Clip] = tuple(clips)
        if not self.clips:
            raise ValueError("a lineup needs at least one clip")
        # Arrays, not tuples: a boxed int costs 32 bytes, and there are as many cycles as viewers.
        self.ticks = array("q", accumulate((clip.ticks for clip in self.clips), initial=0))
        self.segments = array("q", accumulate((clip.last - clip.first for clip in self.clips), initial=0))

    @classmethod
    def summed(cls, clips: Sequence[Clip], ticks: "array[int]", segments: "array[int]") -> "Cycle":
        """The cycle of clips whose prefix sums somebody has."""
        cycle = cls.__new__(cls)
        cycle.clips, cycle.ticks, cycle.segments = clips, ticks, segments
        return cycle


class Order(Protocol):
    """What airs in each cycle of a lineup. The totals are the same in every cycle."""

    @property
    def ticks(self) -> int:
        """Length of one cycle."""
        ...

    @property
    def segments(self) -> int:
        """Segments in one cycle."""
        ...

    @property
    def clips(self) -> int:
        """Clips in one cycle."""
        ...

    def cycle(self, number: int) -> Cycle:
        """The clips of cycle `number` (from 0)."""
        ...


class Given:
    """The same order in every cycle."""

    __slots__ = ("_cycle", "clips", "segments", "ticks")

    def __init__(self, clips: Iterable[Clip]) -> None:
        self._cycle = Cycle(clips)
        self.ticks: int = self._cycle.ticks[-1]
        self.segments: int = self._cycle.segments[-1]
        self.clips = len(self._cycle.clips)

    def cycle(self, number: int) -> Cycle:
        """The one cycle there is."""
        return self._cycle


class Lineup(NamedTuple):
    """An order of clips from tick `start` on, whose first segment has `msn` and whose first clip has `dsn`.

    It is on air from `since` on, a clip boundary; without, from its start. What comes before is never listed: so an
    order goes on after something else in the middle of a cycle, and `start`, `msn` and `dsn` are only reckoned back.
    """

    start: int
    msn: int
    dsn: int
    order: Order
    repeats: bool = True
    since: int | None = None

    @property
    def begins(self) -> int:
        """The tick from which on it is on air."""
        return self.start if self.since is None else self.since

    @property
    def end(self) -> int | None:
        """Where it runs out; None for one that repeats."""
        return None if self.repeats else self.start + self.order.ticks


class Place(NamedTuple):
    """A segment on the timeline: its clip, the tick where that begins, and the numbers of both.

    At the end of a lineup that does not repeat it is one past the last: `segment == clip.last`.
    """

    clip: Clip
    start: int
    segment: int  # index in the asset
    msn: int
    dsn: int

    @property
    def tick(self) -> int:
        """Where the segment begins."""
        ticks = self.clip.asset.ticks
        return self.start + ticks[self.segment] - ticks[self.clip.first]


class Boundary(NamedTuple):
    """The start of a clip, with the numbers that its first segment and itself have."""

    tick: int
    msn: int
    dsn: int
    previous: Clip | None  # the clip that ends here


class Succession:
    """A lineup and its successors, in the order they take over; each starts where a clip of the last one ends."""

    __slots__ = ("_starts", "_switch", "end", "lineups", "start")

    def __init__(self, lineups: Iterable[Lineup]) -> None:
        self.lineups = tuple(lineups)
        if not self.lineups:
            raise ValueError("a succession needs at least one lineup")
        starts = tuple(lineup.begins for lineup in self.lineups)
        self._starts = _FROM_ZERO if starts == _FROM_ZERO else starts  # of most viewers' the same
        if any(b <= a for a, b in zip(self._starts, self._starts[1:], strict=False)):
            raise ValueError("each lineup must start after the one before")
        self._switch = self._starts[1] if len(self._starts) > 1 else NEVER
        self.start = self._starts[0]  # the first tick there is anything at
        self.end = self.lineups[-1].end  # None: it goes on for ever

    def until(self, index: int) -> int | None:
        """Where lineup `index` gives way to the next; None for the last."""
        return self._starts[index + 1] if index + 1 < len(self._starts) else None

    def place(self, tick: int) -> Place:
        """The segment that contains `tick`: the first one before the start, the end place after the end."""
        index = 0 if tick < self._switch else bisect_right(self._starts, tick) - 1
        tick = max(tick, self.start)
        start, msn, dsn, order, repeats, _ = self.lineups[index]
        clips = order.clips
        offset = tick - start if tick > start else 0
        number = 0
        if repeats:
            length = order.ticks
            number, offset = divmod(offset, length)
            start += number * length
            msn += number * order.segments
            dsn += number * clips
        cycle = order.cycle(number)
        starts = cycle.ticks
        at = bisect_right(starts, offset) - 1
        if at == clips:  # the end of a lineup that does not repeat
            clip = cycle.clips[-1]
            return Place(clip, start + starts[-2], clip.last, msn + order.segments, dsn + clips - 1)
        clip = cycle.clips[at]
        ticks, first, begins = clip.asset.ticks, clip.first, starts[at]
        # In what its last segment stands for beyond its media, the asset's next one would be found.
        segment = min(bisect_right(ticks, offset - begins + ticks[first]), clip.last) - 1
        # As Place(...) does it, without the call of a Python function in between: this is the hot path.
        return tuple.__new__(
            Place, (clip, start + begins, segment, msn + cycle.segments[at] + segment - first, dsn + at)
        )

    def boundary(self, tick: int) -> Boundary | None:
        """The first clip start at or after `tick`; None when everything has ended before it."""
        for index in range(max(bisect_right(self._starts, tick) - 1, 0), len(self.lineups)):
            found = boundary(self.lineups[index], max(tick, self._starts[index]))
            until = self.until(index)
            if found is not None and (until is None or found.tick <= until):
                return found
        return None


def boundary(lineup: Lineup, tick: int) -> Boundary | None:
    """The first clip start of one lineup at or after `tick`, its very end included; None when it has ended before."""
    order = lineup.order
    offset = max(tick - lineup.start, 0)
    if not lineup.repeats and offset > order.ticks:
        return None
    number, offset = divmod(offset, order.ticks) if lineup.repeats or offset < order.ticks else (0, offset)
    cycle = order.cycle(number)
    at = bisect_left(cycle.ticks, offset)
    previous = cycle.clips[at - 1] if at else None
    if previous is None and number:
        previous = order.cycle(number - 1).clips[-1]
    return Boundary(
        lineup.start + number * order.ticks + cycle.ticks[at],
        lineup.msn + number * order.segments + cycle.segments[at],
        lineup.dsn + number * order.clips + at,
        previous,
    )
