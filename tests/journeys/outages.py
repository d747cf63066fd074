"""Servers on one Redis that can be taken away, and one on a copy of it that cannot: what they all should say."""

import asyncio
import hashlib
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from redis import Redis

from manifest_server.admin import actions
from manifest_server.viewer.clock import now_ms
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.settings import Settings
from tests.admin.uploading import md5
from tests.redis_servers import Server, server
from tests.stage import asset, store

from .houses import TOKEN
from .program import Machine, free_port
from .watching import ask, media_urls

KINDS = ("killed", "frozen")
CHANNELS = [f"c{number}" for number in range(20)]
NEVER_LOADED = {kind: f"never-loaded-{kind}" for kind in KINDS}
KNOWN = "ann"  # the viewer whom every server has seen on every channel
TRIES = 5
GONE = "the catalogue has not answered for"  # how a server says it

Body = dict[str, Any] | None
Door = tuple[str, str, Body]


@contextmanager
def gone(redis: Server, kind: str) -> Iterator[None]:
    """Redis is `killed` and started again, or `frozen`: it hangs, with all connections."""
    (redis.kill if kind == "killed" else redis.pause)()
    try:
        yield
    finally:
        (redis.start if kind == "killed" else redis.resume)()


@dataclass(frozen=True, slots=True)
class House:
    """`servers` share `redis`; the `reference` has a `copy` of it for itself."""

    redis: Server
    copy: Server
    servers: list[Machine]
    reference: Machine

    def paths(self) -> list[str]:
        """A media playlist on each channel, once every server has loaded all of them."""
        return known_paths([self.reference, *self.servers])

    def api(self, method: str, path: str, body: Body = None) -> httpx.Response:
        """An answer of the first server's API."""
        url, known = f"{self.servers[0].origin}/api/v1{path}", {"Authorization": f"Bearer {TOKEN}"}
        return httpx.request(method, url, headers=known, json=body, timeout=30, verify=False)  # noqa: S501

    def uploaded(self, film: bytes) -> Door:
        """The door that completes an upload, all parts of which are there."""
        facts = {"name": "film.mp4", "size_bytes": len(film), "fingerprint": sha256(film)}
        upload: str = self.api("POST", "/uploads", facts).json()["id"]
        parts = {"parts": [{"number": 1, "md5": md5(film)}]}
        [target] = self.api("POST", f"/uploads/{upload}/parts", parts).json()["parts"]
        sent = httpx.put(self.servers[0].origin + target["url"], content=film, headers=target["headers"])
        assert sent.is_success, sent.text
        return "POST", f"/uploads/{upload}/complete", {"sha256": sha256(film)}

    def states(self, path: str) -> list[int]:
        """What every server answers, as a status."""
        return [ask(one.origin + path).status_code for one in self.servers]

    def all_know(self) -> bool:
        """Whether every server says that Redis is gone."""
        said = [ask(f"{one.origin}/readyz").json()["catalogue"] for one in self.servers]
        return all(GONE in one for one in said)

    def all_say(self, path: str) -> str:
        """The text that every server has for the playlist at `path`; fails where one has another than the reference.

        The window may move between the requests, but not so many times in a row.
        """
        for _ in range(TRIES):
            texts = {ask(one.origin + path).text for one in [self.reference, *self.servers]}
            if len(texts) == 1:
                return texts.pop()
        raise AssertionError(texts)

    def path_of(self, viewer: str, channel: str = "c0") -> str:
        """The first media playlist that all servers give a viewer: the same as the reference gives."""
        return _path_of([self.reference, *self.servers], viewer, channel)

    def lineups_of(self, viewer: str, channel: str) -> set[str]:
        """The lineups that the servers have a viewer on."""
        urls = [media_urls(one, viewer, channel=channel)[0] for one in self.servers]
        return {url.split("/lineups/")[1].partition("~")[0] for url in urls}


def known_paths(servers: list[Machine]) -> list[str]:
    """A media playlist of the known viewer on each channel, which all of these servers have loaded then."""
    return [_path_of(servers, KNOWN, name) for name in CHANNELS]


def _path_of(servers: list[Machine], viewer: str, channel: str) -> str:
    given = [[urlsplit(url).path for url in media_urls(one, viewer, channel=channel)] for one in servers]
    assert all(paths == given[0] for paths in given), given
    return given[0][0]


