"""What is kept to answer from, and whether an answer's cost stays flat: by lineups, by clips of each, by age.

All in one process over a real catalogue: the lane is given requests as bytes, each of another viewer, and each answer
is made anew. Memory is what the process has more of, by the kernel's count.
"""

import asyncio
import gc
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from random import Random
from statistics import median

from benchmarks.peers import seconds_of
from benchmarks.report import bars, figure, machine, spread
from benchmarks.results import Goal
from benchmarks.steady import CHANNEL, DAY_MS, RENDITION
from manifest_server.onair.channel import Channel
from manifest_server.onair.channels import Channels
from manifest_server.onair.playlists import Playlists
from manifest_server.programming.pool import derived_id
from manifest_server.viewer.clock import now_ms
from manifest_server.viewer.hotlane import PATHS_KEPT, Lane
from manifest_server.viewer.measures import Served
from manifest_server.viewer.playback_tokens import Keyring
from storage.catalogue import Catalogue
from storage.errors import Unavailable
from storage.records import AssetRecord
from tests.redis_servers import server, valkey_server
from tests.stage import asset, on_air

HOUR_MS = 3_600_000
TEN_YEARS_MS = 10 * 365 * 24 * HOUR_MS
ROUNDS, CALLS = 9, 2000
FLAT = 1.1  # times: what counts as the same cost
HEAD = b" HTTP/1.1\r\nHost: tv.example\r\nAccept-Encoding: gzip\r\n\r\n"
LADDER = ("1080p", "720p", "480p", "360p", "240p", "144p", "96p")
# How many lineups, how many clips in each, how old the channel is, and how many lineups are asked for, at random.
SIZES = {
    "1,000 lineups of 60 clips, an hour old": (1000, 60, HOUR_MS, 1000),
    "100 lineups": (100, 60, HOUR_MS, 100),
    "100,000 lineups, of which 1,000 are asked for": (100_000, 60, HOUR_MS, 1000),
    "100,000 lineups": (100_000, 60, HOUR_MS, 100_000),  # more than fit into the processor's caches
    "10 clips in each": (1000, 10, HOUR_MS, 1000),
    "10,000 clips in each of 100": (100, 10_000, HOUR_MS, 100),
    "ten years old": (1000, 60, TEN_YEARS_MS, 1000),
}


def main() -> None:
    """Print what each size costs, in a process of its own, and what memory is taken."""
    print(f"  {machine()}")
    redis = shutil.which("redis-server") or valkey_server()
    costs: dict[str, list[float]] = {name: [] for name in SIZES}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(3):
            for name, size in SIZES.items():
                with server(Path(folder) / f"{number}-{len(costs[name])}-{abs(hash(name))}", binary=redis) as one:
                    costs[name].append(_child(one.url, "cost", *size)["us"])
        base = next(iter(SIZES))
        for name, found in costs.items():
            print(f"  {name:<42} us: {spread(found)}")
        ratios = {
            name: [a / b for a, b in zip(costs[name], costs[base], strict=True)] for name in costs if name != base
        }
        for name, found in ratios.items():
            figure(f"{name}, against {base}", median(found), "times", at_most=FLAT)
        goals = dict.fromkeys(ratios, Goal(at_most=FLAT))
        bars("What an answer that is made anew costs, as a ratio", "times", ratios, goals, (base, 1.0))
        with server(Path(folder) / "lineups", binary=redis) as one:
            figure(
                "50,000 lineups of 20 clips in memory, with what was made of them",
                _child(one.url, "lineups", 50_000, 20, HOUR_MS)["mb"],
                "MB",
                at_most=150,
            )
        with server(Path(folder) / "assets", binary=redis) as one:
            found_mb = _child(one.url, "assets", 1, 1000, HOUR_MS)["mb"]
            figure("1,000 assets of 200 segments, 7 renditions, all hot", found_mb, "MB", at_most=250)


def _child(url: str, what: str, *size: int) -> dict[str, float]:
    argv = [sys.executable, "-m", "benchmarks.hot", url, what, *map(str, size)]
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=True, timeout=600)
    found: dict[str, float] = json.loads(done.stdout)
    return found


