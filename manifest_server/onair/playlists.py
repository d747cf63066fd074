"""The playlists of a channel at an instant: from records to bytes, with how long they hold."""

from functools import lru_cache
from typing import NamedTuple

from manifest_server.onair.blobs import Blobs
from manifest_server.onair.channel import Channel
from manifest_server.onair.channels import Channels
from manifest_server.playout.lineup import Succession
from manifest_server.playout.multivariant import multivariant
from manifest_server.playout.playlist import header, media_playlist
from manifest_server.playout.window import Window, window
from storage.errors import NotFound
from storage.records import MediaFormat

# A player reads the multivariant playlist, then the media playlists. If the edge moves in between, the start offset
# is a whole segment off. So a join this close before a move waits for it.
SETTLE_MS = 400


class Playlist(NamedTuple):
    """A playlist, and for how many milliseconds it stays the same (0: it is a viewer's own)."""

    body: bytes
    holds_ms: int


class Playlists:
    """Playlists of everything that `channels` knows, with segments under the URL `base`."""

    def __init__(self, channels: Channels, base: str) -> None:
        self.channels = channels
        self._blobs = Blobs(base)
        self._header = lru_cache(maxsize=64)(header)

    async def settle_ms(self, channel: str, viewer: str, now_ms: int) -> int:
        """How long a join at `now_ms` should wait so that the edge does not move while it is under way."""
        on = await self.channels.channel(channel)
        _, succession = await self.channels.succession(on, await self.channels.lineup_id(on, viewer))
        moves = _window(on, succession, now_ms).moves
        left_ms = on.changes_at(moves) - now_ms if moves is not None else SETTLE_MS
        return left_ms if left_ms < SETTLE_MS else 0

    async def multivariant(
        self, channel: str, viewer: str, media_format: MediaFormat, now_ms: int, query: str = ""
    ) -> Playlist:
        """The personal playlist of a viewer, whose start offset leads exactly to `now_ms`.

        `query` is put behind every media playlist's URL. Raises NotFound, NotOnAir, BadInput.
        """
        on = await self.channels.channel(channel)
        lineup = await self.channels.lineup_id(on, viewer)
        on, succession = await self.channels.succession(on, lineup)
        listed = _window(on, succession, now_ms)
        variants, audio = on.offers[media_format]
        offset = max(listed.edge - on.position(now_ms), 0)
        text = multivariant(
            media_format, variants, audio, offset, lambda rendition: f"../lineups/{lineup}/{rendition}.m3u8{query}"
        )
        return Playlist(text.encode(), 0)

    async def media(self, channel: str, lineup: str, rendition: str, now_ms: int) -> Playlist:
        """The media playlist of a lineup: the same bytes for everyone on it. Raises NotFound, NotOnAir, BadInput."""
        on = await self.channels.channel(channel)
        on, succession = await self.channels.succession(on, lineup)
        if rendition not in on.renditions:
            raise NotFound(f"no rendition {rendition[:80]!r} on channel {channel!r}")
        media_format, rung = on.renditions[rendition]
        listed = _window(on, succession, now_ms)
        target_s = on.record.target_duration_s
        assets = on.assets
        body = media_playlist(
            self._header(media_format, target_s),
            listed,
            lambda asset: self._blobs.of(assets[asset], media_format, rung),
            on.epoch_ms,
        )
        holds_ms = target_s * 500  # half a target duration: how often a player may ask (rfc8216bis 6.3.4)
        if listed.moves is not None:
            holds_ms = min(holds_ms, max(on.changes_at(listed.moves) - now_ms, 0))
        return Playlist(body, holds_ms)


def _window(channel: Channel, succession: Succession, now_ms: int) -> Window:
    record = channel.record
    position = channel.position(now_ms)
    return window(succession, position, record.lookahead_ticks, record.lookback_ticks, record.stop_tick)
