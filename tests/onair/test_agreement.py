"""Servers never disagree about a listed MSN, however an edit spreads, within what the margin allows for."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manifest_server.admin import actions
from manifest_server.onair.follow import GOOD_S
from manifest_server.onair.remembered import PATIENCE_S
from storage.records import TICKS_PER_SECOND
from tests.onair.simulated import Bounds, World

ROUNDING_S = 0.01
SECOND_S = 1.0  # a list is that of the end of its second


def disagreements(drawn: Random, bounds: Bounds, edits: int) -> int:
    world = World(drawn, bounds)
    for _ in range(edits):
        world.edit()
    return len(world.disagreements())


def test_the_margin_is_more_than_all_that_it_allows_for() -> None:
    spent_s = actions.WRITE_MS / 1000 + GOOD_S + PATIENCE_S + actions.CLOCKS_S + SECOND_S + ROUNDING_S
    assert spent_s == pytest.approx(8.51)
    assert spent_s < actions.MARGIN_TICKS / TICKS_PER_SECOND
    assert Bounds() == Bounds(int((GOOD_S + PATIENCE_S) * 1000), int(actions.CLOCKS_S * 1000))


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False))
def test_servers_agree_on_every_number_while_edits_spread(drawn: Random) -> None:
    assert disagreements(drawn, Bounds(), 6) == 0


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(st.randoms(use_true_random=False))
def test_servers_agree_on_every_number_through_many_edits(drawn: Random) -> None:
    assert disagreements(drawn, Bounds(), 15) == 0


@pytest.mark.parametrize(
    "bounds",
    [Bounds(spread=7000), Bounds(clocks=8000), Bounds(deadline=False), Bounds(runs=False)],
    ids=["slow to spread", "clocks too far apart", "late writes are stored", "and those of another run"],
)
def test_the_test_of_the_test_beyond_what_is_allowed_for_they_disagree(bounds: Bounds) -> None:
    assert any(disagreements(Random(seed), bounds, 6) for seed in range(60))
