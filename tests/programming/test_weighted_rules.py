"""A weighted order under rules: they hold for every viewer as without a taste, and what is liked goes first."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manifest_server.playout.lineup import Order
from manifest_server.programming.orders import order_of, stock_of
from manifest_server.programming.stock import Stock
from storage.programme import Rules, Taste
from tests.programming.stocks import TAGS, check_kept, drawn, large_stocks, names, stock, stocks, weighted

SEEDS = st.binary(max_size=6)
STOCKS = (stocks() | large_stocks()).map(weighted)
TASTES = st.builds(
    Taste,
    version=st.integers(1, 9),
    likes=st.dictionaries(st.sampled_from(TAGS), st.floats(-1, 1) | st.sampled_from([-1, 1]), min_size=1),
    no_tags=st.sampled_from([(), (), ("kids",)]),
    without=st.sampled_from([(), (), ("a0", "a3", "a5")]),
)
LIKED = {"liked": [3, 7, 11]}
LIKES = Taste(likes={"liked": 1})
ADS = {"ads": [0, 1, 2], "bad": [1, 7]}


@settings(max_examples=100, deadline=None)
@given(STOCKS, SEEDS, TASTES)
def test_what_is_said_to_be_kept_is_kept_for_every_viewer_over_every_seam(
    of: Stock, seed: bytes, taste: Taste
) -> None:
    left = stock_of(of, taste)
    if left.rules != Rules(order="weighted"):  # without rules, what is liked comes more often: test_weighted.py
        check_kept(left, order_of(of, seed, (), taste))


@settings(deadline=None)
@given(STOCKS, SEEDS, TASTES, st.integers(0, 10**12))
def test_every_cycle_has_the_same_clips_and_totals_whatever_was_asked_for_before(
    of: Stock, seed: bytes, taste: Taste, number: int
) -> None:
    walked, direct = order_of(of, seed, (), taste), order_of(of, seed, (), taste)
    first = names(walked, [0])
    names(walked, [1, number + 1])
    assert names(walked, [number]) == names(direct, [number])
    assert sorted(names(direct, [number])) == sorted(first)
    made = direct.cycle(number)
    assert (made.ticks[-1], made.segments[-1], len(made.clips)) == (direct.ticks, direct.segments, direct.clips)


@settings(deadline=None)
@given(STOCKS, SEEDS, TASTES, st.integers(0, 39))
def test_no_clip_follows_itself_not_what_aired_before_either(
    of: Stock, seed: bytes, taste: Taste, before: int
) -> None:
    avoid = f"a{before % len(of.clips)}"
    order = order_of(of, seed, [avoid], taste)
    if order.clips > 1:
        assert all(a != b for a, b in pairwise([avoid, *names(order, range(4))]))


@given(STOCKS, SEEDS)
def test_who_likes_nothing_in_particular_has_what_a_shuffle_gives(of: Stock, seed: bytes) -> None:
    shuffled = Stock(of.clips, of.rules.model_copy(update={"order": "shuffled"}), {
        tag: having.nonzero()[0].tolist() for tag, having in of.tags.items()
    })  # fmt: skip
    expected = names(drawn(shuffled, seed), range(3))
    assert names(order_of(of, seed), range(3)) == expected
    assert names(order_of(of, seed, (), Taste(version=7)), range(3)) == expected


@pytest.mark.parametrize(
    ("rules", "most"),
    [
        (Rules(order="weighted", repeat_clips=3), 4.0),  # a free draw
        (Rules(order="weighted", repeat_clips=12), 4.0),  # in blocks
        (Rules(order="weighted", repeat_s=30), 4.0),  # so too, by time
        (Rules(order="weighted", spacing={"other": 2}), 5.0),  # where one of them is in slots of its own
    ],
    ids=str,
)
def test_what_is_liked_comes_earlier_in_every_cycle(rules: Rules, most: float) -> None:
    of = stock([3] * 16, rules, LIKED | {"other": [1, 3, 5, 8]})
    for cycle in (0, 1, 1_000_000):
        assert mean_place(of, cycle, None) > 6.5  # 7.5 in the mean
        assert mean_place(of, cycle, LIKES) < most


def mean_place(of: Stock, cycle: int, taste: Taste | None) -> float:
    """Where in a cycle the three liked clips are, in the mean of 150 viewers."""
    aired = [names(order_of(of, b"%d" % viewer, (), taste), [cycle]) for viewer in range(150)]
    return sum(one.index(f"a{liked}") for one in aired for liked in LIKED["liked"]) / 450


def test_a_limit_lets_in_by_weight_and_for_good() -> None:
    # Four ads, one of which is eight times as heavy: of a limit of one it is chosen 8 times of 11.
    of = stock([3] * 12, Rules(order="weighted", limits={"ads": 1}), {"ads": [0, 1, 2, 3], "liked": [2]})
    counts: Counter[str] = Counter()
    for viewer in range(1100):
        order = order_of(of, b"%d" % viewer, (), LIKES)
        [ad] = {name for name in names(order, [0]) if name in {"a0", "a1", "a2", "a3"}}
        assert ad in names(order, [5])
        counts[ad] += 1
    # 800, 100, 100 and 100, with deviations of 14.8 and 9.5.
    assert 750 < counts["a2"] < 850
    assert all(68 < counts[one] < 132 for one in ("a0", "a1", "a3")), counts


def test_what_is_hated_never_airs_unless_there_is_nothing_else() -> None:
    of = stock([3] * 12, Rules(order="weighted", repeat_clips=4, limits={"ads": 2}), ADS)
    order = order_of(of, b"x", (), Taste(likes={"bad": -1, "ads": 0.5}))
    assert set(names(order, range(3))) == {"a0", "a2", "a3", "a4", "a5", "a6", "a8", "a9", "a10", "a11"}
    hated = stock([3] * 4, Rules(order="weighted", repeat_clips=2), {"bad": [0, 1, 2, 3]})
    assert len(set(names(order_of(hated, b"x", (), Taste(likes={"bad": -1})), [0]))) == 4


def test_another_profile_is_another_order() -> None:
    of = stock([3] * 20, Rules(order="weighted", repeat_clips=4), LIKED)

    def order(version: int) -> Order:
        return order_of(of, b"lineup", (), Taste(version=version, likes={"liked": 0.5}))

    assert names(order(5), range(3)) == names(order(5), range(3)) != names(order(6), range(3))
