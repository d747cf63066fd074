"""Publishing: segments first, the record last; until then nothing can list them."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

from packager import vod
from packager.commands import AUDIO_RUNG
from packager.cuts import Run
from packager.ladder import Rung
from packager.pictures import POSTER, THUMBNAILS
from storage import asset_states, keys
from storage.completeness import missing
from storage.errors import Conflict, Unavailable
from storage.objects import Objects
from storage.records import AssetRecord, MediaFormat

# A store far away answers a put after a tenth of a second, however small the object.
AT_ONCE = 8

Files = Iterable[tuple[str, Path]]


def published(objects: Objects, asset: str) -> AssetRecord | None:
    """The record of an asset that has been packaged, and was not deleted since."""
    record = asset_states.stored_record(objects, asset)
    return None if record is None or asset_states.is_deleted(objects, asset) else record


def publish(record: AssetRecord, files: Files, objects: Objects, stored: Callable[[float], None]) -> AssetRecord:
    """Store every file, the playlists, and at last the record; the record that counts.

    `stored` is told the part, 0 to 1, that is done. Safe to run again after being killed: nothing lists what is there
    before the record, so it is overwritten. Raises NoRoom.
    """
    known = published(objects, record.id)
    if known is not None:
        return known  # another machine was quicker; what it published may be on air
    store(files, objects, stored)
    for key, text in vod.playlists(record).items():
        objects.put(key, text.encode())
    made = objects.put(keys.record_key(record.id), record.model_dump_json().encode(), if_absent=True)
    if made and not asset_states.is_deleted(objects, record.id):
        return record
    return published(objects, record.id) or _revived(record, objects)


def _revived(record: AssetRecord, objects: Objects) -> AssetRecord:
    """The record of an asset that was deleted, and is there again. Raises Conflict, Unavailable."""
    before = asset_states.stored_record(objects, record.id)
    if before is not None and before.ticks != record.ticks:
        raise Conflict(f"asset {record.id} was deleted, and cut otherwise then: channels need to know the old cuts")
    if missing(record, objects.keys(keys.asset_prefix(record.id))):
        raise Unavailable(f"asset {record.id} was deleted while it was being packaged; it is safe to repeat")
    objects.put(keys.record_key(record.id), record.model_dump_json().encode())
    asset_states.unmark(objects, record.id)
    return record


def store(files: Files, objects: Objects, stored: Callable[[float], None]) -> None:
    """Store the files, some at the same time; all are stored when it returns.

    `stored` is called in this thread. What it raises, and the first error of the store, come out once those under way
    have ended; no more are begun.
    """
    waiting = list(files)
    total = max(1, len(waiting))
    running: set[Future[None]] = set()
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="publish") as pool:
        while waiting or running:
            while waiting and len(running) < AT_ONCE:
                running.add(pool.submit(objects.put_file, *waiting.pop(0)))
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for put in done:
                put.result()
            stored((total - len(waiting) - len(running)) / total)


def whole_files(asset: str, rungs: tuple[Rung, ...], run: Run, out: Path) -> Iterator[tuple[str, Path]]:
    """Every object of an asset but its playlists and record, and the file in `out` that it is made from."""
    yield from segment_files(asset, "cmaf", (*(rung.name for rung in rungs), AUDIO_RUNG), run, out)
    yield from segment_files(asset, "ts", (rung.name for rung in rungs), run, out)
    yield poster_key(asset), out / POSTER
    yield thumbnails_key(asset), out / THUMBNAILS


def segment_files(
    asset: str, media_format: MediaFormat, rungs: Iterable[str], run: Run, out: Path
) -> Iterator[tuple[str, Path]]:
    """The objects of a run of segments."""
    for rung in rungs:
        folder = out / media_format / rung
        if media_format == "cmaf":
            yield keys.init_key(asset, media_format, rung), folder / "init.mp4"
        for number in run.numbers:
            key = keys.segment_key(asset, media_format, rung, number)
            yield key, folder / key.rpartition("/")[2]


def poster_key(asset: str) -> str:
    """The poster's object."""
    return f"{keys.asset_prefix(asset)}{POSTER}"


def thumbnails_key(asset: str) -> str:
    """The object of the sheet of thumbnails."""
    return f"{keys.asset_prefix(asset)}{THUMBNAILS}"
