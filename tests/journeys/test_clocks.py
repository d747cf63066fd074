"""Servers with clocks apart, one of which hears of nothing, and two admins: no number ever means two things."""

import asyncio
import itertools
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from manifest_server.admin import actions
from manifest_server.programming.pool import derived_id
from manifest_server.viewer.clock import now_ms
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.errors import Conflict, NotOnAir, Unavailable
from tests.redis_servers import Server, server
from tests.stage import asset, on_air
from tests.storage.proxy import deafening_proxy

from .agreement import Watch
from .program import Machine, free_port
from .watching import fetch

pytestmark = pytest.mark.slow

ASSETS = [asset(1, 1.0), asset(2, 2.0), asset(3, 3.0), asset(4, 4.0)]
NEW = ASSETS[3].id  # nobody has it before the edits
GIVEN = ["given0", "given1"]
DERIVED = [derived_id("main", viewer) for viewer in ("alice", "bob", "carol")]
CLOCKS_MS = (0, 1500, 3000)
STORM_S, AFTER_S = 18.0, 9.0  # a change is listed 9 s after it was made, by the clock that it was made by


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Server]:
    with server(tmp_path / "redis") as one:
        yield one


def test_servers_with_clocks_3_s_apart_agree_through_a_storm_of_edits(tmp_path: Path, redis: Server) -> None:
    async def story() -> None:
        watch = Watch([*GIVEN, *DERIVED], pause_s=0.02)
        async with deafening_proxy(redis.place) as (deaf_url, lost), Catalogue.connect(redis.url) as catalogue:
            await _opened(catalogue)
            # The one that is furthest ahead lists an edge soonest, and it hears last of what has changed.
            urls = (redis.url, redis.url, deaf_url)
            async with _served(tmp_path, watch, dict(zip(CLOCKS_MS, urls, strict=True))) as origins:
                admins = [Admin(redis.url, seed, ahead_ms) for seed, ahead_ms in enumerate((0, CLOCKS_MS[-1]))]
                hangs = asyncio.create_task(_hang(redis))
                await asyncio.gather(*(admin.edits() for admin in admins))
                await hangs
                await asyncio.sleep(AFTER_S)
        told = admins[0].told + admins[1].told
        everybodys = sum(len(by) == len(origins) for by in watch.by.values())
        new = {lineup for (lineup, _), one in watch.listed.items() if NEW in one.uri}
        print(  # noqa: T201
            f"{watch.playlists} playlists read, {everybodys} of {len(watch.by)} numbers from all three servers; "
            f"{dict(told)}; {len(lost)} messages lost; {len(watch.disagreements)} disagreements"
        )
        assert not watch.disagreements
        assert new == {*GIVEN, *DERIVED}, "edits came to be listed"
        assert everybodys > 100
        assert told["stored"] > 50
        assert told["conflict"] > 0
        assert told["started anew"] > 0
        assert len(lost) > 50

    asyncio.run(story())


def test_the_test_of_the_test_with_clocks_beyond_the_margin_they_disagree(tmp_path: Path, redis: Server) -> None:
    async def story() -> None:
        watch = Watch(GIVEN, pause_s=0.02)
        async with Catalogue.connect(redis.url) as catalogue:
            await _opened(catalogue)
            beyond_ms = 1000 * actions.MARGIN_TICKS // 90_000 + 4000
            async with _served(tmp_path, watch, {0: redis.url, beyond_ms: redis.url}):
                deadline = time.monotonic() + 20
                for one in itertools.cycle(ASSETS):
                    if watch.disagreements:
                        break
                    assert time.monotonic() < deadline
                    clips = [ClipRecord(asset=one.id)]
                    await actions.edit_lineup(catalogue, "main", GIVEN[0], clips, repeats=True, clock=now_ms)
                    await asyncio.sleep(0.2)
        print(watch.disagreements[0])  # noqa: T201

    asyncio.run(story())


