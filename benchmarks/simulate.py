"""The audience simulator against reality: players over HTTP, a real nginx with deploy's configuration, two servers.

All counts are of requests; how fast anything is does not matter to them, but for what a server takes to answer the
edge, which is measured and given to the model. The edge's disk has all segments before it begins.
"""

import asyncio
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import NamedTuple

from benchmarks.audience import CHANNEL, Line, Told, watched
from benchmarks.report import figure, machine
from manifest_server.admin import actions
from manifest_server.viewer.clock import now_ms
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.keys import init_key, segment_key
from storage.records import AssetRecord, ChannelRecord
from streamsync.simulation.aggregate import Rates, over_time
from streamsync.simulation.audience import Audience, Station
from streamsync.simulation.facts import station_of
from tests.deploy.edge import NGINX, Edge, edge
from tests.journeys.program import Machine, free_port
from tests.redis_servers import server, valkey_server
from tests.stage import asset, on_air, store

ASSETS = tuple(asset(number, 30 + 1.7 * number) for number in range(1, 13))  # edges move at all parts of a second
RUNGS = (0, 1)  # the places of the two video rungs in a personal playlist
RAMP_S = 8.0
SHARES = {"480p": 0.5, "240p": 0.5}

_LOGGED = re.compile(r'method=(\S+) path="([^"]*)" status=(\d+) .*cache=(\S+) asked="([^"]*)".*asked_s="([^"]*)"')
_KINDS = (
    ("playlist", re.compile(r"^/live/[^/]+/lineups/")),
    ("master", re.compile(r"^/live/[^/]+/[^/]+/index\.m3u8$")),
    ("segment", re.compile(r"^/chunks/")),
    ("time", re.compile(r"^/time$")),
    ("beacon", re.compile(r"^/beacon$")),
    ("join", re.compile(r"^/api/v1/watch/[^/]+$")),
)


@dataclass(frozen=True, slots=True)
class Stage:
    """An edge before two servers with the channel main on air, all its segments kept by the edge."""

    edge: Edge
    channel: ChannelRecord

    @property
    def station(self) -> Station:
        """The channel as the model sees it."""
        return station_of(self.channel, ASSETS, SHARES).checked()


class Row(NamedTuple):
    """Requests of one kind at one tier: by the model, and counted."""

    tier: str
    kind: str
    model: float
    counted: int

    @property
    def error(self) -> float:
        """Of the model, as a share of what was counted."""
        return self.model / self.counted - 1 if self.counted else 0.0


class Compared(NamedTuple):
    """A run."""

    rows: list[Row]
    trip_s: float
    told: Told


def main() -> None:
    """Print what the model says and what was counted, of two audiences."""
    print(f"  {machine()}")
    if NGINX is None:
        print("  nginx is not installed: there is nothing to compare with")
        return
    with tempfile.TemporaryDirectory() as folder:
        for players, lineups, shared, seconds in ((240, 6, 0.5, 45.0), (240, 2, 1.0, 45.0)):
            audience = Audience(players, lineups, shared)
            where = Path(folder) / f"{lineups}"
            where.mkdir(mode=0o755)
            where.parent.chmod(0o755)
            with stage(where, players, lineups, shared) as on:
                compared = compare(on, audience, seconds)
            print(f"\n  {players} players for {seconds:g} s, {shared:.0%} of them on {lineups} lineups, others not")
            print(
                f"  {compared.told.unchanged} lists had not grown; servers took {compared.trip_s * 1000:.1f} ms each"
            )
            print(f"  from coming to the first list: {mean(compared.told.joins_s):.2f} s")
            print(f"  {'requests at':<10} {'of':<10} {'model':>9} {'counted':>9} {'error':>8}")
            for row in compared.rows:
                print(f"  {row.tier:<10} {row.kind:<10} {row.model:>9.0f} {row.counted:>9} {row.error:>+8.1%}")
            worst = max(abs(row.error) for row in compared.rows if row.counted >= 200)
            figure("the model's largest error, of kinds with 200 requests or more", worst * 100, "%", at_most=15)


