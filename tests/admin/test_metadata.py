"""What is said of assets: changed by one at a time, kept in the catalogue and beside the records."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from manifest_server.admin.metadata import describe
from storage.asset_index import Reindexing, forget, reindex
from storage.catalogue import Catalogue
from storage.errors import BadInput, Conflict, NotFound, Unavailable
from storage.folder_objects import FolderObjects
from storage.keys import metadata_key, record_key
from storage.metadata import AssetMetadata
from storage.metadata_copies import stored_metadata
from tests.stage import asset
from tests.storage.backups import backup, flush, restored
from tests.storage.catalogues import told

A, B = asset(1), asset(2)
Told = TypeVar("Told")


@pytest.fixture
def objects(tmp_path: Path) -> FolderObjects:
    made = FolderObjects(tmp_path)
    for film in (A, B):
        made.put(record_key(film.id), film.stored().encode())
    return made


@pytest.fixture
def tell(redis_url: str) -> Callable[[Callable[[Catalogue], Awaitable[Told]]], Told]:
    async def ready(catalogue: Catalogue) -> None:
        await catalogue.index_asset(A)
        await catalogue.index_asset(B)

    told(redis_url, ready)
    return lambda story: told(redis_url, story)


Tell = Callable[[Callable[[Catalogue], Awaitable[object]]], object]


def test_what_is_said_stays_until_it_is_taken_back(tell: Tell, objects: FolderObjects) -> None:
    async def story(catalogue: Catalogue) -> None:
        assert await catalogue.metadata.of(A.id) == AssetMetadata(asset=A.id)
        await describe(catalogue, objects, A.id, {"title": "The Film", "tags": ["Kids"], "rating": 6})
        await describe(catalogue, objects, A.id, {"rating": None, "language": "PT-br", "more": {"Series": "One"}})
        said = await catalogue.metadata.of(A.id)
        assert said == AssetMetadata(
            asset=A.id, version=2, title="The Film", tags=("kids",), language="pt-BR", more={"series": "One"}
        )
        assert stored_metadata(objects, A.id) == said
        assert await catalogue.metadata.of_all([A.id, B.id]) == {A.id: said}
        assert [one async for one in catalogue.metadata.everything()] == [said]

    tell(story)


def test_the_same_again_is_no_new_version_but_mends_the_copy(tell: Tell, objects: FolderObjects) -> None:
    async def story(catalogue: Catalogue) -> None:
        await describe(catalogue, objects, A.id, {"tags": ["a", "b"]}, 0)
        objects.delete(metadata_key(A.id))  # as if it had been cut short
        assert (await describe(catalogue, objects, A.id, {"tags": ["B", "A"]}, 0)).version == 1
        assert stored_metadata(objects, A.id) == await catalogue.metadata.of(A.id)

    tell(story)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"colour": "red"}, "'colour' is nothing that can be said of an asset"),
        ({"version": 7}, "'version' is nothing"),
        ({"asset": B.id}, "'asset' is nothing"),
        ({"rating": 99}, "rating: Input should be less than or equal to 21"),
        ({"language": "german"}, "language: it is a language of BCP 47"),
        ({"rights_from_ms": 9, "rights_until_ms": 9}, "rights: the rights end before they begin"),
    ],
)
def test_what_makes_no_sense_changes_nothing(
    tell: Tell, objects: FolderObjects, changes: dict[str, object], says: str
) -> None:
    async def story(catalogue: Catalogue) -> None:
        before = await describe(catalogue, objects, A.id, {"title": "The Film"})
        with pytest.raises(BadInput, match=says):
            await describe(catalogue, objects, A.id, {"description": "new", **changes})
        assert await catalogue.metadata.of(A.id) == before

    tell(story)


def test_nothing_is_said_of_an_asset_that_is_not_there(tell: Tell, objects: FolderObjects) -> None:
    async def story(catalogue: Catalogue) -> None:
        with pytest.raises(NotFound, match="no asset"):
            await describe(catalogue, objects, "f" * 32, {"title": "x"})
        with pytest.raises(BadInput, match="an asset id is"):
            await describe(catalogue, objects, "../x", {"title": "x"})

    tell(story)


def test_a_change_for_an_older_version_is_refused(tell: Tell, objects: FolderObjects) -> None:
    async def story(catalogue: Catalogue) -> None:
        await describe(catalogue, objects, A.id, {"title": "One"}, 0)
        with pytest.raises(Conflict, match="is at version 1, not 0"):
            await describe(catalogue, objects, A.id, {"title": "Two"}, 0)
        assert (await catalogue.metadata.of(A.id)).title == "One"

    tell(story)


def test_of_many_at_once_each_is_done_or_refused_and_the_copy_is_the_last(tell: Tell, objects: FolderObjects) -> None:
    async def story(catalogue: Catalogue) -> None:
        numbers = range(12)
        results = await asyncio.gather(
            *(describe(catalogue, objects, A.id, {"more": {f"n{n}": "x"}}) for n in numbers), return_exceptions=True
        )
        refused = [one for one in results if isinstance(one, Conflict)]
        assert len(refused) + sum(isinstance(one, AssetMetadata) for one in results) == len(numbers)
        last = await catalogue.metadata.of(A.id)
        assert last.version == len(numbers) - len(refused) > 0
        assert stored_metadata(objects, A.id) == last

    tell(story)


def test_it_survives_the_loss_of_redis_and_goes_with_the_asset(
    tell: Tell, objects: FolderObjects, redis_url: str
) -> None:
    async def none(assets: set[str]) -> set[str]:
        return set()

    async def rebuilt(catalogue: Catalogue) -> Reindexing:
        return await reindex(catalogue, objects, none, write=True, watcher=lambda done: None)

    tell(lambda catalogue: describe(catalogue, objects, A.id, {"title": "One"}))
    tell(lambda catalogue: describe(catalogue, objects, B.id, {"title": "Two"}))
    whole = backup(redis_url)
    flush(redis_url)
    assert tell(rebuilt) == Reindexing(added=2, said=2)
    assert tell(rebuilt) == Reindexing(same=2)
    flush(redis_url)
    assert restored(redis_url, whole) == 2
    assert tell(lambda catalogue: catalogue.metadata.of(B.id)) == AssetMetadata(asset=B.id, version=1, title="Two")
    objects.put(metadata_key(A.id), b"{")
    with pytest.raises(Unavailable, match="does not hold what is said"):
        stored_metadata(objects, A.id)

    async def gone(catalogue: Catalogue) -> None:
        objects.delete(record_key(B.id))
        await forget(catalogue, objects, B.id)
        assert (await catalogue.metadata.of(B.id)).version == 0
        assert not objects.exists(metadata_key(B.id))

    tell(gone)
