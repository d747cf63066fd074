"""Orders under rules: what every cycle of every viewer keeps, over the seams too."""

from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manifest_server.programming.kept import kept
from manifest_server.programming.stock import Stock
from storage.programme import Rules
from tests.playout.builders import SECOND
from tests.programming.stocks import check_kept, drawn, large_stocks, names, repeats, stock, stocks

FAR = 1_000_000


@given(stocks(), st.binary(max_size=6), st.integers(0, 10**12))
def test_every_cycle_has_the_same_clips_each_once_and_the_totals_it_declares(
    of: Stock, seed: bytes, number: int
) -> None:
    order = drawn(of, seed)
    first = names(order, [0])
    assert len(set(first)) == len(first) == order.clips
    for cycle in (0, 1, number, number + 1):
        assert sorted(names(order, [cycle])) == sorted(first)
        made = order.cycle(cycle)
        assert made.ticks.tolist()[-1] == order.ticks == sum(clip.ticks for clip in made.clips)
        assert made.segments.tolist() == list(range(order.segments + 1))
        assert [b - a for a, b in zip(made.ticks, made.ticks[1:], strict=False)] == [one.ticks for one in made.clips]


@settings(max_examples=500, deadline=None)
@given(stocks() | large_stocks(), st.binary(max_size=6))
def test_what_is_said_to_be_kept_is_kept_over_every_seam(of: Stock, seed: bytes) -> None:
    check_kept(of, drawn(of, seed))


@given(stocks(), st.binary(max_size=6), st.integers(0, 10**12))
def test_a_cycle_does_not_depend_on_which_were_asked_for_before(of: Stock, seed: bytes, number: int) -> None:
    walked, direct = drawn(of, seed), drawn(of, seed)
    names(walked, [0, 1, 2, number + 1])
    assert names(walked, [number]) == names(direct, [number])


@given(st.integers(2, 60), st.integers(1, 80), st.binary(max_size=4))
def test_a_repeat_in_clips_gives_way_to_nothing_but_the_pool(count: int, asked: int, seed: bytes) -> None:
    of = stock([3] * count, Rules(repeat_clips=asked))
    assert kept(of).repeat_clips == min(asked, count - 1)
    assert repeats(drawn(of, seed), 8)[0] >= min(asked, count - 1)


@given(st.lists(st.integers(1, 100), min_size=2, max_size=40), st.integers(1, 3000), st.binary(max_size=4))
def test_a_repeat_in_time_gives_way_to_nothing_but_the_pool(lengths: list[int], asked_s: int, seed: bytes) -> None:
    of = stock(lengths, Rules(repeat_s=asked_s))
    # The longest clip has the least beside it.
    most = min(asked_s, sum(lengths) - max(lengths)) * SECOND
    assert kept(of).repeat_ticks == most
    assert repeats(drawn(of, seed), 8)[1] >= most


