"""Cuts: how many frames an asset has and where its segments and key frames begin. Pure, integers only."""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from storage.records import TICKS_PER_SECOND

SEGMENT_S = 4
KEYFRAME_S = 2
SHORTEST_S = 1
VIDEO_TIMESCALE = 120_000  # whole ticks per frame at every rate that we encode
AUDIO_RATE = 48_000
AAC_SAMPLES = 1_024

_TICK_US = 12  # of 90 kHz, rounded up

# Each segment takes hls_time further from the ideal by under 1 us; the last audio frame starts at least
# half a frame (10.6 ms) before the end. Beyond this many segments it could fall into one more.
MOST_SEGMENTS = 10_000


@dataclass(frozen=True, slots=True)
class Cuts:
    """The plan that every rendition obeys: `frames` at `fps` in `segments` equal parts."""

    fps: Fraction
    frames: int
    segments: int
    keyframes: int
    audio_frames: int

    @property
    def duration(self) -> Fraction:
        """Seconds, exactly."""
        return self.frames / self.fps

    def first_frame(self, segment: int) -> int:
        """The frame that begins `segment`; of `segments` itself, the number of frames."""
        return -(-segment * self.frames // self.segments)

    def frames_of(self, segment: int) -> int:
        """How many frames `segment` has."""
        return self.first_frame(segment + 1) - self.first_frame(segment)

    @property
    def frame_ticks(self) -> int:
        """How long one frame lasts at VIDEO_TIMESCALE."""
        return int(VIDEO_TIMESCALE / self.fps)

    @property
    def ticks(self) -> tuple[int, ...]:
        """The segment boundaries at 90 kHz, from 0: one more than segments."""
        rate, per = self.fps.numerator, self.fps.denominator * TICKS_PER_SECOND
        firsts = (self.first_frame(segment) for segment in range(self.segments + 1))
        return tuple((2 * first * per + rate) // (2 * rate) for first in firsts)

    @property
    def hls_time_us(self) -> int:
        """The ideal segment duration for the muxer, floored: rounded up, a key frame would be missed."""
        return int(self.duration * 1_000_000 / self.segments)

    @property
    def whole(self) -> "Run":
        """All segments."""
        return Run(self, 0, self.segments)


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive segments of an asset: from `first` up to, not including, `last`."""

    cuts: Cuts
    first: int
    last: int

    @property
    def numbers(self) -> range:
        """The segments, by their number in the asset."""
        return range(self.first, self.last)

    @property
    def is_first(self) -> bool:
        """Whether the asset begins with it."""
        return self.first == 0

    @property
    def is_last(self) -> bool:
        """Whether the asset ends with it."""
        return self.last == self.cuts.segments

    @property
    def first_frame(self) -> int:
        """The frame that begins it."""
        return self.cuts.first_frame(self.first)

    @property
    def end_frame(self) -> int:
        """The frame after its last."""
        return self.cuts.first_frame(self.last)

    @property
    def frames(self) -> int:
        """How many frames it has."""
        return self.end_frame - self.first_frame

    @property
    def duration(self) -> Fraction:
        """Seconds, exactly."""
        return self.frames / self.cuts.fps

    @property
    def first_key(self) -> int:
        """The key frame that begins it; of the whole asset, key frame j is frame ceil(j*frames/keyframes)."""
        return self.first * (self.cuts.keyframes // self.cuts.segments)

    @property
    def end_key(self) -> int:
        """The key frame after its last."""
        return self.last * (self.cuts.keyframes // self.cuts.segments)

    @property
    def first_audio_frame(self) -> int:
        """The first audio frame that starts when the run does or later."""
        return ceil(self.first_frame / self.cuts.fps * AUDIO_RATE / AAC_SAMPLES)

    @property
    def end_audio_frame(self) -> int:
        """The audio frame after its last, which the next run begins with."""
        if self.is_last:
            return self.cuts.audio_frames
        return ceil(self.end_frame / self.cuts.fps * AUDIO_RATE / AAC_SAMPLES)

    @property
    def hls_time_us(self) -> int:
        """The longest segment duration with which the muxer misses no boundary of the run.

        Counted from the start of the run, boundaries may come up to a frame before their ideal time; and, in `ts`, up
        to a tick of 90 kHz, as times are rounded to it.
        """
        spans = (
            Fraction(self.cuts.first_frame(number) - self.first_frame, number - self.first)
            for number in range(self.first + 1, self.last)
        )
        return int(min(spans, default=Fraction(self.frames)) / self.cuts.fps * 1_000_000) - _TICK_US


def plan(duration: Fraction, fps: Fraction) -> Cuts:
    """The cuts of a picture that lasts `duration` seconds.

    ceil(D/4 s) segments as equal as whole frames allow, none above 4 s; key frames at most 2 s apart, in
    the same number in every segment; the audio ends within half an AAC frame of the video.
    """
    frames = max(1, round(duration * fps))
    segments = ceil(Fraction(frames, int(SEGMENT_S * fps)))
    keyframes = segments * ceil(Fraction(frames, segments * max(1, int(KEYFRAME_S * fps))))
    audio_frames = max(1, round(frames / fps * AUDIO_RATE / AAC_SAMPLES))
    return Cuts(fps, frames, segments, keyframes, audio_frames)
