"""How soon a change is visible on all of three servers; and how soon when every message that tells of it is lost."""

import asyncio
import itertools
import random
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import httpx

from benchmarks.report import figure, machine
from manifest_server.admin import actions
from manifest_server.programming.pool import derived_id
from manifest_server.viewer.clock import now_ms
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.records import AssetRecord
from tests.journeys.program import Machine, free_port
from tests.redis_servers import Server, server, valkey_server
from tests.stage import asset, on_air
from tests.storage.proxy import deafening_proxy

SERVERS = 3
LINEUPS = 4
EDITS = {"told": 400, "not told": 40}  # of lineups; half as many of the pool
DOZEN = 12
EVERY_S = {"told": 0.05, "not told": 1.0}  # at most between two edits, so that they come at any time of a round
LOOK_S = 0.003
LIMIT_S = 30.0
LATER_MS = 3_600_000  # what is to be listed then shows an edit at once

Change = Callable[[], Awaitable[object]]


class Seen(NamedTuple):
    """Seconds until all servers showed a change: from its beginning, and from when it was acknowledged."""

    begun: float
    acknowledged: float


def main() -> None:
    """Print percentiles of both."""
    print(f"  {machine()}")
    redis = shutil.which("redis-server") or valkey_server()
    for how in EDITS:
        with tempfile.TemporaryDirectory() as folder, server(Path(folder) / "redis", binary=redis) as one:
            asyncio.run(_measured(Path(folder), one, how))


