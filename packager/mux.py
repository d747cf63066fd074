"""The mux: the encodes copied into segments of both formats, laid out as they will be stored."""

from pathlib import Path

from packager import child, commands
from packager.commands import AUDIO_RUNG
from packager.cuts import Cuts
from packager.ladder import Rung
from packager.progress import Progress, Watcher
from packager.tools import Tools
from storage.records import MediaFormat


def mux(cuts: Cuts, rungs: tuple[Rung, ...], *, folder: Path, out: Path, tools: Tools, watcher: Watcher) -> None:
    """Write `out`/format/rung/{init.mp4,N.m4s,N.ts} from the encodes in `folder`. Raises NoRoom."""
    for media_format, rung in tracks(rungs):
        (out / media_format / rung).mkdir(parents=True)
    moving = child.Moving()

    def heard(line: str) -> bool:
        moved = moving.heard(line)
        if moved:
            watcher(Progress("mux", min(1.0, moving.out_us / 1e6 / float(cuts.duration))))
        return moved

    child.make(commands.mux(tools.ffmpeg, cuts, rungs, folder, out), "cut segments", out=heard)


def tracks(rungs: tuple[Rung, ...]) -> tuple[tuple[MediaFormat, str], ...]:
    """Every rendition, as format and rung: in `cmaf` the audio is one of its own, in `ts` it is in each rung."""
    names = tuple(rung.name for rung in rungs)
    cmaf: tuple[tuple[MediaFormat, str], ...] = tuple(("cmaf", name) for name in (*names, AUDIO_RUNG))
    return cmaf + tuple(("ts", name) for name in names)
