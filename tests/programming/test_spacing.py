"""Slots that go round: found wherever they are there to be found, and spread evenly."""

from collections.abc import Sequence

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from manifest_server.programming.spacing import spread

Kinds = tuple[tuple[int, ...], tuple[tuple[int, ...], ...], tuple[int, ...]]


@st.composite
def puzzles(draw: st.DrawFn) -> Kinds:
    """A few clips of up to three tags, one kind of them with two, and gaps that each tag alone could have."""
    tags = draw(st.integers(2, 3))
    kinds = [(), *((tag,) for tag in range(tags)), *draw(st.sampled_from([[], [(0, 1)]]))]
    counts = [draw(st.integers(1, 3)) for _ in kinds]
    having = [sum(count for count, of in zip(counts, kinds, strict=True) if tag in of) for tag in range(tags)]
    gaps = [draw(st.integers(0, min(4, sum(counts) // one - 1))) for one in having]
    return tuple(counts), tuple(kinds), tuple(gaps)


def is_there(counts: Sequence[int], kinds: Sequence[Sequence[int]], gaps: Sequence[int]) -> bool:
    """Whether there are such slots, by trying all."""
    total, left, slots = sum(counts), list(counts), list[int]()

    def near(tag: int, slot: int) -> bool:
        return any(tag in kinds[slots[at % total]] for at in range(slot - gaps[tag], slot) if at % total < len(slots))

    def tried() -> bool:
        if len(slots) == total:
            return not any(near(tag, slot) for slot in range(total) for tag in kinds[slots[slot]])
        for kind, count in enumerate(left):
            if count and not any(near(tag, len(slots)) for tag in kinds[kind] if len(slots) >= gaps[tag]):
                left[kind] -= 1
                slots.append(kind)
                if tried():
                    return True
                slots.pop()
                left[kind] += 1
        return False

    return tried()


@settings(max_examples=200, deadline=None)
@given(puzzles())
def test_slots_are_found_where_there_are_any(puzzle: Kinds) -> None:
    counts, kinds, gaps = puzzle
    assume(sum(counts) <= 10)
    slots, kept = spread(counts, kinds, gaps)
    assert sorted(slots) == [kind for kind, count in enumerate(counts) for _ in range(count)]
    if is_there(counts, kinds, gaps):
        assert all(has >= asked for has, asked in zip(kept, gaps, strict=True)), (slots, kept)


def test_what_does_not_fit_together_gives_way_the_first_tag_last() -> None:
    # Three of six have either tag, one of them both: only one of the two can be every other clip.
    assert spread((1, 2, 2, 1), ((), (0,), (1,), (0, 1)), (2, 1))[1] == (1, 0)


def test_a_tag_is_spread_evenly_not_as_closely_as_it_may_be() -> None:
    slots, kept = spread((96, 4), ((), (0,)), (3,))
    assert kept == (24,)
    assert [slot for slot, kind in enumerate(slots) if kind == 1] == [1, 26, 51, 76]


def test_many_clips_of_many_tags_are_soon_placed() -> None:
    counts = (3000, *[100] * 20)
    slots, kept = spread(counts, ((), *((tag,) for tag in range(20))), (40,) * 20)
    assert len(slots) == 5000
    assert min(kept) >= 40
