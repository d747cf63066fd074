"""Plans that reset: everybody goes over to the tick, and those that are long ago may be dropped. Property tests."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manifest_server.playout.lineup import Clip, Given, Succession
from manifest_server.programming.bridge import BRIDGE_TICKS
from manifest_server.programming.course import Course
from manifest_server.programming.foresight import outlook_of
from manifest_server.programming.planned import over
from manifest_server.programming.programme import Takeover
from manifest_server.programming.spans import Shared, Spans
from manifest_server.programming.stock import Stock
from storage.programme import PlanRecord
from tests.playout.builders import EPOCH_MS, SECOND

from .moments import even, moment, pools, programme, segments

HOUR = 3600 * SECOND
DAY = 24 * HOUR
SPAN = 6 * HOUR
MINUTE_MS = 60_000
MSN, DSN = 70_000, 70_000


@lru_cache(maxsize=300)
def row(name: str, hours: int) -> tuple[Clip, ...]:
    """What a plan has for somebody: clips of 90 s, and a little more of them than it lasts."""
    return tuple(even(f"{name}-{number}", 25, 3.6) for number in range(hours * 40 + 1))


def course(
    viewer: str, pool: Sequence[Clip], shared: Sequence[Shared], plans: Sequence[PlanRecord], since: int = 0,
    in_all: bool = True, lazily: bool = True, spans: Spans | None = None,
) -> Course:  # fmt: skip
    """The course of a viewer who is in every plan, or in every other. `lazily`: of those that are needed."""
    spans_ = published(shared, plans) if spans is None else spans
    mine = [one for one in plans if in_all or one.version % 2]
    anchor = spans_.anchor(since)
    needed = mine[over(mine, anchor.start) if lazily and anchor is not None else 0 :]
    takeovers = []
    for one in needed:
        order = _Always(row(f"p{one.version}", (one.until - one.tick) // HOUR))
        takeovers.append(Takeover(one.tick, order, repeats=False, until=one.until, stock=order.stock))
    return Course(replace(programme(viewer, pool), plans=takeovers), spans_, MSN, DSN, anchor)


def published(shared: Sequence[Shared], plans: Sequence[PlanRecord]) -> Spans:
    """The spans of a channel whose plans were published one after another, each as late as can be."""
    found = Spans(shared, EPOCH_MS)
    for number, one in enumerate(plans):
        ticks = [each.tick for each in plans[: number + 1] if each.resets]
        outlook = outlook_of(found, Spans(shared, EPOCH_MS, plans=ticks), one.tick - BRIDGE_TICKS)
        outlooks = found.outlooks if outlook is None else (*found.outlooks, outlook)
        found = Spans(shared, EPOCH_MS, outlooks=outlooks, plans=ticks)
    return found


class _Always:
    def __init__(self, clips: tuple[Clip, ...]) -> None:
        self._order = Given(clips)

    def __call__(self, avoid: tuple[str, ...], part: int) -> Given:
        return self._order

    def stock(self, part: int) -> Stock:
        return Stock(self._order.cycle(0).clips)


def plan(version: int, tick: int, hours: int, *, resets: bool = True) -> PlanRecord:
    return PlanRecord(version=version, tick=tick, until=tick + hours * HOUR, pool=0, shards=1, resets=resets)


@st.composite
def in_the_way(draw: st.DrawFn) -> list[Shared]:
    """A moment or slate of the first hours, and one that comes again and again."""
    clips = (even("shared", draw(st.integers(1, 100))),)
    at_ms = draw(st.integers(0, 240)) * MINUTE_MS // 2 + draw(st.sampled_from([0, 1, 500, 1000]))
    ends = {"loops_until_ms": EPOCH_MS + at_ms + draw(st.integers(4000, 80 * MINUTE_MS))}
    more = draw(st.sampled_from([{}, ends, {"every_ms": 23 * MINUTE_MS}]))
    return [moment("m", at_ms, clips, resumes=draw(st.booleans()), **more)]  # type: ignore[arg-type]


@st.composite
def rolls(draw: st.DrawFn) -> list[PlanRecord]:
    """Plans of an hour or two, some of which begin before the one before has ended."""
    made, tick = list[PlanRecord](), 0
    for version in range(1, draw(st.integers(1, 4)) + 1):
        tick += draw(st.integers(1, 120)) * 60 * SECOND + draw(st.integers(0, 2)) * SECOND // 2
        made.append(plan(version, tick, draw(st.integers(1, 2)), resets=draw(st.integers(0, 5)) > 0))
    return made


def facts(succession: Succession, since: int, until: int) -> list[tuple[object, ...]]:
    return [(one.clip.asset.id, one.segment, one.tick, one.msn, one.dsn, length)
            for one, length in segments(succession, since, until)]  # fmt: skip


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(pools(), in_the_way(), rolls())
def test_everybody_goes_over_to_the_tick_unless_a_moment_is_on_air(
    pool: tuple[Clip, ...], shared: list[Shared], plans: list[PlanRecord]
) -> None:
    among = Spans(shared, EPOCH_MS, plans=[one.tick for one in plans if one.resets])
    begins = {span.start for span in among.after(0, SPAN) if span.order is None}
    for viewer, in_all in (("a", True), ("b", False), ("c", True)):
        succession = course(viewer, pool, shared, plans, in_all=in_all).until(SPAN)
        for one in plans:
            place = succession.place(one.tick)
            if one.tick in begins:
                assert place.tick == one.tick
                if in_all or one.version % 2:
                    assert place.clip.asset.id == f"p{one.version}-0"
            elif one.resets:  # it is on air, or begins within a second, or ended then
                near = [succession.place(tick).clip.asset.id for tick in (one.tick - SECOND, one.tick + SECOND)]
                assert "shared" in (place.clip.asset.id, *near)
        tick, msn = 0, MSN
        for place, length in segments(succession, 0, SPAN):
            assert (place.tick, place.msn) == (tick, msn)
            assert length >= SECOND
            tick, msn = tick + length, msn + 1


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(pools(), in_the_way(), rolls(), st.booleans())
def test_a_plan_that_is_published_changes_nothing_before_the_bridge_to_it(
    pool: tuple[Clip, ...], shared: list[Shared], plans: list[PlanRecord], in_all: bool
) -> None:
    *before, last = plans
    until = last.tick - BRIDGE_TICKS
    without, added = (course("v", pool, shared, one, in_all=in_all).until(SPAN) for one in (before, plans))
    listed = [facts(one, 0, until) for one in (without, added)]
    ends = [sum(fact[2] + fact[5] <= until for fact in some) for some in listed]  # type: ignore[operator]
    assert ends[0] == ends[1]
    assert listed[0][: ends[0]] == listed[1][: ends[1]]


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(pools(), in_the_way(), rolls(), st.booleans(), st.integers(0, 6))
def test_numbers_that_count_from_a_plan_are_of_the_same_segments(
    pool: tuple[Clip, ...], shared: list[Shared], plans: list[PlanRecord], in_all: bool, since_h: int
) -> None:
    whole = course("v", pool, shared, plans, in_all=in_all)
    later = course("v", pool, shared, plans, since=since_h * HOUR, in_all=in_all)
    start = 0 if later.anchor is None else later.anchor.start
    one, two = whole.until(SPAN), later.until(SPAN)
    apart = two.place(start).msn - one.place(start).msn
    assert apart >= 0
    for a, b in zip(facts(one, start, SPAN), facts(two, start, SPAN), strict=True):
        assert a[:3] == b[:3]
        assert a[3] + apart == b[3]  # type: ignore[operator]


def month(hours: int = 24, every: int = 12, days: int = 70) -> list[PlanRecord]:
    """What a planner publishes that runs every so many hours; now and then a run is missed, or two come at once."""
    plans, tick = list[PlanRecord](), 34 * SECOND
    for version in range(1, days * 24 // every):
        if version % 17 != 5:
            plans.append(plan(len(plans) + 1, tick + version * 7 * SECOND, hours))
        if version % 13 == 4:
            plans.append(plan(len(plans) + 1, tick + version * 7 * SECOND + 40 * SECOND, hours))
        tick += every * HOUR
    return plans


DAILY = moment("daily", 20 * 3_600_000, (even("news", 200),), every_ms=86_400_000, resumes=False)
OFTEN = moment("often", 5 * MINUTE_MS, (even("ad", 5),), every_ms=3 * 3_600_000)
SLATE = moment("slate", 47 * DAY // 90 + 123_456, (even("slate", 3),), loops_until_ms=EPOCH_MS + 50 * DAY // 90)


@pytest.mark.slow
@pytest.mark.parametrize("in_all", [True, False], ids=["in all", "in some"])
@pytest.mark.parametrize("shared", [(), (SLATE, OFTEN), (SLATE, DAILY)], ids=["alone", "often", "daily"])
def test_plans_that_are_dropped_change_nothing_of_the_last_thirty_days(
    shared: tuple[Shared, ...], in_all: bool
) -> None:
    plans, pool, now = month(), (even("x", 30), even("y", 41), even("z", 22)), 69 * DAY
    spans = published(shared, plans)
    anchor = spans.anchor(now - 31 * DAY)
    assert anchor is not None
    gone = over(plans, anchor.start)
    assert 70 <= gone < len(plans) - 60
    left = Spans(shared, EPOCH_MS, outlooks=spans.outlooks, plans=[one.tick for one in plans[gone:]])
    for age in (0, 17, 30):
        since = now - age * DAY
        kept = course("v", pool, shared, plans, since, in_all, lazily=False, spans=spans)
        dropped = course("v", pool, shared, plans[gone:], since, in_all, spans=left)
        for look in (since, now) if age else (since,):
            assert facts(kept.until(look + HOUR), look, look + HOUR // 4) == facts(
                dropped.until(look + HOUR), look, look + HOUR // 4
            )


def test_a_shorter_plan_stays_as_long_as_one_before_it_that_lasts() -> None:
    plans = [plan(1, 100 * SECOND, 48), plan(2, 3 * HOUR, 2), plan(3, 40 * HOUR, 24)]
    assert over(plans, 40 * HOUR) == 0
    assert over(plans, 49 * HOUR) == 2
    whole, later = (course("v", (even("x", 30), even("y", 41)), (), plans, since) for since in (0, 45 * HOUR))
    at = whole.until(6 * HOUR).place(6 * HOUR)  # the shorter has ended: the longer does not come back
    assert at.clip.asset.id in {"x", "y"}
    assert later.anchor is not None
    assert later.until(50 * HOUR).start == 40 * HOUR


def test_a_plan_of_before_takes_over_at_clip_boundaries_as_ever() -> None:
    plans = [plan(1, HOUR + 17, 2, resets=False)]
    succession = course("v", (even("x", 30), even("y", 41)), (), plans).until(3 * HOUR)
    first = succession.place(HOUR + 17)
    assert (first.clip.asset.id in {"x", "y"}, first.clip.first) == (True, 0)
    after = succession.place(first.start + first.clip.ticks)
    assert (after.clip.asset.id, after.clip.extra) == ("p1-0", 0)
