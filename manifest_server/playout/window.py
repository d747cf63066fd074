"""The window: which segments a playlist lists at one instant. Pure: no I/O, no clock."""

from bisect import bisect_right
from typing import NamedTuple

from manifest_server.playout.lineup import Asset, Place, Succession


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


class Window(NamedTuple):
    """What is listed. `edge` is the end of the last listed segment; it next moves at position `moves`."""

    runs: tuple[Run, ...]
    edge: int
    moves: int | None  # None: never again, the presentation has ended

    @property
    def msn(self) -> int:
        """EXT-X-MEDIA-SEQUENCE: the number of the first listed segment."""
        return self.runs[0].msn

    @property
    def dsn(self) -> int:
        """EXT-X-DISCONTINUITY-SEQUENCE.

        A clip's first segment always carries its EXT-X-DISCONTINUITY, also at the head of the list, so the
        header then counts one less (rfc8216bis 6.2.1, 6.2.2).
        """
        return self.runs[0].dsn - self.runs[0].opens


def window(succession: Succession, position: int, lookahead: int, lookback: int, stop: int | None = None) -> Window:
    """The window at `position`; all four are ticks. After `stop`, or the end, it stands still and has ended.

    The last listed segment is the last that ends at or before `position + lookahead`, the first is the first
    that ends after `position - lookback`. Raises BeforeEpoch.
    """
    if position < 0:
        raise BeforeEpoch(f"{-position} ticks before the epoch")
    limit = stop
    if succession.end is not None:
        last = max(succession.end - lookahead, 0)
        limit = last if limit is None else min(limit, last)
    ended = limit is not None and position >= limit
    if ended and limit is not None:
        position = limit
    edge = succession.place(position + lookahead)
    # `edge` is the first segment that is not listed, so it becomes listed when its end is within reach.
    tick, clip = edge.tick, edge.clip
    moves = None if ended else tick + clip.asset.ticks[edge.segment + 1] - clip.asset.ticks[edge.segment] - lookahead
    return Window(_runs(succession, position - lookback, edge), tick, moves)


def _runs(succession: Succession, since: int, edge: Place) -> tuple[Run, ...]:
    """The segments from the one that contains the tick `since` up to, not including, `edge`, clip by clip."""
    runs = []
    while since < edge.start > succession.start:
        clip, start, segment, msn, dsn = place = succession.place(since)
        runs.append(Run(clip.asset, segment, clip.last, place.tick, msn, dsn, segment == clip.first))
        since = start + clip.ticks
    clip, start, listed, msn, dsn = edge
    ticks, first = clip.asset.ticks, clip.first
    segment = bisect_right(ticks, since - start + ticks[first]) - 1 if since > start else first
    if listed > segment:
        tick = start + ticks[segment] - ticks[first]
        runs.append(Run(clip.asset, segment, listed, tick, msn - listed + segment, dsn, segment == first))
    return tuple(runs)
