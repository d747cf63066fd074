"""Every asset is anywhere equally often, over many viewers: Pearson's chi-square, with its limits written out.

The draws are fixed, so a test either fails always or never. 0.1 % of fair draws would be beyond such a limit.
"""

from collections import Counter

import numpy as np
import pytest
from numpy.typing import NDArray

from manifest_server.programming.shuffle import permutation
from manifest_server.programming.stock import Stock
from storage.programme import Rules
from tests.programming.stocks import drawn, names, stock

VIEWERS = 4000
COUNT = 12
LIMIT_121 = 173.6  # the 99.9th percentile of chi-square with 11 * 11 degrees of freedom

NEWS = {"news": [0, 1, 2]}


def chi_square(of: Stock, cycle: int) -> float:
    """How far the counts of assets at positions are from all being the same."""
    counts = np.zeros((COUNT, COUNT))
    for viewer in range(VIEWERS):
        for position, name in enumerate(names(drawn(of, b"x%d" % viewer), [cycle])):
            counts[int(name[1:]), position] += 1
    return distance(counts)


def distance(counts: NDArray[np.float64]) -> float:
    """Pearson's chi-square, from counts that are all the same."""
    expected = counts.mean()
    return float(((counts - expected) ** 2 / expected).sum())


@pytest.mark.slow
@pytest.mark.parametrize(
    "rules",
    [
        Rules(),
        Rules(repeat_clips=3),
        Rules(repeat_clips=9),  # in blocks
        Rules(repeat_s=20),  # so too
        Rules(spacing={"news": 2}),
        Rules(spacing={"news": 3}, repeat_clips=3),
    ],
    ids=str,
)
def test_each_asset_is_in_each_place_equally_often(rules: Rules) -> None:
    assert chi_square(stock([3] * COUNT, rules, NEWS), 0) < LIMIT_121


@pytest.mark.slow
def test_it_is_so_in_any_cycle_without_rules() -> None:
    # A clip is never first if it was last before: that is one place of 12 in 12, which evens out over all viewers.
    assert chi_square(stock([3] * COUNT, Rules()), 1_000_000) < LIMIT_121


def test_the_test_finds_what_is_not_fair() -> None:
    counts = np.full((COUNT, COUNT), VIEWERS / COUNT)
    assert distance(counts) == 0
    always = np.zeros((COUNT, COUNT))
    np.fill_diagonal(always, VIEWERS)
    assert distance(always) > LIMIT_121


def test_two_neighbours_are_any_two() -> None:
    of, pairs = stock([3] * 5, Rules()), Counter[tuple[str, str]]()
    for viewer in range(4000):
        first, second, *_ = names(drawn(of, b"%d" % viewer), [0])
        pairs[first, second] += 1
    # 20 pairs of 200 each: the 99.9th percentile with 19 degrees of freedom is 43.8.
    assert len(pairs) == 20
    assert sum((count - 200) ** 2 / 200 for count in pairs.values()) < 43.8


@pytest.mark.parametrize("size", [1024, 1030])  # in words of 32 bits, and of 64
def test_large_pools_are_mixed_throughout(size: int) -> None:
    tenths = np.zeros((10, 10))
    for viewer in range(40):
        order = permutation(b"%d" % viewer, size)
        np.add.at(tenths, (order * 10 // size, np.arange(size) * 10 // size), 1)
    assert distance(tenths) < 124.8  # the 99.9th percentile with 81 degrees of freedom
