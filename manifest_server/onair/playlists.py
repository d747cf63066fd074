"""The playlists of a channel at an instant: from records to bytes, with how long they hold."""

import re
from collections.abc import Callable
from functools import lru_cache

from manifest_server.onair.blobs import Blobs
from manifest_server.onair.channels import Channels
from manifest_server.onair.making import DAY_MARK, STAY_DAYS, Common, Maker, Playlist, check_age
from manifest_server.onair.stream import Stream
from manifest_server.playout.days import NUMBERS_SINCE_S, SKEW_S, day_of
from manifest_server.playout.multivariant import Steering, multivariant
from manifest_server.playout.past import STEPS_S
from manifest_server.playout.playlist import header
from manifest_server.playout.ticks import TICKS_PER_MS, date_ms
from storage.errors import BadInput, NotFound
from storage.records import MediaFormat

# What a player takes from this answer to its first frame: hls.js in Chromium was seen to take 0.35 to 0.9 s. The
# start offset leads to where the channel will be then. Also, a join this close before the edge moves waits for it: a
# player reads the media playlists after this one, and if the edge moved in between, the offset, which counts from the
# edge, would be a segment off. Together they keep the start three target durations from the end (rfc8216bis 4.4.2.2).
JOIN_MS = 400

COMMON_KEPT = 4_000  # channels and renditions

_DAY = re.compile(r"[1-9][0-9]{0,5}")


class Playlists:
    """Playlists of everything that `channels` knows, with segments under the URL `base`."""

    def __init__(self, channels: Channels, base: str) -> None:
        self.channels = channels
        self.blobs = Blobs(base)
        self._common: dict[tuple[str, str], Common] = {}
        self._header = lru_cache(maxsize=64)(header)

    async def settle_ms(self, channel: str, viewer: str, now_ms: int) -> int:
        """How long a join at `now_ms` should wait so that the edge does not move while it is under way."""
        on = await self.channels.channel(channel)
        day = day_of(now_ms)
        _, stream = await self.channels.joined(on, viewer, day)
        on = stream.channel
        moves = stream.window(day, on.listed_position(now_ms)).moves
        left_ms = on.changes_at(moves) - now_ms if moves is not None else JOIN_MS
        return left_ms if left_ms < JOIN_MS else 0

    async def multivariant(
        self, channel: str, viewer: str, media_format: MediaFormat, now_ms: int,
        query: Callable[[str], str] = lambda lineup: "", back_s: int = 0, steering: Steering | None = None,
    ) -> bytes:  # fmt: skip
        """The personal playlist of a viewer, whose start offset leads to JOIN_MS after `now_ms`.

        `query` of the lineup is put behind every media playlist's URL. `back_s`: how much more of the past those are
        to have numbers for. `steering`: by which CDNs they are found. Raises NotFound, NotOnAir, BadInput.
        """
        on = await self.channels.channel(channel)
        day = day_of(now_ms)
        lineup, stream = await self.channels.joined(on, viewer, day)
        on = stream.channel
        if back_s:
            day = _day_back(stream, day, now_ms, back_s)
            stream = await self.channels.on_air(on, lineup, day)
        # A channel that has ended is joined at its very end: offset 0 would be the beginning of the list.
        edge = stream.window(day, on.listed_position(now_ms)).edge
        offset = max(edge - on.position(now_ms + JOIN_MS), TICKS_PER_MS)
        variants, audio = on.offers[media_format]
        folder = f"{'..' if steering is None else f'/live/{channel}'}/lineups/{lineup}{DAY_MARK}{day}"
        behind = query(lineup)
        text = multivariant(
            media_format, variants, audio, offset, lambda rendition: f"{folder}/{rendition}.m3u8{behind}", steering
        )
        return text.encode()

    async def media(self, channel: str, lineup: str, rendition: str, now_ms: int, back_s: int = 0) -> Playlist:
        """The media playlist of a lineup: the same bytes for everyone on the lineup who joined on the same day.

        `lineup` is its id and the day of the join, "kids~20779". `back_s`: one of STEPS_S, or 0; it counts as
        far as the channel lets viewers go back. Raises NotFound, NotOnAir, BadInput.
        """
        if back_s and back_s not in STEPS_S:
            raise BadInput(f"back {back_s}: a media playlist's is one of {', '.join(map(str, STEPS_S))}")
        on = await self.channels.channel(channel)
        name, day = parsed(lineup, now_ms)
        if on.spans_of(name):
            check_age(on, day, now_ms)  # before anything is loaded for it
        stream = await self.channels.on_air(on, name, day)
        return self.maker(stream, name, day, rendition).made(stream, now_ms, back_s)

    def maker(self, stream: Stream, lineup: str, day: int, rendition: str) -> Maker:
        """What makes the media playlists of a lineup that is ready. Raises NotFound, NotOnAir."""
        on = stream.channel
        key = (on.record.name, rendition)
        common = self._common.get(key)
        if common is None or common.channel is not on:
            common = Common(on, rendition, self._header, self.blobs)
            if len(self._common) >= COMMON_KEPT:
                self._common.clear()
            self._common[key] = common
        return Maker(stream, lineup, day, common)


def _day_back(stream: Stream, day: int, now_ms: int, back_s: int) -> int:
    """The day whose URLs have numbers for so much of the past: that of the first segment, unless it is too long ago.

    Who joins is a day away at least from where a URL is refused for its age.
    """
    on = stream.channel
    last = stream.last_position(day, on.position(now_ms))
    at_ms = min(now_ms, date_ms(on.epoch_ms, last))
    return min(max(day_of(at_ms - back_s * 1000), day - STAY_DAYS + 1), day)


def parsed(lineup: str, now_ms: int) -> tuple[str, int]:
    """The id and the day in a lineup's URL. Raises NotFound for a day to come, or before all channels."""
    name, _, text = lineup.partition(DAY_MARK)
    day = int(text) if _DAY.fullmatch(text) else -1
    if not day_of(NUMBERS_SINCE_S * 1000) < day <= day_of(now_ms + SKEW_S * 1000):
        raise NotFound(f"no lineup {lineup[:80]!r}")
    return name, day
