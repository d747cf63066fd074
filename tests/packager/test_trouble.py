"""Killed, crowded and out of room: nothing half done is ever listed, and trying again works."""

import os
import select
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from packager import jobs, workroom
from storage.errors import Conflict, NoRoom

from .conftest import Clip, Store, store_at
from .pretending import wait_until
from .trouble import children_at_work_in, go_on, lines, mounting, packaging

pytestmark = pytest.mark.slow

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="children die with their parent on Linux only")

# Says so once it is inside the STAGE, for the encode once ffmpeg itself has reported, and goes on when it is told to.
WAIT = """
waited = False

def wait(progress):
    global waited
    inside = {"encode": progress.speed is not None, "publish": progress.done > 0}.get(STAGE, True)
    if progress.stage == STAGE and inside and not waited:
        waited = True
        print("waits", flush=True)
        sys.stdin.readline()

run(wait)
"""


def ended(pid: int) -> None:
    """Wait until the process with this id is gone."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        assert select.select([descriptor], [], [], 10)[0], f"process {pid} lives on"
    finally:
        os.close(descriptor)


def children_of(pid: int) -> list[int]:
    """The ids of the processes that any thread of `pid` started."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError):  # the thread ended while we looked
            found += [int(child) for child in (task / "children").read_text().split()]
    return found


@linux_only
@pytest.mark.parametrize("stage", ["hash", "probe", "loudness", "encode", "mux", "check", "publish"])
def test_a_kill_at_any_stage_leaves_nothing_listed_and_can_be_repeated(
    stage: str, clip: Clip, tmp_path: Path
) -> None:
    store = store_at(tmp_path / "data")
    source = clip("plain.mp4")
    with packaging(source, tmp_path / "data", code=f"STAGE = {stage!r}\n{WAIT}") as process:
        assert next(lines(process), None) == "waits"
        children = children_of(process.pid)
        process.kill()
        process.wait(timeout=10)
    for child in children:
        ended(child)
    # One more may have been begun since we looked.
    wait_until(lambda: not children_at_work_in(tmp_path))
    assert list(store.objects.keys("records/")) == []
    record = jobs.package(source, objects=store.objects, settings=store.settings)
    assert list(store.objects.keys("records/")) == [f"records/{record.id}.json"]
    assert store.leftovers() == []


def test_two_at_once_of_the_same_are_impossible(clip: Clip, tmp_path: Path) -> None:
    store = store_at(tmp_path / "data")
    with packaging(clip("silent.mp4"), tmp_path / "data", code=f"STAGE = 'encode'\n{WAIT}") as process:
        assert next(lines(process), None) == "waits"
        with pytest.raises(Conflict, match=r"^asset [0-9a-f]{32} is being packaged already$"):
            jobs.package(clip("silent.mp4"), objects=store.objects, settings=store.settings)
        go_on(process)
        assert next(lines(process), "").startswith("asset ")


def test_what_a_killed_packaging_left_is_swept_by_the_next(tmp_path: Path) -> None:
    left, held = tmp_path / ("a" * 32), "b" * 32
    (left / "encoded").mkdir(parents=True)
    (left / "encoded" / "240p.mp4").write_bytes(b"x")
    other = tmp_path / "not ours"
    other.mkdir()
    with workroom.claimed(tmp_path, held) as folder:
        (folder / "busy").touch()
        workroom.sweep(tmp_path)
        assert (folder / "busy").exists()
        assert not left.exists()
        assert other.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["not ours"]


def test_a_claim_ends_with_its_block_whatever_happens(tmp_path: Path) -> None:
    asset = "c" * 32
    with pytest.raises(ZeroDivisionError), workroom.claimed(tmp_path, asset):
        raise ZeroDivisionError
    with workroom.claimed(tmp_path, asset) as folder:
        assert list(folder.iterdir()) == []


# A disk of our own ----------------------------------------------------------


FILL = """
def fill(progress):
    tell(progress)
    if progress.stage == STAGE and (progress.speed or STAGE != "encode"):
        try:
            with (data / "filler").open("wb", buffering=0) as file:
                while file.write(bytes(1 << 16)):
                    pass
        except OSError:
            pass

run(fill)
"""


def said_on_a_small_disk(source: Path, tmp_path: Path, size: str, code: str) -> list[str]:
    data = tmp_path / "data"
    data.mkdir()
    with packaging(source, data, objects=tmp_path / "objects", code=code, before=mounting(data, size)) as process:
        return list(lines(process))


def test_too_small_a_disk_is_refused_before_the_encode(clip: Clip, tmp_path: Path) -> None:
    *_, last = said_on_a_small_disk(clip("silent.mp4"), tmp_path, "1m", "run()")
    assert last.startswith("error NoRoom packaging needs about 1 MB in ")
    assert last.endswith("which has 1 MB free")


@pytest.mark.parametrize("stage", ["encode", "mux"])
def test_a_disk_that_fills_up_is_told_as_such(stage: str, clip: Clip, tmp_path: Path) -> None:
    code = f"STAGE = {stage!r}\n{FILL}"
    *_, last = said_on_a_small_disk(clip("silent.mp4"), tmp_path, "12m", code)
    assert last.startswith("error NoRoom ")
    assert not (tmp_path / "objects" / "records").exists()


def test_a_full_store_is_told_as_such(clip: Clip, tmp_path: Path) -> None:
    objects = tmp_path / "objects"
    objects.mkdir()
    words = mounting(objects, "256k")
    with packaging(clip("silent.mp4"), tmp_path / "data", objects=objects, before=words) as process:
        *_, last = lines(process)
    assert last.startswith("error NoRoom ")


def test_a_work_folder_that_cannot_hold_a_folder_is_no_room(store: Store, clip: Clip) -> None:
    # The error that mkdir gives on a full disk is ours to translate; a disk without inodes makes it.
    root = store.settings.work_root
    root.mkdir(parents=True)
    code = "run()"
    words = mounting(root, "1m,nr_inodes=1")
    with packaging(
        clip("silent.mp4"), store.settings.data, objects=store.settings.objects_root, code=code, before=words
    ) as process:
        *_, last = lines(process)
    assert last == f"error NoRoom no room in {root}"
    assert NoRoom.__name__ in last
