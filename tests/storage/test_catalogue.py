"""The catalogue on every kind of Redis: what it keeps and what it refuses."""

import asyncio
from collections.abc import Iterator

import pytest
from redis.crc import key_slot

from storage import keys
from storage.catalogue import Catalogue
from storage.errors import BadInput, Conflict, NotFound
from storage.records import AssetRecord, ChannelRecord, LineupRecord, ViewerRecord
from storage.redis_clients import synchronous
from tests.redis_servers import cluster, cluster_url, server, watched
from tests.storage.catalogues import ASSET, LINEUP, MAIN, PART, told

KINDS = ["valkey", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("redis", "sentinel", "cluster"))]


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with server(tmp_path_factory.mktemp("redis")) as one:
        yield one.url


@pytest.fixture(scope="module")
def sentinel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with watched(tmp_path_factory.mktemp("sentinel"), replicas=1, sentinels=1) as some:
        yield some.url


@pytest.fixture(scope="module", name="cluster")
def three_nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with cluster(tmp_path_factory.mktemp("cluster")) as nodes:
        yield cluster_url(nodes[:1])


@pytest.fixture(params=KINDS)
def redis_url(request: pytest.FixtureRequest, valkey_of_the_session: str) -> str:
    url: str = valkey_of_the_session if request.param == "valkey" else request.getfixturevalue(request.param)
    client = synchronous(url)
    client.flushall()
    client.close()
    return url


# Assets ---------------------------------------------------------------------


