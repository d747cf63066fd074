"""How soon a server is ready, from the start of its process, with a thousand assets on its channel; and its memory.

Python and its packages come from the page cache, as on a machine that ran them before.
"""

import asyncio
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin

import httpx
import m3u8

from benchmarks.report import figure, machine, spread
from manifest_server.viewer.clock import now_ms
from storage.catalogue import Catalogue
from tests.journeys.program import Machine, free_port
from tests.redis_servers import server, valkey_server
from tests.stage import asset, on_air

ASSETS = 1_000
RUNGS = ("720p", "480p", "240p")  # with audio, and without it in the other format, that makes seven renditions
SEGMENTS = (150, 200)
CYCLE_S = 4 * ASSETS * SEGMENTS[1]  # at most
ROUNDS = 5
VIEWERS = 100
LIMIT_S = 60.0


def main() -> None:
    """Print the seconds until it is ready and until it has told a playlist, and what it takes of memory then."""
    print(f"  {machine()}")
    redis = shutil.which("redis-server") or valkey_server()
    with tempfile.TemporaryDirectory() as folder, server(Path(folder) / "redis", binary=redis) as one:
        asyncio.run(_filled(one.url))
        rounds = [_round(Path(folder) / str(number), one.url) for number in range(ROUNDS)]
    for number, what in enumerate(("ready", "first playlist")):
        print(f"  {what}, s: {spread([one[number] for one in rounds])}")
    ready, first, busy, rss, pss, most = (sorted(values)[ROUNDS // 2] for values in zip(*rounds, strict=True))
    figure(f"ready, {ASSETS} assets of {SEGMENTS[0]} to {SEGMENTS[1]} segments", ready, "s", at_most=2)
    figure("processor time until then", busy, "s")
    figure("first media playlist, of a channel whose pool has them all", first, "s")
    figure(f"RSS after {VIEWERS} lineups in {2 * len(RUNGS) + 1} renditions", rss, "MB", at_most=200)
    figure("PSS, likewise", pss, "MB", at_most=200)
    figure("RSS when every asset has been listed in every rendition", most, "MB")


async def _filled(url: str) -> None:
    drawn = random.Random(1)  # noqa: S311 - a fixed draw, so that rounds are alike
    assets = [asset(number, 4.0 * drawn.randint(*SEGMENTS), RUNGS) for number in range(1, ASSETS + 1)]
    async with Catalogue.connect(url) as catalogue:
        await on_air(catalogue, *assets, epoch_ms=now_ms() - 3_600_000)


def _round(data: Path, url: str) -> tuple[float, ...]:
    """Until it is ready and has told a playlist, its processor's until it is ready; RSS and PSS, RSS at the most.

    Seconds, and MB of 2^20 bytes.
    """
    data.mkdir()
    one = Machine(data, free_port())
    began = time.perf_counter()
    with _serving(one, url) as process, httpx.Client(base_url=one.origin, timeout=LIMIT_S) as client:
        while not _is_ready(client):
            assert time.perf_counter() - began < LIMIT_S
            time.sleep(0.005)
        ready, busy = time.perf_counter() - began, _busy_s(process.pid)
        _told(client, _media(client, "first")[0])
        first = time.perf_counter() - began
        for number in range(VIEWERS):
            for path in _media(client, f"viewer{number}"):
                _told(client, path)
        rss, pss = _mb(process.pid, "Rss"), _mb(process.pid, "Pss")
        for path in _media(client, "first"):
            for at_s in range(now_ms() // 1000, now_ms() // 1000 + CYCLE_S, 4 * SEGMENTS[0]):
                _told(client, f"{path.partition('?')[0]}?at={at_s}")
        return ready, first, busy, rss, pss, _mb(process.pid, "Rss")


@contextmanager
def _serving(one: Machine, url: str) -> "Iterator[subprocess.Popen[bytes]]":
    environment = one.environment(STREAMSYNC_REDIS_URL=url, STREAMSYNC_PREVIEW="1")
    argv = [sys.executable, "-m", "streamsync", "serve"]
    process = subprocess.Popen(argv, env=environment, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def _is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False


def _media(client: httpx.Client, viewer: str) -> list[str]:
    """The paths of all media playlists of a viewer, in both formats."""
    path = f"/live/main/{viewer}/index.m3u8"
    now_s = now_ms() / 1000  # it is said, as else a join that would be close to a move of the edge waits for it
    found = []
    for media_format in ("cmaf", "ts"):
        playlist = m3u8.loads(_told(client, f"{path}?format={media_format}&at={now_s:.3f}"))
        uris = [*(one.uri for one in playlist.playlists), *(one.uri for one in playlist.media)]
        found += [urljoin(path, uri) for uri in dict.fromkeys(filter(None, uris))]
    assert len(found) == 2 * len(RUNGS) + 1
    return found


def _told(client: httpx.Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:200]}"
    return answer.text


def _mb(pid: int, what: str) -> float:
    """RSS or PSS of a process."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{what}:")) / 1024


def _busy_s(pid: int) -> float:
    """How long it has kept a processor busy."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
