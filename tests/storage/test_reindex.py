from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from redis import Redis

from storage import keys
from storage.asset_index import Reindexing, reindex
from storage.asset_states import mark
from storage.catalogue import Catalogue
from storage.folder_objects import FolderObjects
from storage.keys import record_key, state_key
from tests.stage import asset
from tests.storage.catalogues import told

FILMS = [asset(number) for number in range(1, 151)]  # more than are read at once
A, B, C = FILMS[:3]


@pytest.fixture
def objects(tmp_path: Path) -> FolderObjects:
    made = FolderObjects(tmp_path)
    for film in FILMS:
        made.put(record_key(film.id), film.stored().encode())
    return made


async def none(assets: set[str]) -> set[str]:
    return set()


def reindexed(
    redis_url: str,
    objects: FolderObjects,
    referred: Callable[[set[str]], Awaitable[set[str]]] = none,
    *,
    write: bool = True,
) -> Reindexing:
    async def story(catalogue: Catalogue) -> Reindexing:
        return await reindex(catalogue, objects, referred, write=write, watcher=lambda done: None)

    return told(redis_url, story)


def test_an_index_that_was_lost_is_made_anew(redis_url: str, objects: FolderObjects) -> None:
    mark(objects, A.id, "deleted", 0)
    mark(objects, B.id, "retired", 0)
    would = reindexed(redis_url, objects, write=False)
    assert told(redis_url, lambda catalogue: catalogue.asset_ids()) == []
    assert reindexed(redis_url, objects) == would == Reindexing(added=150, states=2)
    assert told(redis_url, lambda catalogue: catalogue.assets_of([C.id])) == {C.id: C}
    assert told(redis_url, lambda catalogue: catalogue.asset_states()) == {A.id: "deleted", B.id: "retired"}
    assert reindexed(redis_url, objects) == Reindexing(same=150)


def test_what_differs_is_replaced_and_what_is_gone_is_removed(redis_url: str, objects: FolderObjects) -> None:
    reindexed(redis_url, objects)
    objects.put(record_key(A.id), A.model_copy(update={"title": "Another"}).stored().encode())
    objects.delete(record_key(B.id))
    objects.delete(record_key(C.id))

    async def story(catalogue: Catalogue) -> None:
        await catalogue.put_asset_state(A.id, "retired")  # without a mark
        await catalogue.put_asset_state(B.id, "deleted")

    async def needed(assets: set[str]) -> set[str]:
        assert assets == {B.id, C.id}
        return {C.id}

    told(redis_url, story)
    assert reindexed(redis_url, objects, needed) == Reindexing(
        same=147, replaced=1, removed=1, states=2, needed=[C.id]
    )
    assert told(redis_url, lambda catalogue: catalogue.assets_of([A.id, B.id, C.id])).keys() == {A.id, C.id}
    assert told(redis_url, lambda catalogue: catalogue.asset_states()) == {}


def test_what_is_damaged_is_named_and_stays_as_it_was(redis_url: str, objects: FolderObjects) -> None:
    reindexed(redis_url, objects)
    objects.put(record_key(A.id), b"{")
    objects.put(record_key(B.id), C.stored().encode())
    objects.put("records/notes.json", b"{}")
    objects.put(state_key(C.id), b"?")
    done = reindexed(redis_url, objects)
    assert done.same == 148
    assert [text.partition(": ")[0] for text in done.damaged] == [
        f"object 'records/{A.id}.json' does not hold the record of an asset",
        f"object 'records/{B.id}.json' holds the record of asset {C.id}",
        "object 'records/notes.json' is not called after an asset",
        f"object 'states/{C.id}.json' does not hold the state of an asset",
    ]
    assert len(told(redis_url, lambda catalogue: catalogue.asset_ids())) == 150


def test_a_damaged_entry_of_the_index_is_mended(redis_url: str, objects: FolderObjects) -> None:
    reindexed(redis_url, objects)
    with Redis.from_url(redis_url) as redis:
        redis.hset(keys.ASSET_INDEX, A.id, "{}")
    assert reindexed(redis_url, objects) == Reindexing(same=149, added=1)
    assert told(redis_url, lambda catalogue: catalogue.asset(A.id)) == A


def test_an_asset_packaged_meanwhile_stays(redis_url: str, objects: FolderObjects) -> None:
    class Late(FolderObjects):
        """Lists what there was before."""

        def exists(self, key: str) -> bool:
            return key == record_key("f" * 32) or super().exists(key)

    reindexed(redis_url, objects)
    late = A.model_copy(update={"id": "f" * 32})
    told(redis_url, lambda catalogue: catalogue.index_asset(late))
    assert reindexed(redis_url, Late(objects._root)).removed == 0
    assert told(redis_url, lambda catalogue: catalogue.asset(late.id)) == late
