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
