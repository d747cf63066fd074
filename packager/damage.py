"""Damage: whether all of a source could be decoded, by what ffmpeg says while it does. Pure."""

import re
from dataclasses import dataclass, field
from fractions import Fraction

from packager.packets import Holding
from packager.probe import Probe
from storage.errors import BadSource

# Open GOPs: pictures shown before the first key frame but stored after it cannot be decoded either.
_REORDERED = 16

_SUMMARY = re.compile(r"Input stream #0:(\d+) .*?(\d+) packets read .*?(\d+) frames decoded; (\d+) decode errors")
_FROM = re.compile(r"\[[va]ist#0:(\d+)/")
_BASE = re.compile(r"showinfo_\d+ .*config in time_base: (\d+)/(\d+)")
_SHOWN = re.compile(r"showinfo_\d+ .*\] n: *\d+ pts: *(-?\d+) ")

_UNNAMED = -1

# Time stamps are rounded to the stream's clock twice on their way; the coarsest counts milliseconds.
_ROUNDING_S = Fraction(2, 1000)

# At the ends of a part, rounding may put a picture on the other side. Over all parts it comes out even.
_AT_BOUNDS = 2


class Late(Exception):
    """Decoding began after the picture that a part needs first: the place to seek to was none."""


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
            # `showinfo` prints a line in pieces: what a decoder says meanwhile ends it, and has no name before it.
            stream = _FROM.search(line)
            index = int(stream[1]) if stream else _UNNAMED
            self.corrupt[index] = self.corrupt.get(index, 0) + 1
        elif "partial file" in line or "Error during demuxing" in line:
            self.partial = line.rpartition("] ")[2]

    def bad(self, index: int) -> tuple[int, int]:
        """How many pictures, or pieces of sound, of a stream could not be decoded, and how many are corrupt."""
        return self.failed.get(index, 0), self.corrupt.get(index, 0) + self.corrupt.get(_UNNAMED, 0)


@dataclass(slots=True)
class Part:
    """What ffmpeg decoded of a part of the source: from `start`, up to `end`, from the key frame at `key`; seconds.

    `shown` counts the pictures between `start` and `end`; None is no bound.
    """

    start: Fraction | None
    end: Fraction | None
    key: Fraction | None
    heard: Heard = field(default_factory=Heard)
    shown: int = 0
    _base: Fraction | None = None
    _began: bool = False

    def take(self, line: str) -> None:
        """Read one line of ffmpeg's stderr. Raises Late."""
        self.heard.take(line)
        if "showinfo" not in line:
            return
        if self._base is None:
            base = _BASE.search(line)
            self._base = Fraction(int(base[1]), int(base[2])) if base else None
        else:
            shown = _SHOWN.search(line)
            if shown:
                self._show(int(shown[1]) * self._base)

    def _show(self, time: Fraction) -> None:
        if not self._began and self.key is not None and time > self.key + _ROUNDING_S:
            raise Late
        self._began = True
        if (self.start is None or time >= self.start) and (self.end is None or time < self.end):
            self.shown += 1


def check_part(probe: Probe, holding: Holding, pictures: int, part: Part) -> int:
    """How many of the part's `pictures` gave none. Raises BadSource when it is damaged.

    What was decoded before and after the part is judged as well: damaged there, it is damaged in another part too. It
    is not counted as missing twice.
    """
    name, index, heard, place = probe.name, probe.video.index, part.heard, near(part.start, part.end)
    if heard.partial:
        raise BadSource(f"{name}: damaged: {heard.partial}")
    excused = _excused(holding) if part.start is None else 0
    failed, corrupt = heard.bad(index)
    if failed + corrupt > excused:
        raise BadSource(f"{name}: damaged: {failed} pictures could not be decoded and {corrupt} are corrupt, {place}")
    missing = pictures - part.shown
    # What a whole file may miss may all be in one part; `check_parts` judges the sum.
    if missing > excused + _AT_BOUNDS + _unshown(probe, holding, holding.count):
        raise BadSource(f"{name}: damaged: of {pictures} pictures {part.shown} could be decoded, {place}")
    return missing


def near(start: Fraction | None, end: Fraction | None) -> str:
    """Where a part is, for people. Decoding goes a little beyond it on both sides."""
    return f"in or near {float(start or 0):.0f} s to " + ("the end" if end is None else f"{float(end):.0f} s")


def check_parts(probe: Probe, holding: Holding, missing: int) -> None:
    """Raises BadSource when all parts together are `missing` more pictures than a whole file may."""
    if missing > _excused(holding) + _unshown(probe, holding, holding.count):
        raise BadSource(
            f"{probe.name}: damaged: {holding.count} pictures in the file, {holding.count - missing} could be decoded"
        )


def check_packets(probe: Probe, holding: Holding) -> None:
    """Raises BadSource when what carries the pictures is damaged already."""
    if holding.corrupt > _excused(holding):
        raise BadSource(f"{probe.name}: damaged: of {holding.count} pictures {holding.corrupt} are corrupt")


def _excused(holding: Holding) -> int:
    # A recording cut out of a broadcast starts between key frames: what comes before the first cannot be shown.
    return holding.leading + _REORDERED if holding.leading else 0


def check_whole(probe: Probe, holding: Holding, heard: Heard) -> None:
    """Raises BadSource, with the counts, when not everything in the source could be decoded.

    The encode itself hides it: the last good picture is repeated in place of what is missing.
    """
    name, index = probe.name, probe.video.index
    if heard.partial:
        raise BadSource(f"{name}: damaged: {heard.partial}")
    decoded = heard.decoded.get(index, 0)
    excused = _excused(holding)
    failed, corrupt = heard.bad(index)
    if failed + corrupt > excused or holding.corrupt > excused:
        raise BadSource(
            f"{name}: damaged: of {holding.count} pictures {failed} could not be decoded and "
            f"{max(corrupt, holding.corrupt)} are corrupt"
        )
    missing = holding.count - decoded * holding.per_frame
    if missing > excused + _unshown(probe, holding, holding.count):
        raise BadSource(f"{name}: damaged: {holding.count} pictures in the file, {decoded} could be decoded")
    check_sound(probe, heard)


def _unshown(probe: Probe, holding: Holding, count: int) -> int:
    """How many of `count` packets may give no picture in a file that is whole."""
    if probe.video.codec in {"vp8", "mpeg4"}:
        # VP8 stores reference frames that are never shown, DivX empty frames: up to one in ten is usual.
        return max(2, count // 10)
    # The last packet of a recording is often the start of a picture that never came.
    return max(2, holding.per_frame)


def check_sound(probe: Probe, heard: Heard) -> None:
    """Raises BadSource when too much of the audio could not be decoded."""
    if heard.partial:
        raise BadSource(f"{probe.name}: damaged: {heard.partial}")
    if probe.audio is None:
        return
    index = probe.audio.index
    bad = sum(heard.bad(index))
    # Recordings start and end within an audio frame; one lost frame in a thousand is 20 ms in 20 s.
    if bad > max(2, heard.read.get(index, 0) // 1000):
        raise BadSource(
            f"{probe.name}: damaged: of {heard.read.get(index, 0)} audio packets {bad} could not be decoded"
        )
