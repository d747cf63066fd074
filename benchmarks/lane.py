"""Media playlists for each second of the processor, by the fast lane and by its peers, against nginx's cache.

wrk asks for the playlists of 10,000 viewers at random, with a browser's headers, on kept connections. All peers take
turns in each round; what counts are ratios within a round. The yardstick is one worker of a plain nginx that has all
10,000 answers in its proxy_cache, on a file system in memory.
"""

import asyncio
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from benchmarks.peers import (
    ROUND_S,
    SHARED,
    VIEWERS,
    Peer,
    broadcast,
    caching,
    nginx,
    passing,
    paths_of,
    program,
    rate,
    serving,
    until_all_know,
    warm,
    write_script,
    wrk,
)
from benchmarks.report import bars, figure, machine, spread
from benchmarks.results import Goal
from tests.redis_servers import server, valkey_server

CONNECTIONS = (16, 64)
PAUSING = 256
ROUNDS = 5
PLOTTED = {
    "shared": "shared lineups, kept",
    "each": "own lineups, each made and verified",
    "asgi": "the same, raw ASGI",
    "starlette": "the same, Starlette route",
}


def main() -> None:
    """Print requests per second of the processor, in interleaved rounds."""
    print(f"  {machine()}")
    if shutil.which("wrk") is None or nginx() is None:
        print("  not measured: it needs wrk and nginx (Debian: apt install wrk nginx-light)")
        return
    with tempfile.TemporaryDirectory() as text, ExitStack() as stack:
        folder = Path(text)
        redis = stack.enter_context(server(folder / "redis", binary=shutil.which("redis-server") or valkey_server()))
        asyncio.run(broadcast(redis.url))
        write_script(folder)
        own, shared = folder / "own", folder / "shared"
        own.write_text("\n".join(paths_of(VIEWERS)))
        shared.write_text("\n".join(paths_of(SHARED)))
        peers: dict[str, Peer] = {}
        for way, paths in (("each", own), ("shared", shared), ("asgi", own), ("starlette", own)):
            peers[way] = stack.enter_context(serving(way, redis.url, folder, paths))
        peers["nginx"] = stack.enter_context(caching(folder, peers["shared"].port, own))
        for name, peer in peers.items():
            warm(name, peer)
        _measured(peers, folder)
        _behind(peers, folder)
        _at_half(peers["each"], peers["nginx"], folder)
        _scaled(redis.url, folder, own, peers["shared"].port)


def _behind(peers: dict[str, Peer], folder: Path) -> None:
    """What is left where no two heads are alike."""
    with passing(folder, peers["each"]) as each:
        direct: list[float] = []
        passed: list[float] = []
        for number in range(ROUNDS):
            direct.append(rate(peers["each"], folder, 64, number))
            passed.append(rate(each, folder, 64, number))
    print(f"  each, behind nginx, thousands each second of the server's processor: {spread(passed)}")
    ratios = [a / b for a, b in zip(passed, direct, strict=True)]
    figure("own lineups, behind an nginx that adds a request id, against direct", median(ratios), "times")


def _at_half(each: Peer, cached: Peer, folder: Path) -> None:
    """The 99th percentile at half of what it can do, and nginx's at the same rate; wrk has the other processor."""
    found: list[float] = []
    saturated: list[float] = []
    nginxs: list[float] = []
    for number in range(ROUNDS):
        whole = wrk(each, folder, 64, number)
        full = whole["requests"] / ROUND_S
        saturated.append(whole["p99_us"] / 1000)
        # Many of them, as wrk pauses for whole milliseconds.
        pause_ms = max(1, round(PAUSING / (full / 2) * 1000))
        said, cache = (wrk(peer, folder, PAUSING, number, pause_ms) for peer in (each, cached))
        found.append(said["p99_us"] / 1000)
        nginxs.append(cache["p99_us"] / 1000)
        paused = f"with pauses {said['requests'] / ROUND_S:.0f}, p99 {found[-1]:.2f} ms"
        print(
            f"  {full:.0f} requests a second; {paused}; nginx {cache['requests'] / ROUND_S:.0f}, {nginxs[-1]:.2f} ms"
        )
    figure("own lineups at half the saturation, 99th percentile, median", median(found), "ms", at_most=3)
    figure("nginx, with the same pauses", median(nginxs), "ms")
    at = {"with no pauses": saturated, "at half of that": found, "nginx, with the same pauses": nginxs}
    bars("99th percentile of own lineups, by load", "ms", at, {"at half of that": Goal(at_most=3)})


def _scaled(redis_url: str, folder: Path, paths: Path, origin: int) -> None:
    """Two server processes against one, and two workers of nginx likewise. wrk takes its part of the processors: so
    what counts is what a second of them does, twice."""
    rates: dict[str, list[list[float]]] = {}
    with ExitStack() as stack:
        peers: dict[str, list[Peer]] = {"the program": [], "nginx": []}
        for number in (1, 2):
            peers["the program"].append(stack.enter_context(program(number, redis_url, folder, paths)))
            peers["nginx"].append(stack.enter_context(caching(folder, origin, paths, number)))
        for name, pair in peers.items():
            for peer in pair:
                warm(name, peer)
        until_all_know(peers["the program"][-1])
        for number in range(ROUNDS):
            for name, pair in peers.items():
                rates.setdefault(name, []).append([rate(peer, folder, 64, number) for peer in pair])
    for name, rounds in rates.items():
        print(f"  {name}, one process, thousands each second: {spread([one for one, _ in rounds])}")
        print(f"  {name}, two processes, likewise: {spread([two for _, two in rounds])}")
    ours, nginxs = ([2 * two / one for one, two in rates[name]] for name in peers)
    figure("two server processes against one", median(ours), "times", at_least=1.8)
    figure("two workers of nginx against one", median(nginxs), "times")


def _measured(peers: dict[str, Peer], folder: Path) -> None:
    for connections in CONNECTIONS:
        rates: dict[str, list[float]] = {name: [] for name in peers}
        for number in range(ROUNDS):
            for name, peer in peers.items():
                rates[name].append(rate(peer, folder, connections, number))
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
        against = {
            PLOTTED[name]: [a / b for a, b in zip(rates[name], rates["nginx"], strict=True)] for name in PLOTTED
        }
        bars(
            f"Playlists a second of the processor, {connections} connections, as a ratio to nginx in the same rounds",
            "times",
            against,
            {PLOTTED["shared"]: Goal(at_least=1.4), PLOTTED["each"]: Goal(at_least=1.0)},
            ("nginx, from its cache", 1.0),
        )
