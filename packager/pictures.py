"""Pictures: the poster and the sheet of thumbnails, from the encodes, by key frames only."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

import ffmpeg

from packager import child
from packager.commands import QUIET, intermediate
from packager.cuts import Cuts, Run
from packager.ladder import Rung
from packager.tools import Tools
from storage.errors import Unavailable

POSTER = "poster.jpg"
THUMBNAILS = "thumbnails.jpg"
STILLS = "stills"
MOST_THUMBNAILS = 100
COLUMNS = 10
THUMBNAIL_WIDTH = 160

_POSTER_PART = 10  # a tenth into the asset
_ONE = {"frames:v": 1, "update": 1}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of pictures: every `step`-th key frame, `columns` x `rows`."""

    step: int
    count: int
    columns: int
    rows: int
    width: int
    height: int


def draw(run: Run, rungs: tuple[Rung, ...], *, folder: Path, out: Path, tools: Tools) -> None:
    """Write the pictures that a run has of the sheet, as `out`/stills/N.jpg, and the poster if it is in it, from the
    encodes in `folder`. Raises NoRoom."""
    sheet = layout(run.cuts, rungs[-1])
    stills = out / STILLS
    stills.mkdir()
    wanted = still_numbers(run, sheet)
    if wanted:
        least = intermediate(folder, rungs[-1].name)
        child.make(_stills(tools.ffmpeg, least, run, sheet, stills), "draw thumbnails")
        _check(stills / f"{number}.jpg" for number in wanted)
    if has_poster(run):
        at_s = float((_poster_frame(run.cuts) - run.first_frame) / run.cuts.fps)
        best = intermediate(folder, rungs[0].name)
        child.make(_poster(tools.ffmpeg, best, at_s, out / POSTER), "draw a poster")
        _check([out / POSTER])


def assemble(cuts: Cuts, rungs: tuple[Rung, ...], *, out: Path, tools: Tools) -> None:
    """Write `out`/thumbnails.jpg from all of `out`/stills. Raises NoRoom."""
    sheet = layout(cuts, rungs[-1])
    child.make(_sheet(tools.ffmpeg, out / STILLS, sheet, out / THUMBNAILS), "draw thumbnails")
    _check([out / THUMBNAILS])


def still_numbers(run: Run, sheet: Sheet) -> range:
    """Which pictures of the sheet are in the run."""
    return range(ceil(run.first_key / sheet.step), ceil(run.end_key / sheet.step))


def has_poster(run: Run) -> bool:
    """Whether the poster is taken from the run."""
    return run.first_frame <= _poster_frame(run.cuts) < run.end_frame


def _poster_frame(cuts: Cuts) -> int:
    return cuts.frames // _POSTER_PART


def _check(paths: Iterable[Path]) -> None:
    for path in paths:
        if not path.is_file():
            raise Unavailable(f"ffmpeg made no {path.name}")


def layout(cuts: Cuts, rung: Rung) -> Sheet:
    """The sheet of at most 100 pictures of an asset; they are equally far apart, to a frame."""
    step = ceil(cuts.keyframes / MOST_THUMBNAILS)
    count = ceil(cuts.keyframes / step)
    columns = min(COLUMNS, count)
    width = min(THUMBNAIL_WIDTH, rung.width)
    height = max(2, 2 * round(rung.height * width / rung.width / 2))
    return Sheet(step, count, columns, ceil(count / columns), width, height)


def _poster(program: str, video: Path, at_s: float, target: Path) -> list[str]:
    """One JPEG from around `at_s`: of five key frames the most typical, so not the black one."""
    # Not accurate: else an asset whose last key frame is before `at_s` would give no picture.
    source = ffmpeg.input(str(video), ss=f"{at_s:.3f}", noaccurate_seek=None, skip_frame="nokey")
    stream = source["v"].filter("thumbnail", 5)
    jpeg = ffmpeg.output(stream, str(target), **_ONE, **_jpeg(4))
    argv: list[str] = jpeg.compile(cmd=[program, *QUIET], overwrite_output=True)
    return argv


def _stills(program: str, video: Path, run: Run, sheet: Sheet, folder: Path) -> list[str]:
    """Small JPEGs of the key frames that are in the sheet; nothing else is decoded."""
    stream = (
        ffmpeg.input(str(video), skip_frame="nokey")["v"]
        .filter("select", f"not(mod(n+{run.first_key},{sheet.step}))")
        .filter("scale", sheet.width, sheet.height)
    )
    start = still_numbers(run, sheet).start
    jpegs = ffmpeg.output(stream, str(folder / "%d.jpg"), start_number=start, **_jpeg(2))
    argv: list[str] = jpegs.compile(cmd=[program, *QUIET], overwrite_output=True)
    return argv


def _sheet(program: str, folder: Path, sheet: Sheet, target: Path) -> list[str]:
    """One JPEG of all the small ones."""
    stills = ffmpeg.input(str(folder / "%d.jpg"), start_number=0)["v"]
    tiled = stills.filter("tile", layout=f"{sheet.columns}x{sheet.rows}", nb_frames=sheet.count)
    jpeg = ffmpeg.output(tiled, str(target), **_ONE, **_jpeg(5))
    argv: list[str] = jpeg.compile(cmd=[program, *QUIET], overwrite_output=True)
    return argv


def _jpeg(quality: int) -> dict[str, Any]:
    # Passed through: a key frame from before the seek point has a negative time and would be dropped.
    options = {"fps_mode": "passthrough", "format": "image2"}
    return {"c:v": "mjpeg", "q:v": quality, "pix_fmt": "yuvj420p", **options}
