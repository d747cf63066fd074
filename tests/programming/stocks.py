"""Stocks with rules for tests, and a reading of what airs that shares nothing with the code under test."""

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import strategies as st

from manifest_server.playout.lineup import Asset, Clip, Order
from manifest_server.programming.kept import kept
from manifest_server.programming.orders import order_of
from manifest_server.programming.stock import Stock
from storage.programme import Rules
from tests.playout.builders import SECOND

TAGS = ("ads", "kids", "news")


def stock(lengths_s: Sequence[int], rules: Rules, tags: dict[str, list[int]] | None = None) -> Stock:
    """Assets a0, a1, ... that last so long; `tags`: which of them have it."""
    clips = [Clip.whole(Asset(f"a{number}", (0, length * SECOND))) for number, length in enumerate(lengths_s)]
    return Stock(clips, rules, tags)


@st.composite
def stocks(draw: st.DrawFn) -> Stock:
    """Any pool under any rules."""
    lengths = draw(st.lists(st.integers(1, 40), min_size=1, max_size=40))
    rules = Rules(
        limits=draw(st.dictionaries(st.sampled_from(TAGS), st.integers(1, 12), max_size=2)),
        spacing=draw(st.dictionaries(st.sampled_from(TAGS), st.integers(1, 12), max_size=3)),
        repeat_clips=draw(st.integers(1, 45)),
        repeat_s=draw(st.sampled_from([0, 0, 5, 20, 60, 200, 1000])),
    )
    having = st.sets(st.integers(0, len(lengths) - 1))
    return stock(lengths, rules, {tag: sorted(draw(having)) for tag in TAGS})


@st.composite
def large_stocks(draw: st.DrawFn) -> Stock:
    """Pools of which there is enough for rules to be met with some trouble. Hypothesis alone tends to the trivial."""
    chance = draw(st.randoms(use_true_random=False))
    count = chance.randint(6, 40)
    longest = chance.choice([1, 3, 60])
    rules = Rules(
        limits={tag: chance.randint(2, 9) for tag in TAGS if chance.random() < 0.2},
        spacing={tag: chance.randint(1, 5) for tag in TAGS if chance.random() < 0.7},
        repeat_clips=chance.randint(1, chance.choice([count // 3, count + 3])),
        repeat_s=chance.choice([0, 0, chance.randint(1, count * longest)]),
    )
    tags = {tag: sorted(chance.sample(range(count), chance.randint(1, count // 2))) for tag in TAGS}
    return stock([chance.randint(1, longest) for _ in range(count)], rules, tags)


def names(order: Order, cycles: Sequence[int]) -> list[str]:
    """The assets that air in these cycles."""
    return [clip.asset.id for cycle in cycles for clip in order.cycle(cycle).clips]


def repeats(order: Order, cycles: int) -> tuple[int, int]:
    """How many clips, and ticks, are at least between two airings of an asset in the first cycles."""
    aired = [clip for cycle in range(cycles) for clip in order.cycle(cycle).clips]
    ends, last = 0, dict[str, tuple[int, int]]()
    between, ticks = len(aired), 1 << 62
    for at, clip in enumerate(aired):
        if clip.asset.id in last:
            before, end = last[clip.asset.id]
            between, ticks = min(between, at - before - 1), min(ticks, ends - end)
        ends += clip.ticks
        last[clip.asset.id] = (at, ends)
    return between, ticks


def gap(aired: Sequence[str], having: set[str]) -> int:
    """How many others are at least between two that have something."""
    at = [place for place, name in enumerate(aired) if name in having]
    return min((after - before - 1 for before, after in pairwise(at)), default=1 << 30)


def drawn(of: Stock, seed: bytes = b"x", avoid: Sequence[str] = ()) -> Order:
    return order_of(of, seed, avoid)


def weighted(of: Stock) -> Stock:
    """The same stock with rules that are weighted."""
    tags = {tag: having.nonzero()[0].tolist() for tag, having in of.tags.items()}
    return Stock(of.clips, of.rules.model_copy(update={"order": "weighted"}), tags)


def check_kept(of: Stock, order: Order) -> None:
    """What is said to be kept of a stock's rules is kept in its order, over six cycles and their seams."""
    said = kept(of)
    between, ticks = repeats(order, 6)
    assert between >= said.repeat_clips
    assert ticks >= said.repeat_ticks
    aired = names(order, range(6))
    for tag, distance in said.spacing.items():
        assert gap(aired, {of.clips[index].asset.id for index in of.tags[tag].nonzero()[0]}) >= distance
    for tag, limit in of.rules.limits.items():
        having = {of.clips[index].asset.id for index in of.tags[tag].nonzero()[0]}
        assert len(having & set(names(order, [0]))) <= limit
    assert order.clips == said.clips
