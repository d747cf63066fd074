from fractions import Fraction
from itertools import combinations_with_replacement
from timeit import repeat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manifest_server.playout.lineup import Asset, Clip
from manifest_server.programming.filler import (
    Filler,
    Filling,
    all_frame_counts,
    frame_counts,
    gaps,
    ident_ticks,
)
from packager import cuts

SECOND = 90_000
RATES = ["24", "25", "30", "50", "60", "30000/1001", "24000/1001", "60000/1001"]


def ident(ticks: int) -> Clip:
    return Clip.whole(Asset(f"ident{ticks}", (0, ticks)))


def idents(fps: Fraction, counts: tuple[int, ...] | None = None) -> list[Clip]:
    return [ident(ident_ticks(count, fps)) for count in counts or frame_counts(fps)]


def lengths(filling: Filling | None) -> list[float]:
    assert filling is not None
    return [clip.ticks / SECOND for clip in filling.clips]


@pytest.mark.parametrize(
    ("fps", "count", "shortest", "longest"),
    [("24", 27, 24, 96), ("25", 28, 25, 100), ("30", 33, 30, 120), ("50", 53, 50, 200), ("60", 63, 60, 240),
     ("30000/1001", 33, 30, 119), ("24000/1001", 27, 24, 95), ("60000/1001", 63, 60, 239)],
)  # fmt: skip
def test_how_many_idents_a_rate_needs(fps: str, count: int, shortest: int, longest: int) -> None:
    counts = frame_counts(Fraction(fps))
    assert (len(counts), counts[0], counts[-1]) == (count, shortest, longest)
    assert len(all_frame_counts(Fraction(fps))) == longest - shortest + 1


@pytest.mark.parametrize("fps", RATES)
def test_an_ident_is_one_segment_of_a_second_or_more_in_the_packager_too(fps: str) -> None:
    for count in all_frame_counts(Fraction(fps)):
        plan = cuts.plan(count / Fraction(fps), Fraction(fps))
        assert plan.ticks == (0, ident_ticks(count, Fraction(fps)))
        assert plan.duration >= 1
        assert plan.frames == count


