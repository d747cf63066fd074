"""The mux: the encodes copied into segments of both formats, laid out as they will be stored."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

from packager import child, commands, continuity, renumber
from packager.boxes import Malformed
from packager.commands import AUDIO_RUNG
from packager.cuts import Cuts, Run
from packager.ladder import Rung
from packager.progress import Progress, Watcher
from packager.tools import Tools
from storage.errors import NoRoom, Unavailable
from storage.records import MediaFormat

_SPARE_BYTES = 1 << 20  # less than any segment's worth

Tracks = tuple[tuple[MediaFormat, str], ...]


def mux(cuts: Cuts, rungs: tuple[Rung, ...], *, folder: Path, out: Path, tools: Tools, watcher: Watcher) -> None:
    """Write `out`/format/rung/{init.mp4,N.m4s,N.ts} from the encodes in `folder`. Raises NoRoom."""
    _make_folders(out, (*videos("cmaf", rungs), ("cmaf", AUDIO_RUNG), *videos("ts", rungs)))
    _copy(commands.mux(tools.ffmpeg, cuts, rungs, folder, out), cuts.duration, watcher)
    _end_counters(cuts.whole, rungs, out)


def mux_run(run: Run, rungs: tuple[Rung, ...], *, folder: Path, out: Path, tools: Tools, watcher: Watcher) -> None:
    """Write `out`/cmaf/rung/{init.mp4,N.m4s} of a part from its encodes in `folder`. Raises NoRoom."""
    _make_folders(out, videos("cmaf", rungs))
    _copy(commands.mux_run(tools.ffmpeg, run, rungs, folder, out), run.duration, watcher)
    later = run.first_frame * run.cuts.frame_ticks
    for rung in rungs:
        for number in run.numbers:
            with _changed(out / "cmaf" / rung.name / f"{number}.m4s") as path:
                path.write_bytes(renumber.renumbered(path.read_bytes(), number, later))


def mux_sound(cuts: Cuts, *, folder: Path, out: Path, tools: Tools, watcher: Watcher) -> None:
    """Write `out`/cmaf/audio/{init.mp4,N.m4s} from the encode in `folder`. Raises NoRoom."""
    _make_folders(out, (("cmaf", AUDIO_RUNG),))
    _copy(commands.mux_sound(tools.ffmpeg, cuts, folder, out), cuts.duration, watcher)


def remux_run(run: Run, rungs: tuple[Rung, ...], *, folder: Path, out: Path, tools: Tools, watcher: Watcher) -> None:
    """Write `out`/ts/rung/N.ts of a part from joined segments of it in `folder`. Raises NoRoom."""
    _make_folders(out, videos("ts", rungs))
    _copy(commands.remux_run(tools.ffmpeg, run, rungs, folder, out), run.duration, watcher)
    _end_counters(run, rungs, out)


def videos(media_format: MediaFormat, rungs: tuple[Rung, ...]) -> Tracks:
    """The renditions with a picture: in `cmaf` the audio is one of its own, in `ts` it is in each rung."""
    return tuple((media_format, rung.name) for rung in rungs)


def _make_folders(out: Path, tracks: Tracks) -> None:
    for media_format, rung in tracks:
        (out / media_format / rung).mkdir(parents=True)


def _copy(argv: list[str], duration: Fraction, watcher: Watcher) -> None:
    moving = child.Moving()

    def tell() -> None:
        watcher(Progress("mux", min(1.0, max(0.0, moving.out_us / 1e6 / float(duration)))))

    def heard(line: str) -> bool:
        moved = moving.heard(line)
        if moved:
            tell()
        return moved

    child.make(argv, "cut segments", out=heard, beat=tell)


def _end_counters(run: Run, rungs: tuple[Rung, ...], out: Path) -> None:
    for rung in rungs:
        with _changed(out / "ts" / rung.name / f"{run.last - 1}.ts") as path:
            path.write_bytes(continuity.ended(path.read_bytes()))


@contextmanager
def _changed(segment: Path) -> Iterator[Path]:
    """A segment that is about to be changed. Raises NoRoom, or Unavailable, when the muxer did not write it whole."""
    try:
        yield segment
    except (Malformed, FileNotFoundError) as error:
        # The muxer goes on after what it could not write, and does not always say so.
        if shutil.disk_usage(segment.parent).free < _SPARE_BYTES:
            raise NoRoom("the disk is full") from None
        raise Unavailable(f"ffmpeg could not cut segments: {segment.name}: {error}") from None
