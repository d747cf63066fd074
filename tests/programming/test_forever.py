"""What was drawn once is drawn for ever: in every process, by every version of Python and numpy."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from manifest_server.playout.lineup import Order
from manifest_server.programming.orders import order_of
from manifest_server.programming.shuffle import permutation
from storage.programme import Rules, Taste
from tests.programming.stocks import drawn, names, stock

NEWS = {"news": [0, 5, 10]}
# Rules, and the numbers of the assets in cycles 0, 1 and a million.
GOLDEN = [
    (
        Rules(),
        [5, 7, 3, 2, 6, 11, 1, 9, 0, 4, 10, 8],
        [1, 9, 7, 11, 10, 4, 6, 5, 3, 8, 2, 0],
        [10, 5, 2, 3, 7, 11, 0, 1, 8, 4, 9, 6],
    ),
    (
        Rules(repeat_clips=3),
        [1, 9, 10, 6, 7, 3, 5, 11, 2, 4, 0, 8],
        [5, 11, 2, 9, 3, 8, 4, 7, 1, 10, 0, 6],
        [8, 1, 7, 10, 9, 6, 3, 2, 5, 0, 4, 11],
    ),
    (
        Rules(repeat_clips=8),
        [10, 6, 5, 2, 1, 9, 7, 4, 3, 11, 0, 8],
        [5, 2, 10, 6, 9, 4, 7, 1, 11, 3, 8, 0],
        [6, 10, 2, 5, 1, 9, 7, 4, 8, 3, 0, 11],
    ),
    (
        Rules(spacing={"news": 3}, repeat_clips=2),
        [9, 5, 6, 8, 4, 0, 3, 7, 2, 10, 1, 11],
        [7, 0, 9, 3, 11, 10, 2, 4, 6, 5, 1, 8],
        [11, 5, 8, 6, 9, 0, 4, 3, 7, 10, 1, 2],
    ),
    (
        Rules(spacing={"news": 5}, limits={"news": 2}, repeat_s=30),
        [6, 0, 8, 7, 2, 4, 9, 5, 1, 11, 3],
        [7, 0, 2, 6, 8, 9, 4, 5, 1, 11, 3],
        [8, 0, 6, 7, 2, 4, 9, 5, 1, 3, 11],
    ),
]

# The same for somebody who likes news, and others less or not at all.
LIKES = Taste(version=3, likes={"news": 0.7, "liked": 0.4, "bad": -1, "other": -0.5})
LIKED = NEWS | {"liked": [2, 3, 5], "bad": [9], "other": [1, 4]}
WEIGHTED = [
    (
        Rules(order="weighted"),
        [5, 0, 10, 11, 7, 5, 10, 3, 4, 1, 2, 5, 6, 0, 8],
        [10, 5, 2, 11, 0, 5, 8, 10, 6, 1, 0, 5, 4, 3, 7],
        [10, 5, 0, 11, 4, 10, 3, 5, 6, 1, 2, 7, 5, 0, 8],
    ),
    (
        Rules(order="weighted", repeat_clips=3),
        [5, 4, 0, 10, 3, 11, 1, 6, 7, 2, 8],
        [5, 0, 1, 7, 2, 8, 11, 10, 6, 3, 4],
        [0, 6, 5, 11, 3, 10, 2, 4, 7, 8, 1],
    ),
    (
        Rules(order="weighted", repeat_clips=8),
        [5, 10, 2, 0, 6, 8, 4, 11, 7, 3, 1],
        [5, 2, 10, 0, 8, 6, 7, 11, 4, 1, 3],
        [5, 10, 2, 0, 6, 8, 11, 4, 7, 3, 1],
    ),
    (
        Rules(order="weighted", spacing={"news": 5}, limits={"news": 2}, repeat_s=30),
        [7, 10, 6, 8, 11, 2, 0, 4, 3, 1],
        [7, 10, 6, 2, 8, 11, 0, 4, 3, 1],
        [7, 10, 6, 8, 11, 4, 0, 2, 3, 1],
    ),
]


def order(rules: Rules) -> Order:
    if rules.order == "weighted":
        return order_of(stock(range(3, 15), rules, LIKED), b"d-golden/0/3", ["a3"], LIKES)
    return drawn(stock(range(3, 15), rules, NEWS), b"d-golden/0", ["a3"])


def numbers(rules: Rules, cycle: int) -> list[int]:
    return [int(name[1:]) for name in names(order(rules), [cycle])]


@pytest.mark.parametrize(("rules", "first", "second", "far"), GOLDEN + WEIGHTED)
def test_an_order_is_the_same_in_every_release(
    rules: Rules, first: list[int], second: list[int], far: list[int]
) -> None:
    assert [numbers(rules, cycle) for cycle in (0, 1, 1_000_000)] == [first, second, far]


def test_so_is_that_of_a_large_pool() -> None:
    assert permutation(b"seed", 1024)[:8].tolist() == [883, 396, 542, 410, 199, 931, 445, 812]
    assert permutation(b"seed", 1025)[:8].tolist() == [883, 396, 542, 410, 199, 931, 445, 812]


@pytest.mark.parametrize(
    ("count", "first", "far"),
    [  # in words of 32 bits, and of 64
        (1000, [49, 696, 444, 90, 476, 754, 724, 170], [446, 280, 378, 908, 750, 391, 790, 735]),
        (1100, [49, 696, 444, 90, 476, 754, 1002, 724], [446, 280, 378, 908, 750, 391, 790, 735]),
    ],
)
def test_so_is_a_weighted_one(count: int, first: list[int], far: list[int]) -> None:
    tags = {"liked": list(range(0, count, 10)), "more": list(range(0, count, 7))}
    taste = Taste(likes={"liked": 0.6, "more": 0.3})
    made = order_of(stock([1] * count, Rules(order="weighted"), tags), b"seed", (), taste)
    for cycle, expected in ((0, first), (1_000_000, far)):
        assert [int(name[1:]) for name in names(made, [cycle])[:8]] == expected


@pytest.mark.slow
def test_an_order_is_the_same_in_every_process() -> None:
    here = [numbers(rules, cycle) for rules, *_ in GOLDEN + WEIGHTED for cycle in range(3)]
    asked = (
        "from tests.programming.test_forever import *\n"
        "print([numbers(rules, cycle) for rules, *_ in GOLDEN + WEIGHTED for cycle in range(3)])"
    )
    for seed in ("0", "1", "random"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        root = Path(__file__).parents[2]
        done = subprocess.run(
            [sys.executable, "-c", asked], cwd=root, env=environment, capture_output=True, check=True
        )
        assert done.stdout.decode().strip() == str(here)
