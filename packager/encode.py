"""The encode: one ffmpeg process makes the whole ladder, and what it says tells whether the source is whole."""

import re
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from packager import child, commands
from packager.commands import AUDIO_BPS, Gain
from packager.cuts import Cuts
from packager.ladder import Rung
from packager.packets import Holding
from packager.probe import Probe
from packager.progress import Progress, Watcher
from packager.tools import Tools
from storage.errors import BadSource, NoRoom

# The encodes and their copies in two formats, at the highest rate, are three times the ladder. Capped CRF
# seldom takes two thirds of its cap.
_ROOM_FACTOR = 2

# Open GOPs: pictures shown before the first key frame but stored after it cannot be decoded either.
_REORDERED = 16

_SUMMARY = re.compile(r"Input stream #0:(\d+) .*?(\d+) packets read .*?(\d+) frames decoded; (\d+) decode errors")
_FROM = re.compile(r"\[[va]ist#0:(\d+)/")


@dataclass(slots=True)
class Heard:
    """What ffmpeg said of the source while decoding it, by stream index."""

    decoded: dict[int, int] = field(default_factory=dict)
    failed: dict[int, int] = field(default_factory=dict)
    read: dict[int, int] = field(default_factory=dict)
    corrupt: dict[int, int] = field(default_factory=dict)
    partial: str | None = None

    def take(self, line: str) -> None:
        """Read one line of ffmpeg's stderr."""
        summary = _SUMMARY.search(line)
        if summary:
            index, read, decoded, failed = (int(number) for number in summary.groups())
            self.read[index], self.decoded[index], self.failed[index] = read, decoded, failed
        elif "corrupt decoded frame" in line:
            stream = _FROM.search(line)
            if stream:
                self.corrupt[int(stream[1])] = self.corrupt.get(int(stream[1]), 0) + 1
        elif "partial file" in line or "Error during demuxing" in line:
            self.partial = line.rpartition("] ")[2]


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
) -> float:
    """Write one MP4 per rung and one of the audio into `folder`; the wall seconds that it took.

    Raises BadSource when the source is damaged or cannot be decoded, NoRoom.
    """
    check_room(folder, cuts, rungs)
    heard = Heard()
    moving = child.Moving()
    argv = commands.encode(tools.ffmpeg, probe, cuts, rungs, gain, folder)
    began = time.monotonic()
    try:
        ended = child.run(argv, out=_reporting(moving, cuts, watcher), err=heard.take)
    except child.Stalled as error:
        raise BadSource(f"{probe.path.name}: encoding stopped at frame {moving.frame}: {error}") from None
    if ended.code != 0:
        if heard.decoded.get(probe.video.index) == 0 or not moving.frame:
            raise BadSource(f"{probe.path.name}: its video ({probe.video.codec}) cannot be decoded by this ffmpeg")
        if "Changing audio frame properties" in ended.reason:
            raise BadSource(f"{probe.path.name}: its sound changes channels or rate on the way")
        raise BadSource(f"{probe.path.name}: encoding failed: {ended.reason}")
    check_whole(probe, holding, heard)
    return time.monotonic() - began


def check_room(folder: Path, cuts: Cuts, rungs: tuple[Rung, ...]) -> None:
    """Raises NoRoom when the disk of `folder` cannot hold what is about to be written."""
    rate_bps = sum(rung.step.rate_kbps * 1000 for rung in rungs) + AUDIO_BPS * len(rungs)
    needed = int(rate_bps / 8 * float(cuts.duration) * _ROOM_FACTOR)
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise NoRoom(f"packaging needs about {needed >> 20} MB in {folder.parent}, which has {free >> 20} MB free")


def check_whole(probe: Probe, holding: Holding, heard: Heard) -> None:
    """Raises BadSource, with the counts, when not everything in the source could be decoded.

    The encode itself hides it: the last good picture is repeated in place of what is missing.
    """
    name, index = probe.path.name, probe.video.index
    if heard.partial:
        raise BadSource(f"{name}: damaged: {heard.partial}")
    decoded = heard.decoded.get(index, 0)
    # A recording cut out of a broadcast starts between key frames: what comes before the first cannot be shown.
    excused = holding.leading + _REORDERED if holding.leading else 0
    bad = heard.failed.get(index, 0) + heard.corrupt.get(index, 0)
    if bad > excused or holding.corrupt > excused:
        raise BadSource(
            f"{name}: damaged: of {holding.count} pictures {heard.failed.get(index, 0)} could not be decoded and "
            f"{max(heard.corrupt.get(index, 0), holding.corrupt)} are corrupt"
        )
    missing = holding.count - decoded * holding.per_frame
    if missing > excused + _unshown(probe, holding):
        raise BadSource(f"{name}: damaged: {holding.count} pictures in the file, {decoded} could be decoded")
    _check_sound(probe, heard)


def _unshown(probe: Probe, holding: Holding) -> int:
    """How many packets may give no picture in a file that is whole."""
    if probe.video.codec in {"vp8", "mpeg4"}:
        # VP8 stores reference frames that are never shown, DivX empty frames: up to one in ten is usual.
        return max(2, holding.count // 10)
    # The last packet of a recording is often the start of a picture that never came.
    return max(2, holding.per_frame)


def _check_sound(probe: Probe, heard: Heard) -> None:
    if probe.audio is None:
        return
    index = probe.audio.index
    bad = heard.failed.get(index, 0) + heard.corrupt.get(index, 0)
    # Recordings start and end within an audio frame; one lost frame in a thousand is 20 ms in 20 s.
    if bad > max(2, heard.read.get(index, 0) // 1000):
        raise BadSource(
            f"{probe.path.name}: damaged: of {heard.read.get(index, 0)} audio packets {bad} could not be decoded"
        )


def _reporting(moving: child.Moving, cuts: Cuts, watcher: Watcher) -> Callable[[str], bool]:
    began = time.monotonic()

    def heard(line: str) -> bool:
        moved = moving.heard(line)
        if line.startswith("progress="):
            watcher(_progress(moving, cuts, time.monotonic() - began))
        return moved

    return heard


def _progress(moving: child.Moving, cuts: Cuts, passed_s: float) -> Progress:
    done = min(1.0, moving.frame / cuts.frames)
    speed = done * float(cuts.duration) / passed_s if passed_s > 0 else None
    remaining = passed_s / done * (1 - done) if done > 0 else None
    return Progress("encode", done, speed, remaining)