async def _measured(folder: Path, redis: Server, how: str) -> None:
    async with AsyncExitStack() as on:
        catalogue = await on.enter_async_context(Catalogue.connect(redis.url))
        await _opened(catalogue)
        url, lost = redis.url, list[bytes]()
        if how == "not told":
            url, lost = await on.enter_async_context(deafening_proxy(redis.place))
        house = House(catalogue, how, [await on.enter_async_context(_served(folder, n, url)) for n in range(SERVERS)])
        lineups = [await house.edit_lineup(number) for number in range(EDITS[how])]
        pools = [await house.edit_pool(number) for number in range(EDITS[how] // 2)]
        assets = [await house.new_asset(number) for number in range(DOZEN)]
        stops = [await house.stop(number) for number in range(DOZEN)]
    print(f"  servers that are {how} of changes ({len(lost)} messages lost), until the last of three shows it, s:")
    _print(f"{len(lineups)} edits of lineups", lineups)
    _print(f"{len(pools)} changes of a pool", pools)
    _print(f"{DOZEN} new assets, with a change of a pool", assets)
    _print(f"{DOZEN} channels stopped", stops)
    seen = [*lineups, *pools, *assets, *stops]
    goal = 1 if how == "told" else None
    figure(
        f"{len(seen)} changes, from the acknowledgement, p99",
        _percentile(one.acknowledged for one in seen),
        "s",
        goal,
    )
    figure(f"{len(seen)} changes, from the beginning, p99", _percentile(one.begun for one in seen), "s", goal)


def _print(what: str, seen: list[Seen]) -> None:
    for since, values in zip(("beginning", "acknowledgement"), zip(*seen, strict=True), strict=True):
        p50, p99, most = (_percentile(values, percent) for percent in (50, 99, 100))
        print(f"    {what + ', from the ' + since:<64} p50 {p50:.3f}, p99 {p99:.3f}, max {most:.3f}")


def _percentile(values: Iterable[float], percent: int = 99) -> float:
    """The least that so many are not above."""
    found = sorted(values)
    return found[-(-len(found) * percent // 100) - 1]


async def _opened(catalogue: Catalogue) -> None:
    await on_air(catalogue, asset(1), epoch_ms=now_ms() - 60_000)
    await catalogue.index_asset(asset(2))
    for number in range(LINEUPS):
        await actions.give_lineup(catalogue, "main", f"l{number}", _clips(asset(1)), repeats=True, clock=lambda: 0)
    for number in range(DOZEN):
        await actions.create_channel(catalogue, f"c{number}", [asset(1).id])
        await actions.start_channel(catalogue, f"c{number}", now_ms() - 60_000)


@asynccontextmanager
async def _served(folder: Path, number: int, url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A way to a server."""
    one = Machine(folder / str(number), free_port())
    one.data.mkdir()
    running = one.running("serve", STREAMSYNC_REDIS_URL=url, STREAMSYNC_PREVIEW="1")
    await asyncio.to_thread(running.__enter__)  # as a proxy of ours is to answer meanwhile
    try:
        async with httpx.AsyncClient(base_url=one.origin, timeout=LIMIT_S) as client:
            yield client
    finally:
        await asyncio.to_thread(running.__exit__, None, None, None)


class House:
    """Servers, and what an admin does there; each of it is done when all servers show it."""

    def __init__(self, catalogue: Catalogue, how: str, clients: list[httpx.AsyncClient]) -> None:
        self._catalogue = catalogue
        self._clients = clients
        self._every_s = EVERY_S[how]
        self._drawn = random.Random(1)  # noqa: S311 - a fixed draw, so that rounds are alike
        self._turns = itertools.cycle((asset(2), asset(1)))

    async def edit_lineup(self, number: int) -> Seen:
        """Another order in a given lineup."""
        lineup, new = f"l{number % LINEUPS}", asset(2 - number // LINEUPS % 2)

        async def edit() -> None:
            await actions.edit_lineup(self._catalogue, "main", lineup, _clips(new), repeats=True, clock=now_ms)

        return await self._seen(edit, "main", lineup, new.id)

    async def edit_pool(self, _: int) -> Seen:
        """Another pool, which a derived lineup shows."""
        return await self._pooled(next(self._turns), lambda: asyncio.sleep(0))

    async def new_asset(self, number: int) -> Seen:
        """An asset that nobody had, and a pool of it."""
        new = asset(100 + number)
        return await self._pooled(new, lambda: self._catalogue.index_asset(new))

    async def stop(self, number: int) -> Seen:
        """The end of a channel."""
        name = f"c{number}"
        stop: Change = lambda: actions.stop_channel(self._catalogue, name, now_ms)  # noqa: E731
        return await self._seen(stop, name, derived_id(name, "alice"), "#EXT-X-ENDLIST")

    async def _pooled(self, new: AssetRecord, before: Change) -> Seen:
        async def change() -> None:
            await before()
            await actions.set_pool(self._catalogue, "main", [new.id], now_ms)

        return await self._seen(change, "main", derived_id("main", "alice"), new.id)

    async def _seen(self, change: Change, channel: str, lineup: str, sign: str) -> Seen:
        """`sign` is in what the lineup will be, once the change is seen, and is not before."""
        later_ms = now_ms() + LATER_MS
        path = f"/live/{channel}/lineups/{lineup}~{later_ms // 86_400_000}/cmaf-240p.m3u8?at={later_ms / 1000:.3f}"
        assert not any(sign in text for text in await asyncio.gather(*(_told(one, path) for one in self._clients)))
        await asyncio.sleep(self._drawn.uniform(0, self._every_s))
        looks = [asyncio.create_task(_shown(client, path, sign)) for client in self._clients]
        began = time.perf_counter()
        await change()
        acknowledged = time.perf_counter()
        last = max(await asyncio.gather(*looks))
        return Seen(last - began, max(last - acknowledged, 0))


async def _shown(client: httpx.AsyncClient, path: str, sign: str) -> float:
    """When it was."""
    async with asyncio.timeout(LIMIT_S):
        while sign not in await _told(client, path):  # noqa: ASYNC110 - servers do not tell by themselves
            await asyncio.sleep(LOOK_S)
    return time.perf_counter()


async def _told(client: httpx.AsyncClient, path: str) -> str:
    answer = await client.get(path)
    assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:200]}"
    return answer.text


def _clips(one: AssetRecord) -> list[ClipRecord]:
    return [ClipRecord(asset=one.id)]