@contextmanager
def house(folder: Path, servers: int) -> Iterator[House]:
    """All of them running, with 20 channels that are on air for a minute."""
    epoch_ms = now_ms() - 60_000
    with ExitStack() as on:
        redis = [on.enter_context(server(folder / name)) for name in ("redis", "copy")]
        urls = [redis[0].url] * servers + [redis[1].url]
        machines = [Machine(folder / "data", free_port()) for _ in urls]
        for one in redis:
            open_channels(one.url, folder / "data", epoch_ms, [*CHANNELS, *NEVER_LOADED.values()])
            assign(one.url, CHANNELS[1])
        programs = [
            on.enter_context(
                machine.running("serve", ready="", STREAMSYNC_REDIS_URL=url, STREAMSYNC_TOKEN=TOKEN, COLUMNS="200")
            )
            for machine, url in zip(machines, urls, strict=True)
        ]
        for program in programs:
            program.wait_for("serving on")
        yield House(redis[0], redis[1], machines[:-1], machines[-1])


def open_channels(url: str, data: Path, epoch_ms: int, names: Sequence[str] = ("main",)) -> None:
    """Channels with three assets, on air since `epoch_ms`, each with the lineup `given`."""
    assets = [asset(number) for number in (1, 2, 3)]
    clips = [ClipRecord(asset=one.id) for one in assets]
    for one in assets:
        store(Settings(data=data).objects_root, one)

    async def opened() -> None:
        async with Catalogue.connect(url) as catalogue:
            for one in assets:
                await catalogue.index_asset(one)
            for name in names:
                await actions.create_channel(catalogue, name, [one.id for one in assets])
                await actions.start_channel(catalogue, name, epoch_ms)
                await actions.give_lineup(catalogue, name, "given", clips, repeats=True, clock=lambda: 0)

    asyncio.run(opened())


def assign(url: str, channel: str) -> None:
    """An edit: the known viewer is put on the given lineup. Raises Unavailable."""

    async def assigned() -> None:
        async with Catalogue.connect(url) as catalogue:
            await actions.assign_viewer(catalogue, channel, KNOWN, "given")

    asyncio.run(assigned())


class Asking:
    """What a crowd asks for in turn: media playlists, joins of the known viewer and, while `inventing`, new ones."""

    def __init__(self, servers: list[Machine], paths: list[str]) -> None:
        self.inventing = False
        self._names = itertools.count()
        self._turns = itertools.count()
        self._servers = itertools.cycle(servers)
        self._paths = itertools.cycle(paths)
        self._channels = itertools.cycle(CHANNELS[1:])

    def __call__(self) -> tuple[str, str]:
        origin = next(self._servers).origin
        match next(self._turns) % 4:
            case 0:
                return "join", f"{origin}/live/{next(self._channels)}/{KNOWN}/index.m3u8"
            case 1 if self.inventing:
                return "new", self.new(origin)
            case _:
                return "media", origin + next(self._paths)

    def new(self, origin: str) -> str:
        """Where a viewer comes in whom nobody has seen."""
        return f"{origin}/live/{next(self._channels)}/new{next(self._names)}/index.m3u8"


class Books:
    """What a Redis has been asked since this was made, or since it was started; without what is asked here."""

    def __init__(self, redis: Server) -> None:
        self._redis = Redis(port=redis.port, socket_timeout=5)
        self._calls, self._connections = self._now()

    def begin(self) -> None:
        """It was started anew, and counts from nothing."""
        self._calls, self._connections = Counter(), 1

    def read(self) -> tuple[Counter[str], int]:
        """Calls of each command, and connections."""
        calls, connections = self._now()
        calls.subtract(self._calls)
        self._redis.close()
        return +calls, connections - self._connections

    def clients(self) -> int:
        """How many are connected now."""
        return int(self._redis.info("clients")["connected_clients"]) - 1

    def _now(self) -> tuple[Counter[str], int]:
        stats = self._redis.info("commandstats").items()
        calls = Counter({name.removeprefix("cmdstat_"): told["calls"] for name, told in stats})
        del calls["info"]
        return calls, self._redis.info("stats")["total_connections_received"]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
