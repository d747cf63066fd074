"""The judgement of made-up viewings: good ones pass, and every way to be bad is named."""

from dataclasses import replace
from fractions import Fraction
from math import isnan

import pytest

from .sightings import Airing, Sighting, Tolerance, Verdict, Viewing, complaints, judge

NOON = 1_800_000_000_000.0
# Ten seconds each of assets 1 (25 fps), 2 (50 fps), 3 (25 fps), then 1 again.
TRUTH = (
    Airing(NOON, 1, Fraction(25)),
    Airing(NOON + 10_000, 2, Fraction(50)),
    Airing(NOON + 20_000, 3, Fraction(25)),
    Airing(NOON + 30_000, 1, Fraction(25)),
)


def shown(programme: tuple[tuple[int, int, int], ...], *, start_ms: float, fps: int = 25) -> Viewing:
    """A viewing of runs (asset, first frame, end frame), a frame of each every 1/fps s from start_ms after noon."""
    frames = [(asset, frame) for asset, first, end in programme for frame in range(first, end)]
    step = 1000 / fps
    seen = [Sighting(NOON + start_ms + at * step, *mark) for at, mark in enumerate(frames)]
    return Viewing(NOON + start_ms - 800, seen[-1].wall_ms + step, tuple(seen))


def bad(viewing: Viewing, tolerance: Tolerance | None = None) -> tuple[str, ...]:
    return complaints(judge(viewing, TRUTH), tolerance or Tolerance())


def test_a_player_on_the_clock_is_good() -> None:
    viewing = shown(((1, 50, 250),), start_ms=2000)
    assert judge(viewing, TRUTH) == Verdict(
        frames=200,
        unread=0,
        assets=(1,),
        strays=0,
        disorder=0,
        longest_skip_ms=40.0,
        longest_gap_ms=40.0,
        start_ms=800.0,
        join_error_ms=0.0,
        median_error_ms=0.0,
        worst_error_ms=0.0,
    )
    assert bad(viewing, Tolerance(frames=200, error_ms=1)) == ()


def test_a_player_behind_the_clock_is_measured_across_boundaries() -> None:
    early = shown(((1, 200, 250),), start_ms=9_500)
    late = shown(((2, 0, 500),), start_ms=11_500, fps=50)
    viewing = Viewing(early.began_ms, late.ended_ms, early.sightings + late.sightings)
    verdict = judge(viewing, TRUTH)
    assert (verdict.join_error_ms, verdict.median_error_ms, verdict.worst_error_ms) == (-1500, -1500, -1500)
    assert (verdict.assets, verdict.boundaries) == ((1, 2), 1)
    assert complaints(verdict, Tolerance(boundaries=1, error_ms=1500)) == ()
    assert complaints(verdict, Tolerance(boundaries=2, error_ms=1000)) == (
        "crossed 1 of 2 boundaries",
        "up to -1500 ms off the clock, over 1000",
    )


def test_an_asset_that_comes_back_is_placed_by_the_clock() -> None:
    assert judge(shown(((1, 0, 25),), start_ms=31_000), TRUTH).median_error_ms == -1000
    assert judge(shown(((1, 0, 25),), start_ms=14_000), TRUTH).median_error_ms == -14_000
    assert judge(shown(((1, 0, 25),), start_ms=27_000), TRUTH).median_error_ms == 3000


def test_a_clip_may_begin_inside_its_asset() -> None:
    truth = (Airing(NOON, 1, Fraction(25), first_frame=100),)
    assert judge(shown(((1, 150, 160),), start_ms=2000), truth).worst_error_ms == 0
    assert judge(shown(((1, 50, 60),), start_ms=2000), truth).strays == 10


def test_a_repaint_is_not_a_new_frame() -> None:
    viewing = shown(((1, 0, 2),), start_ms=0)
    painted = tuple(replace(seen, wall_ms=seen.wall_ms + ms) for seen in viewing.sightings for ms in (0, 16))
    assert judge(replace(viewing, sightings=painted), TRUTH).frames == 2


def test_two_segments_in_the_wrong_order_are_reported() -> None:
    viewing = shown(((1, 0, 50), (1, 150, 200), (1, 100, 150), (1, 200, 250)), start_ms=0)
    assert bad(viewing) == ("went back in the programme 1 times", "left out 4040 ms of programme")


def test_a_segment_of_another_asset_is_reported() -> None:
    viewing = shown(((1, 0, 100), (3, 100, 150), (1, 150, 250)), start_ms=0)
    assert judge(viewing, TRUTH).assets == (1, 3, 1)
    assert bad(viewing) == ("went back in the programme 1 times", "left out 20040 ms of programme")


def test_an_asset_that_is_not_on_air_is_reported() -> None:
    assert bad(shown(((7, 0, 100),), start_ms=0)) == ("100 frames that were never on air, among assets (7,)",)


def test_a_frame_past_the_end_of_its_clip_is_reported() -> None:
    assert judge(shown(((2, 495, 505),), start_ms=19_900, fps=50), TRUTH).strays == 5


def test_a_frozen_picture_is_reported_at_the_end_too() -> None:
    viewing = shown(((1, 0, 100),), start_ms=0)
    frozen = replace(viewing, ended_ms=viewing.ended_ms + 6000)
    assert bad(frozen) == ("no new frame for 6040 ms",)


def test_a_stall_in_the_middle_is_reported() -> None:
    before, after = shown(((1, 0, 100),), start_ms=0), shown(((1, 100, 200),), start_ms=6000)
    viewing = Viewing(before.began_ms, after.ended_ms, before.sightings + after.sightings)
    assert bad(viewing) == ("no new frame for 2040 ms",)


def test_a_skip_is_reported() -> None:
    assert bad(shown(((1, 0, 100), (1, 150, 200)), start_ms=0)) == ("left out 2040 ms of programme",)


def test_unreadable_pictures_are_reported() -> None:
    viewing = replace(shown(((1, 0, 90),), start_ms=0), unread=10)
    assert bad(viewing) == ("10 of 100 pictures unreadable",)


@pytest.mark.parametrize("tolerance", [Tolerance(), Tolerance(error_ms=1000, boundaries=1)])
def test_showing_nothing_is_never_good(tolerance: Tolerance) -> None:
    nothing = Viewing(NOON, NOON + 400, ())
    assert bad(nothing, tolerance)[0] == "0 frames shown, fewer than 1"
    assert isnan(judge(nothing, TRUTH).join_error_ms)
    assert len(bad(nothing, Tolerance(error_ms=1000))) == 2
