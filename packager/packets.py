"""Packets: what a file really holds, by walking it without decoding."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

from packager import child, rates
from packager.cuts import MOST_SEGMENTS, SEGMENT_S, SHORTEST_S
from packager.probe import INPUT_OPTIONS, Probe, input_url
from packager.timeline import Timeline
from packager.tools import Tools
from storage.errors import BadSource

_DISTINCT_DELTAS = 64
_REPORT_EVERY = 2_000

# ffmpeg takes a jump beyond 10 s for a new clock in these; the cuts cannot follow it.
_CLOCKED = frozenset({"mpegts", "mpeg"})
_JUMP_S = 10

# Their durations count from time zero, wherever the first picture is.
_FROM_ZERO = frozenset({"matroska"})

# A Matroska file is read on behind what is no element of it, at the next cluster: nothing else tells that. What is
# behind the end of a live one gives the same error, but no gap.
_SKIPPED = re.compile(r"\[matroska\S* @ \w+\] \[error\] (?!File ended prematurely)")
_GAP_S = Fraction(1, 4)

# These begin with a key frame, unless that is damaged; what an edit list hides before the first is not counted.
_KEYED = frozenset({"mov"})

# Elementary streams have no clock and no header: their duration is a guess from the bit rate.
_RAW = frozenset({"h264", "hevc", "m4v", "mpegvideo", "obu"})


@dataclass(frozen=True, slots=True)
class Holding:
    """What the video really is: `duration` seconds from the container's start, `count` frames to decode.

    `leading` is how many of them come before the first key frame, and `per_frame` how many packets a
    frame may take (2: pictures stored as fields). `is_steady`: no stream that is used goes back in time.
    """

    duration: Fraction
    rate: Fraction
    count: int
    leading: int
    corrupt: int
    per_frame: int
    is_steady: bool


@dataclass(slots=True)
class _Track:
    count: int = 0
    hidden: int = 0
    leading: int = 0
    keyed: bool = False
    corrupt: int = 0
    stamped: int = 0
    first: int | None = None
    end: int | None = None
    dts: int | None = None
    jump: int = 0
    is_steady: bool = True
    deltas: Counter[int] = field(default_factory=Counter)

    def take(self, pts: int | None, dts: int | None, duration: int, flags: str) -> None:
        self.count += 1
        self.keyed = self.keyed or "K" in flags
        self.leading += not self.keyed
        self.corrupt += "C" in flags
        shown = dts if pts is None else pts
        if shown is not None:
            self.stamped += 1
            self.first = shown if self.first is None else min(self.first, shown)
            self.end = shown + duration if self.end is None else max(self.end, shown + duration)
        if dts is not None:
            if self.dts is not None:
                self._step(dts - self.dts)
            self.dts = dts

    def _step(self, delta: int) -> None:
        self.jump = max(self.jump, abs(delta))
        self.is_steady = self.is_steady and delta >= 0
        if delta in self.deltas or len(self.deltas) < _DISTINCT_DELTAS:
            self.deltas[delta] += 1


def scan(
    probe: Probe, tools: Tools, *, reached: Callable[[Fraction], None], timeline: Timeline | None = None
) -> Holding:
    """Walk all packets, telling `reached` the seconds that are behind. Raises BadSource for what is damaged.

    `timeline` is told the video's packets.
    """
    told = {} if timeline is None else {probe.video.index: timeline}
    tracks: dict[int, _Track] = {}
    seen = 0
    skipped = False

    def complain(line: str) -> None:
        nonlocal skipped
        skipped = skipped or _SKIPPED.search(line) is not None

    def take(line: str) -> bool:
        nonlocal seen
        index = _packet(line, tracks, told)
        seen += 1
        if index is not None and seen % _REPORT_EVERY == 0:
            reached(_end(probe, tracks, index) - probe.start_s)
        return True

    options = [word for name, value in INPUT_OPTIONS.items() for word in (f"-{name}", value)]
    entries = "packet=stream_index,pts,dts,duration,flags"
    argv = [tools.ffprobe, "-v", "level+error", *options, "-show_packets", "-show_entries", entries]
    try:
        ended = child.run([*argv, "-of", "csv=p=0", input_url(probe.path)], out=take, err=complain)
    except child.Stalled as error:
        raise BadSource(f"{probe.name}: reading it stopped: {error}") from None
    if ended.code != 0:
        raise BadSource(f"{probe.name}: cannot be read to its end: {ended.reason}")
    if timeline is not None:
        timeline.end()
    if skipped:
        _check_gaps(probe, tracks)
    return _judged(probe, tracks)


def _packet(line: str, tracks: dict[int, _Track], told: dict[int, Timeline]) -> int | None:
    # "0,1024,512,512,K__" and after it, in transport streams, side data; lines of side data are not packets.
    parts = line.split(",", 5)
    if len(parts) < 5 or not parts[0].isdecimal():
        return None
    index, flags = int(parts[0]), parts[4]
    track = tracks.setdefault(index, _Track())
    pts = _number(parts[1])
    if index in told:
        told[index].take(pts, "K" in flags, "D" in flags)
    if "D" in flags:  # before the first frame of an edit list: decoded, never shown
        track.hidden += 1
        track.keyed = track.keyed or "K" in flags
    else:
        track.take(pts, _number(parts[2]), _number(parts[3]) or 0, flags)
    return index


def _number(text: str) -> int | None:
    return None if text == "N/A" or not text else int(text)


def _end(probe: Probe, tracks: dict[int, _Track], index: int) -> Fraction:
    track = tracks.get(index)
    if track is None or track.end is None:
        return probe.start_s
    return track.end * probe.time_bases.get(index, Fraction(0))


def _judged(probe: Probe, tracks: dict[int, _Track]) -> Holding:
    name, video = probe.name, probe.video
    track = tracks.get(video.index)
    if track is None or not track.count:
        raise BadSource(f"{name}: no video packets")
    base = probe.time_bases[video.index]
    if probe.formats & _CLOCKED and track.jump * base > _JUMP_S:
        raise BadSource(f"{name}: its time stamps jump by {float(track.jump * base):.1f} s")
    rate, per_frame = _rate(probe, track, base)
    duration = _duration(probe, track, base, rate)
    if not probe.formats & _RAW:
        _check_promises(probe, tracks, track, duration)
    if round(duration * rate) < SHORTEST_S * rate:
        raise BadSource(f"{name}: {float(duration):.2f} s long; the shortest that can be played is {SHORTEST_S} s")
    if duration > MOST_SEGMENTS * SEGMENT_S * Fraction(9, 10):
        raise BadSource(f"{name}: {float(duration / 3600):.1f} hours long; the longest that is taken is 10 hours")
    leading = track.leading if track.keyed and not probe.formats & _KEYED else 0
    is_steady = all(tracks[used].is_steady for used in probe.used if used in tracks)
    return Holding(duration, rate, track.count, leading, track.corrupt, per_frame, is_steady)


def _check_gaps(probe: Probe, tracks: dict[int, _Track]) -> None:
    gap = max((tracks[used].jump * probe.time_bases[used] for used in probe.used if used in tracks), default=_GAP_S)
    if gap > _GAP_S:
        raise BadSource(f"{probe.name}: damaged: {float(gap):.1f} s of it cannot be read")


def _rate(probe: Probe, track: _Track, base: Fraction) -> tuple[Fraction, int]:
    """The rate to encode at, and how many packets a frame may take."""
    average = None
    if track.first is not None and track.end is not None and track.end > track.first:
        average = track.stamped / ((track.end - track.first) * base)
    header = probe.video.average_rate
    rate = rates.chosen(average, header, track.deltas, base)
    # Fields in packets of their own: twice as many packets as pictures.
    if probe.video.interlaced and header is not None and abs(rate / header / 2 - 1) <= rates.SNAP:
        return rates.nearest(header), 2
    return rate, 1


def _duration(probe: Probe, track: _Track, base: Fraction, rate: Fraction) -> Fraction:
    if track.first is None or track.end is None or track.stamped * 2 < track.count:
        return track.count / rate  # no time stamps: AVI and elementary streams
    end = track.end * base
    # Matroska need not say how long its last frame lasts.
    last_known = track.end > (track.dts or 0) if track.dts is not None else True
    return end - probe.start_s if last_known else end - probe.start_s + 1 / rate


def _check_promises(probe: Probe, tracks: dict[int, _Track], track: _Track, duration: Fraction) -> None:
    """Index and header against packets: a file cut short keeps its header."""
    reach = max(_end(probe, tracks, index) for index in tracks) - probe.start_s
    begin = probe.start_s if probe.formats & _FROM_ZERO else Fraction(0)
    for told, held in ((probe.video.promised_s, duration), (probe.promised_s, max(reach, duration))):
        if told is None:
            continue
        promised = told - begin if told > begin else told
        # Headers round and count edit lists their own way; a second and 2 % is beyond any of that.
        if promised - held > max(Fraction(1), promised * Fraction(2, 100)):
            raise BadSource(f"{probe.name}: says {float(promised):.1f} s but holds {float(held):.1f} s")
    promised_frames = probe.video.promised_frames
    held_frames = track.count + track.hidden
    # The reader may pass over the last frames that an edit list hides; 2 % is as for the duration.
    if promised_frames is not None and promised_frames - held_frames > max(8, promised_frames // 50):
        raise BadSource(f"{probe.name}: its index has {promised_frames} frames, the file {held_frames}")