def test_an_indexed_asset_comes_back_equal(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> AssetRecord:
        await catalogue.index_asset(ASSET)
        return await catalogue.asset(ASSET.id)

    assert told(redis_url, story) == ASSET


def test_an_asset_that_is_not_indexed_is_not_found(redis_url: str) -> None:
    with pytest.raises(NotFound, match="no asset 'nope'"):
        told(redis_url, lambda catalogue: catalogue.asset("nope"))


def test_indexing_again_replaces_the_record(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> list[AssetRecord]:
        await catalogue.index_asset(ASSET)
        await catalogue.index_asset(ASSET.model_copy(update={"title": "Another"}))
        return await catalogue.assets()

    assert [asset.title for asset in told(redis_url, story)] == ["Another"]


def test_assets_are_in_the_order_they_were_packaged_then_by_id(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> tuple[list[AssetRecord], list[str]]:
        for digit, day in [("c", 2), ("a", 2), ("b", 1), ("d", 3)]:
            record = ASSET.model_copy(update={"id": digit * 32, "packaged_at": f"2026-01-0{day}T00:00:00Z"})
            await catalogue.index_asset(record)
        return await catalogue.assets(), await catalogue.asset_ids()

    assets, ids = told(redis_url, story)
    assert [asset.id[0] for asset in assets] == ["b", "a", "c", "d"]
    assert [asset[0] for asset in ids] == ["a", "b", "c", "d"]


def test_more_assets_than_one_batch_are_all_listed_once(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> list[AssetRecord]:
        records = [ASSET.model_copy(update={"id": f"{number:032x}"}) for number in range(450)]
        await asyncio.gather(*map(catalogue.index_asset, records))  # more tasks than connections, too
        return await catalogue.assets()

    assert [int(asset.id, 16) for asset in told(redis_url, story)] == list(range(450))


def test_of_assets_that_are_asked_for_those_that_there_are_come_back(redis_url: str) -> None:
    records = [ASSET.model_copy(update={"id": f"{number:032x}"}) for number in range(250)]
    ids = [record.id for record in records]

    async def story(catalogue: Catalogue) -> dict[str, AssetRecord]:
        await asyncio.gather(*map(catalogue.index_asset, records))
        await catalogue.unindex_asset(ids[7])
        return await catalogue.assets_of([*ids, ids[0], "f" * 32])

    found = told(redis_url, story)
    assert list(found.values()) == [record for record in records if record.id != ids[7]]


def test_an_asset_has_a_state_until_it_is_taken_back_or_the_asset_forgotten(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> list[dict[str, str]]:
        told = []
        for asset, state in [("a" * 32, "retired"), ("b" * 32, "deleted"), ("a" * 32, "")]:
            await catalogue.put_asset_state(asset, state)
            told.append(await catalogue.asset_states())
        await catalogue.unindex_asset("b" * 32)
        return [*told, await catalogue.asset_states()]

    retired, deleted = {"a" * 32: "retired"}, {"b" * 32: "deleted"}
    assert told(redis_url, story) == [retired, retired | deleted, deleted, {}]


def test_an_empty_catalogue_lists_nothing(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> tuple[object, ...]:
        return await catalogue.assets(), await catalogue.asset_ids(), await catalogue.channels()

    assert told(redis_url, story) == ([], [], [])


# Channels -------------------------------------------------------------------


def test_a_created_channel_comes_back_equal_and_is_listed_by_name(redis_url: str) -> None:
    first = MAIN.model_copy(update={"name": "a.first"})

    async def story(catalogue: Catalogue) -> tuple[ChannelRecord, list[ChannelRecord]]:
        await catalogue.create_channel(MAIN)
        await catalogue.create_channel(first)
        return await catalogue.channel("main"), await catalogue.channels()

    assert told(redis_url, story) == (MAIN, [first, MAIN])


def test_a_channel_that_was_never_created_is_not_found(redis_url: str) -> None:
    with pytest.raises(NotFound, match="no channel 'main'"):
        told(redis_url, lambda catalogue: catalogue.channel("main"))
    with pytest.raises(NotFound, match="no channel 'main'"):
        told(redis_url, lambda catalogue: catalogue.replace_channel(MAIN))


def test_a_channel_is_created_once(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> ChannelRecord:
        await catalogue.create_channel(MAIN)
        with pytest.raises(Conflict, match="channel 'main' exists already"):
            await catalogue.create_channel(MAIN.model_copy(update={"msn": 9}))
        with pytest.raises(Conflict):
            await catalogue.create_channel(MAIN)
        return await catalogue.channel("main")

    assert told(redis_url, story) == MAIN


def test_only_the_next_version_replaces_a_channel(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> ChannelRecord:
        await catalogue.create_channel(MAIN)
        await catalogue.replace_channel(MAIN.model_copy(update={"version": 2, "msn": 2}))
        for version in (1, 2, 4):
            with pytest.raises(Conflict, match=f"channel 'main' is at version 2: version {version} cannot follow it"):
                await catalogue.replace_channel(MAIN.model_copy(update={"version": version, "msn": 5}))
        return await catalogue.channel("main")

    assert told(redis_url, story) == MAIN.model_copy(update={"version": 2, "msn": 2})


def test_the_same_replacement_twice_is_a_success(redis_url: str) -> None:
    second = MAIN.model_copy(update={"version": 2, "stop_tick": 90_000})

    async def story(catalogue: Catalogue) -> ChannelRecord:
        await catalogue.create_channel(MAIN)
        await catalogue.replace_channel(second)
        await catalogue.replace_channel(second)
        return await catalogue.channel("main")

    assert told(redis_url, story) == second


def test_of_racing_replacements_exactly_one_wins(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> tuple[list[object], ChannelRecord]:
        await catalogue.create_channel(MAIN)
        rivals = [MAIN.model_copy(update={"version": 2, "msn": number}) for number in range(30)]
        outcomes = await asyncio.gather(*map(catalogue.replace_channel, rivals), return_exceptions=True)
        return list(outcomes), await catalogue.channel("main")

    outcomes, stored = told(redis_url, story)
    assert [number for number, outcome in enumerate(outcomes) if outcome is None] == [stored.msn]
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 29


# Viewers and lineups --------------------------------------------------------


def test_a_viewer_belongs_to_one_channel_and_can_be_put_again(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> list[ViewerRecord | None]:
        await catalogue.put_viewer("main", ViewerRecord(name="ann"))
        await catalogue.put_viewer("main", ViewerRecord(name="ann", lineup="kids"))
        return [await catalogue.viewer(*who) for who in [("main", "ann"), ("main", "bob"), ("other", "ann")]]

    assert told(redis_url, story) == [ViewerRecord(name="ann", lineup="kids"), None, None]


def test_a_lineup_is_created_once_and_replaced_by_its_next_version_only(redis_url: str) -> None:
    second = LINEUP.model_copy(update={"version": 2, "parts": (PART, PART.model_copy(update={"start": 90_000}))})

    async def story(catalogue: Catalogue) -> LineupRecord:
        await catalogue.create_lineup("main", LINEUP)
        with pytest.raises(Conflict, match="lineup 'kids' of channel 'main' exists already"):
            await catalogue.create_lineup("main", second)
        assert await catalogue.lineup("main", "kids") == LINEUP
        await catalogue.replace_lineup("main", second)
        await catalogue.replace_lineup("main", second)
        with pytest.raises(Conflict, match="lineup 'kids' of channel 'main' is at version 2: version 2 cannot"):
            await catalogue.replace_lineup("main", LINEUP.model_copy(update={"version": 2}))
        return await catalogue.lineup("main", "kids")

    assert told(redis_url, story) == second


def test_a_lineup_that_was_never_created_is_not_found(redis_url: str) -> None:
    with pytest.raises(NotFound, match="no lineup 'kids' of channel 'main'"):
        told(redis_url, lambda catalogue: catalogue.lineup("main", "kids"))
    with pytest.raises(NotFound, match="no lineup 'kids' of channel 'main'"):
        told(redis_url, lambda catalogue: catalogue.replace_lineup("main", LINEUP))


@pytest.mark.parametrize("name", ["", "a b", "x}:channel", "-a", "é", "a" * 65])
def test_no_name_that_could_be_another_key_is_written(redis_url: str, name: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        with pytest.raises(BadInput, match="channel"):
            await catalogue.create_channel(MAIN.model_copy(update={"name": name}))
        with pytest.raises(BadInput, match="channel"):
            await catalogue.put_viewer(name, ViewerRecord(name="ann"))
        with pytest.raises(BadInput, match="viewer"):
            await catalogue.put_viewer("main", ViewerRecord(name=name))
        with pytest.raises(BadInput, match="lineup"):
            await catalogue.create_lineup("main", LINEUP.model_copy(update={"id": name}))
        with pytest.raises(BadInput, match="asset"):
            await catalogue.index_asset(ASSET.model_copy(update={"id": name}))

    told(redis_url, story)
    client = synchronous(redis_url)
    assert client.dbsize() == 0
    client.close()


def test_all_of_a_channel_is_in_one_cluster_slot() -> None:
    of_channel = (keys.channel_key, keys.viewers_key, keys.lineups_key, keys.changes_key)
    of_assets = (keys.ASSET_INDEX, keys.ASSET_STATES, keys.changes_key(keys.ALL_ASSETS))
    assert len({key_slot(key("main").encode()) for key in of_channel}) == 1
    assert len({key_slot(key.encode()) for key in of_assets}) == 1


@pytest.mark.parametrize("name", ["assets", "channels", "jobs", "index", "x}:index"])
def test_no_channel_has_a_key_of_something_else(name: str) -> None:
    others = {
        keys.ASSET_INDEX,
        keys.ASSET_STATES,
        keys.CHANNEL_INDEX,
        keys.CHANGES,
        keys.changes_key(keys.ALL_ASSETS),
    }
    others |= {keys.JOB_INDEX, keys.PENDING, keys.LEASES, keys.TICKETS}
    of_channel = (keys.channel_key, keys.viewers_key, keys.lineups_key, keys.changes_key)
    assert not others & {key(name) for key in of_channel}
