import pytest

from manifest_server.playout.window import BeforeEpoch, window
from tests.playout.builders import LOOKAHEAD, LOOKBACK, SECOND, asset, given

TEN = asset("ten", *[4.0] * 10)
SHORT = asset("short", 1.5, 1.5)


def listed(second: float, **kwargs: int) -> tuple[int, int, float]:
    """(first MSN, segments, edge in seconds) on a channel of two assets."""
    got = window(given(TEN, SHORT, msn=0, dsn=1), round(second * SECOND), LOOKAHEAD, LOOKBACK, **kwargs)
    return got.msn, sum(run.last - run.first for run in got.runs), got.edge / SECOND


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (0, (0, 4, 16)),
        (3.999, (0, 4, 16)),
        (4, (0, 5, 20)),
        (23.9, (0, 9, 36)),
        (25.49, (0, 10, 40)),
        (25.5, (0, 11, 41.5)),
        (60, (0, 20, 75)),
        (63.999, (0, 21, 79)),
        (64, (1, 20, 79)),
    ],
)
def test_what_is_listed(second: float, expected: tuple[int, int, float]) -> None:
    assert listed(second) == expected


def test_the_window_stands_still_after_a_stop() -> None:
    at_stop = listed(100, stop=100 * SECOND)
    assert listed(99.999, stop=100 * SECOND)[2] <= at_stop[2]
    assert listed(5000, stop=100 * SECOND) == at_stop
    assert window(given(TEN), 100 * SECOND, LOOKAHEAD, LOOKBACK, stop=100 * SECOND).moves is None


def test_before_a_stop_the_next_move_is_the_stop() -> None:
    before = window(given(TEN), 97 * SECOND, LOOKAHEAD, LOOKBACK, stop=97 * SECOND + 1)
    assert (before.moves, before.until) == (97 * SECOND + 1, 97 * SECOND + 1)


def test_the_window_stands_still_once_a_lineup_is_listed_to_its_end() -> None:
    once = given(TEN, repeats=False)
    before = window(once, 24 * SECOND - 1, LOOKAHEAD, LOOKBACK)
    after = window(once, 24 * SECOND, LOOKAHEAD, LOOKBACK)
    assert (before.edge / SECOND, before.moves) == (36, 24 * SECOND)
    assert (after.edge / SECOND, after.moves) == (40, None)
    assert window(once, 9_999 * SECOND, LOOKAHEAD, LOOKBACK) == after


def test_a_lineup_shorter_than_the_lookahead_is_listed_whole_and_ends() -> None:
    got = window(given(SHORT, repeats=False), 0, LOOKAHEAD, LOOKBACK)
    assert (got.edge / SECOND, got.moves) == (3, None)


def test_there_is_nothing_before_the_epoch() -> None:
    with pytest.raises(BeforeEpoch):
        window(given(TEN), -1, LOOKAHEAD, LOOKBACK)


def test_the_edge_moves_exactly_when_it_says() -> None:
    succession = given(TEN, SHORT)
    position = 0
    for _ in range(100):
        now = window(succession, position, LOOKAHEAD, LOOKBACK)
        assert now.moves is not None
        assert window(succession, now.moves - 1, LOOKAHEAD, LOOKBACK).edge == now.edge
        assert window(succession, now.moves, LOOKAHEAD, LOOKBACK).edge > now.edge
        position = now.moves


def test_nothing_changes_before_it_says() -> None:
    succession = given(TEN, SHORT)
    position = 0
    for _ in range(100):
        now = window(succession, position, LOOKAHEAD, LOOKBACK)
        assert now.until is not None
        assert now.moves is not None
        assert window(succession, now.until - 1, LOOKAHEAD, LOOKBACK) == now
        after = window(succession, now.until, LOOKAHEAD, LOOKBACK)
        assert (after.msn, after.edge) != (now.msn, now.edge)
        position = now.until
