"""What is reckoned for one audience, whole; and as rows for people. Pure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple

from streamsync.simulation.aggregate import Hits, Rates, Tiers, hits, loads, over_time, steady, storm
from streamsync.simulation.audience import Audience, Station
from streamsync.simulation.costs import Need, Terms, need
from streamsync.simulation.sampled import Sample, sampled, small

SAMPLE_S = 20.0
BEFORE_S = 60
_NO_STORM_S = 1e12  # players of the sample stay

WORDS = {
    "playlist": "media playlists",
    "admission": "tokens looked at",
    "segment": "segments",
    "master": "personal playlists",
    "time": "/time",
    "beacon": "/beacon",
    "join": "joins (page)",
    "guide": "guides (page)",
}


class Check(NamedTuple):
    """A sample of players one by one, and what the aggregate model says of the same few. Playlists a second."""

    players: int
    edge: tuple[float, float]
    shield: tuple[float, float]
    origin: tuple[float, float]
    uneven: float  # the busiest second at the servers, as a multiple of the mean one

    @property
    def error(self) -> float:
        """Of the model, of playlists at the servers, as a share of what was counted."""
        model, counted = self.origin
        return model / counted - 1 if counted else 0.0


@dataclass(frozen=True, slots=True)
class Report:
    """One audience: the steady second, the worst of the storm, hits, needs, and the storm second by second."""

    audience: Audience
    steady: Tiers
    worst: Tiers
    edge_hits: Hits
    shield_hits: Hits | None
    need: Need
    check: Check | None


def report(station: Station, audience: Audience, terms: Terms, players: int, seed: int) -> Report:
    """All of it. Without `players` there is no sample."""
    now, worst = loads(station, audience, steady(audience)), loads(station, audience, storm(station, audience))
    edge_hits, shield_hits = hits(now)
    checked = _checked(station, audience, players, seed) if players else None
    return Report(audience, now, worst, edge_hits, shield_hits, need(station, audience, now, worst, terms), checked)


def _checked(station: Station, audience: Audience, players: int, seed: int) -> Check:
    few = small(audience, players)
    seen: Sample = sampled(station, few, SAMPLE_S, seed)
    model = loads(station, few, steady(few)._replace(joins=0.0, probing=0.0))
    edge, shield, origin = (
        (of_model.playlist, of_sample.playlist / SAMPLE_S)
        for of_model, of_sample in zip(model, seen.counts, strict=True)
    )
    mean = sum(seen.origin_seconds) / len(seen.origin_seconds)
    return Check(few.viewers, edge, shield, origin, max(seen.origin_seconds) / mean if mean else 1.0)


def storm_seconds(station: Station, audience: Audience) -> list[Tiers]:
    """From a minute before the storm to a minute after it, at most some minutes of it."""
    return over_time(station, audience, BEFORE_S, int(min(audience.storm_s, 3600)) + BEFORE_S)


def rows(reports: Sequence[Report]) -> list[tuple[str, ...]]:
    """What each audience takes, a column each."""
    made: list[tuple[str, ...]] = [("viewers", *(number(one.audience.viewers) for one in reports))]
    made.append(("lineups", *(_lineups(one.audience) for one in reports)))
    for tier, title in (("edge", "edges"), ("shield", "shields"), ("origin", "servers")):
        for kind in Rates._fields:
            values = [getattr(getattr(one.steady, tier), kind) for one in reports]
            if any(values):
                where = "store" if tier == "origin" and kind == "segment" else title
                made.append((f"{where}: {WORDS[kind]} /s", *map(number, values)))
    by_tier: dict[str, list[Hits | None]] = {
        "edges": [one.edge_hits for one in reports],
        "shields": [one.shield_hits for one in reports],
    }
    for tier, found in by_tier.items():
        for what in Hits._fields:
            shares = [None if one is None else getattr(one, what) for one in found]
            if any(one is not None for one in shares):
                title = f"{tier} answer themselves: {WORDS[what]}"
                made.append((title, *("-" if one is None else f"{one:.2%}" for one in shares)))
    worst = [one.worst.origin.total - one.worst.origin.segment for one in reports]
    made.append(("servers: all, worst second of the storm /s", *map(number, worst)))
    made += _needs([one.need for one in reports])
    return made


def _needs(needs: Sequence[Need]) -> list[tuple[str, ...]]:
    return [
        ("to viewers, Gbit/s", *(number(one.viewer_bps / 1e9) for one in needs)),
        ("from servers, Gbit/s", *(number(one.server_bps / 1e9) for one in needs)),
        ("processors busy, worst second", *(number(one.processors) for one in needs)),
        ("servers, one to spare", *(number(one.servers) for one in needs)),
        ("dollars an hour, all", *(number(one.cost) for one in needs)),
        ("dollars an hour: to viewers", *(number(one.egress_cost) for one in needs)),
        ("dollars an hour: requests at the CDN", *(number(one.request_cost) for one in needs)),
        ("dollars an hour: requests at the store", *(number(one.store_cost) for one in needs)),
        ("dollars an hour: servers", *(number(one.server_cost) for one in needs)),
    ]


def plain(one: Report) -> dict[str, object]:
    """A report as JSON has it."""
    return {
        "audience": asdict(one.audience),
        "steady": {tier: rates._asdict() for tier, rates in one.steady._asdict().items()},
        "worst": {tier: rates._asdict() for tier, rates in one.worst._asdict().items()},
        "edge_hits": one.edge_hits._asdict(),
        "shield_hits": None if one.shield_hits is None else one.shield_hits._asdict(),
        "need": {**one.need._asdict(), "cost": one.need.cost},
        "check": None if one.check is None else {**one.check._asdict(), "error": one.check.error},
    }


def _lineups(audience: Audience) -> str:
    if not audience.lineups or not audience.shared:
        return "one each"
    shared = number(audience.lineups)
    return shared if audience.shared == 1 else f"{shared} for {audience.shared:.0%}, else one each"


def number(value: float) -> str:
    """As people read it: three figures of what is below a thousand, whole above."""
    return f"{value:,.0f}" if value >= 1000 or value == int(value) else f"{value:.3g}"
