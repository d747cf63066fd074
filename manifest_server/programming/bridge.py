"""The bridge to a shared moment: clips end exactly when it begins, cut and filled if need be. Pure."""

from bisect import bisect_right
from typing import NamedTuple

from manifest_server.playout.lineup import Clip
from manifest_server.programming.filler import REST_TICKS, Filler, Filling
from storage.records import TICKS_PER_SECOND

# Less than a frame at any rate in use: a segment may stand for this much more than its media lasts.
LESS_THAN_A_FRAME = TICKS_PER_SECOND // 60

# Before a moment nothing changes earlier than this: a clip is cut at its last segment that leaves room for idents. A
# segment lasts up to 4 s, so one or two of them, and a second that is the least an ident takes.
BRIDGE_TICKS = 10 * TICKS_PER_SECOND

# What is left of a clip that was cut goes on after the moment, unless it is hardly anything.
SHORTEST_REST = 10 * TICKS_PER_SECOND


class NoWay(ValueError):
    """The time before a moment cannot be filled: there are no idents, or not enough of them."""


class Bridge(NamedTuple):
    """What airs up to a moment. `shown`: the segment of the clip up to which it was shown (its first: none was)."""

    clips: tuple[Clip, ...]
    shown: int


def bridge(clip: Clip, gap: int, filler: Filler | None, *, alone: bool = True) -> Bridge | None:
    """As much of `clip` as fits into `gap` ticks, and idents for the rest; None if what is left cannot be filled.

    `alone`: what idents can fill they do; of a clip of one's own nobody wants to see a few seconds. The last of it
    lasts up to a frame longer than its media does.
    """
    filling = filler.fill(gap) if alone and filler is not None and gap <= REST_TICKS else None
    if filling is not None:
        return Bridge(_filled(filling), clip.first)
    ticks, first = clip.asset.ticks, clip.first
    zero = ticks[first]
    segment = bisect_right(ticks, zero + gap, first, clip.last + 1) - 1
    while segment >= first and (rest := gap - ticks[segment] + zero) <= REST_TICKS:
        head = (Clip(clip.asset, first, segment),) if segment > first else ()
        if head and rest <= LESS_THAN_A_FRAME:
            return Bridge((_longer(head[0], rest),), segment)
        filling = filler.fill(rest) if filler is not None else None
        if filling is not None:
            return Bridge((*head, *_filled(filling)), segment)
        segment -= 1
    return None


def rest(clip: Clip, shown: int) -> tuple[Clip, ...]:
    """What of a clip that was cut goes on later."""
    if not clip.first < shown < clip.last:
        return ()
    left = Clip(clip.asset, shown, clip.last)
    return (left,) if left.ticks >= SHORTEST_REST else ()


def _filled(filling: Filling) -> tuple[Clip, ...]:
    *idents, last = filling.clips
    return (*idents, _longer(last, filling.leftover))


def _longer(clip: Clip, extra: int) -> Clip:
    return clip if not extra else Clip(clip.asset, clip.first, clip.last, extra)
