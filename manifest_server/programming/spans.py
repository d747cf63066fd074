"""Spans of time in which all viewers see the same: when the moments of a channel are on air. Pure.

Which spans there are between two instants depends on the moments and those instants alone, however long the channel
has been on air.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from manifest_server.playout.lineup import NEVER, Clip, Given
from manifest_server.playout.ticks import TICKS_PER_MS
from manifest_server.programming.day_parts import Days
from storage.programme import Moment, Outlook
from storage.records import TICKS_PER_SECOND

WEEK_MS = 7 * 86_400_000
DAY_MS = 86_400_000
SHORTEST = TICKS_PER_SECOND  # no segment is shorter, so between two spans there is nothing, or as much as this
WEEKS_KEPT = 8
MARGIN = 86_400 * TICKS_PER_SECOND
RESET_EVERY = 24
YEAR = 365 * 86_400 * TICKS_PER_SECOND


class Shared(NamedTuple):
    """A moment with its clips, and for each of its breaks what that is drawn from."""

    moment: Moment
    clips: tuple[Clip, ...]
    pods: tuple[tuple[Clip, ...], ...] = ()


class Span(NamedTuple):
    """From tick `start` to `end` everybody sees the clips of `order`, over and over if it `loops`.

    Without an order it is only the beginning of a day part, or of a plan. `pod`: from its end to `pod_end` viewers
    see these in an order of their own. At one that `resets`, what a viewer sees next does not depend on what they saw
    before.
    """

    start: int
    end: int
    order: Given | None
    moment: str
    loops: bool = False
    resumes: bool = True
    resets: bool = False
    pod: tuple[Clip, ...] = ()
    pod_end: int = 0


class Spans:
    """The spans of a channel whose tick 0 is at `epoch_ms` (Unix ms): its moments, and where day parts begin.

    `plans`: where plans begin, ascending. They give way to all else, and nothing depends on one that is long ago.
    `outlooks`: what was to come, up to when it was changed; in order.
    """

    def __init__(
        self,
        moments: Sequence[Shared],
        epoch_ms: int,
        days: Days | None = None,
        outlooks: Sequence[Outlook] = (),
        plans: Sequence[int] = (),
    ) -> None:
        self.outlooks = tuple(outlooks)
        self.days = Days((), epoch_ms) if days is None else days
        self.plans = tuple(plans)
        self.moments = tuple(moments)
        self._epoch_ms = epoch_ms
        self._repeated = tuple(_Repeated(one, epoch_ms) for one in moments)
        self._weeks: dict[int, tuple[Span, ...]] = {}

    def __bool__(self) -> bool:
        return bool(self.moments) or bool(self.days) or bool(self.plans)

    def after(self, tick: int, until: int) -> Iterator[Span]:
        """Those that begin at or after `tick` and before `until`, in order."""
        week = self._week(tick)
        while self._week_start(week) < until:
            found = self._of_week(week)
            for number in range(bisect_left(found, tick, key=_start), len(found)):
                if found[number].start >= until:
                    return
                yield found[number]
            if all(last < self._week_start(week + 1) for last in self._lasts()):
                return
            week += 1

    def anchor(self, tick: int) -> Span | None:
        """The last one that resets and begins at or before `tick`."""
        week = self._week(tick)
        while True:
            for span in reversed(self._of_week(week)):
                if span.resets and span.start <= tick:
                    return span
            before = max(self._before(self._week_start(week)), self._plan_before(self._week_start(week)))
            if before < 0:
                return None
            week = self._week(before)

    def _lasts(self) -> Iterator[int]:
        yield self.days.last if self.days else -1
        yield self.plans[-1] if self.plans else -1
        for one in self._repeated:
            yield one.last_start

    def _before(self, tick: int) -> int:
        """When the last span before a tick began, others and plans left aside; negative: there was none."""
        return max((self.days.before(tick) if self.days else -1, *(one.before(tick) for one in self._repeated)))

    def _plan_before(self, tick: int) -> int:
        at = bisect_left(self.plans, tick)
        return self.plans[at - 1] if at else -1

    def _week(self, tick: int) -> int:
        return (self._epoch_ms + tick // TICKS_PER_MS) // WEEK_MS

    def _week_start(self, week: int) -> int:
        return (week * WEEK_MS - self._epoch_ms) * TICKS_PER_MS

    def _of_week(self, week: int) -> tuple[Span, ...]:
        found = self._weeks.get(week)
        if found is None:
            while len(self._weeks) >= WEEKS_KEPT:
                del self._weeks[next(iter(self._weeks))]
            found = self._weeks[week] = self._made(self._week_start(week), self._week_start(week + 1))
        return found

    def _made(self, start: int, end: int) -> tuple[Span, ...]:
        above: list[list[Span]] = []  # what is left of each moment that goes first
        for one in self._repeated:
            # A little more than the week: what is just outside may stand beside what is in it.
            left = [_beside(span, above) for span in one.between(start - MARGIN, end + MARGIN)]
            above.append([span for span in left if span is not None])
        begins = self.days.begins(start - MARGIN, end + MARGIN) if self.days else ()
        parts = [_beside(Span(one.tick, one.tick, None, "", resets=True), above) for one in begins]
        above.append([span for span in parts if span is not None])
        found = sorted((span for spans in above for span in spans if start <= span.start < end), key=_start)
        reset = self._reset(found, weekly=self._before(start) >= max(start - YEAR, 0))
        plans = self.plans[bisect_left(self.plans, start) : bisect_left(self.plans, end)]
        # Which others reset does not depend on plans: those are dropped when nobody needs them any more.
        taken = [_beside(Span(tick, tick, None, "", resets=True), above) for tick in plans]
        return tuple(sorted((*reset, *(span for span in taken if span is not None)), key=_start))

    def _reset(self, spans: list[Span], *, weekly: bool) -> Iterator[Span]:
        """Now and then, so that nobody has to reckon from the beginning.

        That is once a day at a moment after which nothing goes on, at every RESET_EVERY of a week, and, where there
        were more before, at the first of a week: what was cut for a single moment does go on.
        """
        last_day = None
        for number, span in enumerate(spans):
            day = (self._epoch_ms + span.start // TICKS_PER_MS) // DAY_MS
            first_of_day = not span.resumes and day != last_day
            if first_of_day:
                last_day = day
            often = number % RESET_EVERY == 0 and (weekly or number > 0)
            yield span._replace(resets=span.resets or first_of_day or often)


class _Repeated:
    """When one moment is on air, others left aside. Ticks."""

    def __init__(self, shared: Shared, epoch_ms: int) -> None:
        moment = shared.moment
        self._first = (moment.at_ms - epoch_ms) * TICKS_PER_MS
        self._every = None if moment.every_ms is None else moment.every_ms * TICKS_PER_MS
        self._until = NEVER if moment.until_ms is None else (moment.until_ms - epoch_ms) * TICKS_PER_MS
        self._parts = tuple(_parts(shared, epoch_ms))
        self.length = self._parts[-1].end
        if self._every is None:
            self.last_start = self._first + self._parts[-1].start
        else:
            self.last_start = self._until

    def whole(self, since: int, until: int) -> Iterator[tuple[int, int]]:
        """From when until when it is on air, its breaks included, each time that it begins in this time."""
        first = self._first
        times: Sequence[int] = (first,)
        if self._every is not None:
            skipped = max(-(-(since - first) // self._every), 0)
            times = range(first + skipped * self._every, min(until, self._until), self._every)
        return ((start, start + self.length) for start in times if since <= start < until)

    def before(self, tick: int) -> int:
        """The last start of one of its spans before `tick`; negative: none since the epoch."""
        if self._every is None:
            starts = [self._first + part.start for part in self._parts]
        else:
            number = (min(tick, self._until) - 1 - self._first) // self._every
            starts = [
                self._first + one * self._every + part.start
                for one in range(max(number - self.length // self._every - 1, 0), number + 1)
                for part in self._parts
            ]
        return max((start for start in starts if start < tick), default=-1)

    def between(self, start: int, end: int) -> Iterator[Span]:
        """Its spans that are on air in this time, or begin within a moment of it; none from before the epoch."""
        lowest = max((start - self.length - SHORTEST - self._first) // (self._every or NEVER), 0)
        number = lowest
        while True:
            first = self._first + number * (self._every or 0)
            if first >= min(end + SHORTEST, self._until):
                return
            # The channel has to begin with something.
            if first == 0 or first >= SHORTEST:
                for part in self._parts:
                    yield part._replace(start=first + part.start, end=first + part.end, pod_end=first + part.pod_end)
            if self._every is None:
                return
            number += 1


def _parts(shared: Shared, epoch_ms: int) -> Iterator[Span]:
    """The spans of a moment, from its own beginning."""
    moment = shared.moment
    common = {"moment": moment.id, "resumes": moment.resumes}
    if moment.loops_until_ms is not None:
        length = (moment.loops_until_ms - moment.at_ms) * TICKS_PER_MS
        yield Span(0, length, Given(shared.clips), loops=True, **common)  # type: ignore[arg-type]
        return
    at = begun = 0
    for part, pod in zip(moment.breaks, shared.pods, strict=True):
        order = Given(shared.clips[begun : part.after])
        end = at + order.ticks
        after = end + part.length_ms * TICKS_PER_MS
        yield Span(at, end, order, pod=pod, pod_end=after, **common)  # type: ignore[arg-type]
        at, begun = after, part.after
    order = Given(shared.clips[begun:])
    yield Span(at, at + order.ticks, order, **common)  # type: ignore[arg-type]


def lasts(shared: Shared) -> int:
    """How long a moment is on air, its breaks included."""
    return _Repeated(shared, shared.moment.at_ms).length


class Clash(NamedTuple):
    """A moment, and the tick from which on it and another are on air at once, or too close to each other."""

    moment: str
    tick: int


def clash(new: Shared, others: Sequence[Shared], epoch_ms: int, since: int, until: int) -> Clash | None:
    """Where a new moment first is in the way of others, from its first span to its last, or they of it."""
    mine = _Repeated(new, epoch_ms).whole(since, until)
    theirs = [
        (start, end, one.moment.id) for one in others for start, end in _Repeated(one, epoch_ms).whole(since, until)
    ]
    theirs.sort()
    starts = [start for start, _, _ in theirs]
    found = []
    for start, end in mine:
        for other_start, other_end, name in theirs[max(bisect_left(starts, start) - len(others), 0) :]:
            if other_start >= end + SHORTEST:
                break
            if other_end > start - SHORTEST and other_start != end and other_end != start:
                found.append(Clash(name, max(start, other_start)))
                break
    return min(found, key=lambda one: one.tick, default=None)


def _start(span: Span) -> int:
    return span.start


def _beside(span: Span, above: Sequence[Sequence[Span]]) -> Span | None:
    """What others, which go first, leave of a span: all, its beginning, or nothing. `above`: of each, in order."""
    for others in above:
        at = bisect_right(others, span.start, key=_start)
        if at:
            after = others[at - 1].pod_end if others[at - 1].pod else others[at - 1].end
            if span.start != after and span.start - after < SHORTEST:
                return None
        if at < len(others) and (start := others[at].start) < span.end + SHORTEST and start != span.end:
            if start - span.start < SHORTEST:
                return None
            # Its end is cut off, or what is left there is too short for anything else.
            span = span._replace(end=start, pod=())
    return span
