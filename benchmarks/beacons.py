"""A thousand beacons a second against a server: what they cost it, and what they do to playlists.

Rounds with and without them take turns; what they cost is the difference of the processor time that the server's
process took. Beacons come on kept connections, with the headers that a browser sends.
"""

import asyncio
import gc
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

import uvicorn
from starlette.applications import Starlette
from uvicorn.server import ServerState

from benchmarks.report import figure, machine, spread
from benchmarks.steady import CHANNEL, Load
from manifest_server.analytics.counts import Counts
from manifest_server.viewer.beacons import BeaconDoor
from manifest_server.viewer.clock import now_ms
from manifest_server.viewer.fastlane import STATE, Fastlane
from storage.catalogue import Catalogue
from tests.journeys.program import Machine, free_port
from tests.redis_servers import server, valkey_server
from tests.stage import asset, on_air

RATE = 1000  # beacons a second
BATCHES = (1, 3, 6)  # events in a POST: our player sends three beats
PLAYLISTS = 200  # a second
LINEUPS = 50
SECONDS = 6.0
ROUNDS = 3
LINES = 64
VIEWERS = 10_000
INSIDE = 3000


class Round(NamedTuple):
    """Processor seconds of the server in a second, and the 99th percentile of playlists in ms."""

    busy: float
    p99_ms: float


def main() -> None:
    """Print what beacons cost, one in a POST and several, as a thousand events a second."""
    print(f"  {machine()}")
    for events in BATCHES:
        figure(
            f"read, counted and answered, without the kernel: {events} in a POST", asyncio.run(_inside(events)), "us"
        )
    redis = shutil.which("redis-server") or valkey_server()
    with tempfile.TemporaryDirectory() as folder, server(Path(folder) / "redis", binary=redis) as one:
        asyncio.run(_on_air(one.url))
        here = Machine(Path(folder) / "data", free_port())
        with here.running("serve", STREAMSYNC_REDIS_URL=one.url) as program:
            pid = program.process.pid
            _round(here.port, pid, 0, 1)
            rounds = [
                [(_round(here.port, pid, 0, 1), _round(here.port, pid, RATE / events, events)) for events in BATCHES]
                for _ in range(ROUNDS)
            ]
    for number, events in enumerate(BATCHES):
        what = f"{events} in a POST"
        before, after = zip(*(some[number] for some in rounds), strict=True)
        shares = [100 * (two.busy - one.busy) for one, two in zip(before, after, strict=True)]
        slower = [100 * (two.p99_ms / one.p99_ms - 1) for one, two in zip(before, after, strict=True)]
        print(f"  {what}: % of a core: {spread(shares)}; playlists' p99 slower, %: {spread(slower)}")
        figure(f"{RATE} beacons a second, {what}", median(shares), "% of a core", at_most=5)
        without, with_them = (median(one.p99_ms for one in some) for some in (before, after))
        print(f"  p99 of {PLAYLISTS} playlists a second: {without:.2f} ms without, {with_them:.2f} ms with")
        figure("playlists' p99, slower by", 100 * (with_them / without - 1), "%", at_most=10)


