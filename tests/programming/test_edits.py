import pytest

from manifest_server.playout.lineup import Clip, Given
from manifest_server.programming.edits import TooLate, horizon, succeed
from tests.playout.builders import SECOND, asset, given

A, B = asset("a", 4.0, 4.0), asset("b", 3.0)


def test_an_edit_takes_over_at_the_first_boundary_after_the_horizon() -> None:
    edited = succeed(given(A, B), 12 * SECOND, Given([Clip.whole(B)]), repeats=True)
    assert [(one.start / SECOND, one.msn, one.dsn) for one in edited.lineups] == [
        (0, 1000, 500),
        (19, 1005, 503),
    ]


def test_an_edit_drops_one_that_is_still_pending() -> None:
    order = Given([Clip.whole(B)])
    edited = succeed(succeed(given(A, B), 12 * SECOND, order, repeats=True), 11 * SECOND, order, repeats=False)
    assert [one.start / SECOND for one in edited.lineups] == [0, 11]
    assert edited.end == 14 * SECOND


def test_a_lineup_can_be_carried_on_at_its_very_end_but_not_after() -> None:
    once = given(A, B, repeats=False)
    assert succeed(once, 11 * SECOND, Given([Clip.whole(A)]), repeats=True).lineups[1].start == 11 * SECOND
    with pytest.raises(TooLate):
        succeed(once, 11 * SECOND + 1, Given([Clip.whole(A)]), repeats=True)


def test_the_horizon_is_past_every_edge_within_the_margin() -> None:
    assert horizon(100, lookahead=16, margin=4) == 120
