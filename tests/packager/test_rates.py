"""Frame rates: known ones are kept, others snapped, fast ones halved."""

from fractions import Fraction

import pytest

from packager import rates

MS = Fraction(1, 1000)


@pytest.mark.parametrize(
    ("rate", "known"),
    [
        ("24000/1001", "24000/1001"),
        ("23.98", "24000/1001"),
        ("24", "24"),
        ("29.97", "30000/1001"),
        ("30.01", "30"),
        ("119.88", "60000/1001"),
        ("120", "60"),
        ("100", "50"),
        ("240", "60"),
        ("90", "48"),
        ("12.5", "25/2"),
        ("1", "5"),
        ("60.1", "60"),
    ],
)
def test_the_nearest_rate_of(rate: str, known: str) -> None:
    assert rates.nearest(Fraction(rate)) == Fraction(known)


def test_a_steady_distance_wins_over_an_average_with_frames_missing() -> None:
    deltas = {512: 95, 25600: 1}
    assert rates.chosen(Fraction(20), Fraction(20), deltas, Fraction(1, 12800)) == 25


def test_a_clock_of_milliseconds_still_counts_thirty_frames() -> None:
    assert rates.chosen(None, None, {33: 200, 34: 100}, MS) == 30


def test_a_variable_rate_gets_its_average_where_that_is_a_known_one() -> None:
    assert rates.chosen(Fraction(25), None, {20: 50, 60: 50}, MS) == 25


def test_a_variable_rate_gets_that_of_its_commonest_distance() -> None:
    assert rates.chosen(Fraction(18), Fraction(18), {33: 40, 34: 20, 167: 12, 100: 3}, MS) == 30


def test_nothing_known_gives_25() -> None:
    assert rates.chosen(None, None, {}, MS) == 25


def test_every_rate_is_whole_in_the_video_timescale() -> None:
    assert all((120_000 / rate).denominator == 1 for rate in rates.RATES)