class _Hot:
    """A lane whose lineups are in memory."""

    def __init__(self, channels: Channels, kept: int) -> None:
        self.playlists = Playlists(channels, "/chunks/")
        self.channels = channels
        self.lane = Lane(self.playlists, Keyring(), now_ms, Served(), kept)

    async def loaded(self) -> Channel:
        """The channel; 10,000 assets take longer on a busy machine than a request waits."""
        for _ in range(10):
            with suppress(Unavailable):
                return await self.channels.channel(CHANNEL)
        raise AssertionError("the channel does not come")

    async def warm(self, requests: Sequence[bytes], lineups: Sequence[str]) -> None:
        """Put them into memory."""
        on = await self.loaded()
        for number, (request, lineup) in enumerate(zip(requests, lineups, strict=True)):
            if number % 100 == 0:
                await asyncio.sleep(0.002)  # what is known of the channel is prolonged meanwhile
            await self.channels.on_air(on, lineup, now_ms() // DAY_MS)
            if self.lane.answer(request, 4, []) is None:  # that took too long, as this loop is never idle
                on = await self.channels.channel(CHANNEL)
                await self.channels.on_air(on, lineup, now_ms() // DAY_MS)
                assert self.lane.answer(request, 4, []) is not None


@asynccontextmanager
async def _hot(url: str, assets: Sequence[AssetRecord], age_ms: int, kept: int) -> AsyncIterator[_Hot]:
    async with Catalogue.connect(url) as catalogue:
        await on_air(catalogue, *assets, epoch_ms=now_ms() - age_ms)
        channels = Channels(catalogue)
        async with channels.following():
            yield _Hot(channels, kept)


def _requests(lineups: Sequence[str], rendition: str = RENDITION) -> list[bytes]:
    day = now_ms() // DAY_MS
    return [
        b"GET /live/%b/lineups/%b~%d/%b.m3u8" % (CHANNEL.encode(), one.encode(), day, rendition.encode()) + HEAD
        for one in lineups
    ]


async def _cost(url: str, lineups: int, clips: int, age_ms: int, asked: int) -> dict[str, float]:
    """Microseconds of an answer that is made anew, each for another viewer: the least of several rounds."""
    names = [derived_id(CHANNEL, f"viewer-{number}") for number in range(lineups)]
    assets = [asset(number, seconds_of(number)) for number in range(1, clips + 1)]
    async with _hot(url, assets, age_ms, 0) as hot:
        requests = _requests(names)
        await hot.warm(requests, names)
        gc.collect()
        gc.freeze()
        chance, least, answered = Random(1), float("inf"), 0  # noqa: S311 - fixed draws
        for _ in range(ROUNDS):
            await asyncio.sleep(0.05)  # what is known of the channel is prolonged meanwhile
            drawn = chance.choices(requests[:asked], k=CALLS)
            some = [bytes(bytearray(one)) for one in drawn]  # in the cache, as the kernel leaves them
            began = time.process_time()
            for request in some:
                answered += hot.lane.answer(request, 4, []) is not None
            least = min(least, time.process_time() - began)
        assert answered == ROUNDS * CALLS, "some were not in memory"
        return {"us": least / CALLS * 1e6}


async def _lineups(url: str, lineups: int, clips: int, age_ms: int) -> dict[str, float]:
    names = [derived_id(CHANNEL, f"viewer-{number}") for number in range(lineups)]
    requests = _requests(names)
    assets = [asset(number, seconds_of(number)) for number in range(1, clips + 1)]
    async with _hot(url, assets, age_ms, PATHS_KEPT) as hot:
        await hot.warm(requests[:1], names[:1])
        before = _rss_mb()
        await hot.warm(requests, names)
        found = _rss_mb() - before
        assert all(hot.lane.answer(request, 4, []) for request in requests[:100]), "the first were given up"
        return {"mb": found}


async def _assets(url: str, _: int, assets: int, age_ms: int) -> dict[str, float]:
    """All blobs of all assets."""
    records = [_laddered(asset(number, 800.0, ("720p",))) for number in range(1, assets + 1)]
    async with _hot(url, records, age_ms, 0) as hot:
        on = await hot.loaded()
        before = _rss_mb()
        blobs = hot.playlists.blobs
        for record in on.assets.values():
            for media_format, rung in on.renditions.values():
                if media_format == "cmaf":
                    blobs.of(record, media_format, rung)
        return {"mb": _rss_mb() - before}


def _laddered(record: AssetRecord) -> AssetRecord:
    """With all of LADDER, each like its one rung."""
    return record.model_copy(
        update={
            "renditions": tuple(
                one.model_copy(update={"rung": rung})
                for one in record.renditions
                for rung in (LADDER if one.kind == "video" else [one.rung])
            )
        }
    )


def _rss_mb() -> float:
    gc.collect()
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


async def _found(url: str, what: str, *size: int) -> dict[str, float]:
    if what == "cost":
        lineups, clips, age_ms, asked = size
        return await _cost(url, lineups, clips, age_ms, asked)
    return await {"lineups": _lineups, "assets": _assets}[what](url, *size)


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_found(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])))))
