"""The timeline: when a source's pictures are shown, and where reading can begin. Pure."""

from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from fractions import Fraction
from heapq import heappush, heappushpop

# More pictures than any decoder holds back before it must show one.
_HELD = 32

# Key frames closer than this to the one before are passed over: a source of nothing else would fill our memory.
_KEYS_APART_S = Fraction(1, 2)

_LISTED = 64

# So far into a file an edit list may still hide pictures that a copy cut between key frames begins with.
_OPENING = 64


@dataclass(slots=True)
class Timeline:
    """The pictures of one video stream, by time stamp in units of `base` seconds: 8 bytes for each.

    `is_sound` tells whether their time stamps can be relied on: all there, none twice, none hidden in between.
    """

    base: Fraction
    shown: "array[int]" = field(default_factory=lambda: array("q"))
    keys: "array[int]" = field(default_factory=lambda: array("q"))
    is_sound: bool = True
    longest_gap: int = 0
    _held: list[int] = field(default_factory=list)

    def take(self, pts: int | None, is_key: bool, is_hidden: bool) -> None:
        """The next packet, in the order of decoding."""
        if is_hidden:
            self.is_sound = self.is_sound and len(self.shown) + len(self._held) < _OPENING
        elif pts is None:
            self.is_sound = False
        else:
            if is_key and (not self.keys or pts - self.keys[-1] >= _KEYS_APART_S / self.base):
                self.keys.append(pts)
            if len(self._held) < _HELD:
                heappush(self._held, pts)
            else:
                self._show(heappushpop(self._held, pts))

    def end(self) -> None:
        """There are no more packets."""
        for pts in sorted(self._held):
            self._show(pts)
        self._held.clear()

    def count(self, start: Fraction | None, end: Fraction | None) -> int:
        """How many pictures are shown from `start` up to `end`, seconds of the stream's own time."""
        first = 0 if start is None else bisect_left(self.shown, start / self.base)
        last = len(self.shown) if end is None else bisect_left(self.shown, end / self.base)
        return max(0, last - first)

    def keys_until(self, time: Fraction) -> list[Fraction]:
        """The times of the last key frames at or before `time`: half a minute of them or more."""
        end = bisect_right(self.keys, time / self.base)
        return [key * self.base for key in self.keys[max(0, end - _LISTED) : end]]

    def key_after(self, time: Fraction) -> Fraction | None:
        """The time of the first key frame after `time`."""
        at = bisect_right(self.keys, time / self.base)
        return self.keys[at] * self.base if at < len(self.keys) else None

    def _show(self, pts: int) -> None:
        if self.shown:
            gap = pts - self.shown[-1]
            self.is_sound = self.is_sound and gap > 0
            self.longest_gap = max(self.longest_gap, gap)
        self.shown.append(pts)
