"""The audience simulator against reality: players over HTTP, a real nginx with deploy's configuration, two servers.

All counts are of requests; how fast anything is does not matter to them, but for what a server takes to answer the
edge, which is measured and given to the model. The edge's disk has all segments before it begins.
"""

import asyncio
import json
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
from benchmarks.steady import path_of
from manifest_server.admin import actions
from manifest_server.programming.pool import derived_id
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
LINES, EACH = 16, 60  # connections, and requests on each, for what a request costs a server
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
    """An edge before two servers with the channel main on air, all its segments kept by the edge.

    `port`, `pid`: of one of the servers.
    """

    edge: Edge
    channel: ChannelRecord
    port: int
    pid: int

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
        for players, lineups, shared, seconds in ((240, 6, 0.5, 45.0), (240, 8, 1.0, 45.0)):
            audience = Audience(players, lineups, shared)
            where = Path(folder) / f"{lineups}"
            where.mkdir(mode=0o755)
            where.parent.chmod(0o755)
            with stage(where, players, lineups, shared) as on:
                compared = compare(on, audience, seconds)
                each = asyncio.run(_per_cpu(on)) if shared == 1 else {}
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
            for kind, rate in each.items():
                figure(f"requests in a processor second of a server: {kind}", rate, "")


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


async def _per_cpu(on: Stage) -> dict[str, float]:
    """What a server answers in a second that its process keeps a processor busy, by kind, over kept connections."""
    lines = [Line(on.port) for _ in range(LINES)]
    view = json.loads(await lines[0].ask(f"/api/v1/watch/{CHANNEL}", '{"portable": true}'))
    beat = {"v": 1, "viewer": "x", "session": "0" * 16, "channel": CHANNEL, "events": [{"type": "beat"}]}
    asked: dict[str, tuple[list[str], str | None]] = {
        "playlist": ([path_of(number) for number in range(50)], None),
        "admission": ([f"/playback/{CHANNEL}/{derived_id(CHANNEL, 'viewer-1')}"], None),
        "master": ([f"/live/{CHANNEL}/someone-{number}/index.m3u8" for number in range(50)], None),
        "time": (["/time"], None),
        "beacon": (["/beacon"], json.dumps(beat)),
        "join": ([f"/api/v1/watch/{CHANNEL}"], '{"portable": true}'),
        "guide": ([f"/api/v1/watch/{CHANNEL}/guide?limit=8"], None),
    }

    async def some(line: Line, paths: list[str], body: str | None, count: int) -> None:
        for number in range(count):
            await line.ask(paths[number % len(paths)], body, view["viewer_token"])

    found = {}
    for kind, (paths, body) in asked.items():
        await some(lines[0], paths, body, len(paths))
        before = _busy_s(on.pid)
        await asyncio.gather(*(some(line, paths, body, EACH) for line in lines))
        found[kind] = LINES * EACH / (_busy_s(on.pid) - before)
    for line in lines:
        line.close()
    return found


def _busy_s(pid: int) -> float:
    """How long all threads of a process have kept a processor busy."""
    return sum(int(one.read_text().split()[0]) for one in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


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
        programs = [on.enter_context(one.running("serve", STREAMSYNC_REDIS_URL=catalogue.url)) for one in machines]
        # The edge logs no beacons, as addresses would be in it; here they are to be counted.
        logged = {"        access_log off;\n        client_max_body_size 32k;": "        client_max_body_size 32k;"}
        ports = [one.port for one in machines]
        running = on.enter_context(edge(folder / "edge", ports, logged))
        asyncio.run(_fill(running.port, ASSETS))
        yield Stage(running, channel, ports[0], programs[0].process.pid)


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