async def _opened(catalogue: Catalogue) -> None:
    await on_air(catalogue, *ASSETS[:3], epoch_ms=now_ms() - 60_000)
    await catalogue.index_asset(ASSETS[3])
    for lineup in GIVEN:
        clips = [ClipRecord(asset=one.id) for one in ASSETS[:3]]
        await actions.give_lineup(catalogue, "main", lineup, clips, repeats=True, clock=lambda: 0)


@asynccontextmanager
async def _served(folder: Path, watch: Watch, redis_urls: dict[int, str]) -> AsyncIterator[list[str]]:
    """The origins of servers whose clocks are so far ahead, on these Redis, while `watch` reads from them."""
    machines = [Machine(folder / str(ahead_ms), free_port(), ahead_ms) for ahead_ms in redis_urls]
    async with AsyncExitStack() as on:
        for machine, url in zip(machines, redis_urls.values(), strict=True):
            machine.data.mkdir()
            running = machine.running("serve", STREAMSYNC_REDIS_URL=url)
            # In a thread, as a proxy of ours is to answer meanwhile.
            await asyncio.to_thread(running.__enter__)
            on.push_async_callback(asyncio.to_thread, running.__exit__, None, None, None)
        origins = [machine.origin for machine in machines]
        for machine in machines:
            asked_ms = now_ms()
            told_ms = (await asyncio.to_thread(fetch, f"{machine.origin}/time")).json()["now_ms"]
            assert asked_ms <= told_ms - machine.ahead_ms <= now_ms()
        readers = [asyncio.create_task(asyncio.to_thread(watch.run, origin)) for origin in origins]
        try:
            yield origins
        finally:
            watch.enough.set()
            await asyncio.gather(*readers)


async def _hang(redis: Server) -> None:
    """Redis hangs now and then: what was on its way comes late, and servers are left with what they know."""
    for pause_s in (1.2, 2.5):
        await asyncio.sleep(4)
        redis.pause()
        await asyncio.sleep(pause_s)
        redis.resume()


class Admin:
    """One who edits the same things as another does, by a clock of their own."""

    def __init__(self, redis_url: str, seed: int, ahead_ms: int) -> None:
        self.told: Counter[str] = Counter()
        self._redis_url = redis_url
        self._dice = random.Random(seed)
        self._ahead_ms = ahead_ms

    async def edits(self) -> None:
        """For STORM_S."""
        deadline = time.monotonic() + STORM_S
        async with Catalogue.connect(self._redis_url) as catalogue:
            while time.monotonic() < deadline:
                await self._told("stored", self._edit(catalogue))
                if self._dice.random() < 0.01 and await self._told("stopped", self._stop(catalogue)):
                    await self._told("started anew", lambda: actions.start_channel(catalogue, "main", self._clock()))
                await asyncio.sleep(self._dice.uniform(0, 0.08))

    def _edit(self, catalogue: Catalogue) -> Callable[[], Awaitable[object]]:
        some = self._dice.sample([one.id for one in ASSETS], self._dice.randint(1, 3))
        pool = list(dict.fromkeys((*some, NEW)))
        if self._dice.random() < 0.3:
            return lambda: actions.set_pool(catalogue, "main", pool, self._clock)
        lineup, clips = self._dice.choice(GIVEN), [ClipRecord(asset=one) for one in pool]
        return lambda: actions.edit_lineup(catalogue, "main", lineup, clips, repeats=True, clock=self._clock)

    def _stop(self, catalogue: Catalogue) -> Callable[[], Awaitable[object]]:
        return lambda: actions.stop_channel(catalogue, "main", self._clock)

    async def _told(self, done: str, edit: Callable[[], Awaitable[object]]) -> bool:
        try:
            await edit()
        except (Conflict, NotOnAir, Unavailable) as error:
            self.told[type(error).__name__.lower()] += 1
            return False
        self.told[done] += 1
        return True

    def _clock(self) -> int:
        return now_ms() + self._ahead_ms
