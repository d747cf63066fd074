"""Packagings in processes of their own, for tests that kill them or take their disk away."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("STREAMSYNC_")},
    "PYTHONPATH": str(PROJECT),
}

# Prints each progress as "stage done speed", then the asset or the error.
TELL = """
import sys
from pathlib import Path
from packager import jobs
from storage.errors import StreamSyncError
from storage.folder_objects import FolderObjects
from storage.settings import Settings

source, data, objects = (Path(word) for word in sys.argv[1:4])

def tell(progress):
    print(progress.stage, progress.done, progress.speed, flush=True)

def run(watcher=tell):
    settings = Settings(data=data)
    try:
        record = jobs.package(source, objects=FolderObjects(objects), settings=settings, progress=watcher)
    except StreamSyncError as error:
        print("error", type(error).__name__, error, flush=True)
    else:
        print("asset", record.id, flush=True)
"""


@contextmanager
def packaging(
    source: Path, data: Path, *, objects: Path | None = None, code: str = "run()", before: tuple[str, ...] = ()
) -> Iterator["subprocess.Popen[str]"]:
    """A packaging that talks in lines, and hears some; killed at the end of the block if it still runs."""
    words = [
        sys.executable,
        "-W",
        "error",
        "-c",
        TELL + code,
        str(source),
        str(data),
        str(objects or data / "objects"),
    ]
    process = subprocess.Popen(
        [*before, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def mounting(folder: Path, size: str) -> tuple[str, ...]:
    """Words that run a command with a small disk at `folder`; skips where that cannot be had."""
    unshare = ("unshare", "-m") if os.geteuid() == 0 else ("unshare", "-rm")
    words = (*unshare, "sh", "-c", f'mount -t tmpfs -o size={size} tmpfs "$0" && exec "$@"', str(folder))
    try:
        tried = subprocess.run([*words, "true"], capture_output=True, text=True, check=False, timeout=20)
    except OSError as error:
        pytest.skip(f"no small disk can be mounted: {error}")
    if tried.returncode != 0:
        pytest.skip(f"no small disk can be mounted: {tried.stderr.strip()}")
    return words


def lines(process: "subprocess.Popen[str]") -> Iterator[str]:
    """What it tells, line by line."""
    assert process.stdout is not None
    for line in process.stdout:
        yield line.rstrip("\n")


def go_on(process: "subprocess.Popen[str]") -> None:
    """Give it the line that it waits for."""
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def children_at_work_in(folder: Path) -> list[str]:
    """The command lines of running processes that name `folder`."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue  # it ended while we looked
            if any(str(folder).encode() in word for word in words):
                found.append(b" ".join(words).decode(errors="replace"))
    return found