@pytest.mark.parametrize("every", [False, True])
@pytest.mark.parametrize("fps", RATES)
def test_every_rest_from_a_second_to_nine_leaves_less_than_a_frame(fps: str, every: bool) -> None:
    rate = Fraction(fps)
    filler = Filler(idents(rate, all_frame_counts(rate) if every else None))
    frame = SECOND / rate
    first = -int(-frame * -(-rate.numerator // rate.denominator) // 1)  # a second, or a part of a frame more
    assert filler.shortest_ticks == first
    assert filler.fill(first - 1) is None
    for rest in {*range(first, 9 * SECOND, 97), *(ident_ticks(count, rate) for count in range(61, int(9 * rate)))}:
        found = filler.fill(rest)
        assert found is not None
        assert sum(clip.ticks for clip in found.clips) + found.leftover == rest
        assert 0 <= found.leftover < frame
        assert all(SECOND <= clip.ticks <= 4 * SECOND for clip in found.clips)
        assert found.clips[-1].ticks + found.leftover <= 4 * SECOND


@pytest.mark.parametrize("fps", RATES)
def test_up_to_two_seconds_one_ident_is_enough_up_to_six_two_and_up_to_nine_three(fps: str) -> None:
    rate = Fraction(fps)
    filler = Filler(idents(rate))
    most = {1: int(2 * rate), 2: int(6 * rate) - 1, 3: int(9 * rate)}
    for count in range(-(-rate.numerator // rate.denominator), most[3] + 1):
        # Two lengths that were both rounded up are together a tick more than so many frames.
        found = filler.fill(ident_ticks(count, rate) + 1)
        assert found is not None
        assert len(found.clips) <= next(number for number, up_to in most.items() if count <= up_to)
        assert found.leftover <= 2


@pytest.mark.parametrize("fps", ["5", "6", "15/2"])
def test_no_smaller_set_than_one_less_fills_everything(fps: str) -> None:
    """Slow rates, as all sets of their lengths can be tried."""
    rate = Fraction(fps)
    everything, size = all_frame_counts(rate), len(frame_counts(rate))
    second = everything[0]
    must = set(range(second, 2 * second))  # two idents last two seconds or more

    def fills(more: tuple[int, ...]) -> bool:
        return not gaps([ident_ticks(count, rate) for count in {*must, *more}], rate)

    others = [count for count in everything if count not in must]
    assert not any(fills(more) for more in combinations_with_replacement(others, size - len(must) - 2))
    assert any(fills(more) for more in combinations_with_replacement(others, size - len(must) - 1))
    assert not gaps([ident_ticks(count, rate) for count in frame_counts(rate)], rate)


@pytest.mark.parametrize(
    ("rest_s", "expected", "leftover"),
    [
        (1.0, [1.0], 0),
        (1.0399, [1.0], 3591),
        (1.04, [1.04], 0),
        (2.0, [2.0], 0),
        (2.04, [1.04, 1.0], 0),
        (3.0, [3.0], 0),
        (3.96, [2.0, 1.96], 0),
        (4.0, [3.0, 1.0], 0),  # one of 4 s with what is left over could be longer than a segment may be
        (4.96, [3.0, 1.96], 0),
        (5.5, [4.0, 1.48], 1800),
        (9.0, [4.0, 3.0, 2.0], 0),
        (21.0, [4.0, 4.0, 4.0, 4.0, 3.0, 2.0], 0),
    ],
)
def test_what_is_chosen_at_25_frames_a_second(rest_s: float, expected: list[float], leftover: int) -> None:
    found = Filler(idents(Fraction(25))).fill(round(rest_s * SECOND))
    assert lengths(found) == expected
    assert found is not None
    assert found.leftover == leftover


@pytest.mark.parametrize("rest", [-1, 0, 1, 89_999])
def test_less_than_a_second_is_not_filled(rest: int) -> None:
    assert Filler(idents(Fraction(25))).fill(rest) is None


@pytest.mark.parametrize(
    ("counts", "missing"),
    [
        (frame_counts(Fraction(25)), ()),
        (tuple(count for count in frame_counts(Fraction(25)) if count != 30), (30, 205)),
        (tuple(range(25, 51)), tuple(range(151, 226))),
        ((25, 50, 100), tuple(n for n in range(25, 226) if n % 25)),
        ((), tuple(range(25, 226))),
    ],
)
def test_what_a_set_cannot_fill_is_named(counts: tuple[int, ...], missing: tuple[int, ...]) -> None:
    assert gaps([count * 3600 for count in counts], Fraction(25)) == missing


def test_a_set_with_a_hole_fills_what_it_can() -> None:
    some = [ident(count * 3600) for count in frame_counts(Fraction(25)) if count != 30]
    assert Filler(some).fill(29 * 3600) == ((ident(29 * 3600),), 0)
    assert Filler(some).fill(30 * 3600 + 5) is None
    assert Filler(some).fill(31 * 3600) == ((ident(31 * 3600),), 0)
    assert Filler([]).fill(90_000) is None


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(RATES), st.integers(0, 60 * SECOND), st.randoms(use_true_random=False))
def test_the_choice_depends_on_the_rest_and_the_idents_alone(fps: str, rest: int, random: object) -> None:
    some = idents(Fraction(fps))
    shuffled = list(some)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert Filler(some).fill(rest) == Filler(shuffled).fill(rest)


def test_of_two_idents_of_one_length_the_first_is_taken() -> None:
    first, second = Clip.whole(Asset("a", (0, SECOND))), Clip.whole(Asset("b", (0, SECOND)))
    assert Filler([first, second]).fill(SECOND) == ((first,), 0)


def test_a_choice_takes_microseconds() -> None:
    filler = Filler(idents(Fraction(25)))
    rests = range(SECOND, 5 * SECOND, 3601)
    taken_s = min(repeat(lambda: [filler.fill(rest) for rest in rests], number=10, repeat=5)) / 10 / len(rests)
    assert taken_s < 50e-6
