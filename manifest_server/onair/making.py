"""Makes the media playlists of one lineup and rendition, as URLs of one day list them. No I/O."""

from collections.abc import Callable
from typing import NamedTuple

from manifest_server.onair.blobs import Blobs
from manifest_server.onair.channel import Channel
from manifest_server.onair.stream import Stream
from manifest_server.playout.cursor import Cursor
from manifest_server.playout.days import day_of
from manifest_server.playout.playlist import Blob, media_playlist
from manifest_server.playout.ticks import TICKS_PER_MS
from manifest_server.playout.window import window
from storage.errors import NotFound
from storage.records import TICKS_PER_SECOND

# With moments on a channel, or plans that reset, numbers are reckoned from the day of the join on: a bound for what
# that may take, and for how long plans are kept.
STAY_DAYS = 30

DAY_MARK = "~"  # between a lineup's id, which cannot have it, and the day of the join


class Playlist(NamedTuple):
    """A media playlist as of `made_ms`, and until when (all in Unix milliseconds).

    The edge next moves at `moves_ms`. Before `until_ms` nothing changes: the same bytes would be made in between.
    None: never again.
    """

    body: bytes
    made_ms: int
    moves_ms: int | None
    until_ms: int | None
    longest_ms: int  # half a target duration: how often a player may ask (rfc8216bis 6.3.4)

    def holds_ms(self, now_ms: int) -> int:
        """For how long from an instant on it may be given to players."""
        if self.moves_ms is None:
            return self.longest_ms
        return min(self.longest_ms, max(self.moves_ms - now_ms, 0))


class Maker:
    """What the playlists have in common is found once."""

    __slots__ = (
        "_blob", "_channel", "_cursor", "_day", "_dsn_base", "_epoch_ms", "_grows_old", "_head", "_longest_ms",
        "_lookahead", "_lookback", "_stop", "_stream",
    )  # fmt: skip

    def __init__(
        self, stream: Stream, lineup: str, day: int, rendition: str, head: Callable[[str, int], bytes], blobs: Blobs
    ) -> None:
        """`head` gives the lines before the numbers. Raises NotFound, NotOnAir."""
        on = stream.channel
        if rendition not in on.renditions:
            raise NotFound(f"no rendition {rendition[:80]!r} on channel {on.record.name!r}")
        media_format, rung = on.renditions[rendition]
        self._channel, self._stream, self._day = on, stream, day
        self._epoch_ms = on.epoch_ms
        self._grows_old = bool(on.spans_of(lineup))
        record, assets = on.record, on.assets
        self._lookahead, self._lookback, self._stop = record.lookahead_ticks, record.lookback_ticks, record.stop_tick
        self._head = head(media_format, record.target_duration_s)
        self._longest_ms = record.target_duration_s * 500

        def blob(asset: str) -> Blob:
            return blobs.of(assets[asset], media_format, rung)

        self._blob = blob
        self._dsn_base = stream.dsn_base(day)
        # Between moments, what comes may become something else while a clip is on air.
        self._cursor = (
            None
            if stream.spans
            else Cursor(self._head, self._epoch_ms, self._dsn_base, self._lookahead, self._lookback)
        )

    def made(self, now_ms: int, back_s: int = 0) -> Playlist:
        """The playlist at an instant. Raises NotOnAir before the epoch, NotFound when the URL has become too old."""
        stream, day, epoch_ms = self._stream, self._day, self._epoch_ms
        if self._grows_old:
            check_age(self._channel, day, now_ms)
        position = (now_ms - epoch_ms) * TICKS_PER_MS
        if position < 0:
            position = self._channel.position(now_ms)
        cursor = self._cursor
        if cursor is not None and not back_s:
            if not cursor.begins <= position < cursor.ends:
                cursor.put(stream.succession(day, position), position, self._stop, self._blob)
            if cursor.whole_from <= position < cursor.whole_until:
                body, moves, until = cursor.playlist(position)
                return self._playlist(body, now_ms, moves, until)
        if back_s:
            listed = stream.window(day, position, back_s * TICKS_PER_SECOND)
        else:
            listed = window(stream.succession(day, position), position, self._lookahead, self._lookback, self._stop)
        body = media_playlist(self._head, listed, self._blob, epoch_ms, self._dsn_base)
        return self._playlist(body, now_ms, listed.moves, listed.until)

    def _playlist(self, body: bytes, now_ms: int, moves: int | None, until: int | None) -> Playlist:
        # Ticks are rounded up: when what changes then has changed.
        moves_ms = None if moves is None else self._epoch_ms - (-moves // TICKS_PER_MS)
        until_ms = None if until is None else self._epoch_ms - (-until // TICKS_PER_MS)
        return tuple.__new__(Playlist, (body, now_ms, moves_ms, until_ms, self._longest_ms))


def check_age(on: Channel, day: int, now_ms: int) -> None:
    """Raises NotFound for the URLs of a day that is too long ago."""
    if day < day_of(now_ms) - STAY_DAYS:
        raise NotFound(f"the lineups of channel {on.record.name!r} that were joined then are too old: join again")
