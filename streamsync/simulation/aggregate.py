"""The aggregate model: requests a second of a whole audience, tier by tier, steady and in a storm of joins. Pure."""

from collections.abc import Callable
from functools import lru_cache
from math import ceil, exp, log
from typing import NamedTuple

from streamsync.simulation.audience import Audience, Station
from streamsync.simulation.keeping import Passed, passed
from streamsync.simulation.players import BEACON_EVERY_S, PROBE_S, PROBES_AT_S, TS, WEB, Kind

GB = 1e9


class Rates(NamedTuple):
    """Requests a second by kind; added up over time they are counts.

    `admission`: whether a token opens a list, which an edge asks for each. `join`, `guide`: of our viewers' pages.
    """

    playlist: float = 0.0
    admission: float = 0.0
    segment: float = 0.0
    master: float = 0.0
    time: float = 0.0
    beacon: float = 0.0
    join: float = 0.0
    guide: float = 0.0

    def plus(self, other: "Rates") -> "Rates":
        """Both together."""
        return Rates(*(one + two for one, two in zip(self, other, strict=True)))

    @property
    def total(self) -> float:
        """Of all kinds."""
        return sum(self)


class Tiers(NamedTuple):
    """What the edges are asked; the shields (nothing, without any); the servers, and for segments their store."""

    edge: Rates = Rates()
    shield: Rates = Rates()
    origin: Rates = Rates()

    def plus(self, other: "Tiers") -> "Tiers":
        """Both together."""
        return Tiers(*(one.plus(two) for one, two in zip(self, other, strict=True)))


class Hits(NamedTuple):
    """The share of requests for playlists and segments that a tier answers by itself; None: it is asked for none."""

    playlist: float | None
    segment: float | None


class Watching(NamedTuple):
    """How many watch at an instant; how many of those reload lists by now, and ask for the time at the steady pace;
    how many come a second; and how many more questions for the time come a second as they did."""

    viewers: float
    reloading: float
    asking: float
    joins: float
    probing: float


def steady(audience: Audience) -> Watching:
    """All are there, and as many come as go."""
    there, joins = float(audience.viewers), audience.viewers / audience.session_s
    return Watching(there, there, there, joins, joins * len(PROBES_AT_S))


def storm(station: Station, audience: Audience) -> Watching:
    """The worst second: the last of the storm, when nearly all are there and come at its rate."""
    return _watching(station, audience, max(audience.storm_s, 1.0) - 0.5)


def _watching(station: Station, audience: Audience, at_s: float) -> Watching:
    """`at_s` after the storm begins. Before it there are those who do not come with it.

    What is done every so often is done first a whole pause after the join: on average, those do it who came half a
    pause before.
    """

    def there(when_s: float) -> float:
        return audience.viewers * (1 - audience.storm * (1 - min(max(when_s / audience.storm_s, 0.0), 1.0)))

    def coming(when_s: float) -> float:
        instead = there(when_s) / audience.session_s  # of those who go
        return instead + (
            audience.viewers * audience.storm / audience.storm_s if 0 <= when_s < audience.storm_s else 0
        )

    probing = sum(coming(at_s - one) for one in PROBES_AT_S)
    return Watching(
        viewers=there(at_s),
        reloading=there(at_s - station.segment_s / 2),
        asking=there(at_s - PROBES_AT_S[-1] - PROBE_S / 2),
        joins=coming(at_s),
        probing=probing,
    )


def over_time(station: Station, audience: Audience, before_s: int, after_s: int) -> list[Tiers]:
    """Second by second, from so long before the storm to so long after it begins."""
    share = _shares(station, audience)
    return [
        _tiers(station, audience, _watching(station, audience, second + 0.5), share)
        for second in range(-before_s, after_s)
    ]


def loads(station: Station, audience: Audience, watching: Watching) -> Tiers:
    """Requests a second at an instant."""
    return _tiers(station, audience, watching, _shares(station, audience))


def hits(tiers: Tiers) -> tuple[Hits, Hits | None]:
    """Of the edges, and of the shields if there are any."""
    edge, shield, origin = tiers
    behind = shield if shield.total else origin
    first = Hits(_hit(edge.playlist, behind.playlist), _hit(edge.segment, behind.segment))
    if not shield.total:
        return first, None
    return first, Hits(_hit(shield.playlist, origin.playlist), _hit(shield.segment, origin.segment))


def _hit(asked: float, on: float) -> float | None:
    return 1 - on / asked if asked else None


def _kinds(audience: Audience) -> tuple[tuple[Kind, float], ...]:
    return tuple((kind, share) for kind, share in ((WEB, 1 - audience.ts), (TS, audience.ts)) if share)


_Shares = Callable[[float], Passed]


