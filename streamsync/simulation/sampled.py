"""Sampled players, one by one, before caches that keep copies: what the aggregate model is held to. Pure, seeded.

The same audience, but so small that each player can be followed. What differs from it is where the aggregate model
simplifies; and how uneven the seconds are can only be seen here.
"""

from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from math import ceil, floor
from typing import NamedTuple
from zlib import crc32

from manifest_server.analytics.figures import BEACON_S
from manifest_server.onair.playlists import JOIN_MS
from streamsync.simulation.aggregate import Rates, Tiers, begins_with, kept_segments
from streamsync.simulation.audience import Audience, Station
from streamsync.simulation.keeping import STALE_S, kept_by_age
from streamsync.simulation.luck import Luck
from streamsync.simulation.players import (
    BEACON_EVERY_S,
    BEACON_SPREAD,
    PROBE_S,
    PROBE_SPREAD,
    TS,
    WEB,
    Kind,
    reload_s,
)

MOST_PLAYERS = 100_000
FEWEST = 8  # lineups
GOLDEN = (5**0.5 - 1) / 2
ANSWER_S = 0.1


class Sample(NamedTuple):
    """What was counted, and the requests in each second of that: at edges, and at servers and store."""

    counts: Tiers
    edge_seconds: tuple[int, ...]
    origin_seconds: tuple[int, ...]


def small(audience: Audience, players: int) -> Audience:
    """So many of an audience, all of them there: as many to each lineup and edge, as far as that goes.

    With a lineup or two, when their lists grow would be chance; and shields need several edges.
    """
    if audience.viewers <= players:
        return replace(audience, storm=0.0)
    part = players / audience.viewers
    edges = max(round(audience.edges * part**0.5), min(audience.edges, 2 * audience.shields), 1)
    lineups = max(round(audience.lineups * part * audience.edges / edges), min(audience.lineups, FEWEST))
    return replace(audience, viewers=players, lineups=min(lineups, players), edges=edges, storm=0.0)


@dataclass(slots=True)
class _Copy:
    """A list that a cache has: which one, and before it; until when it is fresh; when it will be there."""

    grown: int = -1
    before: int = -1
    fresh: float = -1e9
    busy: float = -1e9


@dataclass(slots=True)
class _List:
    """A list that a player reloads, whose edge moves at `moves_at`, then each segment. `seen`: the newest it had."""

    key: tuple[int, str]
    moves_at: float
    edge: int
    kind: Kind
    seen: int = -1


@dataclass(slots=True)
class _World:
    station: Station
    audience: Audience
    luck: Luck
    since_s: float
    until_s: float
    edges: dict[tuple[int, tuple[int, str]], _Copy] = field(default_factory=dict)
    shields: dict[tuple[int, tuple[int, str]], _Copy] = field(default_factory=dict)
    segments: set[tuple[str, int, tuple[int, str], int]] = field(default_factory=set)
    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    seconds: dict[tuple[str, int], int] = field(default_factory=dict)

    def note(self, tier: str, kind: str, at: float) -> None:
        if self.since_s <= at < self.until_s:
            self.counts[tier, kind] = self.counts.get((tier, kind), 0) + 1
            self.seconds[tier, int(at)] = self.seconds.get((tier, int(at)), 0) + 1

    def through(self, kind: str, at: float) -> None:
        """What no cache keeps."""
        for tier in ("edge", "shield", "origin") if self.audience.shields else ("edge", "origin"):
            self.note(tier, kind, at)

    def listed(self, one: _List, at: float) -> int:
        """Which list the player is given: how often its lineup's edge has moved."""
        self.note("edge", "playlist", at)
        if not self.station.public:
            self.through("admission", at)
            self.counts["edge", "admission"] = 0
        copy = self.edges.setdefault((one.edge, one.key), _Copy())
        if at < copy.busy:  # it is being fetched: there is the list of a moment ago, or one waits
            return copy.before if copy.before >= 0 else copy.grown
        if at < copy.fresh:
            return copy.grown
        if not self.audience.shields:
            self.note("origin", "playlist", at)
            self._renewed(copy, one, at, self.grown(one.moves_at, at), self.audience.origin_trip_s, by_age=False)
        else:
            given = self._of_shield(one, at)
            if not self.station.public:
                return given.grown  # a CDN may not keep it
            self._renewed(copy, one, at, given.grown, self.audience.edge_trip_s, by_age=True)
        return copy.grown

    def _of_shield(self, one: _List, at: float) -> _Copy:
        self.note("shield", "playlist", at)
        copy = self.shields.setdefault((one.edge % self.audience.shields, one.key), _Copy())
        if at >= copy.fresh and at >= copy.busy:
            self.note("origin", "playlist", at)
            self._renewed(copy, one, at, self.grown(one.moves_at, at), self.audience.origin_trip_s, by_age=False)
        return copy

    def grown(self, moves_at: float, at: float) -> int:
        """How often the edge has moved in what is listed: that of the end of the second (playout/ticks.py)."""
        return ceil((floor(at) + 1 - moves_at) / self.station.segment_s) - 1

    def grows(self, moves_at: float, grown: int) -> float:
        """When that list is succeeded."""
        return floor(moves_at + (grown + 1) * self.station.segment_s)

    def _renewed(self, copy: _Copy, one: _List, at: float, grown: int, trip_s: float, *, by_age: bool) -> None:
        # An old list is given for STALE_S at most (deploy/nginx).
        copy.before = copy.grown if at - copy.fresh <= STALE_S else -1
        copy.grown = grown
        grows = self.grows(one.moves_at, grown)
        copy.fresh, copy.busy = kept_by_age(at, grows) if by_age else grows, at + trip_s


