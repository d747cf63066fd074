"""Media playlists for each second of the processor, by the fast lane and by its peers, against nginx's cache.

wrk asks for the playlists of 10,000 viewers at random, with a browser's headers, on kept connections. All peers take
turns in each round; what counts are ratios within a round. The yardstick is one worker of a plain nginx that has all
10,000 answers in its proxy_cache, on a file system in memory.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

import httpx

from benchmarks.report import figure, machine, spread
from benchmarks.steady import CHANNEL, DAY_MS, RENDITION, Lines
from manifest_server.admin.access import set_public
from manifest_server.programming.pool import derived_id
from manifest_server.viewer.clock import now_ms
from manifest_server.viewer.playback_tokens import Keyring
from storage.catalogue import Catalogue
from tests.journeys.program import Machine, free_port
from tests.redis_servers import server, valkey_server
from tests.stage import asset, on_air

VIEWERS = 10_000
SHARED = 50  # lineups, where viewers share them
ASSETS, SECONDS_EACH = 60, 800.0
CONNECTIONS = (16, 64)
ROUNDS, ROUND_S = 5, 3
KEY = "bench:" + "k" * 32
HEADERS = {
    "Host": "tv.example",
    "Connection": "keep-alive",
    "sec-ch-ua-platform": '"Linux"',
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/143.0.0.0 Safari/537.36",
    "sec-ch-ua": '"Chromium";v="143", "Not A(Brand";v="24"',
    "sec-ch-ua-mobile": "?0",
    "Accept": "*/*",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Mode": "cors",
    "Sec-Fetch-Dest": "empty",
    "Referer": "https://tv.example/watch/main",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Accept-Language": "en-US,en;q=0.9",
}
_SCRIPT = """
local requests = {}
function init(args)
  math.randomseed(tonumber(args[2]))
  for path in io.lines(args[1]) do requests[#requests + 1] = wrk.format("GET", path) end
end
function request() return requests[math.random(#requests)] end
function done(summary, latency)
  local e = summary.errors
  io.write(string.format('\\n{"requests": %d, "p99_us": %d, "errors": %d}\\n', summary.requests,
    latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
"""
_NGINX = """
{user} worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/error.log warn;
events {{ worker_connections 2048; }}
http {{
  access_log off; keepalive_requests 100000000; keepalive_timeout 75s; {temporary}
  proxy_cache_path {cache} levels=1:2 keys_zone=bench:100m max_size=1g inactive=1h;
  upstream origin {{ server 127.0.0.1:{origin}; keepalive 8; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_cache bench; proxy_cache_key $request_uri; proxy_cache_valid 200 1h;
      proxy_ignore_headers X-Accel-Expires Cache-Control Expires Vary;
    }}
  }}
}}
"""


class Peer(NamedTuple):
    """Something that answers at a port: its process, and the file of what it is asked for."""

    port: int
    pid: int
    paths: Path


def main() -> None:
    """Print requests per second of the processor, in interleaved rounds."""
    print(f"  {machine()}")
    if shutil.which("wrk") is None or _nginx() is None:
        print("  not measured: it needs wrk and nginx (Debian: apt install wrk nginx-light)")
        return
    with tempfile.TemporaryDirectory() as text, ExitStack() as stack:
        folder = Path(text)
        redis = stack.enter_context(server(folder / "redis", binary=shutil.which("redis-server") or valkey_server()))
        asyncio.run(_on_air(redis.url))
        (folder / "wrk.lua").write_text(_SCRIPT)
        own, shared = folder / "own", folder / "shared"
        own.write_text("\n".join(_paths(VIEWERS)))
        shared.write_text("\n".join(_paths(SHARED)))
        peers: dict[str, Peer] = {}
        for way, paths in (("each", own), ("shared", shared), ("asgi", own), ("starlette", own)):
            peers[way] = stack.enter_context(_serving(way, redis.url, folder, paths))
        peers["nginx"] = stack.enter_context(_caching(folder, peers["shared"].port, own))
        for name, peer in peers.items():
            _warm(name, peer)
        _measured(peers, folder)


def _measured(peers: dict[str, Peer], folder: Path) -> None:
    for connections in CONNECTIONS:
        rates: dict[str, list[float]] = {name: [] for name in peers}
        for number in range(ROUNDS):
            for name, peer in peers.items():
                rates[name].append(_rate(peer, folder, connections, number))
        for name, rounds in rates.items():
            print(f"  {name:<10} {connections} connections, thousands each second: {spread(rounds)}")
        for name, other, goal, what in (
            ("each", "nginx", 1.0, "own lineups, each made and verified, against nginx"),
            ("each", "asgi", 1.7, "the same against a raw ASGI application"),
            ("each", "starlette", 2.3, "the same against the Starlette route"),
            ("shared", "nginx", 1.4, "shared lineups, kept, against nginx"),
        ):
            ratios = [a / b for a, b in zip(rates[name], rates[other], strict=True)]
            figure(f"{what}, {connections} connections", median(ratios), "times", at_least=goal)


def _rate(peer: Peer, folder: Path, connections: int, seed: int) -> float:
    """Thousands of requests for each second of the processor."""
    before = _busy_s(peer.pid)
    said = _wrk(peer, folder, connections, ROUND_S, seed)
    return said["requests"] / (_busy_s(peer.pid) - before) / 1000


def _wrk(peer: Peer, folder: Path, connections: int, seconds: int, seed: int) -> dict[str, int]:
    headers = [word for name, value in HEADERS.items() for word in ("-H", f"{name}: {value}")]
    argv = ["wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", *headers, "-s", str(folder / "wrk.lua")]
    done = subprocess.run(
        [*argv, f"http://127.0.0.1:{peer.port}", "--", str(peer.paths), str(seed)],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    said: dict[str, int] = json.loads(done.stdout.strip().splitlines()[-1])
    assert said["errors"] == 0, done.stdout
    return said


def _busy_s(pid: int) -> float:
    """How long a process and its children have kept a processor busy."""
    every = [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    each = [task for one in every for task in Path(f"/proc/{one}/task").glob("*/schedstat")]
    return sum(int(one.read_text().split()[0]) for one in each) / 1e9


async def _on_air(url: str) -> None:
    async with Catalogue.connect(url) as catalogue:
        films = [asset(number, SECONDS_EACH) for number in range(1, ASSETS + 1)]
        await on_air(catalogue, *films, epoch_ms=now_ms() - 3_600_000)
        await set_public(catalogue, CHANNEL, public=False)


def _paths(lineups: int) -> Iterator[str]:
    """What each of the viewers asks for, with a token of their own."""
    keys = Keyring(dict([KEY.split(":")]))
    at = now_ms()
    for viewer in range(VIEWERS):
        lineup = derived_id(CHANNEL, f"viewer-{viewer % lineups}")
        whole = keys.claims([keys.issued(CHANNEL, f"viewer-{viewer}", at, 86_400_000)], CHANNEL, at)
        token = keys.narrowed(whole, lineup)
        yield f"/live/{CHANNEL}/lineups/{lineup}~{at // DAY_MS}/{RENDITION}.m3u8?t={token}"


@contextmanager
def _serving(way: str, redis_url: str, folder: Path, paths: Path) -> Iterator[Peer]:
    port = free_port()
    environment = Machine(folder / "data", port).environment(STREAMSYNC_PLAYBACK_KEYS=KEY)
    argv = [sys.executable, "-m", "benchmarks.lane_server", way, str(port), redis_url]
    with _ended(subprocess.Popen(argv, env=environment)) as process:
        _until_it_answers(port, "/healthz")
        yield Peer(port, process.pid, paths)


@contextmanager
def _caching(folder: Path, origin: int, paths: Path) -> Iterator[Peer]:
    port = free_port()
    memory = Path("/dev/shm")  # noqa: S108 - where Linux has its file system in memory
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as cache:
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temporary = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
        user = "user root;" if os.geteuid() == 0 else ""  # or its worker may not write there
        settings = _NGINX.format(user=user, folder=folder, cache=cache, origin=origin, port=port, temporary=temporary)
        (folder / "nginx.conf").write_text(settings)
        argv = [str(_nginx()), "-p", str(folder), "-c", str(folder / "nginx.conf")]
        with _ended(subprocess.Popen(argv)) as process:
            _until_it_answers(port, "/healthz")
            yield Peer(port, process.pid, paths)


@contextmanager
def _ended(process: "subprocess.Popen[bytes]") -> Iterator["subprocess.Popen[bytes]"]:
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def _nginx() -> str | None:
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def _until_it_answers(port: int, path: str) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            httpx.get(f"http://127.0.0.1:{port}{path}").raise_for_status()
        except httpx.TransportError:
            assert time.monotonic() < deadline, "it does not answer"
            time.sleep(0.05)
        else:
            return


def _warm(name: str, peer: Peer) -> None:
    """Ask for all of it once, so that what is measured is what goes on for hours."""

    async def asked() -> None:
        lines, paths = Lines(), iter(peer.paths.read_text().splitlines())

        async def some() -> None:
            for path in paths:
                status, _ = await lines.fetch(peer.port, path)
                assert status == 200, f"{name}: {status} for {path}"

        await asyncio.gather(*(some() for _ in range(16)))
        lines.close()

    asyncio.run(asked())
