"""Edits of a channel with a large audience: how soon they count for everybody, and what playlists cost meanwhile.

Two real servers on one Redis, a pool of a thousand assets, and lineups that were each asked for. Each edit is made by
the API, under a steady load from another process; the same load just before it, without an edit, is the yardstick.
Whether it counts is looked up in playlists of a later time: of lineups drawn at random while it spreads, then of all.
BENCH_EDIT_LINEUPS names another size of audience.
"""

import asyncio
import os
import random
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from benchmarks.report import figure, machine
from benchmarks.steady import CHANNEL, Answer, Lines, Load, path_of
from manifest_server.admin.actions import create_channel, start_channel
from manifest_server.admin.fillers import set_filler
from manifest_server.playout.ticks import date_text
from manifest_server.programming.filler import frame_counts
from manifest_server.viewer.clock import now_ms
from storage.catalogue import Catalogue
from storage.metadata import AssetMetadata
from storage.records import AssetRecord
from tests.journeys.program import Machine, free_port
from tests.redis_servers import server, valkey_server
from tests.stage import asset

LINEUPS = int(os.environ.get("BENCH_EDIT_LINEUPS", "100000"))
POOL = 1_000
SERVERS = 2
AT_ONCE = 4  # of a pass over all lineups, for each server
RATE = 250  # playlists a second
LOAD_S = 15.0
BEFORE_S = 4.0  # of the load, before the edit
LOOK_S = 0.02
GOAL_S, GOAL_MS = 5.0, 20.0
CLIP_S = (60, 300)  # shortest and longest
LATER_MS = (24 + CLIP_S[1] + 30) * 1000  # an edit counts from the first clip boundary past the horizon on
TOKEN = "a-token-of-this-benchmark"  # noqa: S105 - nobody else's

Check = Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class Deed:
    """What an admin sends, from when on it shows (Unix ms), and how a playlist of then is told from one without."""

    what: str
    method: str
    path: str
    body: Any
    at_ms: int
    shown: Check


class Place(NamedTuple):
    """A server: its port and its process."""

    port: int
    pid: int

    @property
    def waited_s(self) -> float:
        """How long it could have gone on, but others had the processors (Linux's schedstat)."""
        return int(Path(f"/proc/{self.pid}/schedstat").read_text().split()[1]) / 1e9


def main() -> None:
    """Print both for each kind of edit."""
    print(f"  {machine()}, load {os.getloadavg()[0]:.1f}; {SERVERS} servers, {LINEUPS:,} lineups, a pool of {POOL}")
    redis = shutil.which("redis-server") or valkey_server()
    with tempfile.TemporaryDirectory() as folder, server(Path(folder) / "redis", binary=redis) as one:
        asyncio.run(_measured(Path(folder), one.url))


async def _measured(folder: Path, url: str) -> None:
    films, others, event = await _opened(url)
    async with AsyncExitStack() as on:
        places = [await on.enter_async_context(_served(folder / str(n), url)) for n in range(SERVERS)]
        client = await on.enter_async_context(
            httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{places[0].port}/api/v1/channels/{CHANNEL}",
                headers={"Authorization": f"Bearer {TOKEN}"},
                timeout=60,
            )
        )
        audience = Audience(places)
        # So that there is something stored of a lineup, and servers look for it with all others.
        (await client.post("/viewers/viewer-1/edits", json={"clips": [films[0].id]})).raise_for_status()
        began = time.perf_counter()
        missing = await audience.all_without(None, lambda body: b"#EXTINF" in body)
        print(f"  asked for once in {time.perf_counter() - began:.0f} s, {missing} without segments")
        for deed in (_pushed, _pooled, _ruled, _shared):
            await audience.edited(client, lambda make=deed: make(films, others, event))  # type: ignore[misc]