def sampled(station: Station, audience: Audience, seconds: float, seed: int = 1) -> Sample:
    """Count for so long, once all players have been there for three segments."""
    since_s = 3 * station.segment_s
    world = _World(station, audience, Luck(seed), since_s, since_s + seconds)
    heap: list[tuple[float, int, str, object]] = []
    for number in range(audience.viewers):
        _joined(world, heap, number)
    while heap:
        at, number, what, of = heappop(heap)
        if at >= world.until_s:
            break
        if isinstance(of, _List):
            _reloaded(world, heap, (at, number), of)
        else:
            world.through(what, at)
            _again(world, heap, (at, number), what)
    return _told(world)


def _joined(world: _World, heap: list[tuple[float, int, str, object]], number: int) -> None:
    audience, station, luck = world.audience, world.station, world.luck
    shared = luck.part() < audience.shared if audience.lineups else False
    lineup = luck.below(audience.lineups) if shared else audience.lineups + number
    moves_at = (lineup * GOLDEN % 1 - 1) * station.segment_s  # lineups move one by one, evenly over a cycle
    at = luck.part() * station.segment_s
    left = world.grows(moves_at, world.grown(moves_at, at)) - at
    # A server has those wait who come just before the edge moves; how long the answer takes is different for each.
    at += left + luck.part() * ANSWER_S if left < JOIN_MS / 1000 else 0.0
    kind = TS if luck.part() < audience.ts else WEB
    rung = _rung(station, luck.part())
    edge = luck.below(audience.edges)
    for name in (rung, "audio")[: kind.lists]:
        of = _List((lineup, f"{kind.name} {name}"), moves_at, edge, kind)
        heappush(heap, (at, number, f"playlist {name}", of))
    if luck.part() < audience.web:
        heappush(heap, (at + PROBE_S * luck.part(), number, "time", None))
        heappush(heap, (at + BEACON_EVERY_S * luck.part(), number, "beacon", None))
        heappush(heap, (luck.part() * station.clip_s, number, "guide", None))


def _rung(station: Station, place: float) -> str:
    for one in station.rungs:
        place -= one.share
        if place < 0:
            break
    return one.name


def _again(world: _World, heap: list[tuple[float, int, str, object]], when: tuple[float, int], what: str) -> None:
    at, number = when
    wait = {
        "time": PROBE_S * world.luck.between(*PROBE_SPREAD),
        "beacon": BEACON_S * world.luck.between(*BEACON_SPREAD),
        "guide": world.station.clip_s,
    }[what]
    heappush(heap, (at + wait, number, what, None))


def _reloaded(world: _World, heap: list[tuple[float, int, str, object]], when: tuple[float, int], of: _List) -> None:
    at, number = when
    station = world.station
    grown = world.listed(of, at)
    first = of.seen < 0
    new = range(grown + 1 - begins_with(station, of.kind), grown + 1) if first else range(of.seen + 1, grown + 1)
    clip = max(1, round(station.clip_s / station.segment_s))
    for segment in new:
        if of.kind.lists > 1 and (segment % clip == 0 or (first and segment == new[0])):
            _fetched(world, of, -1 - segment // clip, at)
        _fetched(world, of, segment, at)
    updated = grown > of.seen
    of.seen = max(grown, of.seen)
    heappush(heap, (at + reload_s(updated, station.segment_s, station.target_s), number, of.key[1], of))


def _fetched(world: _World, of: _List, segment: int, at: float) -> None:
    """A segment: on the disk by chance, or since another of the lineup has asked."""
    on_edge, on_shield = kept_segments(world.station, world.audience)
    world.note("edge", "segment", at)
    luck = crc32(f"{of.key} {segment}".encode()) / 2**32  # all edges have the same on their disks
    if luck < on_edge or not _is_new(world, ("edge", of.edge, of.key, segment)):
        return
    if world.audience.shields:
        world.note("shield", "segment", at)
        if luck < on_shield or not _is_new(world, ("shield", of.edge % world.audience.shields, of.key, segment)):
            return
    world.note("origin", "segment", at)


def _is_new(world: _World, key: tuple[str, int, tuple[int, str], int]) -> bool:
    new = key not in world.segments
    world.segments.add(key)
    return new


def _told(world: _World) -> Sample:
    tiers = [
        Rates(**{kind: float(world.counts.get((tier, kind), 0)) for kind in Rates._fields})
        for tier in ("edge", "shield", "origin")
    ]
    span = range(int(world.since_s), int(world.until_s))
    each = [tuple(world.seconds.get((tier, second), 0) for second in span) for tier in ("edge", "origin")]
    return Sample(Tiers(*tiers), each[0], each[1])
