from collections import Counter
from weakref import ref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifest_server.playout.lineup import Clip
from manifest_server.programming.recent import Recent
from manifest_server.programming.shuffle import Shuffled, permutation
from manifest_server.programming.stock import Stock
from tests.playout.builders import asset


def pool(count: int) -> list[Clip]:
    return [Clip.whole(asset(f"asset{number}", 2.0 + number / 100)) for number in range(count)]


def shuffled_of(count: int, seed: bytes, avoid: str | None = None) -> Shuffled:
    return Shuffled(Stock(pool(count)), seed, [avoid] if avoid else [])


def names(shuffled: Shuffled, cycle: int) -> list[str]:
    return [clip.asset.id for clip in shuffled.cycle(cycle).clips]


def test_a_permutation_is_the_same_in_every_release() -> None:
    assert permutation(b"seed", 10).tolist() == [9, 2, 0, 7, 4, 1, 3, 5, 6, 8]


@given(st.integers(1, 12), st.binary(max_size=8), st.sampled_from([None, "asset0", "asset1"]))
def test_every_cycle_has_each_clip_once_and_none_follows_itself(count: int, seed: bytes, avoid: str | None) -> None:
    shuffled = shuffled_of(count, seed, avoid)
    before = avoid
    for cycle in range(8):
        order = names(shuffled, cycle)
        assert sorted(order) == sorted(clip.asset.id for clip in pool(count))
        assert shuffled.cycle(cycle).ticks[-1] == shuffled.ticks
        assert shuffled.cycle(cycle).segments[-1] == shuffled.segments
        if count > 1:
            assert order[0] != before
        before = order[-1]


def test_a_cycle_does_not_depend_on_which_were_asked_for_before() -> None:
    walked, direct = shuffled_of(9, b"x"), shuffled_of(9, b"x")
    for cycle in range(50):
        names(walked, cycle)
    assert names(walked, 49) == names(direct, 49)
    assert names(walked, 0) == names(shuffled_of(9, b"x"), 0)


def test_cycles_and_seeds_differ() -> None:
    orders = {tuple(names(shuffled_of(8, bytes([seed])), cycle)) for seed in range(5) for cycle in range(5)}
    assert len(orders) == 25


def test_every_clip_comes_first_about_equally_often() -> None:
    firsts = Counter(names(shuffled_of(5, str(seed).encode()), 0)[0] for seed in range(2000))
    assert all(300 < count < 500 for count in firsts.values()), firsts


@pytest.mark.parametrize("count", [1, 2])
def test_a_tiny_pool_is_the_same_in_every_cycle(count: int) -> None:
    shuffled = shuffled_of(count, b"x")
    assert names(shuffled, 0) == names(shuffled, 1) == names(shuffled, 77)


def test_all_orders_together_remember_so_many_cycles_and_forget_the_first() -> None:
    stock = Stock(pool(9), recent=Recent(limit=2 * 900))  # a cycle of nine clips weighs 876
    one, two, three = (Shuffled(stock, seed) for seed in (b"1", b"2", b"3"))
    first, second = one.cycle(0), two.cycle(0)
    assert (one.cycle(0), two.cycle(0)) == (first, second)  # the same objects
    before = names(one, 0)
    three.cycle(0)
    assert two.cycle(0) is second
    assert one.cycle(0) is not first  # it was forgotten, and made again
    assert names(one, 0) == before


def test_what_is_remembered_of_an_order_goes_with_it() -> None:
    stock = Stock(pool(9), recent=Recent())
    order = Shuffled(stock, b"1")
    cycle = ref(order.cycle(0).ticks)
    gone = ref(order)
    del order
    assert gone() is None
    assert cycle() is None
