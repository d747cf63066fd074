"""Pools that follow a query: what is said of assets, and their rights, decide what airs, beyond the horizon."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from redis import Redis

from manifest_server.admin import actions, removal
from manifest_server.admin.metadata import describe
from manifest_server.admin.pools import AHEAD_MS, follow_query, selected, set_query
from manifest_server.admin.preview import preview
from manifest_server.admin.programmer import Programmer
from manifest_server.onair.channels import Channels
from storage.catalogue import Catalogue
from storage.errors import Conflict, NotFound
from storage.folder_objects import FolderObjects
from storage.keys import PROGRAMMED, record_key
from storage.metadata import PoolQuery
from storage.records import ChannelRecord
from tests.stage import EPOCH_MS, asset, on_air
from tests.storage.catalogues import told

A, B, C = asset(1), asset(2), asset(3)  # 12 s each
KIDS = PoolQuery(tags=("kids",))
HORIZON_MS = 25_000
NOW_MS = EPOCH_MS + 100_000

Story = Callable[[Catalogue], Awaitable[object]]
Tell = Callable[[Story], object]


def now() -> int:
    return NOW_MS


def pools(channel: ChannelRecord) -> list[tuple[int, tuple[str, ...]]]:
    """Milliseconds since the epoch, and assets, of each revision."""
    return [(revision.tick // 90, revision.assets) for revision in channel.revisions]


@pytest.fixture
def objects(tmp_path: Path) -> FolderObjects:
    return FolderObjects(tmp_path)


@pytest.fixture
def tell(redis_url: str, objects: FolderObjects) -> Tell:
    """Tell a story of the channel main, whose pool is A, with A and B for kids, and C that nothing is said of."""

    async def ready(catalogue: Catalogue) -> None:
        await on_air(catalogue, A)
        for film in (A, B, C):
            await catalogue.index_asset(film)
            objects.put(record_key(film.id), film.stored().encode())
        for film in (A, B):
            await describe(catalogue, objects, film.id, {"tags": ["kids"]})

    told(redis_url, ready)
    return lambda story: told(redis_url, story)


def test_a_pool_follows_what_is_said_beyond_the_horizon(tell: Tell, objects: FolderObjects) -> None:
    async def story(catalogue: Catalogue) -> None:
        before = await preview(Channels(catalogue), "main", "alice", NOW_MS, 3)
        done = await set_query(catalogue, "main", KIDS, now)
        assert pools(done.channel) == [(0, (A.id,)), (100_000 + HORIZON_MS, (A.id, B.id))]
        assert (await preview(Channels(catalogue), "main", "alice", NOW_MS, 3)).airings == before.airings
        await describe(catalogue, objects, C.id, {"tags": ["kids"]})
        await describe(catalogue, objects, A.id, {"tags": []})
        after = await follow_query(catalogue, "main", lambda: NOW_MS + 1000)
        assert after is not None
        assert after.changed
        # The one before had not been seen yet? It had: its horizon lies a second before.
        assert pools(after.channel)[2:] == [(101_000 + HORIZON_MS, (B.id, C.id))]
        again = await follow_query(catalogue, "main", lambda: NOW_MS + 2000)
        assert again is not None
        assert not again.changed

    tell(story)


def test_rights_are_planned_so_that_nothing_plays_beyond_them(tell: Tell, objects: FolderObjects) -> None:
    async def story(catalogue: Catalogue) -> None:
        ends_ms, begins_ms = NOW_MS + 600_000, NOW_MS + 300_000
        await describe(catalogue, objects, A.id, {"rights_until_ms": ends_ms})
        await describe(catalogue, objects, C.id, {"rights_from_ms": begins_ms, "tags": ["kids"]})
        done = await set_query(catalogue, "main", KIDS, now)
        assert pools(done.channel)[1:] == [
            (100_000 + HORIZON_MS, (A.id, B.id)),
            (400_000, (A.id, B.id, C.id)),
            (700_000 - 12_000, (B.id, C.id)),
        ]
        for viewer in "alice", "bob", "carol":
            seen = await preview(Channels(catalogue), "main", viewer, NOW_MS, 100)
            assert max(one.ends for one in seen.airings if one.asset == A.id) <= "2026-01-01T00:11:40.000Z"
            assert min(one.starts for one in seen.airings if one.asset == C.id) >= "2026-01-01T00:06:40.000Z"
        # As time goes on the plan stays what it is.
        for later_ms in 1000, 290_000, 599_000, 3_600_000:
            again = await follow_query(catalogue, "main", lambda later_ms=later_ms: NOW_MS + later_ms)  # type: ignore[misc]
            assert again is not None
            assert not again.changed

    tell(story)


def test_a_query_that_leaves_nothing_is_refused_with_the_reason(tell: Tell, objects: FolderObjects) -> None:
    async def story(catalogue: Catalogue) -> None:
        before = await catalogue.channel("main")
        with pytest.raises(Conflict, match="of 3 assets it would leave 2 by tags, 0 by most rating"):
            await set_query(catalogue, "main", PoolQuery(tags=("kids",), most_rating=6), now)
        for film in (A, B):
            await describe(catalogue, objects, film.id, {"rights_until_ms": NOW_MS + AHEAD_MS})
        with pytest.raises(Conflict, match=r"from 2026-01-02T00:01:28\.000Z on its pool would be empty"):
            await set_query(catalogue, "main", KIDS, now)
        with pytest.raises(NotFound, match="no channel 'other'"):
            await set_query(catalogue, "other", KIDS, now)
        assert await catalogue.channel("main") == before

    tell(story)


def test_a_channel_is_never_without_a_pool(tell: Tell, objects: FolderObjects) -> None:
    async def story(catalogue: Catalogue) -> None:
        await set_query(catalogue, "main", KIDS, now)
        for film in (A, B):
            await describe(catalogue, objects, film.id, {"tags": []})
        done = await follow_query(catalogue, "main", lambda: NOW_MS + 60_000)
        assert done is not None
        assert done.empty_ms == NOW_MS + 60_000 + HORIZON_MS
        assert done.channel.revisions[-1].assets == (A.id, B.id)

    tell(story)


def test_before_it_begins_and_when_it_has_ended_the_pool_is_that_of_now(tell: Tell, objects: FolderObjects) -> None:
    async def story(catalogue: Catalogue) -> None:
        await actions.create_channel(catalogue, "new", [C.id])
        assert pools((await set_query(catalogue, "new", KIDS, now)).channel) == [(0, (A.id, B.id))]
        await describe(catalogue, objects, B.id, {"tags": []})
        assert (await follow_query(catalogue, "new", now)).channel.revisions[-1].assets == (A.id,)  # type: ignore[union-attr]
        await actions.start_channel(catalogue, "new", NOW_MS + 3_600_000)
        await describe(catalogue, objects, B.id, {"tags": ["kids"], "rights_from_ms": NOW_MS + 7_200_000})
        planned = (await follow_query(catalogue, "new", now)).channel  # type: ignore[union-attr]
        assert pools(planned) == [(0, (A.id,)), (3_600_000, (A.id, B.id))]
        # Stopped, what was planned is no history.
        await actions.stop_channel(catalogue, "new", lambda: NOW_MS + 3_660_000)
        stopped = (await follow_query(catalogue, "new", lambda: NOW_MS + 3_700_000)).channel  # type: ignore[union-attr]
        assert pools(stopped) == [(0, (A.id,))]
        later = (await follow_query(catalogue, "new", lambda: NOW_MS + 7_300_000)).channel  # type: ignore[union-attr]
        assert later.revisions[-1].assets == (A.id, B.id)
        again = await actions.start_channel(catalogue, "new", NOW_MS + 7_400_000)
        assert pools(again) == [(0, (A.id, B.id))]

    tell(story)


def test_a_pool_named_by_hand_follows_no_query_any_more(tell: Tell, objects: FolderObjects) -> None:
    async def story(catalogue: Catalogue) -> None:
        await describe(catalogue, objects, A.id, {"rights_until_ms": NOW_MS + 600_000})
        await set_query(catalogue, "main", KIDS, now)
        channel = await actions.set_pool(catalogue, "main", [C.id], lambda: NOW_MS + 60_000)
        assert pools(channel)[2:] == [(160_000 + HORIZON_MS, (C.id,))]
        assert channel.query is None
        assert await follow_query(catalogue, "main", now) is None

    tell(story)


def test_a_retired_asset_leaves_the_pool_and_the_query_stays(tell: Tell, objects: FolderObjects) -> None:
    async def story(catalogue: Catalogue) -> None:
        await set_query(catalogue, "main", KIDS, now)
        done = await removal.retire(catalogue, objects, [A.id], lambda: NOW_MS + 60_000)
        assert done.channels == ("main",)
        channel = await catalogue.channel("main")
        assert channel.query == KIDS
        assert channel.revisions[-1].assets == (B.id,)
        assert await selected(catalogue, KIDS, NOW_MS) == (B.id,)

    tell(story)


def test_servers_follow_in_turns_and_by_themselves(tell: Tell, objects: FolderObjects, redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await set_query(catalogue, "main", KIDS, now)
        servers = [Programmer(catalogue, lambda: NOW_MS + 60_000) for _ in range(4)]
        await describe(catalogue, objects, C.id, {"tags": ["kids"]})
        await asyncio.gather(*(server.look() for server in servers))
        channel = await catalogue.channel("main")
        assert channel.revisions[-1].assets == (A.id, B.id, C.id)
        assert channel.version == 4  # made, started, given a query, followed once
        # Nothing has changed: nobody takes a turn.
        with Redis.from_url(redis_url) as redis:
            redis.delete(PROGRAMMED)
        await asyncio.gather(*(server.look() for server in servers))
        assert await catalogue.turn(60_000)

    tell(story)


def test_it_ends_even_if_a_cancellation_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    class Deaf(Catalogue):
        """As redis-py is while it connects."""

        async def last_change(self, source: str) -> str:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                await asyncio.sleep(60)
            return source

    async def story() -> None:
        monkeypatch.setattr("manifest_server.admin.programmer.LOOK_S", 0)
        async with Deaf.connect("redis://127.0.0.1:1") as deaf, asyncio.timeout(20), Programmer(deaf, now).running():
            await asyncio.sleep(0.05)

    asyncio.run(story())
