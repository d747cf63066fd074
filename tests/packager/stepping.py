"""The steps of a packaging in chunks, one by one; in a process, each stops or fills its disk where it is told to."""

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from packager import damage, fingerprint, steps
from packager.parts import Analysis, SoundPart, TsPart, VideoPart
from packager.progress import Progress, Watcher
from storage import asset_ids, folder_objects
from storage.errors import StreamSyncError
from storage.folder_objects import FolderObjects
from storage.keys import RECORDS
from storage.objects import Objects
from storage.records import AssetRecord
from storage.settings import Settings

CHUNK_S = 4.0
TASKS = ("analyse", "video-0", "video-1", "sound", "ts-0", "ts-1", "finish")  # of a source of 8 s

# For `trouble.packaging`, behind a line that says what TASK is and at which (kind, count) to STOP; or which TASKS, of
# which the last is to be without room on the disk at `full`.
IN_A_PROCESS = """
from tests.packager import stepping
stepping.stopping_at(STOP, lambda: stepping.do(
    TASK, source, data.parent / "parts", stepping.Stopping(objects), Settings(data=data), stepping.told))
"""
ON_A_SMALL_DISK = """
import shutil
from tests.packager import stepping

def step(task):
    stepping.do(task, source, data.parent / "parts", stepping.Stopping(objects), Settings(data=data), stepping.told)

for task in TASKS[:-1]:
    step(task)
stepping.without_room(STOP, full, stepping.Stopping(objects), lambda: step(TASKS[-1]))
shutil.copytree(objects, data.parent / "kept" / TASKS[-1])
"""


def do(
    task: str, source: Path, parts: Path, objects: Objects, settings: Settings, progress: Watcher | None = None
) -> AssetRecord | None:
    """One task of a job; what it gives is left in `parts`. The last gives the record."""
    parts.mkdir(exist_ok=True)
    if task == "analyse":
        digest, _ = fingerprint.sha256(source, lambda _: None)
        asset = asset_ids.asset_id(digest, settings)
        found = steps.analyse(source, asset=asset, expected_sha256=digest, title=None, name=source.name,
                              settings=settings, progress=progress, chunk_s=CHUNK_S)  # fmt: skip
        (parts / task).write_text(found.model_dump_json())
        return None
    analysis = Analysis.model_validate_json((parts / "analyse").read_text())
    kind, _, number = task.partition("-")
    where: dict[str, Any] = {"objects": objects, "settings": settings, "progress": progress}
    if kind == "finish":
        videos = [VideoPart.model_validate_json(path.read_text()) for path in parts.glob("video-*")]
        tss = [TsPart.model_validate_json(path.read_text()) for path in parts.glob("ts-*")]
        sound = SoundPart.model_validate_json((parts / "sound").read_text())
        return steps.finish(analysis, videos, sound, tss, **where)
    made: VideoPart | SoundPart | TsPart
    if kind == "video":
        made = steps.video(analysis, int(number), source, **where)
    elif kind == "sound":
        made = steps.sound(analysis, source, **where)
    else:
        made = steps.ts(analysis, int(number), **where)
    (parts / task).write_text(made.model_dump_json())
    return None


# In a process ----------------------------------------------------------------

_counts: dict[str, Iterator[int]] = {}
_stop: tuple[str, int] = ("", 0)
_then: Callable[[], None] = lambda: None  # noqa: E731


def _reached(kind: str) -> None:
    if (kind, next(_counts.setdefault(kind, itertools.count(1)))) == _stop:
        _then()


def told(progress: Progress) -> None:
    """A watcher: each report is a place to stop at."""
    _reached(progress.stage)


class Stopping(FolderObjects):
    """A store in which each put of a few bytes and each deletion is a place to stop at."""

    def put(self, key: str, data: bytes, *, if_absent: bool = False) -> bool:
        _reached("put")
        return super().put(key, data, if_absent=if_absent)

    def delete(self, key: str) -> None:
        _reached("delete")
        super().delete(key)


def _do_at(stop: tuple[str, int], then: Callable[[], None]) -> None:
    """From now on, do `then` at the `stop`: also at a decoded picture and inside the put or fetch of a file."""
    global _stop, _then
    _stop, _then = stop, then
    _counts.clear()
    take, sync = damage.Part.take, folder_objects._sync

    def taken(part: damage.Part, line: str) -> None:
        if "showinfo" in line and " pts:" in line:
            _reached("picture")
        take(part, line)

    def synced(path: Path) -> None:
        # A fetch links and syncs a file as a put does: it takes it from an object, a put from the work folder.
        _reached("fetch" if "objects" in path.parts else "file")
        sync(path)

    damage.Part.take, folder_objects._sync = taken, synced  # type: ignore[method-assign,assignment]


def stopping_at(stop: tuple[str, int], step: Callable[[], object]) -> None:
    """Take the step up to its `stop`, say so, and wait to be killed."""

    def wait() -> None:
        print("waits", flush=True)  # noqa: T201
        threading.Event().wait()

    _do_at(stop, wait)
    step()
    print("done", flush=True)  # noqa: T201


def without_room(stop: tuple[str, int], full: Path, objects: Objects, step: Callable[[], object]) -> None:
    """Take the step with a disk that is full from `stop` on; say why it failed, make room, take it again."""
    filler = full / "filler"

    def fill() -> None:
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while file.write(bytes(1 << 16)):
                pass

    _do_at(stop, fill)
    try:
        step()
    except StreamSyncError as error:
        print("error", type(error).__name__, error)  # noqa: T201
    print("listed", len(list(objects.keys(RECORDS))))  # noqa: T201
    filler.unlink()
    step()
    print("done", flush=True)  # noqa: T201
