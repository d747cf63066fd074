"""What a cache passes on of the requests for one list, against a cache that is followed request by request."""

import random
from collections.abc import Callable

import numpy as np
import pytest

from streamsync.simulation.audience import Audience
from streamsync.simulation.keeping import BINS, fetched, kept_by_age, kept_by_second, passed

from .stations import STATION

TRIP_S = 0.005
CYCLES = 40
AUDIENCES = 60


def counted(players: int, kept: Callable[[float], float]) -> float:
    """Requests that a cache passes on in a cycle, of players who each ask at their own instant of it."""
    draw, total = random.Random(players), 0
    for _ in range(AUDIENCES):
        instants = sorted(draw.random() * STATION.segment_s for _ in range(players))
        fresh = busy = -1.0
        for cycle in range(CYCLES):
            for made in instants:
                at = cycle * STATION.segment_s + made
                if at >= fresh and at >= busy:
                    total += 1
                    fresh = cycle * STATION.segment_s + kept(made)
                    busy = at + TRIP_S
    return total / AUDIENCES / CYCLES


def by_second(made: float) -> float:
    return kept_by_second(STATION)


def by_age(made: float) -> float:
    return kept_by_age(made, STATION.segment_s)


@pytest.mark.parametrize("by", [by_second, by_age])
@pytest.mark.parametrize("players", [1, 2, 5, 30, 200])
def test_the_model_of_a_cache_is_within_a_twelfth_of_one(players: int, by: Callable[[float], float]) -> None:
    # Sixty draws of players leave some 3 % to chance; the model's bins and its mean of what is hidden are the rest.
    made = (np.arange(BINS) + 0.5) * STATION.segment_s / BINS
    kept = np.array([by(one) for one in made])
    model = fetched(STATION, np.full(BINS, 1 / BINS), players, TRIP_S, kept).sum()
    assert model == pytest.approx(counted(players, by), rel=1 / 12)


def test_a_list_of_one_s_own_is_never_kept_for_anybody() -> None:
    assert passed(STATION, Audience(1000, edges=10, shields=2), 0) == (1.0, 1.0)


def test_the_more_share_a_list_the_less_is_passed_on() -> None:
    audience = Audience(10**6)
    shares = [passed(STATION, audience, others).by_edge for others in (0.0, 1.0, 10.0, 100.0, 10_000.0)]
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] < 0.02


def test_shields_take_most_of_what_edges_pass_on() -> None:
    found = passed(STATION, Audience(10**6, edges=100, shields=2), 100.0)
    assert 0.05 < found.by_edge < 0.5
    assert found.by_shield < 0.3
