"""Local sources: the uploaded file on this machine's disk, fetched once for all workers here."""

import fcntl
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.errors import NoRoom
from storage.job_records import JobFacts
from storage.objects import Objects

KEPT_S = 600  # after its last use: tasks of one video come one after the other

_NAME = re.compile(r"([0-9a-f]{32})\..*")
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")
_ROOM = 1.05


class LocalSources:
    """Copies of uploads in a folder. Several processes may share it."""

    def __init__(self, root: Path, objects: Objects) -> None:
        self._root = root
        self._objects = objects

    @contextmanager
    def held(self, facts: JobFacts) -> Iterator[Path]:
        """The file, fetched if it is not here; nobody removes it meanwhile. Raises NotFound, NoRoom, Unavailable."""
        self._root.mkdir(parents=True, exist_ok=True)
        # With its ending: ffmpeg tells some formats by it.
        ending = Path(facts.name).suffix
        path = self._root / f"{facts.asset}.source{ending if _SUFFIX.fullmatch(ending) else ''}"
        lock = _opened(self._root / f"{facts.asset}.lock")
        try:
            os.utime(lock)
            self._await(lock, path, facts)
            yield path
            os.utime(lock)
        finally:
            os.close(lock)

    def _await(self, lock: int, path: Path, facts: JobFacts) -> None:
        """Return with the file here and the lock shared: any number of workers use it, and nobody removes it."""
        fcntl.flock(lock, fcntl.LOCK_SH)
        if path.exists():
            return
        # A lock of its own for the fetching: who waits for that must not wait for those who are at work already.
        fetching = _opened(self._root / f"{facts.asset}.fetching")
        try:
            fcntl.flock(fetching, fcntl.LOCK_EX)
            if not path.exists():
                assert facts.source_key is not None  # noqa: S101  only jobs that have one are in the queue
                self._check_room(facts.size_bytes)
                self._objects.fetch(facts.source_key, path)
        finally:
            os.close(fetching)

    def drop(self, asset: str) -> None:
        """Remove a copy that nobody here uses."""
        self._remove(asset, older_than_s=0)

    def sweep(self) -> None:
        """Remove the copies that nobody has used for a while."""
        if self._root.is_dir():
            names = (_NAME.fullmatch(path.name) for path in self._root.iterdir())
            for asset in {name[1] for name in names if name}:
                self._remove(asset, older_than_s=KEPT_S)

    def _remove(self, asset: str, older_than_s: float) -> None:
        lock = self._root / f"{asset}.lock"
        try:
            descriptor = _opened(lock)
        except FileNotFoundError:
            return
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if time.time() - os.fstat(descriptor).st_mtime >= older_than_s:
                for path in self._root.glob(f"{asset}.source*"):
                    path.unlink(missing_ok=True)
                # The lock file stays: one that waits for it would else lock a file that nobody else can find.
        except BlockingIOError:
            pass
        finally:
            os.close(descriptor)

    def _check_room(self, size_bytes: int) -> None:
        free = shutil.disk_usage(self._root).free
        if free < size_bytes * _ROOM:
            raise NoRoom(f"the source needs {size_bytes >> 20} MB in {self._root}, which has {free >> 20} MB free")


def _opened(lock: Path) -> int:
    return os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
