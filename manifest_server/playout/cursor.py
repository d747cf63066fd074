"""Where a lineup is within a clip: playlists of which all is in one clip, without looking for it each time. Pure.

What it gives is what `window` and `media_playlist` give, which are the rule: `tests/playout/test_cursor.py` holds it
to them.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence

from manifest_server.playout.lineup import Succession
from manifest_server.playout.playlist import DATE, NUMBERS, Blob
from manifest_server.playout.ticks import TICKS_PER_MS, date_bytes
from manifest_server.playout.window import last_position


class Cursor:
    """Stands in the clip whose segments come next at positions from `begins` up to before `ends`.

    From `whole_from` up to before `whole_until` all that is listed is in that clip, but for its first segment and its
    last.
    """

    __slots__ = (
        "_dsn", "_dsn_base", "_epoch_ms", "_head", "_limit", "_lines", "_lookahead", "_lookback", "_map", "_msn",
        "_offsets", "_ticks", "_zero", "begins", "ends", "whole_from", "whole_until",
    )  # fmt: skip

    _ticks: Sequence[int]

    def __init__(self, head: bytes, epoch_ms: int, dsn_base: int, lookahead: int, lookback: int) -> None:
        """As `media_playlist` and `window` take them. It is nowhere, until it is put somewhere."""
        self._head = head
        self._epoch_ms = epoch_ms
        self._dsn_base = dsn_base
        self._lookahead = lookahead
        self._lookback = lookback
        self.begins = self.ends = self.whole_from = self.whole_until = 0

    def put(self, succession: Succession, position: int, stop: int | None, blobs: Callable[[str], Blob]) -> None:
        """Put it into the clip whose segments come next at `position`."""
        clip, start, segment, msn, dsn = succession.place(position + self._lookahead)
        ticks = clip.asset.ticks
        self._ticks = ticks
        self._zero = zero = start - ticks[clip.first]
        self.begins, self.ends = start - self._lookahead, start + clip.ticks - self._lookahead
        self._limit = limit = last_position(succession, self._lookahead, stop)
        self.whole_from = zero + ticks[clip.first + 1] + self._lookback
        # The last segment may stand for more than its media lasts; it is left to `window`.
        self.whole_until = min(zero + ticks[clip.last - 1] - self._lookahead, limit)
        self._msn = msn - segment
        self._dsn = dsn - self._dsn_base
        self._lines, self._offsets, self._map = blobs(clip.asset.id)

    def playlist(self, position: int) -> tuple[bytes, int, int]:
        """The media playlist at a position between the two, the position at which its edge moves, and the one
        before which nothing changes."""
        ticks, zero, lookback = self._ticks, self._zero, self._lookback
        at = position - zero
        listed = bisect_right(ticks, at + self._lookahead) - 1
        first = bisect_right(ticks, at - lookback, 0, listed) - 1
        offsets = self._offsets
        date = date_bytes(self._epoch_ms + (zero + ticks[first]) // TICKS_PER_MS)
        lines = self._lines[offsets[first] : offsets[listed]]
        body = _WHOLE % (self._head, self._msn + first, self._dsn, date, self._map, lines)
        moves = zero + ticks[listed + 1] - self._lookahead
        return body, moves, min(moves, zero + ticks[first + 1] + lookback, self._limit)


_WHOLE = b"%b" + NUMBERS + DATE + b"%b\n%b%b"
