"""What was drawn once is drawn for ever: in every process, by every version of Python and numpy."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from manifest_server.playout.lineup import Order
from manifest_server.programming.shuffle import permutation
from storage.programme import Rules
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


def order(rules: Rules) -> Order:
    return drawn(stock(range(3, 15), rules, NEWS), b"d-golden/0", ["a3"])


def numbers(rules: Rules, cycle: int) -> list[int]:
    return [int(name[1:]) for name in names(order(rules), [cycle])]


@pytest.mark.parametrize(("rules", "first", "second", "far"), GOLDEN)
def test_an_order_is_the_same_in_every_release(
    rules: Rules, first: list[int], second: list[int], far: list[int]
) -> None:
    assert [numbers(rules, cycle) for cycle in (0, 1, 1_000_000)] == [first, second, far]


def test_so_is_that_of_a_large_pool() -> None:
    assert permutation(b"seed", 1024)[:8].tolist() == [883, 396, 542, 410, 199, 931, 445, 812]
    assert permutation(b"seed", 1025)[:8].tolist() == [883, 396, 542, 410, 199, 931, 445, 812]


@pytest.mark.slow
def test_an_order_is_the_same_in_every_process() -> None:
    here = [numbers(rules, cycle) for rules, *_ in GOLDEN for cycle in range(3)]
    asked = (
        "from tests.programming.test_forever import *\n"
        "print([numbers(rules, cycle) for rules, *_ in GOLDEN for cycle in range(3)])"
    )
    for seed in ("0", "1", "random"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        root = Path(__file__).parents[2]
        done = subprocess.run(
            [sys.executable, "-c", asked], cwd=root, env=environment, capture_output=True, check=True
        )
        assert done.stdout.decode().strip() == str(here)