def _shares(station: Station, audience: Audience) -> _Shares:
    """What is passed on of a list with so many others on it: reckoned at some counts, and between those by line."""

    @lru_cache(maxsize=256)
    def at(step: int) -> Passed:
        return passed(station, audience, 0.0 if step < 0 else exp(step / 2) - 1)

    def share(others: float) -> Passed:
        place = 2 * log(1 + others)
        low = int(place)
        part = place - low
        pair = zip(at(low), at(low + 1) if part else at(low), strict=True)
        return Passed(*(one * (1 - part) + two * part for one, two in pair))

    return share


def _tiers(station: Station, audience: Audience, watching: Watching, share: _Shares) -> Tiers:
    made = _pages(station, audience, watching)
    for kind, part in _kinds(audience):
        made = made.plus(_lists(station, audience, watching, share, (kind, part)))
        made = made.plus(_segments(station, audience, watching, (kind, part)))
    return made


def _pages(station: Station, audience: Audience, watching: Watching) -> Tiers:
    """What no cache keeps."""
    web = audience.web
    rates = Rates(
        master=watching.joins,
        time=web * (watching.asking / PROBE_S + watching.probing),
        beacon=web * (watching.joins + watching.viewers / BEACON_EVERY_S),
        join=web * watching.joins,
        guide=web * (watching.joins + watching.viewers / station.clip_s),
    )
    return Tiers(rates, rates if audience.shields else Rates(), rates)


def _lists(station: Station, audience: Audience, watching: Watching, share: _Shares, of: tuple[Kind, float]) -> Tiers:
    kind, part = of
    asked = part * (watching.joins + watching.reloading / station.segment_s)  # a second, of one list of each viewer
    shared = audience.on_shared / audience.viewers
    alike = watching.viewers * shared * part / max(audience.lineups, 1) / audience.edges
    edge = shield = origin = 0.0
    for number in _sizes(station, kind):
        for viewers, others in ((shared, alike * number), (1 - shared, 0.0)):
            here = asked * number * viewers
            on = share(others)
            edge += here
            shield += here * on.by_edge
            origin += here * on.by_edge * on.by_shield
    # An edge asks about each token anew, and only then looks at what it keeps.
    admission = 0.0 if station.public else edge
    through = Rates(playlist=shield, admission=admission) if audience.shields else Rates()
    return Tiers(Rates(playlist=edge), through, Rates(playlist=origin, admission=admission))


def _sizes(station: Station, kind: Kind) -> list[float]:
    """The share of viewers on each list of a lineup: all on its audio, where that is apart."""
    return [*(one.share for one in station.rungs), *([1.0] if kind.lists > 1 else [])]


def begins_with(station: Station, kind: Kind) -> int:
    """How many segments of a list a player fetches at once when it joins."""
    ahead = ceil(station.lookahead_s / station.segment_s)
    return ahead if kind.begins_with is None else min(kind.begins_with, ahead)


def _segments(station: Station, audience: Audience, watching: Watching, of: tuple[Kind, float]) -> Tiers:
    """Segments, and an initialisation section for each clip where the lists are apart (so they are fMP4)."""
    kind, part = of
    first: float = begins_with(station, kind)
    each = 1 / station.segment_s
    if kind.lists > 1:
        first += 1 + first * station.segment_s / station.clip_s
        each += 1 / station.clip_s
    asked = part * (watching.joins * first + watching.reloading * each)  # a second, of one list of each viewer
    shared = audience.on_shared / audience.viewers
    on_edge, on_shield = kept_segments(station, audience)
    still = (1 - on_shield) / (1 - on_edge) if on_edge < 1 else 0.0
    alike = watching.viewers * shared * part / max(audience.lineups, 1) / audience.edges
    several = max(1.0, audience.edges / max(audience.shields, 1))
    shield = origin = 0.0
    for number in _sizes(station, kind):
        here = asked * number * (1 - on_edge)  # each is passed on once, for the first who asks
        first_here = shared / max(alike * number, 1.0)
        shield += here * (first_here + 1 - shared)
        origin += here * still * (first_here / (several if alike * number > 1 else 1) + 1 - shared)
    if not audience.shields:
        return Tiers(Rates(segment=asked * kind.lists), Rates(), Rates(segment=shield))
    return Tiers(Rates(segment=asked * kind.lists), Rates(segment=shield), Rates(segment=origin))


def kept_segments(station: Station, audience: Audience) -> tuple[float, float]:
    """The share of all segments that an edge has on its disk, and a shield (never less: it is asked for all)."""
    video = sum(one.bps for one in station.rungs)
    bits = sum((video + (station.audio_bps if kind.lists > 1 else 0)) for kind, _ in _kinds(audience))
    pool_gb = station.pool_s * bits / 8 / GB
    edge = min(1.0, audience.edge_disk_gb / pool_gb)
    return edge, max(edge, min(1.0, audience.shield_disk_gb / pool_gb))
