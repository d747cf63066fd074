"""What counting costs the fast lane: the same requests in one process, counted and not, in turns.

Not counted: by a lane of the same source, out of which the statements that count are cut. The answers go nowhere, so
this is without what the kernel does, which would make the share smaller.
"""

import ast
import asyncio
import gc
import re
import shutil
import tempfile
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from statistics import quantiles
from types import ModuleType
from typing import Any

import uvicorn
from pydantic import SecretStr
from starlette.applications import Starlette
from uvicorn.server import ServerState

from benchmarks import peers
from benchmarks.beacons import Nowhere
from benchmarks.report import figure, machine
from benchmarks.steady import CHANNEL
from manifest_server.viewer import fastlane, hotlane
from manifest_server.viewer.app import application
from manifest_server.viewer.asking import NO_WISHES
from manifest_server.viewer.clock import now_ms
from manifest_server.viewer.measures import Served
from storage.settings import Settings
from tests.redis_servers import server, valkey_server

LINEUPS = 500
ROUNDS = 400
REST_S = 0.005  # between rounds: what is known has to be known to be true still
KNOWN_S = 30.0
WAYS = {"shared lineups, kept": hotlane.PATHS_KEPT, "own lineups, each made": 0}

_COUNTING = re.compile(r"_ns\b|\bserved\.|^served = |_note_late")


def main() -> None:
    """Print the share of counting in what a playlist costs."""
    print(f"  {machine()}")
    redis = shutil.which("redis-server") or valkey_server()
    with tempfile.TemporaryDirectory() as folder, server(Path(folder) / "redis", binary=redis) as one:
        asyncio.run(_measured(one.url, Path(folder)))


async def _measured(url: str, folder: Path) -> None:
    await peers.broadcast(url)
    settings = Settings(data=folder / "data", playback_keys=SecretStr(peers.KEY))
    app = application(settings, url)
    requests = [_request(path) for path in islice(peers.paths_of(LINEUPS), LINEUPS)]
    async with app.router.lifespan_context(app):
        for path in islice(peers.paths_of(LINEUPS), LINEUPS):
            lineup, rendition = path.partition(".m3u8")[0].split("/")[-2:]
            await app.state.lane.playlists.media(CHANNEL, lineup, rendition, now_ms())
        for way, kept in WAYS.items():
            await _compared(way, _line(app.state.lane, kept), requests)


async def _compared(way: str, protocol: fastlane.Fastlane, requests: Sequence[bytes]) -> None:
    plain, counting = (_uncounted(fastlane, 5), _uncounted(hotlane, 8)), (fastlane, hotlane)
    lane = protocol.app_state[fastlane.LANE]
    took: list[list[float]] = [[], []]
    gc.collect()
    gc.disable()
    for number in range(ROUNDS):
        for which in (0, 1) if number % 2 else (1, 0):
            # The same connection and the same memory: only the code is another.
            protocols, lanes_ = (plain, counting)[which]
            protocol.__class__, lane.__class__ = protocols.Fastlane, lanes_.Lane
            await _until_known(protocol, requests[0])
            took[which].append(_round(protocol, requests))
            await asyncio.sleep(REST_S)
    gc.enable()
    assert lane.served.full == len(requests) * ROUNDS, "the lane left some to the application"
    # Of quiet rounds: in others the machine did something else as well, or an edge moved.
    plain_us, counted_us = (1e6 * quantiles(some, n=8)[0] / len(requests) for some in took)
    print(f"  {way}: {plain_us:.3f} us not counted, {counted_us:.3f} us counted")
    figure(f"cost of metrics on the fast lane, {way}", 100 * (counted_us / plain_us - 1), "%", at_most=3)


async def _until_known(protocol: fastlane.Fastlane, request: bytes) -> None:
    """On a busy machine what is known may be too old for the lane: then all else would go to the application."""
    lane, headers = protocol.app_state[fastlane.LANE], protocol.server_state.default_headers
    async with asyncio.timeout(KNOWN_S):
        while lane.answer(request, 4, headers, NO_WISHES) is None:  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(REST_S)


def _round(protocol: fastlane.Fastlane, requests: Sequence[bytes]) -> float:
    began = time.process_time()
    for request in requests:
        protocol.data_received(request)
    return time.process_time() - began


def _line(lane: hotlane.Lane, kept: int) -> fastlane.Fastlane:
    """A connection to a lane that answers what the lane of the application does."""
    own = hotlane.Lane(lane.playlists, lane.keyring, now_ms, Served(), kept)
    config = uvicorn.Config(Starlette(), http=fastlane.Fastlane, ws="none", lifespan="off", access_log=False)
    config.load()
    protocol = fastlane.Fastlane(config, ServerState(), {fastlane.LANE: own}, asyncio.get_running_loop())
    protocol.connection_made(Nowhere())
    return protocol


class _Cut(ast.NodeTransformer):
    """Cuts statements that count."""

    def __init__(self) -> None:
        self.count = 0

    def generic_visit(self, node: ast.AST) -> Any:
        if isinstance(node, ast.Assign | ast.AugAssign | ast.Expr) and _COUNTING.search(ast.unparse(node)):
            self.count += 1
            return None
        super().generic_visit(node)
        return None if isinstance(node, ast.If) and not node.body else node


def _uncounted(module: ModuleType, at_least: int) -> ModuleType:
    assert module.__file__
    cut = _Cut()
    tree = cut.visit(ast.parse(Path(module.__file__).read_text()))
    assert cut.count >= at_least, f"{module.__name__}: where does it count?"
    made = ModuleType(module.__name__)
    exec(compile(ast.fix_missing_locations(tree), module.__file__, "exec"), made.__dict__)  # noqa: S102 - our own source
    return made


def _request(path: str) -> bytes:
    head = "".join(f"{name}: {value}\r\n" for name, value in peers.HEADERS.items())
    return f"GET {path} HTTP/1.1\r\n{head}\r\n".encode()
