"""What lineups cost in Redis, how long edits of many take, and how fast a channel's assets are loaded.

On a server of our own: the Valkey of the wheel, and redis-server where it is installed.
"""

import asyncio
import random
import shutil
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from redis import Redis

from benchmarks.report import figure, machine, spread
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.records import AssetRecord, LineupPart, LineupRecord, Rendition, Source
from tests.redis_servers import Server, server, valkey_server

LINEUPS = 100_000
CLIPS = 60
ASSETS = 1_000
SEGMENTS = 900  # an hour
EDITS = 2_000
AT_ONCE = 50


def main() -> None:
    """Print bytes for each stored lineup, edits a second, and the seconds it takes to load a thousand assets."""
    print(f"  {machine()}")
    for binary in filter(None, (valkey_server(), shutil.which("redis-server"))):
        with tempfile.TemporaryDirectory() as folder, server(Path(folder), binary=binary) as one:
            print(
                f"  {Path(binary).name} {one.info('server')['redis_version']}, {one.info('memory')['mem_allocator']}"
            )
            asyncio.run(_measured(one))


async def _measured(one: Server) -> None:
    drawn = random.Random(1)  # noqa: S311 - a fixed draw, so that rounds are alike
    ids = [f"{drawn.getrandbits(128):032x}" for _ in range(ASSETS)]
    async with Catalogue.connect(one.url) as catalogue:
        await _all(catalogue.index_asset(_asset(asset)) for asset in ids)
        rounds = [await _load_s(catalogue, ids) for _ in range(5)]
        print(f"  {ASSETS} assets of {SEGMENTS} segments, s: {spread(rounds)}")
        figure(f"loading {ASSETS} assets, median", sorted(rounds)[2], "s", at_most=1)
        before = _used(one)
        began = time.perf_counter()
        await _all(catalogue.create_lineup("main", _lineup(f"l{n}", drawn, ids)) for n in range(LINEUPS))
        figure(f"storing {LINEUPS} lineups", LINEUPS / (time.perf_counter() - began), "a second")
        figure(f"one of {LINEUPS} lineups of {CLIPS} clips", (_used(one) - before) / LINEUPS, "bytes", at_most=3072)
        edits = [_lineup(f"l{n}", drawn, ids).model_copy(update={"version": 2}) for n in range(EDITS)]
        began = time.perf_counter()
        await _all(catalogue.replace_lineup("main", edit) for edit in edits)
        figure("replacing lineups, compare-and-set", EDITS / (time.perf_counter() - began), "a second")


async def _load_s(catalogue: Catalogue, ids: list[str]) -> float:
    began = time.perf_counter()
    assert len(await catalogue.assets_of(ids)) == ASSETS
    return time.perf_counter() - began


async def _all(doings: "Iterable[object]") -> None:
    """All of them, AT_ONCE at a time."""
    left = iter(doings)

    async def some() -> None:
        for one in left:
            await one  # type: ignore[misc]

    await asyncio.gather(*(some() for _ in range(AT_ONCE)))


def _used(one: Server) -> int:
    with Redis(port=one.port) as redis:
        return int(redis.info("memory")["used_memory"])


def _lineup(name: str, drawn: random.Random, ids: list[str]) -> LineupRecord:
    clips = tuple(ClipRecord(asset=asset) for asset in drawn.choices(ids, k=CLIPS))
    part = LineupPart(start=0, msn=167_225_600, dsn=167_225_600, clips=clips, repeats=True)
    return LineupRecord(id=name, run_msn=167_225_600, parts=(part,))


def _asset(asset: str) -> AssetRecord:
    """An hour in both formats and four rungs, as packaging makes it."""
    ticks = tuple(n * 360_000 for n in range(SEGMENTS + 1))
    renditions = tuple(
        Rendition(
            format=media_format,
            rung=f"{height}p",
            kind="video",
            codecs="avc1.64001F,mp4a.40.2",
            width=height * 16 // 9,
            height=height,
            peak_bps=5_000_000,
            average_bps=3_000_000,
        )
        for media_format in ("cmaf", "ts")
        for height in (1080, 720, 480, 240)
    )
    return AssetRecord(
        id=asset,
        title="An hour of film",
        source=Source(name="film.mp4", sha256=asset * 2, size_bytes=10**9),
        settings="cd" * 8,
        frame_rate="30000/1001",
        frames=108_000,
        ticks=ticks,
        renditions=renditions,
        packaged_at="2026-01-01T00:00:00Z",
        encode_s=1800,
        speed=2,
    )