@given(st.integers(1, 40), st.data())
def test_one_tag_is_as_far_apart_as_the_pool_lets_it_be(count: int, data: st.DataObject) -> None:
    having = data.draw(st.integers(1, count))
    asked = data.draw(st.integers(1, 40))
    of = stock([3] * count, Rules(spacing={"news": asked}), {"news": list(range(having))})
    assert kept(of).spacing == {"news": min(asked, count // having - 1)}


@pytest.mark.parametrize(
    ("tags", "asked", "distances"),
    [
        # Every other clip, and every fourth: they interlock.
        ({"ads": range(6), "news": range(6, 9)}, {"ads": 1, "news": 3}, {"ads": 1, "news": 3}),
        # Three tags in turn, and nothing else.
        ({"ads": range(4), "news": range(4, 8), "kids": range(8, 12)}, {"ads": 2, "kids": 2, "news": 2},
         {"ads": 2, "kids": 2, "news": 2}),
        # A clip of both counts for both.
        ({"ads": range(3), "news": range(2, 4)}, {"ads": 3, "news": 5}, {"ads": 3, "news": 5}),
        # Every second and every third cannot be; the first tag keeps what it asked for.
        ({"ads": range(6), "news": range(6, 10)}, {"ads": 1, "news": 2}, {"ads": 1, "news": 1}),
    ],
)  # fmt: skip
def test_tags_interlock_where_they_can(
    tags: dict[str, range], asked: dict[str, int], distances: dict[str, int]
) -> None:
    of = stock([3] * 12, Rules(spacing=asked), {tag: list(having) for tag, having in tags.items()})
    assert kept(of).spacing == distances


@settings(max_examples=200, deadline=None)
@given(st.integers(9, 40), st.binary(max_size=4), st.randoms(use_true_random=False))
def test_what_just_aired_does_not_come_again_too_soon(count: int, seed: bytes, chance: Random) -> None:
    asked = chance.randint(2, count // 3)
    of = stock([3] * count, Rules(repeat_clips=asked))
    avoid = chance.sample([f"a{one}" for one in range(count)], chance.randint(1, asked))
    aired = [*avoid, *names(drawn(of, seed, avoid), [0])]
    assert all(len(set(aired[at : at + asked + 1])) == asked + 1 for at in range(len(avoid)))


@given(st.integers(2, 40), st.integers(1, 60), st.binary(max_size=4), st.integers(0, 1))
def test_nor_at_once_however_much_is_asked(count: int, asked: int, seed: bytes, last: int) -> None:
    of = stock([3] * count, Rules(repeat_clips=asked))
    assert names(drawn(of, seed, [f"a{last}"]), [0])[0] != f"a{last}"


@given(st.integers(8, 40), st.integers(1, 4), st.binary(max_size=4))
def test_spacing_looks_back_at_what_just_aired(count: int, having: int, seed: bytes) -> None:
    of = stock([3] * count, Rules(spacing={"news": 1}), {"news": list(range(having))})
    for avoid in ("a0", f"a{having - 1}"):
        assert names(drawn(of, seed, [avoid]), [0])[0] not in {f"a{one}" for one in range(having)}


def test_a_limit_draws_its_clips_for_each_viewer_and_each_equally_often() -> None:
    of = stock([3] * 20, Rules(limits={"ads": 4}), {"ads": list(range(10))})
    counts: Counter[str] = Counter()
    for viewer in range(1000):
        order = drawn(of, b"%d" % viewer)
        assert order.clips == 14
        ads = {name for name in names(order, [0]) if int(name[1:]) < 10}
        assert len(ads) == 4
        assert {name for name in names(order, [FAR]) if int(name[1:]) < 10} == ads
        counts.update(ads)
    # 400 each, with a deviation of 15.5.
    assert all(330 < counts[f"a{one}"] < 470 for one in range(10)), counts


def test_what_a_limit_lets_in_is_shared_in_proportion_and_all_of_it_is_used() -> None:
    ads = {"ads": list(range(10)), "kids": list(range(5, 12))}
    assert airing(Rules(limits={"ads": 3}), ads) == {"ads": 3, "kids": 3, "all": 5}
    # Four ads that are not for kids, and one for kids that is no ad: more than with one that is both.
    assert airing(Rules(limits={"ads": 4, "kids": 1}), ads) == {"ads": 4, "kids": 1, "all": 5}


def airing(rules: Rules, tags: dict[str, list[int]]) -> dict[str, int]:
    """How many of twelve clips air in a cycle, by tag."""
    aired = names(drawn(stock([3] * 12, rules, tags)), [5])
    return {tag: sum(int(name[1:]) in having for name in aired) for tag, having in tags.items()} | {"all": len(aired)}


def test_a_fixed_order_is_that_of_the_pool_with_the_first_of_a_limit() -> None:
    of = stock([3] * 6, Rules(order="fixed", limits={"ads": 1}), {"ads": [1, 3, 5]})
    assert names(drawn(of), [0, 7]) == ["a0", "a1", "a2", "a4"] * 2


def test_orders_of_viewers_and_of_cycles_differ() -> None:
    of = stock([3] * 30, Rules(repeat_clips=8, spacing={"news": 2}), {"news": [1, 2, 3]})
    seen = {tuple(names(drawn(of, b"%d" % viewer), [cycle])) for viewer in range(20) for cycle in range(20)}
    assert len(seen) == 400
