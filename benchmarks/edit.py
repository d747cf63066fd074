"""One edit of a channel with an audience: how soon it is in every lineup, and what playlists cost meanwhile."""

import asyncio
import random
import shutil
import tempfile
import time
from pathlib import Path

import httpx

from benchmarks.report import figure, machine
from manifest_server.admin.edits import edit_all
from manifest_server.programming.pool import derived_id
from manifest_server.viewer.clock import now_ms
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from tests.journeys.program import Machine, free_port
from tests.redis_servers import Server, server, valkey_server
from tests.stage import asset, on_air

LINEUPS = 100_000
POOL = 50
AT_ONCE = 4
RATE = 250  # playlists a second while it spreads
LOAD_S = 8.0
LATER_MS = 3_600_000  # what is to be listed then shows the edit


def main() -> None:
    """Print both, with the same load and no edit beside it."""
    print(f"  {machine()}")
    redis = shutil.which("redis-server") or valkey_server()
    with tempfile.TemporaryDirectory() as folder, server(Path(folder) / "redis", binary=redis) as one:
        asyncio.run(_measured(Path(folder), one))


async def _measured(folder: Path, redis: Server) -> None:
    spot = asset(9000, 20.0)
    async with Catalogue.connect(redis.url) as catalogue:
        await on_air(
            catalogue, *(asset(number, 300.0 + number) for number in range(1, POOL + 1)), epoch_ms=now_ms() - 60_000
        )
        await catalogue.index_asset(spot)
        house = Machine(folder / "house", free_port())
        house.data.mkdir()
        running = house.running("serve", STREAMSYNC_REDIS_URL=redis.url, STREAMSYNC_PREVIEW="1")
        await asyncio.to_thread(running.__enter__)
        try:
            async with httpx.AsyncClient(base_url=house.origin, timeout=30) as client:
                began = time.perf_counter()
                await _all(client, [_path(number) for number in range(LINEUPS)])
                print(f"  {LINEUPS:,} lineups asked for once in {time.perf_counter() - began:.0f} s")
                quiet = await _load(client)
                loading = asyncio.create_task(_load(client))
                await asyncio.sleep(LOAD_S / 4)
                began = time.perf_counter()
                await edit_all(catalogue, "main", [ClipRecord(asset=spot.id)], now_ms)
                stored_s = time.perf_counter() - began
                sample = random.Random(2).sample(range(LINEUPS), 2000)  # noqa: S311 - a fixed draw
                later_ms = now_ms() + 25_000 + 360_000
                missing = sample
                while missing:
                    answers = [(number, await client.get(_path(number, later_ms))) for number in missing[:50]]
                    missing = [number for number, one in answers if spot.id not in one.text][:0] + missing[50:]
                seen_s = time.perf_counter() - began
                busy = await loading
        finally:
            await asyncio.to_thread(running.__exit__, None, None, None)
    figure("the edit stored", stored_s, "s")
    figure(f"and seen in {len(sample)} lineups looked at one after the other", seen_s, "s", at_most=5)
    for name, times in (("without an edit", quiet), ("while it spreads", busy)):
        times.sort()
        figure(f"slowest of {len(times)} playlists {name}", times[-1], "ms", at_most=20)
        figure(f"p99 of them {name}", times[len(times) * 99 // 100], "ms")


def _path(number: int, at_ms: int | None = None) -> str:
    lineup, day = derived_id("main", f"viewer-{number}"), (at_ms or now_ms()) // 86_400_000
    at = "" if at_ms is None else f"?at={at_ms / 1000:.3f}"
    return f"/live/main/lineups/{lineup}~{day}/cmaf-240p.m3u8{at}"


async def _all(client: httpx.AsyncClient, paths: list[str]) -> None:
    left = iter(paths)

    async def some() -> None:
        for path in left:
            (await client.get(path)).raise_for_status()

    await asyncio.gather(*(some() for _ in range(AT_ONCE)))


async def _load(client: httpx.AsyncClient) -> list[float]:
    """How long each of a steady stream of playlists takes, as a client sees it. Milliseconds."""
    draw, times = random.Random(3), list[float]()  # noqa: S311 - a fixed draw
    began = time.perf_counter()

    async def one() -> None:
        asked = time.perf_counter()
        (await client.get(_path(draw.randrange(LINEUPS)))).raise_for_status()
        times.append((time.perf_counter() - asked) * 1000)

    tasks = []
    for number in range(int(RATE * LOAD_S)):
        await asyncio.sleep(max(began + number / RATE - time.perf_counter(), 0))
        tasks.append(asyncio.create_task(one()))
    await asyncio.gather(*tasks)
    return times
