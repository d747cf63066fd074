"""The window: which segments a playlist lists at one instant. Pure: no I/O, no clock."""

from bisect import bisect_right
from typing import NamedTuple

from manifest_server.playout.lineup import NEVER, Asset, Place, Succession


class BeforeEpoch(ValueError):
    """There is no window before the channel begins."""


class Run(NamedTuple):
    """Consecutive listed segments of one clip: from `first` up to, not including, `last`, the first at `tick`."""

    asset: Asset
    first: int
    last: int
    tick: int
    msn: int
    dsn: int
    opens: bool  # its first segment is the clip's first: a discontinuity stands before it
    extra: int = 0  # ticks by which the last listed segment is longer than its media (Clip.extra)


class Window(NamedTuple):
    """What is listed. `edge` is the end of the last listed segment.

    At position `moves` it next moves, or the end comes. Before position `until` nothing changes, not even the head.

    `msn` and `dsn` are EXT-X-MEDIA-SEQUENCE and EXT-X-DISCONTINUITY-SEQUENCE. A clip's first segment always carries
    its EXT-X-DISCONTINUITY, also at the head of the list, where `dsn` then counts one less (rfc8216bis 6.2.1, 6.2.2).
    """

    runs: tuple[Run, ...]
    msn: int
    dsn: int
    edge: int
    moves: int | None  # None: never again, the presentation has ended
    until: int | None  # None likewise


def window(succession: Succession, position: int, lookahead: int, lookback: int, stop: int | None = None) -> Window:
    """The window at `position`; all four are ticks. After `stop`, or the end, it stands still and has ended.

    The last listed segment is the last that ends at or before `position + lookahead`, the first is the first
    that ends after `position - lookback`. Raises BeforeEpoch.
    """
    if position < 0:
        raise BeforeEpoch(f"{-position} ticks before the epoch")
    ended, limit = False, NEVER
    if stop is not None or succession.end is not None:
        limit = last_position(succession, lookahead, stop)
        ended = position >= limit
        position = min(position, limit)
    # The first segment that is not listed: it becomes listed when its end is within reach.
    clip, start, listed, msn, dsn = edge = succession.place(position + lookahead)
    ticks = clip.asset.ticks
    zero = start - ticks[clip.first]
    since = position - lookback
    runs = _before(succession, since, edge) if since < start else ()
    segment = bisect_right(ticks, since - zero) - 1 if since > start else clip.first
    if listed > segment:
        tick, opens = zero + ticks[segment], segment == clip.first
        extra = clip.extra if listed == clip.last else 0
        runs += (tuple.__new__(Run, (clip.asset, segment, listed, tick, msn - listed + segment, dsn, opens, extra)),)
    asset, head, last, tick, msn, dsn, opens, extra = runs[0]
    edge_tick = zero + ticks[listed]
    moves = until = None
    if not ended:
        moves = zero + ticks[listed + 1] - lookahead
        if listed + 1 == clip.last:
            moves += clip.extra
        moves = min(moves, limit)
        until = tick + asset.ticks[head + 1] - asset.ticks[head] + lookback
        if head + 1 == last:
            until += extra
        until = min(moves, until)
    elif listed == clip.last:
        edge_tick += clip.extra
    return tuple.__new__(Window, (runs, msn, dsn - opens, edge_tick, moves, until))


def last_position(succession: Succession, lookahead: int, stop: int | None) -> int:
    """The position from which on nothing changes: `stop`, or where the last segment is listed; else far away."""
    end = NEVER if succession.end is None else max(succession.end - lookahead, 0)
    return end if stop is None else min(stop, end)


def _before(succession: Succession, since: int, edge: Place) -> tuple[Run, ...]:
    """The segments from the one that contains the tick `since` up to the clip of `edge`, clip by clip."""
    runs = []
    while since < edge.start > succession.start:
        clip, start, segment, msn, dsn = place = succession.place(since)
        runs.append(Run(clip.asset, segment, clip.last, place.tick, msn, dsn, segment == clip.first, clip.extra))
        since = start + clip.ticks
    return tuple(runs)
