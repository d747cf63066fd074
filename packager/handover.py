"""The handover: what the steps of one asset give to each other through the store, and take from it."""

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from packager import pictures
from packager import publish as publishing
from packager.commands import AUDIO_RUNG, intermediate
from packager.cuts import Run
from packager.parts import Analysis
from storage import keys
from storage.errors import NotFound, Unavailable
from storage.objects import Objects


def picture_files(analysis: Analysis, run: Run, out: Path) -> Iterator[tuple[str, Path]]:
    """The objects of the pictures that `pictures.draw` made of a run: its part of the sheet, and the poster."""
    sheet = pictures.layout(analysis.cuts, analysis.rungs[-1])
    for number in pictures.still_numbers(run, sheet):
        yield _still_key(analysis, number), out / pictures.STILLS / f"{number}.jpg"
    if pictures.has_poster(run):
        yield publishing.poster_key(analysis.asset), out / pictures.POSTER


def fetch_stills(analysis: Analysis, objects: Objects, out: Path) -> None:
    """Put all pictures of the sheet where `pictures.assemble` looks for them. Raises Unavailable."""
    (out / pictures.STILLS).mkdir(parents=True)
    for number in range(pictures.layout(analysis.cuts, analysis.rungs[-1]).count):
        _fetch(objects, _still_key(analysis, number), out / pictures.STILLS / f"{number}.jpg")


def join_segments(analysis: Analysis, run: Run, objects: Objects, folder: Path) -> None:
    """Write one MP4 per rung, and one of the audio around, from the published segments.

    Raises Unavailable, NoRoom.
    """
    for rung in analysis.rungs:
        _join(analysis, rung.name, run, objects, folder)
    # Boundaries of the sound are within an audio frame and a picture of those of the video, on either side.
    wider = Run(run.cuts, max(0, run.first - 1), min(run.cuts.segments, run.last + 1))
    _join(analysis, AUDIO_RUNG, wider, objects, folder)


def digest(path: Path) -> str:
    """The SHA-256 of a small file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def clear(analysis: Analysis, objects: Objects) -> None:
    """Remove what the steps left for each other."""
    for key in list(objects.keys(keys.work_prefix(analysis.asset))):
        objects.delete(key)


def _still_key(analysis: Analysis, number: int) -> str:
    return f"{keys.work_prefix(analysis.asset)}{pictures.STILLS}/{number}.jpg"


def _join(analysis: Analysis, rung: str, run: Run, objects: Objects, folder: Path) -> None:
    piece = folder / "piece"
    wanted = [keys.init_key(analysis.asset, "cmaf", rung)]
    wanted += [keys.segment_key(analysis.asset, "cmaf", rung, number) for number in run.numbers]
    with intermediate(folder, rung).open("wb") as joined:
        for key in wanted:
            _fetch(objects, key, piece)
            with piece.open("rb") as file:
                shutil.copyfileobj(file, joined)


def _fetch(objects: Objects, key: str, target: Path) -> None:
    try:
        objects.fetch(key, target)
    except NotFound:
        # The step that makes it has not run, or somebody removed it: trying again may help, giving up need not.
        raise Unavailable(f"object {key!r} is not there: an earlier step has to be run again") from None
