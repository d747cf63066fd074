"""Until when an asset of an old pool can be listed on a channel with moments, held against what really airs."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manifest_server.playout.lineup import Clip, Succession
from manifest_server.playout.window import window
from manifest_server.programming.course import Course
from manifest_server.programming.listing import Pool, Reach, aired_by, pool_listed_until
from manifest_server.programming.pool import Revision, drawn
from manifest_server.programming.programme import Programme
from manifest_server.programming.spans import Spans
from tests.playout.builders import LOOKAHEAD, LOOKBACK, SECOND

from .moments import DSN, IDENTS, MSN, even, moment, spans

LONG, SHORT, NEW = even("long", 50), even("short", 9), even("new", 7)
GOAL = even("goal", 25)  # 100 s
ON_AIR = Reach(LOOKAHEAD, LOOKBACK)

AMONG = {
    "once": spans(moment("m", 300_000, [GOAL])),
    "every five minutes": spans(moment("m", 300_000, [GOAL], every_ms=300_000)),
    "nothing goes on": spans(moment("m", 300_000, [GOAL], every_ms=300_000, resumes=False)),
    "with a break": spans(moment("m", 300_000, [GOAL, GOAL], [(1, 45_000, (SHORT,))])),
    "two": spans(moment("m", 300_000, [GOAL]), moment("n", 403_000, [GOAL])),
}


def aired(viewer: int, revisions: Sequence[Revision], among: Spans, until: int) -> Succession:
    made = Programme(drawn(f"d-{viewer}", revisions), fillers=((0, IDENTS),))
    return Course(made, among, MSN, DSN).until(until)


def lists(succession: Succession, position: int, name: str) -> bool:
    return any(run.asset.id == name for run in window(succession, position, LOOKAHEAD, LOOKBACK).runs)


@pytest.mark.parametrize("among", AMONG.values(), ids=AMONG.keys())
@settings(max_examples=8, deadline=None)
@given(second=st.integers(150, 420), viewer=st.integers(0, 100))
def test_no_window_lists_an_asset_of_an_old_pool_after_it_is_free(among: Spans, second: int, viewer: int) -> None:
    revisions = [Revision(0, (LONG, SHORT)), Revision(second * SECOND, (NEW,))]
    succession = aired(viewer, revisions, among, 3000 * SECOND)
    for one in (LONG, SHORT):
        until = pool_listed_until([Pool(0, one.ticks), Pool(second * SECOND, 0)], ON_AIR, among)
        assert until < 1200 * SECOND
        for step in range(150):
            assert not lists(succession, until + step * 10 * SECOND, one.asset.id)


def test_a_clip_that_a_moment_cut_is_listed_for_as_much_longer() -> None:
    # It begins at 200 s, has 100 s to go at 300 s, and goes on at 400 s.
    revisions = [Revision(0, (LONG,)), Revision(201 * SECOND, (NEW,))]
    succession = aired(0, revisions, AMONG["once"], 3000 * SECOND)
    assert lists(succession, 560 * SECOND - 1, "long")
    assert not lists(succession, 560 * SECOND, "long")


@pytest.mark.parametrize(
    ("among", "second", "length", "expected"),
    [
        (spans(), 100, 50, 150),
        (AMONG["once"], 100, 50, 150),
        (AMONG["once"], 100, 195, 405),  # it may have to give way to the bridge: 190 s before it, the rest after
        (AMONG["once"], 350, 50, 450),  # it began before the moment that is on
        (AMONG["once"], 400, 50, 450),
        (AMONG["with a break"], 290, 30, 575),  # nothing in the bridge, and after the second half
        (AMONG["every five minutes"], 290, 400, 1020),  # 190 s from 400 s and from 700 s on, 20 s from 1000 s on
    ],
)
def test_what_moments_take_is_added(among: Spans, second: int, length: int, expected: int) -> None:
    assert aired_by(among, second * SECOND, length * SECOND) == expected * SECOND


def test_between_moments_that_leave_no_room_nothing_is_waited_for() -> None:
    full = spans(moment("m", 300_000, [Clip.whole(even("all", 73, 4.0).asset)], every_ms=300_000))
    assert aired_by(full, 290 * SECOND, 30 * SECOND) <= 63 * 86_400 * SECOND
