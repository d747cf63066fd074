"""Steps of a packaging in chunks, killed or out of room: taken again, they give the same bytes and leave nothing."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from storage.folder_objects import FolderObjects
from storage.keys import RECORDS
from storage.settings import Settings
from tests.storage.test_collection import collected, collector, found

from .conftest import store_at
from .pretending import wait_until
from .sources import plain
from .stepping import IN_A_PROCESS, ON_A_SMALL_DISK, TASKS, do
from .trouble import children_at_work_in, lines, mounting, packaging

pytestmark = pytest.mark.slow

# At which of its reports, pictures, fetches, files, small objects or deletions a step is killed.
KILLS: dict[str, list[tuple[str, int]]] = {
    "analyse": [("hash", 2)],
    "video-0": [("picture", 40), ("publish", 2)],
    "video-1": [("mux", 1), ("file", 1)],
    "sound": [("loudness", 2), ("file", 2)],
    "ts-0": [("mux", 2)],
    "ts-1": [("fetch", 2), ("check", 1), ("file", 1)],
    # Four playlists come before the record, which is there when the first intermediate is deleted.
    "finish": [("fetch", 1), ("file", 1), ("put", 2), ("put", 4), ("delete", 1), ("delete", 3)],
}


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """A source, and what there is of it when nothing happens."""

    source: Path
    objects: dict[str, str]
    record: dict[str, Any]


def bytes_of(objects: FolderObjects) -> dict[str, str]:
    """Every object but the record, by the digest of its bytes."""
    return {
        key: hashlib.sha256(objects.read(key)).hexdigest()
        for key in objects.keys("")
        if not key.startswith(RECORDS)
    }  # fmt: skip


def record_of(objects: FolderObjects) -> dict[str, Any]:
    """The only record, without the times."""
    (key,) = objects.keys(RECORDS)
    record: dict[str, Any] = json.loads(objects.read(key))
    assert all(record.pop(name) for name in ("packaged_at", "encode_s", "speed"))
    return record


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    folder = tmp_path_factory.mktemp("steps")
    plain(folder / "film.mp4", seconds=8)
    store = store_at(folder / "data")
    for task in TASKS:
        do(task, folder / "film.mp4", folder / "parts", store.objects, store.settings)
    return Undisturbed(folder / "film.mp4", bytes_of(store.objects), record_of(store.objects))


def test_each_step_killed_and_taken_again_gives_the_same_bytes(undisturbed: Undisturbed, tmp_path: Path) -> None:
    store = store_at(tmp_path / "data")
    for task in TASKS:
        for stop in KILLS[task]:
            code = f"TASK, STOP = {task!r}, {stop!r}\n{IN_A_PROCESS}"
            with packaging(undisturbed.source, tmp_path / "data", code=code) as process:
                assert next(lines(process), None) == "waits", (task, stop)
                process.kill()
            wait_until(lambda: not children_at_work_in(tmp_path))
            # The record is the last that is made, and what is left then is on no list.
            assert bool(list(store.objects.keys(RECORDS))) == (stop[0] == "delete"), (task, stop)
        do(task, undisturbed.source, tmp_path / "parts", store.objects, store.settings)
    assert bytes_of(store.objects) == undisturbed.objects
    assert record_of(store.objects) == undisturbed.record
    assert store.leftovers() == []
    # Puts that were killed inside: as several go on at once, one or more of each "file". `streamsync gc` finds them.
    left = found(collector(store.objects, tmp_path))
    assert {kind for kind, _, _ in left} == {"unfinished"}
    assert len(left) >= sum(kind == "file" for stops in KILLS.values() for kind, _ in stops)
    assert collected(collector(store.objects, tmp_path)) == len(left)
    assert list(store.objects.unfinished()) == []
    assert bytes_of(store.objects) == undisturbed.objects


# A full disk -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("task", "stop"),
    [("video-1", ("picture", 10)), ("video-1", ("mux", 1)), ("sound", ("loudness", 1)), ("ts-1", ("mux", 1))],
)
def test_a_work_disk_that_fills_up_is_told_and_with_room_it_goes_on(
    task: str, stop: tuple[str, int], undisturbed: Undisturbed, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    objects, settings = FolderObjects(tmp_path / "objects"), Settings(data=tmp_path / "data")
    at = TASKS.index(task)
    for one in TASKS[:at]:
        do(one, undisturbed.source, tmp_path / "parts", objects, settings)
    error, *rest = said_without_room([task], stop, tmp_path / "data", undisturbed, tmp_path)
    assert error.startswith("error NoRoom ")
    assert rest == ["listed 0", "done"]
    for one in TASKS[at + 1 :]:
        do(one, undisturbed.source, tmp_path / "parts", objects, settings)
    assert bytes_of(objects) == undisturbed.objects
    assert record_of(objects) == undisturbed.record


def test_a_store_that_fills_up_is_told_and_with_room_it_goes_on(undisturbed: Undisturbed, tmp_path: Path) -> None:
    (tmp_path / "objects").mkdir()
    for task, stop in (("video-1", ("check", 1)), ("finish", ("put", 1))):
        tasks = list(TASKS[: TASKS.index(task) + 1])
        error, *rest = said_without_room(tasks, stop, tmp_path / "objects", undisturbed, tmp_path)
        assert error.startswith("error NoRoom no room for object ")
        assert rest == ["listed 0", "done"]
    kept = FolderObjects(tmp_path / "kept" / "finish")
    assert list(kept.unfinished()) == []
    assert bytes_of(kept) == undisturbed.objects
    assert record_of(kept) == undisturbed.record


def said_without_room(
    tasks: list[str], stop: tuple[str, int], full: Path, undisturbed: Undisturbed, tmp_path: Path
) -> list[str]:
    """What the last of `tasks` says when the disk at `full` fills up, and when it is taken again with room.

    What is in the store in the end is copied to `kept`/task, as the disk goes with the process.
    """
    code = f"TASKS, STOP, full = {tasks!r}, {stop!r}, Path({str(full)!r})\n{ON_A_SMALL_DISK}"
    objects = tmp_path / "objects"
    words = mounting(full, "12m")
    with packaging(undisturbed.source, tmp_path / "data", objects=objects, code=code, before=words) as process:
        return list(lines(process))