async def _opened(url: str) -> tuple[list[AssetRecord], list[AssetRecord], AssetRecord]:
    """Two pools, and what lasts longer than the longest clip; the channel has the first."""
    draw = random.Random(1)  # noqa: S311 - a fixed draw, so that rounds are alike
    films = [asset(number, draw.randint(*CLIP_S), ("720p", "480p", "240p")) for number in range(1, 2 * POOL + 1)]
    idents = [asset(5000 + count, count / 25, ("720p", "480p", "240p")) for count in frame_counts(Fraction(25))]
    event = asset(9000, 2.0 * LATER_MS / 1000, ("720p", "480p", "240p"))
    async with Catalogue.connect(url) as catalogue:
        for one in (*films, *idents, event):
            await catalogue.index_asset(one)
        for number, one in enumerate(films):
            tags = ("late",) * (number % 4 == 0) + ("news",) * (number % 10 == 0)
            await catalogue.metadata.store(AssetMetadata(asset=one.id, version=1, tags=tags))
        await create_channel(catalogue, CHANNEL, [one.id for one in films[:POOL]])
        await set_filler(catalogue, CHANNEL, [one.id for one in idents], now_ms)
        await start_channel(catalogue, CHANNEL, now_ms() - 3_600_000)
    return films[:POOL], films[POOL:], event


@asynccontextmanager
async def _served(folder: Path, url: str) -> AsyncIterator[Place]:
    house = Machine(folder, free_port())
    house.data.mkdir()
    running = house.running("serve", STREAMSYNC_REDIS_URL=url, STREAMSYNC_PREVIEW="1", STREAMSYNC_TOKEN=TOKEN)
    program = await asyncio.to_thread(running.__enter__)
    try:
        yield Place(house.port, program.process.pid)
    finally:
        await asyncio.to_thread(running.__exit__, None, None, None)


# What an admin does ---------------------------------------------------------


def _pushed(films: list[AssetRecord], others: list[AssetRecord], event: AssetRecord) -> Deed:
    at_ms = now_ms() + LATER_MS
    return Deed("a push to all", "POST", "/edits", {"clips": [event.id]}, at_ms, _last_is({event.id}))


def _pooled(films: list[AssetRecord], others: list[AssetRecord], event: AssetRecord) -> Deed:
    """Behind the event, which would else be on air still. Of the assets none was in the pool before."""
    at_ms = now_ms() + 3 * LATER_MS
    pool = [one.id for one in others]
    return Deed("another pool", "PUT", "/pool", {"assets": pool}, at_ms, _last_is(set(pool)))


def _ruled(films: list[AssetRecord], others: list[AssetRecord], event: AssetRecord) -> Deed:
    late = {one.id for number, one in enumerate((*films, *others)) if number % 4 == 0}
    rules = {
        "spacing": {"news": 3}, "repeat_clips": 50, "limits": {"news": 20},
        "day_parts": [{"minute": 0, "any_tags": ["late"]}],
    }  # fmt: skip
    return Deed("other rules", "PUT", "/rules", rules, now_ms() + 3 * LATER_MS, _last_is(late))


def _shared(films: list[AssetRecord], others: list[AssetRecord], event: AssetRecord) -> Deed:
    begins_ms = now_ms() + 3 * LATER_MS
    body = {"at": date_text(begins_ms), "clips": [event.id]}
    return Deed("a moment", "POST", "/moments", body, begins_ms + 60_000, _last_is({event.id}))


def _last_is(assets: set[str]) -> Check:
    """Whether the last segment that is listed is of one of these."""
    known = {one.encode() for one in assets}

    def check(body: bytes) -> bool:
        return body.rstrip().rpartition(b"/assets/")[2].partition(b"/")[0] in known

    return check


# Who is watching ------------------------------------------------------------


