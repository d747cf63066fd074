"""The encode: ffmpeg makes the whole ladder at once, of all of a source or of a part, or the sound alone."""

import shutil
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from packager import child, chunks, commands, damage
from packager.chunks import Reading
from packager.commands import AUDIO_BPS, Gain
from packager.cuts import Cuts, Run
from packager.damage import Heard, Late, Part
from packager.ladder import Rung
from packager.packets import Holding
from packager.parts import Chunk
from packager.probe import Probe
from packager.progress import Progress, Watcher
from packager.tools import Tools
from storage.errors import BadSource, NoRoom

# The encodes and their copies in two formats, at the highest rate, are three times the ladder. Capped CRF
# seldom takes two thirds of its cap.
_ROOM_FACTOR = 2


def encode(
    probe: Probe,
    holding: Holding,
    cuts: Cuts,
    rungs: tuple[Rung, ...],
    gain: Gain,
    *,
    folder: Path,
    tools: Tools,
    watcher: Watcher,
) -> None:
    """Write one MP4 per rung and one of the audio into `folder`.

    Raises BadSource when the source is damaged or cannot be decoded, NoRoom.
    """
    check_room(folder, cuts.duration, rungs)
    heard = Heard()
    argv = commands.encode(tools.ffmpeg, probe, cuts, rungs, gain, folder)
    _ran(probe, argv, heard, heard.take, cuts.frames, cuts.duration, watcher)
    damage.check_whole(probe, holding, heard)


def encode_run(
    probe: Probe,
    holding: Holding,
    run: Run,
    chunk: Chunk,
    rungs: tuple[Rung, ...],
    *,
    folder: Path,
    tools: Tools,
    watcher: Watcher,
) -> int:
    """Write one MP4 per rung of a part into `folder`; how many of its pictures the decoder did not show.

    Raises BadSource when the part is damaged, NoRoom.
    """
    check_room(folder, run.duration, rungs)
    found: BadSource | None = None
    for reading in chunks.readings(probe, chunk):
        argv = commands.encode_run(tools.ffmpeg, probe, run, rungs, reading, folder)
        part = Part(*chunks.bounds(run), chunk.key_s)
        try:
            _ran(probe, argv, part.heard, part.take, run.frames, run.duration, watcher)
            return damage.check_part(probe, holding, chunk.pictures, part)
        except Late:
            continue
        except BadSource as error:
            # A place to seek to may look like damage. What a second look finds is damage.
            if found is not None or reading.seek_us is None:
                raise
            found = error
    raise found or BadSource(
        f"{probe.name}: damaged: no picture could be decoded, {damage.near(*chunks.bounds(run))}"
    )


def encode_sound(
    probe: Probe, cuts: Cuts, gain: Gain, reading: Reading, *, folder: Path, tools: Tools, watcher: Watcher
) -> None:
    """Write one MP4 of the audio into `folder`. Raises BadSource, NoRoom."""
    check_room(folder, cuts.duration, ())
    heard = Heard()
    argv = commands.encode_sound(tools.ffmpeg, probe, cuts, gain, reading, folder)
    _ran(probe, argv, heard, heard.take, None, cuts.duration, watcher)
    damage.check_sound(probe, heard)


def _ran(
    probe: Probe,
    argv: list[str],
    heard: Heard,
    err: Callable[[str], None],
    frames: int | None,
    duration: Fraction,
    watcher: Watcher,
) -> None:
    """Run an encode of `frames` pictures (None: of sound). Raises BadSource."""
    moving = child.Moving()
    report = _reporting(moving, frames, duration, watcher)

    def heard_out(line: str) -> bool:
        if line.startswith("progress="):
            report()
        return moving.heard(line)

    try:
        ended = child.run(argv, out=heard_out, err=err, beat=report)
    except child.Stalled as error:
        raise BadSource(f"{probe.name}: encoding stopped at frame {moving.frame}: {error}") from None
    if frames and (heard.decoded.get(probe.video.index) == 0 or (ended.code != 0 and not moving.frame)):
        raise BadSource(f"{probe.name}: its video ({probe.video.codec}) cannot be decoded by this ffmpeg")
    if ended.code != 0:
        if "Changing audio frame properties" in ended.reason:
            raise BadSource(f"{probe.name}: its sound changes channels or rate on the way")
        raise BadSource(f"{probe.name}: encoding failed: {ended.reason}")


def check_room(folder: Path, duration: Fraction, rungs: tuple[Rung, ...]) -> None:
    """Raises NoRoom when the disk of `folder` cannot hold what is about to be written."""
    rate_bps = sum(rung.step.rate_kbps * 1000 for rung in rungs) + AUDIO_BPS * max(1, len(rungs))
    needed = int(rate_bps / 8 * float(duration) * _ROOM_FACTOR)
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise NoRoom(f"packaging needs about {needed >> 20} MB in {folder.parent}, which has {free >> 20} MB free")


def _reporting(moving: child.Moving, frames: int | None, duration: Fraction, watcher: Watcher) -> Callable[[], None]:
    began = time.monotonic()

    def report() -> None:
        done = moving.frame / frames if frames else moving.out_us / 1e6 / float(duration)
        watcher(_progress(min(1.0, max(0.0, done)), duration, time.monotonic() - began))

    return report


def _progress(done: float, duration: Fraction, passed_s: float) -> Progress:
    speed = done * float(duration) / passed_s if passed_s > 0 else None
    remaining = passed_s / done * (1 - done) if done > 0 else None
    return Progress("encode", done, speed, remaining)
