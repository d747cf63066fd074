"""The weighted order: totals that stay, no clip after itself, what is liked comes earlier and more often."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manifest_server.playout.lineup import Asset, Clip, Order
from manifest_server.programming.draws import NEVER, UNIT, Race, stream, streams, words
from manifest_server.programming.orders import by_weight, order_of
from manifest_server.programming.rounds import sequences
from manifest_server.programming.stock import Stock
from storage.programme import Rules, Taste

OCTAVES = st.integers(-3 * UNIT, 3 * UNIT) | st.sampled_from([0, 0, 3 * UNIT])


def clips(count: int) -> list[Clip]:
    """Of one to seven segments of 4 s."""
    return [Clip.whole(Asset(f"{n:032x}", tuple(range(0, (n % 7 + 2) * 360_000, 360_000)))) for n in range(count)]


def weighted(pool: list[Clip], octaves: list[int], seed: bytes, avoid: str | None = None) -> Order:
    rules = Rules(order="weighted")
    return by_weight(Stock(pool, rules), np.array(octaves, dtype=np.int16), seed, [avoid] if avoid else ())


def names(order: Order, cycles: int) -> list[str]:
    return [clip.asset.id for number in range(cycles) for clip in order.cycle(number).clips]


@settings(deadline=None)
@given(st.lists(OCTAVES | st.just(NEVER), min_size=2, max_size=30), st.binary(max_size=8), st.integers(0, 10**9))
def test_every_cycle_has_the_same_clips_and_totals(octaves: list[int], seed: bytes, number: int) -> None:
    if all(one == NEVER for one in octaves):
        octaves[0] = 0
    order = weighted(clips(len(octaves)), octaves, seed)
    first, other = order.cycle(0), order.cycle(number)
    assert Counter(clip.asset.id for clip in first.clips) == Counter(clip.asset.id for clip in other.clips)
    assert (other.ticks[-1], other.segments[-1], len(other.clips)) == (order.ticks, order.segments, order.clips)
    assert set(names(order, 1)) == {f"{n:032x}" for n, one in enumerate(octaves) if one != NEVER}
    assert max(Counter(names(order, 1)).values()) <= 4


@settings(deadline=None)
@given(st.lists(OCTAVES, min_size=2, max_size=30), st.binary(max_size=8), st.integers(0, 29))
def test_no_clip_follows_itself_not_at_any_seam_either(octaves: list[int], seed: bytes, before: int) -> None:
    pool = clips(len(octaves))
    avoid = pool[before % len(pool)].asset.id
    found = [avoid, *names(weighted(pool, octaves, seed, avoid), 6)]
    assert all(a != b for a, b in pairwise(found))


def test_a_pool_of_one_repeats_it() -> None:
    assert names(weighted(clips(1), [-500], b"x"), 2) == ["0" * 32, "0" * 32]


def test_nothing_left_is_an_error() -> None:
    with pytest.raises(ValueError, match="no clip of the pool is left"):
        weighted(clips(2), [NEVER, NEVER], b"x")


def test_of_a_small_pool_what_is_liked_comes_more_often() -> None:
    # Four rounds: the heaviest is in all of them, one half as heavy in two, all others in one.
    order = weighted(clips(20), [768, 512, 580, -768, *[0] * 16], b"x")
    count = Counter(names(order, 1))
    assert [count[f"{n:032x}"] for n in range(5)] == [4, 2, 2, 1, 1]
    assert order.clips == 4 + 2 + 2 + 1 + 16


def test_who_likes_all_alike_has_each_once() -> None:
    assert weighted(clips(20), [300] * 20, b"x").clips == 20


def test_of_a_large_pool_what_is_liked_comes_earlier() -> None:
    octaves = [768] * 50 + [0] * 250
    places = [names(weighted(clips(300), octaves, b"%d" % n), 1).index("0" * 31 + "7") for n in range(200)]
    assert weighted(clips(300), octaves, b"x").clips == 300
    assert sum(places) / len(places) < 60  # in a shuffle it would be 150


def test_two_of_a_kind_are_spread_over_the_rounds() -> None:
    order = weighted(clips(20), [768, 512, *[0] * 18], b"x")
    for number in range(50):
        at = [n for n, clip in enumerate(order.cycle(number).clips) if clip.asset.id == f"{1:032x}"]
        assert at[1] - at[0] >= 3


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 40), st.integers(0, 2**32), st.integers(1, 60_000_000))
def test_what_is_planned_is_the_beginning_of_the_lineup(count: int, seed: int, span: int) -> None:
    pool, drawn = clips(count), np.random.default_rng(seed)
    octaves = drawn.choice([NEVER, -300, 0, 0, 400, 768], (5, count)).astype(np.int16)
    seeds = [b"lineup %d" % n for n in range(5)]
    of = Stock(pool)
    lengths = of.ticks
    rows = sequences(of.draw, words(seeds), octaves, lengths, span)
    for one, name, row in zip(octaves.tolist(), seeds, rows, strict=True):
        if all(parts == NEVER for parts in one):
            assert row.size == 0
            continue
        order = weighted(pool, one, name)
        wanted = names(order, -(-len(row) // order.clips))[: len(row)]
        assert [pool[index].asset.id for index in row] == wanted
        assert lengths[row[:-1]].sum() < span <= lengths[row].sum()  # no more than it takes


@settings(deadline=None)
@given(st.sampled_from([3, 40, 257, 300, 1100]), st.integers(0, 2**32), st.integers(0, 10**12))
def test_one_round_of_one_viewer_is_that_of_thousands(count: int, seed: int, number: int) -> None:
    """The quick way (weighted.py) to what rounds.py draws, of which the last clip is the same too."""
    octaves = np.random.default_rng(seed).choice([-768, -300, 0, 0, 400, 768], count).astype(np.int16)
    of, seeds = Stock(clips(count)), words([b"%d" % seed])
    order, _ = of.draw.order(streams(seeds, number), octaves[None], np.ones((1, count), dtype=np.bool_))
    race, one = Race(of.draw, octaves), stream(int(seeds[0]), number)
    assert race.order(one).tolist() == order[0].tolist()
    assert race.is_last(one, int(order[0, -1]))
    assert not race.is_last(one, int(order[0, -2]))
    assert not race.is_last(one, int(order[0, 0]))


def test_a_pool_of_more_clips_than_can_be_raced_has_an_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("manifest_server.programming.orders.POOL_LIMIT", 10)
    liked = {f"{n:032x}" for n in range(3)}
    order = weighted(clips(11), [768] * 3 + [-768] * 8, b"x")
    assert (order.clips, len(set(names(order, 1)))) == (11, 11)
    assert len(liked & set(names(order, 1)[:4])) >= 2


def test_a_channel_whose_rules_are_weighted_draws_by_taste() -> None:
    stock = Stock(clips(20), Rules(order="weighted"), {"kids": (3, 7), "news": (4,)})
    order = order_of(stock, b"lineup", (), Taste(version=5, likes={"kids": 1, "news": -1, "unknown": 1}))
    count = Counter(names(order, 1))
    assert (count[f"{3:032x}"], count[f"{7:032x}"], count[f"{4:032x}"], count[f"{5:032x}"]) == (4, 4, 0, 1)
    again = order_of(stock, b"lineup", (), Taste(version=5, likes={"kids": 1, "news": -1, "unknown": 1}))
    other = order_of(stock, b"lineup", (), Taste(version=6, likes={"kids": 1, "news": -1, "unknown": 1}))
    assert names(order, 3) == names(again, 3) != names(other, 3)
    assert len(names(order_of(stock, b"lineup", (), Taste()), 1)) == 20
    hated = Stock(clips(3), Rules(order="weighted"), {"news": (0, 1, 2)})
    assert len(names(order_of(hated, b"lineup", (), Taste(likes={"news": -1})), 1)) == 3
