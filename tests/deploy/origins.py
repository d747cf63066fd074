"""Manifest servers to stand behind an edge, which count what they are asked."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from pydantic import SecretStr
from starlette.types import ASGIApp, Receive, Scope, Send

from manifest_server.viewer.app import application
from storage.catalogue import Catalogue
from storage.records import AssetRecord
from storage.settings import Settings
from streamsync.listeners import listen
from streamsync.server import KEEP_ALIVE_S
from tests.journeys.program import free_port
from tests.stage import on_air
from tests.viewer.playback import KEYS

STOP_S = 10.0


@dataclass(slots=True)
class Origin:
    """A manifest server on a port, and the requests that it was sent: method, path and query."""

    port: int
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    clients: list[str] = field(default_factory=list)  # and who sent them, as far as is believed

    def counting(self, app: ASGIApp) -> ASGIApp:
        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http":
                self.clients.append(scope["client"][0])
                self.asked.append((scope["method"], scope["path"], scope["query_string"].decode()))
            await app(scope, receive, send)

        return counted


@dataclass(frozen=True, slots=True)
class Pair:
    """Two servers over one Redis and one folder of objects."""

    one: Origin
    two: Origin

    @property
    def ports(self) -> tuple[int, int]:
        return self.one.port, self.two.port

    def asked(self, part: str) -> list[tuple[str, str, str]]:
        """The requests to either whose path has `part` in it."""
        return [one for one in [*self.one.asked, *self.two.asked] if part in one[1]]


@contextmanager
def pair(redis_url: str, data: Path) -> Iterator[Pair]:
    """Two manifest servers, each on a thread of its own, from the moment that they answer."""
    both = Pair(Origin(free_port()), Origin(free_port()))
    with served(both.one, redis_url, data), served(both.two, redis_url, data):
        yield both


@contextmanager
def served(origin: Origin, redis_url: str, data: Path) -> Iterator[None]:
    """One of them."""
    keys = SecretStr(KEYS)
    settings = Settings(data=data, port=origin.port, redis_url=redis_url, playback_keys=keys)
    (listener,) = listen(settings)
    config = uvicorn.Config(
        origin.counting(application(settings, redis_url)),
        log_level="warning",
        lifespan="on",
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + STOP_S
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            assert time.monotonic() < deadline, "the server did not start in time"
            time.sleep(0.01)  # uvicorn tells by this flag only
        yield
    finally:
        server.should_exit = True
        thread.join(STOP_S)
        listener.close()
        assert not thread.is_alive()


def broadcast(redis_url: str, *assets: AssetRecord, epoch_ms: int) -> None:
    """The channel main on air with these assets."""

    async def started() -> None:
        async with Catalogue.connect(redis_url) as catalogue:
            await on_air(catalogue, *assets, epoch_ms=epoch_ms)

    asyncio.run(started())


def epoch_of_a_move_at(move_ms: int) -> int:
    """The epoch of a channel with segments of 4 s whose edge moves at `move_ms`, half an hour after it began."""
    return move_ms - 1_800_000
