"""Shared moments: everybody arrives on the tick, and everything a playlist says stays true. Property tests."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manifest_server.playout.lineup import Clip
from manifest_server.programming.bridge import BRIDGE_TICKS
from manifest_server.programming.spans import Shared, Spans
from tests.playout.builders import SECOND

from .moments import FRAME, changed, course, even, moment, pools, segments, shown, spans

pytestmark = pytest.mark.slow

HOUR = 3600 * SECOND
MINUTE_MS = 60_000


@st.composite
def schedules(draw: st.DrawFn) -> Spans:
    """One to three moments in the first hours: single ones, repeated ones, with breaks, slates; they may overlap."""
    made: list[Shared] = []
    for number in range(draw(st.integers(1, 3))):
        clips = draw(pools(f"shared{number}-", 1, 3))
        length_ms = sum(clip.ticks for clip in clips) // 90 + 1
        at_ms = draw(st.integers(0, 40 * MINUTE_MS))
        kind = draw(st.sampled_from(["once", "again", "breaks", "slate"]))
        name, resumes = f"m{number}", draw(st.booleans())
        if kind == "again":
            every = draw(st.integers(max(length_ms + 1000, 5 * MINUTE_MS), 20 * MINUTE_MS))
            made.append(moment(name, at_ms, clips, every_ms=every, resumes=resumes))
        elif kind == "breaks" and len(clips) > 1:
            pod = draw(pools(f"pod{number}-", 1, 3))
            made.append(moment(name, at_ms, clips, [(1, draw(st.integers(1000, 50_000)), pod)], resumes=resumes))
        elif kind == "slate":
            ends = at_ms + draw(st.integers(4000, 10 * MINUTE_MS))
            made.append(moment(name, at_ms, clips, loops_until_ms=1_767_225_600_000 + ends, resumes=resumes))
        else:
            made.append(moment(name, at_ms, clips, resumes=resumes))
    return spans(*made)


@settings(max_examples=50, deadline=None)
@given(pools(), schedules(), st.lists(st.text(max_size=8), min_size=2, max_size=4, unique=True))
def test_all_viewers_are_at_a_moment_on_its_tick_and_see_the_same(
    pool: tuple[Clip, ...], among: Spans, viewers: list[str]
) -> None:
    until = HOUR
    courses = [course(viewer, pool, among).until(until) for viewer in viewers]
    found = list(among.after(0, until))
    for span in found:
        for succession in courses:
            assert succession.place(span.start).tick == span.start
            assert succession.place(span.end).tick == span.end
        assert span.order is not None
        whole = span.end == span.start + span.order.ticks
        for tick in range(span.start, span.end, SECOND):
            places = {
                (place.clip.asset.id, place.segment, place.tick) for place in (one.place(tick) for one in courses)
            }
            assert len(places) == 1
            if whole:
                ((name, segment, since),) = places
                assert (f"{name}/{segment}", since) == shown(span, tick)


@settings(max_examples=50, deadline=None)
@given(pools(), schedules(), st.text(max_size=8))
def test_numbers_go_up_by_one_and_no_segment_is_under_a_second_or_over_four(
    pool: tuple[Clip, ...], among: Spans, viewer: str
) -> None:
    succession = course(viewer, pool, among).until(HOUR)
    tick, msn, dsn, clip_before = 0, 70_000, 70_000, None
    for place, length in segments(succession, 0, HOUR):
        opens = place.segment == place.clip.first
        dsn += opens and clip_before is not None
        assert (place.tick, place.msn, place.dsn) == (tick, msn, dsn)
        assert SECOND <= length <= 4 * SECOND + FRAME
        assert 0 <= place.clip.extra < FRAME
        tick, msn, clip_before = tick + length, msn + 1, place.clip
    assert tick >= HOUR


@settings(max_examples=50, deadline=None)
@given(pools(), schedules(), st.text(max_size=8), st.integers(0, 90), st.integers(0, 20))
def test_a_moment_that_is_added_changes_nothing_before_the_bridge_to_it(
    pool: tuple[Clip, ...], among: Spans, viewer: str, at_s: int, loops_s: int
) -> None:
    at_ms = 1000 * (600 + 30 * at_s)
    clips = (even("late", 3),)
    more = {"loops_until_ms": 1_767_225_600_000 + at_ms + 1000 * (loops_s + 4)} if loops_s else {}
    late = moment("late", at_ms, clips, **more)  # type: ignore[arg-type]
    start = at_ms * 90
    before = course(viewer, pool, among).until(HOUR)
    after = course(viewer, pool, changed(among, start - BRIDGE_TICKS, late, *among.moments)).until(HOUR)
    assert after.place(start).clip.asset.id == "late"
    for (old, old_length), (new, new_length) in zip(
        segments(before, 0, start - BRIDGE_TICKS), segments(after, 0, start - BRIDGE_TICKS), strict=False
    ):
        if old.tick + old_length <= start - BRIDGE_TICKS:
            assert (old.clip.asset, old.segment, old.msn, old.dsn, old.tick, old_length) == (
                *(new.clip.asset, new.segment, new.msn, new.dsn, new.tick),
                new_length,
            )


@settings(max_examples=25, deadline=None)
@given(pools(), pools("shared", 1, 2), st.text(max_size=8), st.booleans(), st.integers(1, 40))
def test_numbers_that_count_from_another_day_are_of_the_same_segments(
    pool: tuple[Clip, ...], clips: tuple[Clip, ...], viewer: str, resumes: bool, every: int
) -> None:
    length_ms = sum(clip.ticks for clip in clips) // 90 + 1
    among = spans(
        moment("daily", 3 * 3_600_000, clips, every_ms=86_400_000, resumes=False),
        moment("often", 30 * MINUTE_MS, clips, every_ms=length_ms + every * 30 * MINUTE_MS, resumes=resumes),
    )
    day = 24 * HOUR
    first, later = course(viewer, pool, among), course(viewer, pool, among, since=2 * day)
    anchor = among.anchor(2 * day)
    assert anchor is not None
    assert day < anchor.start <= 2 * day
    start = anchor.start
    one, two = first.until(start + HOUR), later.until(start + HOUR)
    assert two.start == start
    assert two.place(start).msn == 70_000 + start // SECOND
    apart = two.place(start).msn - one.place(start).msn
    assert apart >= 0
    pairs = zip(segments(one, start, start + HOUR), segments(two, start, start + HOUR), strict=True)
    for (a, a_length), (b, b_length) in pairs:
        assert (a.clip, a.segment, a.tick, a.msn + apart, a_length) == (b.clip, b.segment, b.tick, b.msn, b_length)


def test_a_clip_that_was_cut_goes_on_and_a_moment_may_drop_it() -> None:
    pool = (even("film", 900),)  # an hour
    for resumes, expected in ((True, ("film", 150, 150)), (False, ("film", 0, 0))):
        among = spans(moment("news", 602_000, (even("news", 2),), resumes=resumes))
        succession = course("v", pool, among).until(HOUR)
        before = succession.place(595 * SECOND)
        assert (before.clip.asset.id, before.clip.last, before.segment) == ("film", 150, 148)
        assert succession.place(600 * SECOND).clip.asset.id.startswith("ident")
        assert succession.place(602 * SECOND).clip.asset.id == "news"
        after = succession.place(610 * SECOND)
        assert (after.clip.asset.id, after.clip.first, after.segment) == expected


def test_a_break_is_filled_for_each_viewer_and_their_own_sequence_waits() -> None:
    pool = tuple(even(f"own{number}", 30) for number in range(6))  # 2 minutes each
    spots = tuple(even(f"spot{number}", 5, 3.0) for number in range(9))  # 15 s each
    show = (even("show-1", 10), even("show-2", 10))
    among = spans(moment("show", 600_000, show, [(1, 61_000, spots)]))
    seen = set()
    for viewer in ("a", "b", "c"):
        succession = course(viewer, pool, among).until(HOUR)
        assert succession.place(640 * SECOND - 1).clip.asset.id == "show-1"
        pod = [succession.place(second * SECOND).clip.asset.id for second in range(640, 701)]
        assert succession.place(701 * SECOND).tick == 701 * SECOND
        assert succession.place(701 * SECOND).clip.asset.id == "show-2"
        assert {name[:4] for name in pod} <= {"spot", "iden"}
        assert succession.place(741 * SECOND).clip.asset.id.startswith("own")
        seen.add(tuple(dict.fromkeys(pod)))
    assert len(seen) == 3


def test_a_slate_takes_over_a_moment_under_way_and_lasts_until_it_is_ended() -> None:
    show = moment("show", 600_000, (even("show", 100),))
    slate = moment("slate", 700_300, (even("slate", 3),), loops_until_ms=1_767_225_600_000 + 1_000_000)
    succession = course("v", (even("own", 60), even("other", 60)), spans(slate, show)).until(HOUR)
    assert succession.place(690 * SECOND).clip.asset.id == "show"
    start = 700_300 * 90
    assert (succession.place(start).tick, succession.place(start).clip.asset.id) == (start, "slate")
    assert succession.place(990 * SECOND).clip.asset.id == "slate"
    after = succession.place(1000 * SECOND)
    assert after.tick == 1000 * SECOND
    assert after.clip.asset.id in {"own", "other"}