def compare(on: Stage, audience: Audience, seconds: float) -> Compared:
    """Let players watch who all come within RAMP_S, count, and reckon the same."""
    begins = [RAMP_S * number / audience.viewers for number in range(audience.viewers)]
    asyncio.run(watched(on.station, on.edge.port, [0.0] * 8, 1.5, RUNGS))  # servers load what they first need
    before = _logged(on.edge)
    told = asyncio.run(watched(on.station, on.edge.port, begins, seconds, RUNGS))
    after = _logged(on.edge)
    counted = after.counts - before.counts
    trip_s = (after.took_s - before.took_s) / max(after.asked - before.asked, 1)
    same = Audience(
        audience.viewers, audience.lineups, audience.shared, storm=1.0, storm_s=RAMP_S, session_s=1e7,
        origin_trip_s=trip_s, edge_disk_gb=1e6,
    ).checked()  # fmt: skip
    model = {"edge": Rates(), "origin": Rates()}
    for second in over_time(on.station, same, 0, int(seconds)):
        model = {"edge": model["edge"].plus(second.edge), "origin": model["origin"].plus(second.origin)}
    rows = [
        Row(tier, kind, getattr(rates, kind), counted[tier, kind])
        for tier, rates in model.items()
        for kind, _ in _KINDS
        if counted[tier, kind] or getattr(rates, kind) > 0.5
    ]
    return Compared(rows, trip_s, told)


class _Log(NamedTuple):
    counts: Counter[tuple[str, str]]
    asked: int  # of servers, for media playlists
    took_s: float


def _logged(on: Edge) -> _Log:
    """What the edge's logs say: its own, and the one of what it asks the servers for media playlists."""
    counts: Counter[tuple[str, str]] = Counter()
    for line in (on.folder / "log" / "streamsync.log").read_text().splitlines():
        found = _LOGGED.search(line)
        assert found, line
        assert found[3].startswith(("2", "3")), line
        kind = next((name for name, pattern in _KINDS if pattern.search(found[2])), None)
        if kind is None:
            continue
        counts["edge", kind] += 1
        if kind != "playlist" and found[5] != "-":
            counts["origin", kind] += 1
    asked, took_s = 0, 0.0
    for line in on.inner_lines():
        found = _LOGGED.search(line)
        assert found, line
        counts["origin", "playlist"] += 1
        asked += 1
        took_s += float(found[6].split(",")[-1])
    return _Log(counts, asked, took_s)


@contextmanager
def stage(folder: Path, players: int, lineups: int, shared: float) -> Iterator[Stage]:
    """The stage for so many viewers, viewer-0 and on, a share of them on given lineups."""
    data = folder / "data"
    for one in ASSETS:
        store(data / "objects", one)
    redis = shutil.which("redis-server") or valkey_server()
    with ExitStack() as on:
        catalogue = on.enter_context(server(folder / "redis", binary=redis))
        channel = asyncio.run(_broadcast(catalogue.url, players, lineups, shared))
        machines = [Machine(data, free_port()) for _ in range(2)]
        for here in machines:
            on.enter_context(here.running("serve", STREAMSYNC_REDIS_URL=catalogue.url))
        # The edge logs no beacons, as addresses would be in it; here they are to be counted.
        logged = {"        access_log off;\n        client_max_body_size 32k;": "        client_max_body_size 32k;"}
        ports = [one.port for one in machines]
        running = on.enter_context(edge(folder / "edge", ports, logged))
        asyncio.run(_fill(running.port, ASSETS))
        yield Stage(running, channel)


async def _broadcast(url: str, players: int, lineups: int, shared: float) -> ChannelRecord:
    async with Catalogue.connect(url) as catalogue:
        await on_air(catalogue, *ASSETS, epoch_ms=now_ms() - 3_600_000)
        for lineup in range(lineups):
            order = [*ASSETS[lineup:], *ASSETS[:lineup]]
            clips = [ClipRecord(asset=one.id) for one in order]
            await actions.give_lineup(catalogue, CHANNEL, f"shared-{lineup}", clips, repeats=True, clock=now_ms)
        for number in range(round(players * shared)):
            place = number * players // round(players * shared)  # evenly among those who come
            await actions.assign_viewer(catalogue, CHANNEL, f"viewer-{place}", f"shared-{number // 2 % lineups}")
        return await catalogue.channel(CHANNEL)


async def _fill(port: int, assets: Sequence[AssetRecord]) -> None:
    """Have the edge keep all segments."""
    line = Line(port)
    for one in assets:
        for rendition in one.renditions:
            if rendition.format == "cmaf":
                keys = [segment_key(one.id, "cmaf", rendition.rung, number) for number in range(one.segments)]
                for key in [init_key(one.id, "cmaf", rendition.rung), *keys]:
                    await line.ask(f"/chunks/{key}")
    line.close()
