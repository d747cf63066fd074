"""Pictures: the poster and the sheet of thumbnails, from the encodes, by key frames only."""

from math import ceil
from pathlib import Path

from packager import child, commands
from packager.commands import Sheet, intermediate
from packager.cuts import Cuts
from packager.ladder import Rung
from packager.tools import Tools
from storage.errors import Unavailable

POSTER = "poster.jpg"
THUMBNAILS = "thumbnails.jpg"
MOST_THUMBNAILS = 100
COLUMNS = 10
THUMBNAIL_WIDTH = 160

_POSTER_AT = 0.1


def draw(cuts: Cuts, rungs: tuple[Rung, ...], *, folder: Path, out: Path, tools: Tools) -> Sheet:
    """Write the poster and the sheet into `out`; how the sheet is laid out. Raises NoRoom."""
    sheet = layout(cuts, rungs[-1])
    best, least = intermediate(folder, rungs[0].name), intermediate(folder, rungs[-1].name)
    at_s = float(cuts.duration) * _POSTER_AT
    child.make(commands.poster(tools.ffmpeg, best, at_s, out / POSTER), "draw a poster")
    child.make(commands.thumbnails(tools.ffmpeg, least, sheet, out / THUMBNAILS), "draw thumbnails")
    for name in (POSTER, THUMBNAILS):
        if not (out / name).is_file():
            raise Unavailable(f"ffmpeg made no {name}")
    return sheet


def layout(cuts: Cuts, rung: Rung) -> Sheet:
    """The sheet of at most 100 pictures of an asset; they are equally far apart, to a frame."""
    step = ceil(cuts.keyframes / MOST_THUMBNAILS)
    count = ceil(cuts.keyframes / step)
    columns = min(COLUMNS, count)
    width = min(THUMBNAIL_WIDTH, rung.width)
    height = max(2, 2 * round(rung.height * width / rung.width / 2))
    return Sheet(step, count, columns, ceil(count / columns), width, height)
