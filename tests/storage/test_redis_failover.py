"""Fail-overs during an edit storm: what was acknowledged is there afterwards, writers are told in bounded time."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from redis.crc import key_slot

from storage import keys
from storage.catalogue import Catalogue
from storage.errors import Conflict, Unavailable
from storage.redis_clients import asynchronous
from storage.redis_link import ASK_S
from tests.redis_servers import SLOTS, Server, cluster, cluster_url, until, watched
from tests.storage.catalogues import LINEUP, MAIN, PART

pytestmark = pytest.mark.slow

WRITERS = 6
LINEUPS = ("a", "b", "c")
ENOUGH = 60  # edits before the master is killed, and as many after
STORM_S = 40.0


@dataclass
class Storm:
    """Writers that each add a part with a number of its own to one of a few lineups, again and again."""

    channel: str
    url: str
    replicas: int
    done: list[tuple[str, int]] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)
    longest_wait_s: float = 0.0
    last_done_s: float = 0.0
    longest_gap_s: float = 0.0
    over: bool = False
    moved: asyncio.Event = field(default_factory=asyncio.Event)

    async def rage(self, disaster: Callable[[], None]) -> dict[str, set[int]]:
        """The parts of each lineup after edits, a disaster, and as many edits again."""
        async with Catalogue.connect(self.url, self.replicas) as catalogue:
            for lineup in LINEUPS:
                await catalogue.create_lineup(self.channel, LINEUP.model_copy(update={"id": lineup}))
            self.last_done_s = time.monotonic()
            writers = [asyncio.create_task(self._write(catalogue, n)) for n in range(WRITERS)]
            async with asyncio.timeout(STORM_S):
                await self._until(ENOUGH)
                await asyncio.to_thread(disaster)
                await self._until(len(self.done) + ENOUGH)
            self.over = True
            await asyncio.gather(*writers)
            stored = [await catalogue.lineup(self.channel, lineup) for lineup in LINEUPS]
        return {record.id: {part.msn for part in record.parts} for record in stored}

    async def _until(self, count: int) -> None:
        while len(self.done) < count:
            self.moved.clear()
            await self.moved.wait()

    async def _write(self, catalogue: Catalogue, writer: int) -> None:
        edit = 0
        while not self.over:
            edit += 1
            await self._edited(catalogue, LINEUPS[edit % len(LINEUPS)], 1_000_000 * (writer + 1) + edit)

    async def _edited(self, catalogue: Catalogue, lineup: str, number: int) -> None:
        """Add a part, read and tried again while somebody else was faster. After Unavailable it is left as it is."""
        while True:
            began = time.monotonic()
            try:
                record = await catalogue.lineup(self.channel, lineup)
                parts = (*record.parts, PART.model_copy(update={"msn": number}))
                changed = record.model_copy(update={"version": record.version + 1, "parts": parts})
                await catalogue.replace_lineup(self.channel, changed)
            except Conflict:
                self._count("Conflict")
                continue
            except Unavailable:
                self._count("Unavailable")
                return
            finally:
                now = time.monotonic()
                self.longest_wait_s = max(self.longest_wait_s, now - began)
            self.longest_gap_s = max(self.longest_gap_s, now - self.last_done_s)
            self.last_done_s = now
            self.done.append((lineup, number))
            self.moved.set()
            return

    def _count(self, what: str) -> None:
        self.refused[what] = self.refused.get(what, 0) + 1


def _told(storm: Storm, disaster: Callable[[], None]) -> None:
    """Tell the storm, print what was lost, and hold it to its promises."""
    stored = asyncio.run(storm.rage(disaster))
    lost = [(lineup, number) for lineup, number in storm.done if number not in stored[lineup]]
    print(  # noqa: T201 - what was lost is to be seen
        f"\n{len(storm.done)} edits acknowledged, lost: {len(lost)}; refused: {storm.refused}; "
        f"longest gap {storm.longest_gap_s:.1f} s, longest wait of a writer {storm.longest_wait_s:.1f} s"
    )
    assert lost == []
    assert storm.refused.get("Unavailable")  # there was a disaster
    assert storm.longest_wait_s < 2 * ASK_S + 1  # to read and to write


def test_no_edit_is_lost_when_sentinel_fails_over(tmp_path: Path) -> None:
    with watched(tmp_path, replicas=1, sentinels=3) as some:
        old, new = some.servers

        def disaster() -> None:
            old.kill()
            until(lambda: some.master() is new and new.info("replication")["role"] == "master", "a new master")
            # Without a replica no write is acknowledged. Sentinel would make it one, too, but only after 8 s.
            old.start()
            old.ask("REPLICAOF", "127.0.0.1", new.port)

        _told(Storm("main", some.url, replicas=1), disaster)


def test_no_sentinel_is_forgotten_when_many_ask_at_once(tmp_path: Path) -> None:
    with watched(tmp_path, replicas=0, sentinels=3) as some:
        some.sentinels[0].kill()

        async def story() -> int:
            client: Any = asynchronous(some.url)
            async with client:
                await asyncio.gather(*(client.ping() for _ in range(16)))
                return len(set(client.connection_pool.sentinel_manager.sentinels))

        assert asyncio.run(story()) == 3


def test_no_edit_is_lost_when_a_cluster_fails_over(tmp_path: Path) -> None:
    with cluster(tmp_path, masters=3, replicas=1) as nodes:
        old, new = nodes[0], nodes[3]
        channel = next(name for name in map(str, range(100)) if _slot(name) < SLOTS // 3)

        def disaster() -> None:
            old.kill()
            until(lambda: new.info("replication")["role"] == "master", "a new master")
            old.start()

        _told(Storm(channel, cluster_url(nodes), replicas=1), disaster)


def test_the_other_channels_of_a_cluster_go_on_without_a_master(tmp_path: Path) -> None:
    with cluster(tmp_path, masters=3) as nodes:
        here = next(name for name in map(str, range(100)) if _slot(name) >= 2 * SLOTS // 3)
        gone = next(name for name in map(str, range(100)) if _slot(name) < SLOTS // 3)
        for node in nodes:
            node.ask("CONFIG", "SET", "cluster-require-full-coverage", "no")

        async def story() -> None:
            async with Catalogue.connect(cluster_url(nodes)) as catalogue:
                for channel in (here, gone):
                    await catalogue.create_lineup(channel, LINEUP)
                nodes[0].kill()
                with pytest.raises(Unavailable):
                    await catalogue.lineup(gone, LINEUP.id)
                await catalogue.ping()
                for _ in range(10):
                    assert await catalogue.lineup(here, LINEUP.id) == LINEUP
                nodes[0].start()
                until(lambda: _knows_all_slots(nodes[0]), "a node that is back")
                assert await catalogue.lineup(gone, LINEUP.id) == LINEUP

        asyncio.run(story())


def test_a_listener_is_told_of_a_fail_over_and_hears_again_from_the_new_master(tmp_path: Path) -> None:
    with watched(tmp_path, replicas=1, sentinels=1) as some:

        async def story() -> tuple[str, str]:
            async with Catalogue.connect(some.url) as catalogue:
                words = catalogue.listen()
                await _written_until(catalogue, first := asyncio.ensure_future(anext(words)))
                some.servers[0].kill()
                with pytest.raises(Unavailable):
                    await asyncio.wait_for(_heard_all(words), 10)
                await _written_until(catalogue, again := asyncio.create_task(_heard(catalogue)))
                return first.result(), again.result()

        assert asyncio.run(story()) == ("main", "main")


def test_a_slot_that_moves_takes_its_channel_along(tmp_path: Path) -> None:
    with cluster(tmp_path, masters=2) as (giver, taker):
        channel = next(name for name in map(str, range(100)) if _slot(name) < SLOTS // 2)
        slot = _slot(channel)
        from_id, to_id = _id(giver), _id(taker)

        def importing() -> None:
            taker.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", from_id)
            giver.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", to_id)
            tagged = (keys.channel_key, keys.lineups_key, keys.changes_key, keys.audit_key)
            for key in (of(channel) for of in tagged):
                giver.ask("MIGRATE", "127.0.0.1", taker.port, key, 0, 2000)

        async def story() -> None:
            async with Catalogue.connect(cluster_url([giver])) as catalogue:
                await catalogue.create_channel(MAIN.model_copy(update={"name": channel}))
                await catalogue.create_lineup(channel, LINEUP)
                # Several connections to each node, so that what is not sent together goes apart.
                await asyncio.gather(*(catalogue.lineup(channel, LINEUP.id) for _ in range(8)))
                await asyncio.to_thread(importing)
                await asyncio.gather(*(catalogue.lineup(channel, LINEUP.id) for _ in range(8)))
                await catalogue.replace_lineup(channel, LINEUP.model_copy(update={"version": 2}))
                for node in (taker, giver):
                    node.ask("CLUSTER", "SETSLOT", slot, "NODE", to_id)
                await catalogue.replace_lineup(channel, LINEUP.model_copy(update={"version": 3}))
                assert (await catalogue.lineup(channel, LINEUP.id)).version == 3
                assert len((await catalogue.changes(channel, "")).entries) == 4

        asyncio.run(story())


def _id(node: Server) -> str:
    answer = node.ask("CLUSTER", "MYID")
    assert isinstance(answer, bytes)
    return answer.decode()


def _slot(channel: str) -> int:
    return int(key_slot(keys.channel_key(channel).encode()))


def _knows_all_slots(node: Server) -> bool:
    answer = node.ask("CLUSTER", "INFO")
    return isinstance(answer, bytes) and b"cluster_state:ok" in answer


async def _heard(catalogue: Catalogue) -> str:
    """The next word, listened for again and again while there is no master."""
    while True:
        try:
            async with aclosing(catalogue.listen()) as words:  # type: ignore[type-var]
                return await anext(words)
        except Unavailable:
            await asyncio.sleep(0.1)


async def _heard_all(words: AsyncIterator[str]) -> None:
    async for _ in words:
        pass


async def _written_until(catalogue: Catalogue, heard: "asyncio.Future[str]") -> None:
    """Write until somebody has heard of it: before the subscription counts, nobody does."""
    async with asyncio.timeout(20):
        while not heard.done():
            with suppress(Unavailable):
                await catalogue.create_lineup("main", LINEUP.model_copy(update={"id": f"l{time.monotonic_ns()}"}))
            await asyncio.sleep(0.01)
