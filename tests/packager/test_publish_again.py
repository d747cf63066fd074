"""An asset that was deleted, packaged again: from files that stand for segments."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from packager.publish import Files, publish, published
from storage.asset_states import mark, state_of
from storage.completeness import missing
from storage.errors import Conflict, Unavailable
from storage.folder_objects import FolderObjects
from storage.keys import init_key, record_key, segment_key
from tests.stage import asset

FILM = asset(1)


@pytest.fixture
def objects(tmp_path: Path) -> FolderObjects:
    return FolderObjects(tmp_path / "objects")


@pytest.fixture
def files(tmp_path: Path) -> Files:
    (tmp_path / "segment").write_bytes(b"media")
    return [(key, tmp_path / "segment") for key in media_keys()]


def media_keys() -> Iterator[str]:
    for one in FILM.renditions:
        if one.format == "cmaf":
            yield init_key(FILM.id, one.format, one.rung)
        for number in range(FILM.segments):
            yield segment_key(FILM.id, one.format, one.rung, number)


def test_a_deleted_asset_is_not_a_published_one_and_a_retired_is(objects: FolderObjects, files: Files) -> None:
    publish(FILM, files, objects, lambda done: None)
    mark(objects, FILM.id, "retired", 0)
    assert published(objects, FILM.id) == FILM
    mark(objects, FILM.id, "deleted", 0)
    assert published(objects, FILM.id) is None


@pytest.mark.parametrize("record_is_left", [True, False])
def test_packaging_it_again_makes_it_live_again(objects: FolderObjects, files: Files, record_is_left: bool) -> None:
    if record_is_left:
        objects.put(record_key(FILM.id), FILM.stored().encode())
    mark(objects, FILM.id, "deleted", 0)
    again = FILM.model_copy(update={"title": "Again"})
    assert publish(again, files, objects, lambda done: None) == again
    assert state_of(objects, FILM.id) is None
    assert published(objects, FILM.id) == again


def test_a_deletion_in_the_midst_of_it_is_noticed(objects: FolderObjects, files: Files) -> None:
    def deleted(done: float) -> None:
        mark(objects, FILM.id, "deleted", 0)
        objects.delete(segment_key(FILM.id, "ts", "480p", 1))

    objects.put(record_key(FILM.id), FILM.stored().encode())
    mark(objects, FILM.id, "deleted", 0)
    with pytest.raises(Unavailable, match="was deleted while it was being packaged"):
        publish(FILM, files, objects, deleted)
    assert published(objects, FILM.id) is None
    publish(FILM, files, objects, lambda done: None)
    assert published(objects, FILM.id) == FILM


def test_other_cuts_cannot_take_the_place_of_those_that_aired(objects: FolderObjects, files: Files) -> None:
    before = FILM.model_copy(update={"ticks": (0, 300_000, 700_000, 1_080_000)})
    objects.put(record_key(FILM.id), before.stored().encode())
    mark(objects, FILM.id, "deleted", 0)
    with pytest.raises(Conflict, match="cut otherwise"):
        publish(FILM, files, objects, lambda done: None)


def test_what_is_missing_is_counted_and_strangers_are_not() -> None:
    there = list(media_keys())
    assert missing(FILM, there) == 0
    assert missing(FILM, there[3:]) == 3
    strangers = (
        "ts/480p/init.mp4",
        "ts/480p/3.ts",
        "ts/480p/0.m4s",
        "ts/480p/00.ts",
        "cmaf/720p/0.m4s",
        "poster.jpg",
    )
    assert missing(FILM, [*there[1:], *(f"assets/{FILM.id}/{name}" for name in strangers)]) == 1
