"""A lineup ready for playout: what it is made of, put together from records, and its windows. No I/O."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from manifest_server.onair.channel import Channel
from manifest_server.playout.days import dsn_base, since
from manifest_server.playout.lineup import NEVER, Given, Order, Place, Succession
from manifest_server.playout.window import Window, last_position, window
from manifest_server.programming.course import Course
from manifest_server.programming.day_parts import WHOLE_DAY
from manifest_server.programming.orders import is_plain, order_of
from manifest_server.programming.pool import PLAIN, drawn, drawn_of
from manifest_server.programming.programme import Programme, Splice, Takeover
from manifest_server.programming.spans import Span, Spans
from manifest_server.programming.stock import Stock
from storage.clips import ClipRecord
from storage.programme import Edit, Taste
from storage.records import TICKS_PER_SECOND, LineupRecord

DAYS_KEPT = 8  # of one lineup: its numbers count from another moment on other days
ARRANGED_CLIPS = 3  # an order under rules, or by weight, takes as much for each clip as so many of a given one do

# So far a given lineup is followed. What has not come by then has moments before it between which there is no room.
END_TICKS = 62 * 86_400 * TICKS_PER_SECOND


class Planned(NamedTuple):
    """What a plan has for a lineup: `assets`, from the first clip boundary at or after `tick` on, up to `until`.

    They were drawn from the pool's revision at the tick `pool`.
    """

    tick: int
    until: int
    assets: tuple[str, ...]
    pool: int = 0


@dataclass(slots=True, eq=False)
class Stream:
    """A lineup of a channel that has all assets it needs, with the records it was made from. It does not change.

    There are as many as viewers: what most of them can do without is made when it is needed. `given`: what it is
    made of; None: what is drawn for its id alone, which is put together anew. `since`: it has the plans that are
    needed where numbers count from this tick on, or a later one.
    """

    base: Channel
    record: LineupRecord | None
    channel: Channel
    lineup: str
    given: Programme | None = None
    since: int = 0
    _whole: Succession | None = field(default=None, init=False, repr=False)  # without moments, of all days
    _courses: dict[int, Course] | None = field(default=None, init=False, repr=False)  # by day; some days share one
    _dsn_base: tuple[int, int] | None = field(default=None, init=False, repr=False)  # of which day

    @property
    def programme(self) -> Programme:
        """What it is made of."""
        return self.given or _programme(self.channel, self.lineup, self.record, ())

    @property
    def clips(self) -> int:
        """For how many clips it holds something for good; cycles of what is drawn are remembered elsewhere."""
        record = self.record
        parts = () if record is None else record.parts
        weighed = record is not None and record.tastes
        drawn_too = not all(part.clips for part in parts) or not parts
        pools = [
            ARRANGED_CLIPS * len(one.assets)
            for one in (self.channel.record.revisions if drawn_too else ())
            if weighed or not is_plain(one.rules)
        ]
        return sum((*pools, *(len(part.clips) for part in parts)))

    @property
    def spans(self) -> Spans:
        """Where everybody's lineups like this one meet."""
        is_given = self.record is not None and self.record.parts
        return self.channel.given_spans if is_given else self.channel.spans

    def succession(self, day: int, position: int) -> Succession:
        """What airs when, from before what a URL of the day `day` may list up to beyond the window at `position`."""
        if self._whole is not None:
            return self._whole
        record, spans = self.channel.record, self.spans
        # No segment lasts longer than twice the target duration: so far a window looks beyond the lookahead.
        until = position + record.lookahead_ticks + 2 * record.target_duration_s * TICKS_PER_SECOND
        if not spans:  # the numbers of all days count from the beginning, and there is nothing to walk to
            self._whole = Course(self.programme, spans, record.msn, record.dsn).until(until)
            return self._whole
        courses = self._courses
        if courses is None:
            courses = self._courses = {}
        course = courses.get(day)
        if course is None:
            anchor = self.channel.anchor(spans, day)
            course = next((one for one in courses.values() if one.anchor == anchor), None)
            course = course or Course(self.programme, spans, record.msn, record.dsn, anchor)
            while len(courses) >= DAYS_KEPT:
                del courses[next(iter(courses))]
            courses[day] = course
        return course.until(until)

    def takes_over(self, day: int, tick: int) -> Place | None:
        """Where the last part of a given lineup, whose own tick is `tick`, is on air first; None: it never is.

        That is later than the clip boundary at `tick` where that is in a moment, or leads to one.
        """
        last = self.programme.orders[-1].make((), WHOLE_DAY)
        # Each clip of an order has an asset object of its own, also when a moment cuts it: none is of another part.
        own = {id(clip.asset) for clip in last.cycle(0).clips}
        limit = tick + END_TICKS
        while tick < limit:
            place = self.succession(day, tick).place(tick)
            if place.segment == place.clip.last:
                return None
            if id(place.clip.asset) in own:
                return place
            tick = place.start + place.clip.ticks
        return None

    def settled(self, day: int, tick: int) -> Succession:
        """What a given lineup airs up to `tick` and on, until its last part is on air; to the end, if that ends."""
        tick = max(tick, 0 if self.record is None or not self.record.parts else self.record.parts[-1].start)
        taken = self.takes_over(day, tick)
        tick = tick if taken is None else taken.start
        airs, limit = self.succession(day, tick), tick + END_TICKS
        while airs.end is not None and tick < airs.end < limit:  # moments may come before that, and delay it
            tick = airs.end
            airs = self.succession(day, tick)
        return airs

    def window(self, day: int, position: int, back: int = 0) -> Window:
        """What is listed at `position` to whoever joined on `day`. Raises BeforeEpoch.

        `back`: so many ticks more of the past, as far as the channel lets viewers go back; not beyond what a URL of
        the day has numbers for.
        """
        record, airs = self.channel.record, self.succession(day, position)
        lookback = record.lookback_ticks + (self._more(airs, day, position, back) if back else 0)
        return window(airs, position, record.lookahead_ticks, lookback, record.stop_tick)

    def _more(self, airs: Succession, day: int, position: int, back: int) -> int:
        record = self.channel.record
        at = min(position, last_position(airs, record.lookahead_ticks, record.stop_tick))
        earliest = max(since(day, self.channel.epoch_ms, record.lookback_ticks), record.past_from, 0)
        return max(min(back, record.past_ticks - record.lookback_ticks, at - record.lookback_ticks - earliest), 0)

    def last_position(self, day: int, position: int) -> int:
        """From where on its window stands still, as far as can be told at `position`; NEVER while it goes on."""
        record = self.channel.record
        return last_position(self.succession(day, position), record.lookahead_ticks, record.stop_tick)

    def dsn_base(self, day: int) -> int:
        """See playout/days.py. That of the last day is remembered."""
        known = self._dsn_base
        if known is None or known[0] != day:
            lookback, epoch_ms = self.channel.record.lookback_ticks, self.channel.epoch_ms
            earliest = since(day, epoch_ms, lookback)
            succession = self.succession(day, earliest)
            found = dsn_base(succession, day, epoch_ms, lookback, self.last_position(day, earliest))
            known = self._dsn_base = day, found
        return known[1]


