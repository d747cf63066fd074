"""Chunks: how a long video is divided among machines, and how each reads its part exactly. Pure."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from packager.cuts import SEGMENT_S, Cuts, Run
from packager.packets import Holding
from packager.parts import Chunk
from packager.probe import Probe
from packager.timeline import Timeline

CHUNK_S = 32

# Where seeking was measured to give the same pictures as reading from the start, frame by frame. Others have no
# index, or no time stamps, or none that are kept across a seek.
_SEEKABLE = frozenset({"mov", "matroska", "mpegts"})
_CLOCKED = frozenset({"mpegts"})
_CODECS = frozenset({"h264", "hevc", "vp8", "vp9", "av1", "mpeg2video", "mpeg4", "prores", "dnxhd", "mjpeg", "ffv1"})

# At fewer frames per second the muxer, which counts from the start of a chunk, could miss a boundary.
_SLOWEST = 12

# Streams that begin this far apart are mended by ffmpeg in its own ways when it reads both.
_APART_S = 5

# Deinterlacing looks at the picture before, which a seek to the picture itself does not give.
_FIELDS_APART_S = Fraction(1, 4)

# How long before its first frame a chunk wants a key frame, and how much further back it looks the second time.
_BEFORE_S = Fraction(1, 2)
_FURTHER_S = 10
_FURTHER_KEYS = 2

# ffmpeg asks containers without presentation times in their index for 3/23 s less, where frames are reordered.
_HEURISTIC_S = Fraction(15, 100)
_CLOCK_S = Fraction(1, 4)


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read a part: the time in the file, in microseconds, that is zero, and where to seek to.

    `seek_us` counts from the start of the container, None reads from there.
    """

    zero_us: int
    seek_us: int | None = None


def zero(probe: Probe) -> Fraction:
    """The time in the file that an asset begins with. ffmpeg's own rule when it reads the streams that are used."""
    starts = [probe.starts[index] for index in probe.used if index in probe.starts]
    return min(starts) if starts and probe.formats & _CLOCKED else probe.start_s


def divide(probe: Probe, holding: Holding, cuts: Cuts, timeline: Timeline, seconds: float) -> tuple[Chunk, ...]:
    """The chunks of about `seconds`, equal to a segment; one for all when that is short or cannot be done exactly."""
    per_chunk = max(1, round(seconds / SEGMENT_S))
    count = round(cuts.segments / per_chunk)
    if count < 2 or not is_divisible(probe, holding, timeline):
        return (Chunk(first=0, last=cuts.segments, pictures=holding.count),)
    firsts = [number * cuts.segments // count for number in range(count + 1)]
    runs = [Run(cuts, first, last) for first, last in pairwise(firsts)]
    return tuple(_chunk(probe, run, timeline) for run in runs)


def is_divisible(probe: Probe, holding: Holding, timeline: Timeline) -> bool:
    """Whether each part of the source can be read by itself, to the frame."""
    starts = [probe.starts.get(index) for index in probe.used]
    known = [start for start in starts if start is not None]
    return (
        bool(probe.formats & _SEEKABLE)
        and probe.video.codec in _CODECS
        and holding.rate >= _SLOWEST
        and holding.per_frame == 1
        and holding.is_steady
        and timeline.is_sound
        and len(known) == len(starts)
        and max(known) - min(known) < _APART_S
        and (not probe.video.interlaced or timeline.longest_gap * timeline.base < _FIELDS_APART_S)
    )


def bounds(run: Run) -> tuple[Fraction | None, Fraction | None]:
    """From and up to which time a picture is rounded to a frame of the run; None: no bound."""
    start = None if run.is_first else (run.first_frame - Fraction(1, 2)) / run.cuts.fps
    return start, None if run.is_last else (run.end_frame - Fraction(1, 2)) / run.cuts.fps


def readings(probe: Probe, chunk: Chunk) -> tuple[Reading, ...]:
    """The ways to read a chunk, to be tried in turn; the last reads all that comes before it."""
    start = all_of(probe)
    return (*(Reading(start.zero_us, seek_us) for seek_us in chunk.seeks_us), start)


def all_of(probe: Probe) -> Reading:
    """How to read from the start."""
    return Reading(round(zero(probe) * 1_000_000))


def _chunk(probe: Probe, run: Run, timeline: Timeline) -> Chunk:
    begin = zero(probe)
    start, end = (None if bound is None else bound + begin for bound in bounds(run))
    keys = timeline.keys_until(run.first_frame / run.cuts.fps + begin - _BEFORE_S)
    key = keys[-1] if keys and not run.is_first else None
    seeks_us: list[int] = []
    if key is not None:
        further = [known for known in keys[:-_FURTHER_KEYS] if key - known >= _FURTHER_S]
        wanted = [key, *further[-1:]]
        seeks_us = [_seek_us(probe, known, timeline) for known in wanted]
    return Chunk(
        first=run.first,
        last=run.last,
        pictures=timeline.count(start, end),
        key_us=None if key is None else round((key - begin) * 1_000_000),
        seeks_us=tuple(seek_us for seek_us in seeks_us if seek_us > 0),
    )


def _seek_us(probe: Probe, key: Fraction, timeline: Timeline) -> int:
    """What to ask ffmpeg for, to be given the key frame at `key` and, if possible, nothing before it."""
    if probe.formats & _CLOCKED:
        # Found by its clock, not by an index: what is asked for has to come before the key frame.
        return int((key - probe.start_s - _CLOCK_S) * 1_000_000)
    after = timeline.key_after(key)
    spare = _HEURISTIC_S if after is None else min(_HEURISTIC_S, (after - key) / 2)
    return int((key - probe.start_s + spare) * 1_000_000)
