import pytest

from manifest_server.playout.lineup import Boundary, Clip, Given, Lineup, Succession
from tests.playout.builders import SECOND, asset, given, succeeded

A = asset("a", 4, 4, 2)  # 10 s
B = asset("b", 3)  # 3 s


@pytest.mark.parametrize(
    ("second", "clip", "segment", "start", "msn", "dsn"),
    [
        (0, "a", 0, 0, 1000, 500),
        (3.99, "a", 0, 0, 1000, 500),
        (4, "a", 1, 0, 1001, 500),
        (9.5, "a", 2, 0, 1002, 500),
        (10, "b", 0, 10, 1003, 501),
        (13, "a", 0, 13, 1004, 502),
        (1300 + 12, "b", 0, 1310, 1403, 701),
        (-5, "a", 0, 0, 1000, 500),
    ],
)
def test_a_tick_has_one_segment(second: float, clip: str, segment: int, start: float, msn: int, dsn: int) -> None:
    place = given(A, B).place(round(second * SECOND))
    assert (place.clip.asset.id, place.segment, place.msn, place.dsn) == (clip, segment, msn, dsn)
    assert place.start == start * SECOND


def test_a_partial_clip_begins_at_its_first_segment() -> None:
    succession = Succession([Lineup(0, 0, 0, Given([Clip(A, 1, 3), Clip.whole(B)]))])
    assert succession.place(0).segment == 1
    assert succession.place(4 * SECOND).segment == 2
    assert succession.place(4 * SECOND).tick == 4 * SECOND
    assert succession.place(6 * SECOND).clip.asset is B


def test_the_end_of_a_lineup_is_one_past_its_last_segment() -> None:
    once = given(A, B, repeats=False)
    for second in (13, 14, 10_000):
        place = once.place(second * SECOND)
        assert (place.clip.asset.id, place.segment, place.msn, place.dsn) == ("b", 1, 1004, 501)
        assert place.tick == once.end == 13 * SECOND


@pytest.mark.parametrize(
    ("second", "boundary"),
    [
        (0, Boundary(0, 1000, 500, None)),
        (0.1, Boundary(10 * SECOND, 1003, 501, Clip.whole(A))),
        (10, Boundary(10 * SECOND, 1003, 501, Clip.whole(A))),
        (10.1, Boundary(13 * SECOND, 1004, 502, Clip.whole(B))),
        (26, Boundary(26 * SECOND, 1008, 504, Clip.whole(B))),
    ],
)
def test_a_boundary_is_the_first_clip_start_from_a_tick_on(second: float, boundary: Boundary) -> None:
    assert given(A, B).boundary(round(second * SECOND)) == boundary


def test_the_end_of_a_lineup_is_its_last_boundary() -> None:
    once = given(A, repeats=False)
    assert once.boundary(10 * SECOND) == Boundary(10 * SECOND, 1003, 501, Clip.whole(A))
    assert once.boundary(10 * SECOND + 1) is None


def test_a_successor_takes_over_with_the_numbers_it_was_given() -> None:
    both = succeeded(given(A, B), Lineup(10 * SECOND, 1003, 501, Given([Clip.whole(A)])))
    assert both.place(10 * SECOND - 1).clip.asset is A
    assert both.place(10 * SECOND)[1:] == (10 * SECOND, 0, 1003, 501)
    assert both.place(20 * SECOND)[1:] == (20 * SECOND, 0, 1006, 502)
    assert both.boundary(12 * SECOND) == Boundary(20 * SECOND, 1006, 502, Clip.whole(A))


@pytest.mark.parametrize(("first", "last"), [(0, 0), (2, 1), (-1, 2), (0, 4)])
def test_a_clip_of_segments_that_do_not_exist_is_refused(first: int, last: int) -> None:
    with pytest.raises(ValueError, match="asset a has no segments"):
        Clip(A, first, last)


def test_lineups_without_clips_or_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one clip"):
        Given([])
    with pytest.raises(ValueError, match="at least one lineup"):
        Succession([])
    one = Lineup(0, 0, 0, Given([Clip.whole(A)]))
    with pytest.raises(ValueError, match="start after the one before"):
        Succession([one, one])
