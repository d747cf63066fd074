"""Where a change begins, and where two courses part."""

import pytest

from manifest_server.playout.lineup import Asset, Clip, Place
from manifest_server.programming.compared import channel_changes, differs_from, first_difference, lineup_changes
from storage.programme import Edit, Moment, Taste, TasteRevision
from storage.records import ChannelRecord, LineupRecord, PoolRevision

S = 90_000
ONE, OTHER = "1" * 32, "2" * 32
POOL = PoolRevision(tick=0, assets=(ONE,))
BASE = ChannelRecord(name="main", revisions=(POOL,), epoch_ms=1_000_000)
HOURLY = Moment.model_validate({"id": "hourly", "at_ms": 1_000_000 + 600_000, "clips": [ONE], "every_ms": 3_600_000})
ONCE = HOURLY.model_copy(update={"id": "once", "every_ms": None})
SLATE = ONCE.model_copy(update={"id": "slate", "at_ms": 1_000_000, "loops_until_ms": 1_000_000 + 9_000_000})
LEAD = 3600 * S  # clips are chosen for a moment so long before


def changed(**changes: object) -> ChannelRecord:
    return BASE.model_copy(update=changes)


@pytest.mark.parametrize(
    ("before", "after", "tick"),
    [
        (BASE, BASE, None),
        (BASE, changed(public=False), None),
        (BASE, changed(revisions=(POOL, PoolRevision(tick=500 * S, assets=(OTHER,)))), 500 * S),
        (changed(revisions=(PoolRevision(tick=0, assets=(OTHER,)),)), BASE, 100 * S),
        (BASE, changed(edits=(Edit(id="a", tick=130 * S, drop=1),)), 130 * S),
        (changed(edits=(Edit(id="a", tick=20 * S, drop=1),)), BASE, 100 * S),
        (BASE, changed(moments=(ONCE,)), 100 * S),
        (BASE, changed(moments=(ONCE.model_copy(update={"at_ms": 9_000_000}),)), 8000 * S - LEAD),
        (BASE, changed(moments=(HOURLY,)), 100 * S),
        (BASE, changed(moments=(SLATE,)), 9000 * S - LEAD),
        (BASE, changed(stop_tick=700 * S), 700 * S),
    ],
)
def test_a_change_begins_where_it_first_can_make_a_difference(
    before: ChannelRecord, after: ChannelRecord, tick: int | None
) -> None:
    assert channel_changes(before, after, 100 * S, 50 * S) == tick


@pytest.mark.parametrize(
    ("horizon_s", "tick_s"), [(100, 600), (600, 600), (601, 4200), (86_400 + 601, 86_400 + 600 + 3600)]
)
def test_a_moment_that_comes_again_is_looked_for_where_it_next_comes(horizon_s: int, tick_s: int) -> None:
    found = channel_changes(BASE, changed(moments=(HOURLY,)), horizon_s * S, 50 * S)
    assert found == max(tick_s * S - LEAD, horizon_s * S)


def test_a_moment_that_comes_no_more_is_looked_for_where_it_would_have_come() -> None:
    ended = HOURLY.model_copy(update={"until_ms": 1_000_000 + 9_000_000})
    found = channel_changes(changed(moments=(HOURLY,)), changed(moments=(ended,)), 7_850 * S, 50 * S)
    assert found == 7850 * S


def test_a_slate_that_is_ended_is_looked_at_from_its_end_on() -> None:
    ended = SLATE.model_copy(update={"loops_until_ms": 1_000_000 + 4_900_000})
    found = channel_changes(changed(moments=(SLATE,)), changed(moments=(ended,)), 200 * S, 50 * S)
    assert found == 4900 * S - LEAD


def test_a_lineup_changes_with_its_edits_and_its_viewer_s_taste() -> None:
    edited = LineupRecord(id="x", edits=(Edit(id="a", tick=300 * S, drop=1),))
    liked = LineupRecord(id="x", tastes=(TasteRevision(tick=150 * S, taste=Taste()),))
    assert lineup_changes(None, edited, 100 * S) == 300 * S
    assert lineup_changes(edited, liked, 100 * S) == 150 * S
    assert lineup_changes(edited, edited, 100 * S) is None
    assert lineup_changes(None, None, 100 * S) is None


FILM = Asset("f", (0, 4 * S, 8 * S, 12 * S))
WHOLE = Place(Clip(FILM, 0, 3), 100 * S, 0, 7, 2)
CUT = Place(Clip(FILM, 0, 2), 100 * S, 0, 7, 2)
NEXT = Place(Clip(FILM, 0, 3), 112 * S, 0, 10, 3)


def test_courses_part_at_the_first_clip_that_is_another_or_has_other_numbers() -> None:
    assert first_difference([WHOLE, NEXT], [WHOLE, NEXT]) is None
    assert first_difference([WHOLE, NEXT], [WHOLE, NEXT._replace(msn=11)]) == 1
    assert first_difference([WHOLE, NEXT], [WHOLE]) == 1
    assert first_difference([WHOLE, NEXT], [CUT, NEXT]) == 0


def test_a_clip_that_is_cut_differs_where_it_is_cut() -> None:
    assert differs_from([WHOLE], [CUT], 0) == 108 * S
    assert differs_from([WHOLE], [WHOLE._replace(msn=8)], 0) == 100 * S
    assert differs_from([WHOLE, NEXT], [WHOLE], 1) == 112 * S
