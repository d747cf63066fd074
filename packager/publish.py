"""Publishing: segments first, the record last; until then nothing can list them."""

from collections.abc import Callable, Iterator
from pathlib import Path

from packager import vod
from packager.pictures import POSTER, THUMBNAILS
from storage import keys
from storage.errors import NotFound
from storage.objects import Objects
from storage.records import AssetRecord, Rendition


def published(objects: Objects, asset: str) -> AssetRecord | None:
    """The record of an asset that has been packaged."""
    try:
        return AssetRecord.model_validate_json(objects.read(keys.record_key(asset)))
    except NotFound:
        return None


def publish(record: AssetRecord, out: Path, objects: Objects, stored: Callable[[float], None]) -> AssetRecord:
    """Store every file of `out`, the playlists, and at last the record; the record that counts.

    `stored` is told the part, 0 to 1, that is done. Safe to run again after being killed: nothing lists what is there
    before the record, so it is overwritten. Raises NoRoom.
    """
    known = published(objects, record.id)
    if known is not None:
        return known  # another machine was quicker; what it published may be on air
    files = [pair for rendition in record.renditions for pair in _files(record, rendition, out)]
    files += [(f"{keys.asset_prefix(record.id)}{name}", out / name) for name in (POSTER, THUMBNAILS)]
    for number, (key, path) in enumerate(files):
        objects.put_file(key, path)
        stored(number / len(files))
    for key, text in vod.playlists(record).items():
        objects.put(key, text.encode())
    if objects.put(keys.record_key(record.id), record.model_dump_json().encode(), if_absent=True):
        return record
    return published(objects, record.id) or record


def _files(record: AssetRecord, rendition: Rendition, out: Path) -> Iterator[tuple[str, Path]]:
    media_format, rung = rendition.format, rendition.rung
    folder = out / media_format / rung
    if media_format == "cmaf":
        yield keys.init_key(record.id, media_format, rung), folder / "init.mp4"
    for number in range(record.segments):
        key = keys.segment_key(record.id, media_format, rung, number)
        yield key, folder / key.rpartition("/")[2]
