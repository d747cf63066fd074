"""Makes the media playlists of one lineup and rendition, as URLs of one day list them. No I/O."""

from collections.abc import Callable
from typing import NamedTuple

from manifest_server.onair.blobs import Blobs
from manifest_server.onair.channel import Channel
from manifest_server.onair.stream import Stream
from manifest_server.playout.cursor import Cursor, Shape
from manifest_server.playout.days import day_of
from manifest_server.playout.playlist import Blob, media_playlist
from manifest_server.playout.ticks import TICKS_PER_MS, listed_from_ms
from manifest_server.playout.window import window
from storage.errors import NotFound
from storage.records import TICKS_PER_SECOND

# With moments on a channel, or plans that reset, numbers are reckoned from the day of the join on: a bound for what
# that may take, and for how long plans are kept.
STAY_DAYS = 30

DAY_MARK = "~"  # between a lineup's id, which cannot have it, and the day of the join


class Playlist(NamedTuple):
    """A media playlist as of `made_ms`, and until when (all in Unix milliseconds).

    The edge next moves, or the end comes, at `moves_ms`. Before `until_ms` nothing changes: the same bytes would be
    made in between. Both are whole seconds. None: never again.
    """

    body: bytes
    made_ms: int
    moves_ms: int | None
    until_ms: int | None
    longest_ms: int  # half a target duration: how often a player may ask (rfc8216bis 6.3.4)

    def lasts_ms(self, now_ms: int) -> int:
        """For how long from an instant on it is the newest; of one that has ended half a target duration."""
        return self.longest_ms if self.moves_ms is None else max(self.moves_ms - now_ms, 0)

    def holds_ms(self, now_ms: int) -> int:
        """For how long from an instant on a player may take it for the newest without asking."""
        return min(self.longest_ms, self.lasts_ms(now_ms))


class Common:
    """What all playlists of a channel and rendition have in common."""

    __slots__ = ("channel", "longest_ms", "shape")

    def __init__(self, on: Channel, rendition: str, head: Callable[[str, int], bytes], blobs: Blobs) -> None:
        """`head` gives the lines before the numbers. Raises NotFound, NotOnAir."""
        if rendition not in on.renditions:
            raise NotFound(f"no rendition {rendition[:80]!r} on channel {on.record.name!r}")
        media_format, rung = on.renditions[rendition]
        record, assets = on.record, on.assets

        def blob(asset: str) -> Blob:
            return blobs.of(assets[asset], media_format, rung)

        self.channel = on
        self.longest_ms = record.target_duration_s * 500
        lines = head(media_format, record.target_duration_s)
        self.shape = Shape(lines, on.epoch_ms, record.lookahead_ticks, record.lookback_ticks, record.stop_tick, blob)


class Maker:
    """What the playlists of a lineup have in common is found once. It does not keep the lineup itself alive."""

    __slots__ = ("_common", "_cursor", "_day", "_dsn_base", "_grows_old")

    def __init__(self, stream: Stream, lineup: str, day: int, common: Common) -> None:
        """`common` is of the stream's channel. Raises NotOnAir."""
        self._common, self._day = common, day
        self._grows_old = bool(stream.channel.spans_of(lineup))
        self._dsn_base = stream.dsn_base(day)
        # Between moments, what comes may become something else while a clip is on air.
        self._cursor = None if stream.spans else Cursor(common.shape)

    def made(self, stream: Stream, now_ms: int, back_s: int = 0) -> Playlist:
        """The playlist at an instant of the lineup that this was made for.

        Raises NotOnAir before the epoch, NotFound when the URL has become too old.
        """
        common = self._common
        if self._grows_old:
            check_age(common.channel, self._day, now_ms)
        shape = common.shape
        cursor = self._cursor
        if cursor is not None and not back_s and now_ms >= shape.epoch_ms:
            # `position(listed_ms(now_ms), epoch_ms)`, written out: here every call counts.
            epoch_ms = shape.epoch_ms
            position = (now_ms - now_ms % 1000 + 999 - epoch_ms) * TICKS_PER_MS
            found = cursor.playlist(position)
            if found is None and not cursor.begins <= position < cursor.ends:
                cursor.put(stream.succession(self._day, position), position, self._dsn_base)
                found = cursor.playlist(position)
            if found is not None:
                body, moves, until = found
                # Likewise, `listed_from_ms` of both.
                moves_ms = (epoch_ms - (-moves // TICKS_PER_MS)) // 1000 * 1000
                until_ms = moves_ms if until == moves else (epoch_ms - (-until // TICKS_PER_MS)) // 1000 * 1000
                return tuple.__new__(Playlist, (body, now_ms, moves_ms, until_ms, common.longest_ms))
        position = common.channel.listed_position(now_ms)
        if back_s:
            listed = stream.window(self._day, position, back_s * TICKS_PER_SECOND)
        else:
            airs = stream.succession(self._day, position)
            listed = window(airs, position, shape.lookahead, shape.lookback, shape.stop)
        body = media_playlist(shape.head, listed, shape.blobs, shape.epoch_ms, self._dsn_base)
        return Playlist(body, now_ms, _instant(shape, listed.moves), _instant(shape, listed.until), common.longest_ms)


def _instant(shape: Shape, tick: int | None) -> int | None:
    return None if tick is None else listed_from_ms(shape.epoch_ms, tick)


def check_age(on: Channel, day: int, now_ms: int) -> None:
    """Raises NotFound for the URLs of a day that is too long ago."""
    if day < day_of(now_ms) - STAY_DAYS:
        raise NotFound(f"the lineups of channel {on.record.name!r} that were joined then are too old: join again")
