"""Draws without replacement: each clip once, as often first as its weight says, the same on every processor."""

import os
import subprocess
import sys
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manifest_server.programming.draws import LIMIT, NEVER, UNIT, Draw, _gumbels, stream, streams, words

# chi-square at p = 1e-6, by degrees of freedom
BOUNDS = {4: 33.4, 5: 35.9, 23: 72.5, 1499: 1765.0}


def drawn(octaves: list[int], lineups: int, number: int = 0) -> np.ndarray:
    draw = Draw(words(b"asset %d" % n for n in range(len(octaves))))
    seeds = streams(words(b"lineup %d" % n for n in range(lineups)), number)
    table = np.tile(np.array(octaves, dtype=np.int16), (lineups, 1))
    order, lengths = draw.order(seeds, table, table != NEVER)
    return order[:, : int(lengths[0])]


def chi_square(counts: np.ndarray, shares: np.ndarray) -> float:
    wanted = counts.sum() * shares / shares.sum()
    return float(((counts - wanted) ** 2 / wanted).sum())


@settings(deadline=None)
@given(st.lists(st.integers(-LIMIT, LIMIT) | st.just(NEVER), min_size=1, max_size=40), st.integers(0, 2**64))
def test_each_clip_that_is_left_comes_once(octaves: list[int], number: int) -> None:
    left = [index for index, parts in enumerate(octaves) if parts != NEVER]
    assert all(sorted(row) == left for row in drawn(octaves, 3, number).tolist())


@pytest.mark.slow
def test_the_first_is_as_often_first_as_its_weight_says() -> None:
    order = drawn([0, UNIT, 2 * UNIT, -UNIT, 0], 300_000)
    weights = np.array([1, 2, 4, 0.5, 1])
    assert chi_square(np.bincount(order[:, 0], minlength=5), weights) < BOUNDS[4]
    # And so it goes on with those that are left: of those whose first is clip 2, the second.
    second = np.bincount(order[order[:, 0] == 2][:, 1], minlength=5)
    assert second[2] == 0
    assert chi_square(np.delete(second, 2), np.delete(weights, 2)) < BOUNDS[4]


@pytest.mark.slow
def test_all_orders_of_clips_that_weigh_the_same_are_as_frequent() -> None:
    order = drawn([100] * 4, 240_000)
    seen = np.array([(order == one).all(axis=1).sum() for one in permutations(range(4))])
    assert chi_square(seen, np.ones(24)) < BOUNDS[23]


@pytest.mark.slow
def test_a_pool_too_large_for_the_short_words_is_drawn_as_fairly() -> None:
    order = drawn([0] * 1500, 15_000)[:, 0]
    assert chi_square(np.bincount(order, minlength=1500), np.ones(1500)) < BOUNDS[1499]


def test_another_cycle_is_another_draw() -> None:
    assert drawn([0] * 30, 1, 0).tolist() != drawn([0] * 30, 1, 1).tolist()


def test_a_clip_that_comes_anew_leaves_the_others_in_their_order() -> None:
    few, many = drawn([0, 300, -300, 0], 50), drawn([0, 300, -300, 0, 200], 50)
    assert [[index for index in row if index != 4] for row in many.tolist()] == few.tolist()


WRITTEN_OUT = [[0, 1, 3, 5, 7, 6, 2], [6, 3, 7, 1, 5, 0, 2], [0, 3, 6, 5, 7, 1, 2]]


def test_the_draw_is_the_same_on_every_machine() -> None:
    assert drawn([0, 256, -512, 700, NEVER, 3, 500, 0], 3, 7).tolist() == WRITTEN_OUT


CHILD = """
import hashlib
from tests.programming.test_draws import WRITTEN_OUT, drawn
from manifest_server.programming.draws import NEVER
assert drawn([0, 256, -512, 700, NEVER, 3, 500, 0], 3, 7).tolist() == WRITTEN_OUT
print(hashlib.sha256(drawn([n % 700 - 350 for n in range(1000)], 64).astype("<u2").tobytes()).hexdigest())
"""


@pytest.mark.slow
@pytest.mark.parametrize("without", ["", "X86_V4 AVX512_ICL", "X86_V3 X86_V4 AVX512_ICL"])
def test_it_is_the_same_whatever_the_processor_can_do(without: str) -> None:
    """Numpy takes other instructions for sorts and arithmetic; one that it does not know of it says on stderr."""
    environment = {**os.environ, "NPY_DISABLE_CPU_FEATURES": without}
    told = subprocess.run([sys.executable, "-c", CHILD], env=environment, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "51f8d4feb08ade4b3c484752e316f34c1977a6bb83b306493810a5697409a58f"


@pytest.mark.parametrize("count", [0, (1 << 16) + 1])
def test_a_pool_has_a_bounded_size(count: int) -> None:
    with pytest.raises(ValueError, match="1 to 65536 clips"):
        Draw(np.zeros(count, dtype=np.uint64))


def test_one_number_is_reckoned_as_many_are() -> None:
    """What is rare and reckoned by itself (draws.py), beside the same in an array."""
    noise = words(b"noise %d" % n for n in range(40_000))
    many, few = _gumbels(noise, 32), [int(_gumbels(noise[at : at + 1], 32)[0]) for at in range(len(noise))]
    rare = np.flatnonzero(noise >> np.uint64(48) < 256)
    assert len(rare) > 100
    assert many.tolist() == few
    numbers = streams(noise, 7)
    assert numbers.tolist() == [stream(one, 7) for one in noise.tolist()]
