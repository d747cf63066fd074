"""The mux: the encodes copied into segments of both formats, laid out as they will be stored."""

from fractions import Fraction
from pathlib import Path

from packager import child, commands, continuity, renumber
from packager.commands import AUDIO_RUNG
from packager.cuts import Cuts, Run
from packager.ladder import Rung
from packager.progress import Progress, Watcher
from packager.tools import Tools
from storage.records import MediaFormat

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
    for rung in rungs:
        for number in run.numbers:
            path = out / "cmaf" / rung.name / f"{number}.m4s"
            path.write_bytes(renumber.renumbered(path.read_bytes(), number, run.first_frame * run.cuts.frame_ticks))


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

    def heard(line: str) -> bool:
        moved = moving.heard(line)
        if moved:
            watcher(Progress("mux", min(1.0, max(0.0, moving.out_us / 1e6 / float(duration)))))
        return moved

    child.make(argv, "cut segments", out=heard)


def _end_counters(run: Run, rungs: tuple[Rung, ...], out: Path) -> None:
    for rung in rungs:
        path = out / "ts" / rung.name / f"{run.last - 1}.ts"
        path.write_bytes(continuity.ended(path.read_bytes()))
