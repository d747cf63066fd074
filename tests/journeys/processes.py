"""Looking at running processes, to see that none is left behind. Linux only."""

import os
import resource
import select
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")


def at_work_in(folder: Path) -> dict[int, str]:
    """The processes whose command line names `folder`, by their id."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue  # it ended while we looked
            if str(folder) in line:
                found[int(entry.name)] = line.strip()
    return found


@contextmanager
def no_more_files(pid: int) -> Iterator[None]:
    """A process can open no more files until the block is left, not even in the place of those that it closes."""
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, before[1]))  # it has these three
    try:
        yield
    finally:
        with suppress(ProcessLookupError):  # it has ended meanwhile
            resource.prlimit(pid, resource.RLIMIT_NOFILE, before)


def wait_ended(pid: int, timeout_s: float = 10) -> None:
    """Return when the process with this id is gone."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        assert select.select([descriptor], [], [], timeout_s)[0], f"process {pid} lives on"
    finally:
        os.close(descriptor)


def wait_for_ffmpeg(folder: Path, timeout_s: float = 30) -> list[int]:
    """The ids of the ffmpeg processes that encode into `folder`, as soon as one has opened a file there."""
    deadline = time.monotonic() + timeout_s
    while not any(folder.rglob("encoded/*.mp4")):
        assert time.monotonic() < deadline, f"no ffmpeg writes into {folder}"
        time.sleep(0.01)  # nobody tells when a file is there
    found = [pid for pid, line in at_work_in(folder).items() if "ffmpeg" in line]
    assert found, f"ffmpeg has ended in {folder}"
    return found
