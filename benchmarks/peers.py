"""What the benchmarks of media playlists ask, and whom: servers that answer in several ways, nginx, and wrk."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx

from benchmarks.steady import CHANNEL, DAY_MS, RENDITION, Lines
from manifest_server.admin.access import set_public
from manifest_server.programming.pool import derived_id
from manifest_server.viewer.clock import now_ms
from manifest_server.viewer.playback_tokens import Keyring
from storage.catalogue import Catalogue
from tests.journeys.program import Machine, free_port
from tests.stage import asset, on_air

VIEWERS = 10_000
SHARED = 50  # lineups, where viewers share them
ASSETS = 60
ROUND_S = 3
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
local requests, pause = {}, 0
function delay()
  if pause == 0 then return 0 end
  return math.floor(0.5 - pause * math.log(1 - math.random()))
end
function init(args)
  pause = tonumber(args[3])
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
{user} worker_processes {workers}; daemon off; pid {folder}/pid; error_log {folder}/error.log warn;
events {{ worker_connections 2048; }}
http {{
  access_log off; keepalive_requests 100000000; keepalive_timeout 75s; {temporary}
  {store}
  upstream origin {{ server 127.0.0.1:{origin}; keepalive 64; keepalive_requests 100000000; }}
  server {{
    listen 127.0.0.1:{port} reuseport;
    location / {{
      proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection "";
      {more}
    }}
  }}
}}
"""
_CACHES = """proxy_cache bench; proxy_cache_key $request_uri; proxy_cache_valid 200 1h;
      proxy_ignore_headers X-Accel-Expires Cache-Control Expires Vary;"""
_PASSES = "proxy_set_header X-Request-ID $request_id; proxy_buffering off;"


class Peer(NamedTuple):
    """Something that answers at a port: its process, and the file of what it is asked for."""

    port: int
    pid: int
    paths: Path


def write_script(folder: Path) -> None:
    """What wrk runs."""
    (folder / "wrk.lua").write_text(_SCRIPT)


def rate(peer: Peer, folder: Path, connections: int, seed: int) -> float:
    """Thousands of requests for each second of the processor."""
    before = busy_s(peer.pid)
    said = wrk(peer, folder, connections, seed)
    return said["requests"] / (busy_s(peer.pid) - before) / 1000


