"""Cuts: equal, never above four seconds, and the same in every rendition."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packager import cuts, rates

# Other work on the machine must not fail a test of arithmetic.
PROMISE = settings(deadline=None, max_examples=60)

RATES = st.sampled_from(rates.RATES)
DURATIONS = st.fractions(min_value=1, max_value=2_000, max_denominator=90_000)


@PROMISE
@given(duration=DURATIONS, fps=RATES)
def test_segments_are_equal_to_a_frame_and_last_one_to_four_seconds(duration: Fraction, fps: Fraction) -> None:
    plan = cuts.plan(duration, fps)
    if plan.duration < 1:
        return  # rounded to under a second: refused before it is cut
    lengths = [plan.frames_of(number) for number in range(plan.segments)]
    assert sum(lengths) == plan.frames
    assert max(lengths) - min(lengths) <= 1
    assert max(lengths) / fps <= 4
    assert min(lengths) / fps >= 1


@PROMISE
@given(duration=DURATIONS, fps=RATES)
def test_key_frames_are_at_most_two_seconds_apart_and_begin_every_segment(duration: Fraction, fps: Fraction) -> None:
    plan = cuts.plan(duration, fps)
    per_segment, rest = divmod(plan.keyframes, plan.segments)
    assert rest == 0
    assert per_segment >= 1
    # Frame n is key when n*keyframes >= forced*frames: key frame j is at ceil(j*frames/keyframes).
    keys = [-(-j * plan.frames // plan.keyframes) for j in range(plan.keyframes + 1)]
    assert keys[::per_segment] == [plan.first_frame(number) for number in range(plan.segments + 1)]
    assert all((b - a) / fps <= 2 for a, b in pairwise(keys))


@PROMISE
@given(duration=DURATIONS, fps=RATES)
def test_ticks_rise_and_stay_within_half_a_tick_of_the_frames(duration: Fraction, fps: Fraction) -> None:
    plan = cuts.plan(duration, fps)
    assert plan.ticks[0] == 0
    assert len(plan.ticks) == plan.segments + 1
    assert all(a < b for a, b in pairwise(plan.ticks))
    assert abs(plan.ticks[-1] - plan.duration * 90_000) <= Fraction(1, 2)


@PROMISE
@given(duration=DURATIONS, fps=RATES)
def test_the_audio_ends_within_half_a_frame_of_the_video(duration: Fraction, fps: Fraction) -> None:
    plan = cuts.plan(duration, fps)
    assert abs(plan.audio_frames * Fraction(1024, 48000) - plan.duration) <= Fraction(512, 48000)


@given(fps=RATES)
def test_a_frame_is_a_whole_number_of_ticks_of_the_video_timescale(fps: Fraction) -> None:
    assert cuts.plan(Fraction(10), fps).frame_ticks * fps == 120_000


@PROMISE
@given(duration=DURATIONS, fps=RATES)
def test_the_muxer_time_stays_close_below_the_ideal_boundaries(duration: Fraction, fps: Fraction) -> None:
    plan = cuts.plan(duration, fps)
    assert plan.segments <= cuts.MOST_SEGMENTS
    behind = plan.duration - plan.segments * Fraction(plan.hls_time_us, 1_000_000)
    assert 0 <= behind < Fraction(512, 48000)


@pytest.mark.parametrize(
    ("seconds", "fps", "frames", "segments", "keyframes", "audio_frames"),
    [
        (Fraction(1), Fraction(25), 25, 1, 1, 47),
        (Fraction(4), Fraction(25), 100, 1, 2, 188),
        (Fraction("4.04"), Fraction(25), 101, 2, 4, 189),
        (Fraction(60), Fraction(30), 1800, 15, 30, 2812),
        # 120 frames at 29.97 are 4.004 s, so a segment takes 119 at most.
        (Fraction(60), Fraction(30000, 1001), 1798, 16, 32, 2812),
        (Fraction("33.116"), Fraction(24000, 1001), 794, 9, 18, 1552),
    ],
)
def test_the_plan_of(
    seconds: Fraction, fps: Fraction, frames: int, segments: int, keyframes: int, audio_frames: int
) -> None:
    plan = cuts.plan(seconds, fps)
    assert (plan.frames, plan.segments, plan.keyframes, plan.audio_frames) == (
        frames,
        segments,
        keyframes,
        audio_frames,
    )


def test_boundaries_are_the_first_frames_at_or_after_the_ideal() -> None:
    plan = cuts.plan(Fraction(9), Fraction(30000, 1001))
    assert [plan.first_frame(number) for number in range(4)] == [0, 90, 180, 270]
    assert plan.ticks == (0, 270270, 540540, 810810)