def stream(
    base: Channel,
    channel: Channel,
    lineup: str,
    record: LineupRecord | None,
    plans: Sequence[Planned] = (),
    since: int = 0,
) -> Stream:
    """The lineup of this id, of which `record` is stored. Raises NotFound for an asset or segments not there.

    `plans`: those that it is in, of those that are needed where numbers count from the tick `since` on.
    """
    made = _programme(channel, lineup, record, plans)
    return Stream(base, record, channel, lineup, made if record is not None or plans else None, since)


def _programme(channel: Channel, lineup: str, record: LineupRecord | None, plans: Sequence[Planned]) -> Programme:
    ours = record is not None and record.run_msn == channel.record.msn
    edits = [*channel.record.edits, *(record.edits if record is not None and ours else ())]
    return Programme(
        orders=_orders(channel, lineup, record),
        splices=tuple(_splices(channel, edits)),  # of most viewers none, and that is no object of their own
        plans=tuple(_takeover(channel, one) for one in plans),
        fillers=channel.fillers,
        pod=partial(_pod, lineup),
        days=channel.spans.days if channel.record.epoch_ms is not None else None,
    )


def _orders(channel: Channel, lineup: str, record: LineupRecord | None) -> list[Takeover]:
    parts = channel.parts(record) if record is not None else ()
    if not parts:
        return drawn(lineup.removesuffix(PLAIN), channel.revisions, _tastes(channel, record))
    made: list[Takeover] = []
    for part, until in zip(parts, [*(one.start for one in parts[1:]), NEVER], strict=True):
        if part.clips:
            made.append(Takeover(part.start, _Always(channel.order(part.clips)), part.repeats, clears=True))
        else:
            made += _of_pool(drawn(lineup, channel.revisions), part.start, until)
    return made


def _of_pool(orders: Sequence[Takeover], start: int, until: int) -> list[Takeover]:
    """What is drawn from the pool, from one tick up to another."""
    first = [one for one in orders if one.tick <= start][-1]._replace(tick=start, clears=True)
    return [first, *(one for one in orders if start < one.tick < until)]


def _tastes(channel: Channel, record: LineupRecord | None) -> list[tuple[int, Taste]]:
    """The tastes of a derived lineup's viewer in this run of the channel: of a run before, the last counts."""
    if record is None or not record.tastes:
        return []
    if record.run_msn != channel.record.msn:
        return [(0, record.tastes[-1].taste)]
    return [(one.tick, one.taste) for one in record.tastes]


def _splices(channel: Channel, edits: Iterable[Edit]) -> list[Splice]:
    made = [Splice(one.tick, channel.clips(one.clips), one.drop) for one in edits]
    return sorted(made, key=lambda one: one.tick)


def _takeover(channel: Channel, plan: Planned) -> Takeover:
    pool = next(one for one in channel.revisions if one.tick == plan.pool)
    return Takeover(plan.tick, _given(channel, plan.assets), repeats=False, until=plan.until, stock=drawn_of(pool))


def _given(channel: Channel, assets: Iterable[str]) -> "_Always":
    return _Always(channel.order(ClipRecord(asset=asset) for asset in assets))


class _Always:
    """Makes the same order whatever airs before it."""

    __slots__ = ("_order",)

    def __init__(self, order: Given) -> None:
        self._order = order

    def __call__(self, avoid: tuple[str, ...], part: int) -> Order:
        return self._order


def _pod(lineup: str, span: Span) -> Order:
    """What a viewer sees in a break: its pool in an order of their own, another each time."""
    return order_of(Stock(span.pod), f"{lineup}/{span.moment}/{span.end}".encode())
