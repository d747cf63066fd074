"""The aggregate model: against sampled players, and what must hold whatever the numbers are."""

from dataclasses import replace

import pytest

from streamsync.simulation.aggregate import Rates, Tiers, hits, loads, over_time, steady, storm
from streamsync.simulation.audience import Audience
from streamsync.simulation.sampled import sampled, small

from .stations import STATION

SECONDS = 12.0

CASES = {
    "own lineups": Audience(400),
    "shared lineups": Audience(800, 20),
    "some shared, some ts, some players of others": Audience(800, 20, shared=0.6, ts=0.3, web=0.5),
    "edges and shields": Audience(1200, 20, edges=4, shields=2),
    "tokens": Audience(600, 20, edges=3, shields=1),
}


@pytest.mark.parametrize("name", CASES)
def test_the_model_says_what_players_do_one_by_one(name: str) -> None:
    """Within an eighth, where at least 300 requests are counted: the least of those are 6 % of chance (one sigma)."""
    audience = CASES[name]
    station = replace(STATION, public=name != "tokens")
    seen = sampled(station, audience, SECONDS, seed=3).counts
    model = loads(station, audience, steady(audience)._replace(joins=0.0, probing=0.0))
    compared = 0
    for tier in Tiers._fields:
        for kind in Rates._fields:
            counted = getattr(getattr(seen, tier), kind)
            if counted >= 300:
                compared += 1
                assert getattr(getattr(model, tier), kind) * SECONDS == pytest.approx(counted, rel=1 / 8), (
                    tier,
                    kind,
                )
    assert compared >= 4


def test_the_same_seed_is_the_same_audience() -> None:
    assert sampled(STATION, CASES["shared lineups"], 4.0, seed=1) == sampled(
        STATION, CASES["shared lineups"], 4.0, seed=1
    )
    assert sampled(STATION, CASES["shared lineups"], 4.0, seed=1) != sampled(
        STATION, CASES["shared lineups"], 4.0, seed=2
    )


def test_own_lineups_cost_a_request_for_each_list_and_segment() -> None:
    found = loads(STATION, Audience(1_000_000), steady(Audience(1_000_000)))
    assert found.edge.playlist == found.origin.playlist == pytest.approx(2 * 1_000_000 / 4, rel=0.01)
    assert hits(found)[0].playlist == pytest.approx(0)


def test_sharing_never_costs_more_and_viewers_of_a_lineup_cost_nothing_more() -> None:
    one = [loads(STATION, a, steady(a)).origin.playlist for a in (Audience(10**5, 100), Audience(10**7, 100))]
    own = Audience(10**5)
    assert one[0] < loads(STATION, own, steady(own)).origin.playlist
    assert one[1] < 4 * one[0]  # a hundred times the viewers: only the part of a second that nginx cannot keep


def test_who_brings_a_token_is_asked_about_each_time() -> None:
    audience = Audience(10_000, 10)
    found = loads(replace(STATION, public=False), audience, steady(audience))
    assert found.origin.admission == found.edge.playlist > 10 * found.origin.playlist


def test_a_storm_adds_up_to_all_who_come() -> None:
    audience = Audience(50_000, 10, storm=0.8, storm_s=40.0, session_s=1e7)
    seconds = over_time(STATION, audience, 10, 100)
    joins = sum(one.origin.master for one in seconds)
    assert joins == pytest.approx(0.8 * 50_000, rel=0.01)
    assert seconds[0].edge.playlist == pytest.approx(0.2 * 50_000 * 2 / 4, rel=0.01)
    assert seconds[-1].edge.playlist == pytest.approx(50_000 * 2 / 4, rel=0.01)
    assert storm(STATION, audience).joins == pytest.approx(1000, rel=0.01)


def test_a_small_audience_is_like_the_large_one() -> None:
    few = small(Audience(1_000_000, 1000, edges=25, shields=2), 1000)
    assert few.viewers == 1000
    assert few.lineups >= 1
    assert few.viewers / few.lineups / few.edges == pytest.approx(1_000_000 / 1000 / 25, rel=0.5)
    assert small(Audience(10), 1000).viewers == 10