def wrk(peer: Peer, folder: Path, connections: int, seed: int, pause_ms: int = 0) -> dict[str, int]:
    """What wrk says of ROUND_S: `requests`, and `p99_us`. Each connection pauses before each request.

    As players do, at random, about as long as is said: were all pauses the same, the crowd in which all connections
    begin would come back with each, and what is measured would be its queue.
    """
    headers = [word for name, value in HEADERS.items() for word in ("-H", f"{name}: {value}")]
    argv = ["wrk", "-t", "1", "-c", str(connections), "-d", f"{ROUND_S}s", *headers, "-s", str(folder / "wrk.lua")]
    done = subprocess.run(
        [*argv, f"http://127.0.0.1:{peer.port}", "--", str(peer.paths), str(seed), str(pause_ms)],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    said: dict[str, int] = json.loads(done.stdout.strip().splitlines()[-1])
    assert said["errors"] == 0, done.stdout
    return said


def busy_s(pid: int) -> float:
    """How long a process and its children have kept a processor busy."""
    every = [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    each = [task for one in every for task in Path(f"/proc/{one}/task").glob("*/schedstat")]
    return sum(int(one.read_text().split()[0]) for one in each) / 1e9


def seconds_of(number: int) -> float:
    """How long an asset is: 800 s on average, and each another time, so that lineups are anywhere in their clips."""
    return 300.0 + 1000 * (number * 0.618034 % 1)


async def broadcast(url: str) -> None:
    """A channel that has been on air for an hour, for those with tokens."""
    async with Catalogue.connect(url) as catalogue:
        films = [asset(number, seconds_of(number)) for number in range(1, ASSETS + 1)]
        await on_air(catalogue, *films, epoch_ms=now_ms() - 3_600_000)
        await set_public(catalogue, CHANNEL, public=False)


def paths_of(lineups: int) -> Iterator[str]:
    """What each of the viewers asks for, with a token of their own."""
    keys = Keyring(dict([KEY.split(":")]))
    at = now_ms()
    for viewer in range(VIEWERS):
        lineup = derived_id(CHANNEL, f"viewer-{viewer % lineups}")
        whole = keys.claims([keys.issued(CHANNEL, f"viewer-{viewer}", at, 86_400_000)], CHANNEL, at)
        token = keys.narrowed(whole, lineup)
        yield f"/live/{CHANNEL}/lineups/{lineup}~{at // DAY_MS}/{RENDITION}.m3u8?t={token}"


@contextmanager
def serving(way: str, redis_url: str, folder: Path, paths: Path) -> Iterator[Peer]:
    """A server that answers in one of the ways of lane_server, until the block is left."""
    port = free_port()
    environment = Machine(folder / "data", port).environment(STREAMSYNC_PLAYBACK_KEYS=KEY)
    argv = [sys.executable, "-m", "benchmarks.lane_server", way, str(port), redis_url]
    with _ended(subprocess.Popen(argv, env=environment)) as process:
        _until_it_answers(port, "/healthz")
        yield Peer(port, process.pid, paths)


@contextmanager
def program(processes: int, redis_url: str, folder: Path, paths: Path) -> Iterator[Peer]:
    """The program itself with so many server processes, likewise."""
    port = free_port()
    machine = Machine(folder / f"data{processes}", port)
    environment = machine.environment(STREAMSYNC_PLAYBACK_KEYS=KEY, STREAMSYNC_REDIS_URL=redis_url)
    argv = [sys.executable, "-m", "streamsync", "serve", "--workers", str(processes)]
    with _ended(subprocess.Popen(argv, env=environment, stdout=subprocess.DEVNULL)) as process:
        _until_it_answers(port, "/healthz")
        yield Peer(port, process.pid, paths)


@contextmanager
def passing(folder: Path, origin: Peer) -> Iterator[Peer]:
    """An nginx before a server that keeps nothing, and adds an id to each request; the process is the server's."""
    with _nginx_of(folder, "passing", origin.port, _PASSES) as (port, _):
        yield Peer(port, origin.pid, origin.paths)


@contextmanager
def caching(folder: Path, origin: int, paths: Path, workers: int = 1) -> Iterator[Peer]:
    """An nginx that has all answers of a server in its cache once it was asked for them, likewise."""
    memory = Path("/dev/shm")  # noqa: S108 - where Linux has its file system in memory
    with (
        tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as cache,
        _nginx_of(folder, "caching", origin, _CACHES, cache, workers) as (port, pid),
    ):
        yield Peer(port, pid, paths)


@contextmanager
def _nginx_of(
    folder: Path, name: str, origin: int, more: str, cache: str = "", workers: int = 1
) -> Iterator[tuple[int, int]]:
    """Its port and the process id of its master."""
    port = free_port()
    here = folder / f"{name}-{port}"
    here.mkdir()
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{kind}_temp_path {here}/{kind};" for kind in kinds)
    user = "user root;" if os.geteuid() == 0 else ""  # or its worker may not write there
    store = f"proxy_cache_path {cache} levels=1:2 keys_zone=bench:100m max_size=1g inactive=1h;" if cache else ""
    (here / "nginx.conf").write_text(
        _NGINX.format(
            user=user,
            workers=workers,
            folder=here,
            store=store,
            origin=origin,
            port=port,
            temporary=temporary,
            more=more,
        )
    )
    argv = [str(nginx()), "-p", str(here), "-c", str(here / "nginx.conf")]
    with _ended(subprocess.Popen(argv)) as process:
        _until_it_answers(port, "/healthz")
        yield port, process.pid


@contextmanager
def _ended(process: "subprocess.Popen[bytes]") -> Iterator["subprocess.Popen[bytes]"]:
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def nginx() -> str | None:
    """Where it is."""
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


def warm(name: str, peer: Peer) -> None:
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


def until_all_know(peer: Peer) -> None:
    """Ask for all of it again and again, until each process of a server has been asked for each."""
    for _ in range(30):
        warm("until all know", peer)
        told = httpx.get(f"http://127.0.0.1:{peer.port}/metrics").text
        known = re.findall(r'^streamsync_kept\{.*what="lineups"\} (\S+)$', told, re.MULTILINE)
        if min(map(float, known)) >= VIEWERS:
            return
    raise AssertionError(f"lineups known to the processes: {known}")