class Audience:
    """All lineups, at servers of this machine."""

    def __init__(self, places: list[Place]) -> None:
        self._places = places
        self._ports = [one.port for one in places]
        self._lines = Lines()

    async def all_without(self, at_ms: int | None, shown: Check) -> int:
        """How many of all lineups are without it. Each is asked for once, of one server or another."""
        left, missing = iter(range(LINEUPS)), 0

        async def some() -> None:
            nonlocal missing
            for number in left:
                missing += not await self._shows(number, self._ports[number % len(self._ports)], at_ms, shown)

        await asyncio.gather(*(some() for _ in range(AT_ONCE * len(self._ports))))
        return missing

    async def edited(self, client: httpx.AsyncClient, make: Callable[[], Deed]) -> None:
        """Make an edit under a load, and print what came of it."""
        quiet = await self._loaded(make(), None)
        deed, load = make(), os.getloadavg()[0]
        busy = await self._loaded(deed, client)
        lacked_s = max((asked for asked, there in busy.looks if not there), default=busy.began) - busy.began
        late = sum(not there for asked, there in busy.looks if asked - busy.began > GOAL_S)
        without = await self.all_without(deed.at_ms, deed.shown)
        print(f"  {deed.what}, load {load:.1f}:")
        figure("until the API has acknowledged it", busy.stored - busy.began, "s")
        figure(f"until the last of {len(busy.looks)} looks that lacked it", lacked_s, "s", at_most=GOAL_S)
        figure(f"lineups of {LINEUPS} without it {GOAL_S:g} s later", late + without, "", at_most=0)
        _print("meanwhile", busy, GOAL_MS)
        _print("before, without an edit", quiet, None)

    async def _loaded(self, deed: Deed, client: httpx.AsyncClient | None) -> "Loaded":
        """What came of a load, from when an edit is begun on: or would be, without a client."""
        load = Load(self._ports, LINEUPS, RATE, LOAD_S)
        await asyncio.to_thread(load.begun)
        looking = asyncio.create_task(self._looks(deed))
        await asyncio.sleep(BEFORE_S)
        began, waited_s = time.monotonic(), sum(one.waited_s for one in self._places)
        if client is not None:
            answer = await client.request(deed.method, deed.path, json=deed.body)
            assert answer.status_code < 300, answer.text
        stored = time.monotonic()
        answers = await asyncio.to_thread(load.answers)
        failed = sum(one.status != 200 for one in answers)
        assert not failed, f"{failed} of {len(answers)} playlists were not told"
        return Loaded(
            began,
            stored,
            [one for one in answers if one.due >= began],
            [(asked, there) for asked, there in await looking if asked >= began],
            sum(one.waited_s for one in self._places) - waited_s,
        )

    async def _looks(self, deed: Deed) -> list[tuple[float, bool]]:
        """When it was looked for in a lineup, and whether it was there; one look after the other."""
        seen, draw = list[tuple[float, bool]](), random.Random(2)  # noqa: S311 - a fixed draw
        end = time.monotonic() + LOAD_S - 1
        while (asked := time.monotonic()) < end:
            there = await self._shows(draw.randrange(LINEUPS), draw.choice(self._ports), deed.at_ms, deed.shown)
            seen.append((asked, there))
            await asyncio.sleep(max(asked + LOOK_S - time.monotonic(), 0))
        return seen

    async def _shows(self, number: int, port: int, at_ms: int | None, shown: Check) -> bool:
        status, body = await self._lines.fetch(port, path_of(number, at_ms))
        assert status == 200, body[:200]
        return shown(body)


class Loaded(NamedTuple):
    """When an edit was begun and acknowledged (monotonic), and what was seen from then on: times of playlists, looks
    for it, and how long all servers together waited for a processor."""

    began: float
    stored: float
    answers: list[Answer]
    looks: list[tuple[float, bool]]
    waited_s: float


def _print(name: str, seen: Loaded, goal_ms: float | None) -> None:
    took = sorted(one.took_ms for one in seen.answers)
    figure(f"slowest of {len(took)} playlists {name}", took[-1], "ms", at_most=goal_ms)
    figure("  p50", took[len(took) // 2], "ms")
    figure("  p99", took[len(took) * 99 // 100], "ms")
    figure(f"  slower than {GOAL_MS:g} ms", sum(one > GOAL_MS for one in took), "")
    figure("  sent late by the load itself, at most", max(one.sent_ms for one in seen.answers), "ms")
    figure("  servers waited for a processor that others had", seen.waited_s, "s")
