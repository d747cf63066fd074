"""The local copy of an upload: fetched once for all workers here, used by any number of them at once."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from packager.local_sources import KEPT_S, LocalSources
from storage.errors import NoRoom, NotFound
from storage.folder_objects import FolderObjects
from storage.job_records import JobFacts

ASSET = "ab" * 16


class Counting(FolderObjects):
    """Counts how often something is fetched."""

    fetches = 0

    def fetch(self, key: str, target: Path) -> None:
        self.fetches += 1
        time.sleep(0.1)  # so that those who began meanwhile wait for this
        super().fetch(key, target)


def facts(size_bytes: int = 4) -> JobFacts:
    return JobFacts(
        asset=ASSET, name="a film.mp4", title="", source_key="uploads/x", source_sha256="", size_bytes=size_bytes
    )


@pytest.fixture
def objects(tmp_path: Path) -> Counting:
    made = Counting(tmp_path / "objects")
    made.put("uploads/x", b"film")
    return made


def test_many_use_it_at_once_and_it_is_fetched_once(objects: Counting, tmp_path: Path) -> None:
    together = threading.Barrier(4, timeout=20)

    def use(_: int) -> bytes:
        with LocalSources(tmp_path / "sources", objects).held(facts()) as path:
            together.wait()  # all four are inside: nobody waits for another to leave
            return path.read_bytes()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(use, range(4))) == [b"film"] * 4
    assert objects.fetches == 1


def test_it_keeps_the_ending_by_which_ffmpeg_tells_a_format(objects: Counting, tmp_path: Path) -> None:
    with LocalSources(tmp_path / "sources", objects).held(facts()) as path:
        assert path.suffix == ".mp4"


def test_what_is_used_is_not_removed(objects: Counting, tmp_path: Path) -> None:
    sources = LocalSources(tmp_path / "sources", objects)
    with sources.held(facts()) as path:
        sources.drop(ASSET)
        assert path.exists()
    sources.sweep()
    assert path.exists()
    sources.drop(ASSET)
    assert not path.exists()


def test_what_nobody_used_for_a_while_is_swept(objects: Counting, tmp_path: Path) -> None:
    sources = LocalSources(tmp_path / "sources", objects)
    with sources.held(facts()) as path:
        pass
    lock = tmp_path / "sources" / f"{ASSET}.lock"
    old = lock.stat().st_mtime - KEPT_S - 1
    os.utime(lock, (old, old))
    sources.sweep()
    assert not path.exists()


def test_an_upload_that_is_gone_and_a_disk_that_is_too_small_are_told(objects: Counting, tmp_path: Path) -> None:
    sources = LocalSources(tmp_path / "sources", objects)
    with pytest.raises(NoRoom, match="the source needs"), sources.held(facts(size_bytes=1 << 60)):
        pass
    objects.delete("uploads/x")
    with pytest.raises(NotFound, match="uploads/x"), sources.held(facts()):
        pass