class Nowhere(asyncio.Transport):
    """Where answers go that nobody reads."""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Forget it."""

    def close(self) -> None:
        """Nothing is open."""

    def is_closing(self) -> bool:
        """Never."""
        return False


async def _inside(events: int) -> float:
    """Microseconds of the processor for one POST in the protocol: the least of several runs."""
    config = uvicorn.Config(Starlette(), http=Fastlane, ws="none", lifespan="off", access_log=False)
    config.load()
    door, draw = BeaconDoor(Counts(now_ms), None), random.Random(5)  # noqa: S311 - a fixed draw
    protocol = Fastlane(config, ServerState(), {STATE: door}, asyncio.get_running_loop())
    protocol.connection_made(Nowhere())
    requests = [_request(draw, events) for _ in range(INSIDE)]
    least = float("inf")
    for _ in range(7):
        began = time.process_time()
        for request in requests:
            protocol.data_received(request)
        least = min(least, time.process_time() - began)
    protocol.connection_lost(None)
    return least / INSIDE * 1e6


async def _on_air(url: str) -> None:
    async with Catalogue.connect(url) as catalogue:
        await on_air(catalogue, *(asset(number, 120.0) for number in range(1, 21)), epoch_ms=now_ms() - 3_600_000)


def _round(port: int, pid: int, posts: float, events: int) -> Round:
    load = Load([port], LINEUPS, PLAYLISTS, SECONDS)
    argv = [sys.executable, "-m", "benchmarks.beacons", json.dumps([port, posts, events, SECONDS])]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as sender:
        load.begun()
        before, began = _busy_s(pid), time.monotonic()
        answers = load.answers()
        busy = (_busy_s(pid) - before) / (time.monotonic() - began)
        said, _ = sender.communicate()
    assert json.loads(said) == int(posts * SECONDS), said
    assert {one.status for one in answers} == {200}
    took = sorted(one.took_ms for one in answers)
    return Round(busy, took[-(-len(took) * 99 // 100) - 1])


def _busy_s(pid: int) -> float:
    """How long all threads of a process have kept a processor busy."""
    each = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(one.read_text().split()[0]) for one in each) / 1e9


def _request(draw: random.Random, events: int) -> bytes:
    """A beacon as a browser sends it."""
    beats = [
        {
            "t": now_ms(), "type": "beat", "asset": asset(draw.randint(1, 20)).id, "height": draw.choice((480, 240)),
            "bitrate_kbps": 480.5, "sync_ms": round(draw.gauss(0, 20), 1), "stalls": 0, "stalled_ms": 0, "dropped": 0,
        }
        for _ in range(events)
    ]  # fmt: skip
    viewer = draw.randrange(VIEWERS)
    told = {"v": 1, "viewer": f"viewer-{viewer}", "session": f"{viewer:016x}", "channel": CHANNEL, "events": beats}
    body = json.dumps(told).encode()
    head = (
        "POST /beacon HTTP/1.1\r\nHost: tv.example\r\nConnection: keep-alive\r\n"
        f"Content-Length: {len(body)}\r\nContent-Type: text/plain;charset=UTF-8\r\n"
        'sec-ch-ua: "Chromium";v="143", "Not A(Brand";v="24"\r\nsec-ch-ua-mobile: ?0\r\n'
        'sec-ch-ua-platform: "Linux"\r\n'
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 "
        "Safari/537.36\r\nAccept: */*\r\nOrigin: https://tv.example\r\nSec-Fetch-Site: same-origin\r\n"
        "Sec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: empty\r\nReferer: https://tv.example/watch/main\r\n"
        "Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-US,en;q=0.9\r\n\r\n"
    )
    return head.encode() + body


async def _send(port: int, posts: float, events: int, seconds: float) -> int:
    """How many were taken."""
    draw, taken = random.Random(5), 0  # noqa: S311 - a fixed draw
    requests = [_request(draw, events) for _ in range(min(int(posts * seconds), 3000))]
    lines = [await asyncio.open_connection("127.0.0.1", port) for _ in range(LINES)]
    gc.freeze()
    gc.disable()
    began = time.monotonic()

    async def answered(reader: asyncio.StreamReader) -> int:
        count = 0
        while head := await reader.readuntil(b"\r\n\r\n"):
            count += head.startswith(b"HTTP/1.1 204")
            if count == due[reader]:
                break
        return count

    total = int(posts * seconds)
    due = {reader: len(range(number, total, LINES)) for number, (reader, _) in enumerate(lines)}
    readers = [asyncio.create_task(answered(reader)) for reader, _ in lines if due[reader]]
    for number in range(total):
        await asyncio.sleep(max(began + number / posts - time.monotonic(), 0))
        lines[number % LINES][1].write(requests[number % len(requests)])
    taken = sum(await asyncio.gather(*readers))
    for _, writer in lines:
        writer.close()
    return taken


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_send(*json.loads(sys.argv[1])))))
