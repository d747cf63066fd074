"""Where a lineup is within a clip: playlists of it and of the clip before, without looking for them. Pure.

What it gives is what `window` and `media_playlist` give, which are the rule: `tests/playout/test_cursor.py` holds it
to them.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from struct import Struct
from typing import NamedTuple

from manifest_server.playout.lineup import Succession
from manifest_server.playout.playlist import DATE, DISCONTINUITY_DATE, NUMBERS, Blob
from manifest_server.playout.ticks import TICKS_PER_MS, date_bytes
from manifest_server.playout.window import last_position

Listed = tuple[bytes, int, int]


class Shape(NamedTuple):
    """What the playlists of a channel and rendition have in common, as `media_playlist` and `window` take it."""

    head: bytes
    epoch_ms: int
    lookahead: int
    lookback: int
    stop: int | None
    blobs: Callable[[str], Blob]


class _Before(NamedTuple):
    """The clip before the one that a cursor stands in: its segments up to `last`.

    Of positions from `since` on, all that is listed of it comes after its first segment.
    """

    since: int
    ticks: Sequence[int]
    zero: int
    last: int
    msn: int  # of the asset's first segment, were it listed
    dsn: int
    blob: Blob


class Cursor:
    """Stands in the clip whose segments come next at positions from `begins` up to before `ends`."""

    # A server has one for each lineup that somebody watches, and looks at another one with each request: what is
    # in one piece of memory is there at once.
    __slots__ = ("_before", "_blob", "_numbers", "_shape", "_ticks", "begins", "ends")

    _ticks: Sequence[int]
    _blob: Blob
    _before: _Before | None

    def __init__(self, shape: Shape) -> None:
        """It is nowhere, until it is put somewhere."""
        self._shape = shape
        self._numbers = _NOWHERE
        self._before = None
        self.begins = self.ends = 0

    def put(self, succession: Succession, position: int, dsn_base: int) -> None:
        """Put it into the clip whose segments come next at `position`. `dsn_base` as `media_playlist` takes it."""
        _, _, lookahead, lookback, stop, blobs = self._shape
        clip, start, segment, msn, dsn = succession.place(position + lookahead)
        self._ticks = ticks = clip.asset.ticks
        zero = start - ticks[clip.first]
        self.begins, self.ends = start - lookahead, start + clip.ticks - lookahead
        limit = last_position(succession, lookahead, stop)
        # From there on all that is listed is in this clip, but for its first segment.
        whole = zero + ticks[clip.first + 1] + lookback
        # The last segment may stand for more than its media lasts; it is left to `window`.
        until = min(zero + ticks[clip.last - 1] - lookahead, limit)
        self._blob = blobs(clip.asset.id)
        self._before = None
        since = whole
        if position < whole and start > succession.start:
            self._before = _before(succession, start, dsn_base, self._shape)
            since = whole if self._before is None else self._before.since
        since = max(since, self.begins)
        self._numbers = _PACKED.pack(since, whole, until, zero, limit, msn - segment, dsn - dsn_base, clip.first)

    def playlist(self, position: int) -> Listed | None:
        """The media playlist at a position, the position at which its edge moves or the end comes, and the one before
        which nothing changes. None: it is to be looked for, or it stands elsewhere."""
        since, whole, until, zero, limit, msn, dsn, begin = _UNPACKED(self._numbers)
        if not since <= position < until:
            return None
        head, epoch_ms, lookahead, lookback, _, _ = self._shape
        ticks = self._ticks
        at = position - zero
        listed = bisect_right(ticks, at + lookahead)  # the one that comes next ends there
        if position < whole:
            if at - lookback >= ticks[begin]:
                return None  # the first segment of this clip is the first that is listed
            body, changes = self._over(position, begin, listed - 1, zero)
        else:
            lines, offsets, map_line = self._blob
            after = bisect_right(ticks, at - lookback, 0, listed)
            first = after - 1
            date = date_bytes(epoch_ms + (zero + ticks[first]) // TICKS_PER_MS)
            body = _WHOLE % (head, msn + first, dsn, date, map_line, lines[offsets[first] : offsets[listed - 1]])
            changes = zero + ticks[after]
        moves = min(zero + ticks[listed] - lookahead, limit)
        return body, moves, min(moves, changes + lookback)

    def _over(self, position: int, begin: int, listed: int, zero: int) -> tuple[bytes, int]:
        """A playlist that begins in the clip before, and where its first segment ends."""
        before = self._before
        assert before is not None  # noqa: S101 - see `put`
        _, ticks, zero_before, last, msn, dsn, (lines, offsets, map_line) = before
        shape = self._shape
        first = bisect_right(ticks, position - shape.lookback - zero_before) - 1
        date = date_bytes(shape.epoch_ms + (zero_before + ticks[first]) // TICKS_PER_MS)
        body = _WHOLE % (shape.head, msn + first, dsn, date, map_line, lines[offsets[first] : offsets[last]])
        if listed > begin:
            lines, offsets, map_line = self._blob
            date = date_bytes(shape.epoch_ms + (zero + self._ticks[begin]) // TICKS_PER_MS)
            body = _NEXT % (body, date, map_line, lines[offsets[begin] : offsets[listed]])
        return body, zero_before + ticks[first + 1]


def _before(succession: Succession, start: int, dsn_base: int, shape: Shape) -> _Before | None:
    """The clip that ends at a tick; None where it is one whose last segment stands for more than its media."""
    clip, begins, segment, msn, dsn = succession.place(start - 1)
    if clip.extra:
        return None
    ticks = clip.asset.ticks
    zero = begins - ticks[clip.first]
    since = zero + ticks[clip.first + 1] + shape.lookback
    return _Before(since, ticks, zero, clip.last, msn - segment, dsn - dsn_base, shape.blobs(clip.asset.id))


_PACKED = Struct("8q")
_UNPACKED = _PACKED.unpack
_NOWHERE = bytes(_PACKED.size)
_WHOLE = b"%b" + NUMBERS + DATE + b"%b\n%b%b"
_NEXT = b"%b" + DISCONTINUITY_DATE + b"%b\n%b%b"
