"""The workroom: a folder for each piece of work, held by a lock that the kernel frees with its holder.

A piece of work is the packaging of an asset, or a step of it: two steps of one asset can be done on one machine at
the same time.
"""

import errno
import fcntl
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.errors import Conflict, NoRoom, Unavailable

_LOCK = ".lock"
_MINE = re.compile(r"[0-9a-f]{32}(\.(video-[0-9]+|sound|ts-[0-9]+|finish))?")
_ATTEMPTS = 3
_SWEEP_S = 0.1


@contextmanager
def claimed(root: Path, asset: str, step: str | None = None) -> Iterator[Path]:
    """An empty folder for packaging `asset`, or for one step of it, removed afterwards.

    Raises Conflict while another has it, NoRoom, Unavailable when nothing can be written there.
    """
    work = asset if step is None else f"{asset}.{step}"
    with _told(root), _held(root, work) as folder:
        yield folder


@contextmanager
def _held(root: Path, work: str) -> Iterator[Path]:
    root.mkdir(parents=True, exist_ok=True)
    lock = _claim(root / f"{work}{_LOCK}")
    if lock is None:
        asset, _, step = work.partition(".")
        raise Conflict(f"asset {asset} is being packaged already" + (f": {step}" if step else ""))
    folder = root / work
    try:
        _clear(folder)
        folder.mkdir()
        # Of a new name each time: a child that outlived its killed parent cannot write into this one.
        yield Path(tempfile.mkdtemp(dir=folder))
    finally:
        _clear(folder)
        _release(root / f"{work}{_LOCK}", lock)


@contextmanager
def _told(root: Path) -> Iterator[None]:
    """Tell an error of the file system in our own words."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise NoRoom(f"no room in {root}") from None
        if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
            raise Unavailable(f"cannot write to {error.filename}: {error.strerror}") from None
        raise


def sweep(root: Path) -> None:
    """Remove what killed packagings left: every folder whose lock nobody holds."""
    if not root.is_dir():
        return
    for name in {path.name.removesuffix(_LOCK) for path in root.iterdir()}:
        if not _MINE.fullmatch(name):
            continue
        lock = _locked(root / f"{name}{_LOCK}")
        if lock is not None:
            _clear(root / name)
            _release(root / f"{name}{_LOCK}", lock)


def _claim(path: Path) -> int | None:
    # A sweep of another process holds a lock for as long as removing a folder takes: wait that out.
    for _ in range(_ATTEMPTS):
        lock = _locked(path)
        if lock is not None:
            return lock
        time.sleep(_SWEEP_S)
    return None


def _locked(path: Path) -> int | None:
    """A descriptor that holds the lock file, or None when another does."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Its last holder may have removed the file between our open and our lock.
            if os.fstat(descriptor).st_ino == path.stat().st_ino:
                return descriptor
        except BlockingIOError:
            os.close(descriptor)
            return None
        except FileNotFoundError:
            pass
        os.close(descriptor)


def _release(path: Path, descriptor: int) -> None:
    path.unlink(missing_ok=True)
    os.close(descriptor)


def _clear(folder: Path) -> None:
    # A child killed with its parent may write one more file while its folder is being removed.
    for _ in range(_ATTEMPTS):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
    shutil.rmtree(folder)
