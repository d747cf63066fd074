"""The channels that anybody may watch, for a landing page: made anew every few seconds at most, however many ask."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

from manifest_server.admin.epg import Asked, Entry, channel_guide
from manifest_server.admin.views import on_air_state
from manifest_server.admin.watch_views import NowView, PublicChannel
from manifest_server.onair.channel import Channel
from manifest_server.onair.channels import Channels
from manifest_server.onair.remembered import Remembered, Term
from storage.catalogue import Catalogue
from storage.errors import NotFound, NotOnAir, Unavailable

LIMIT = 100
LOOKED = 300  # names, of which some may be of channels with playback tokens
GOOD_S = 2.0


class Listing:
    """`media` is what the URLs of posters begin with. Of one event loop."""

    def __init__(self, catalogue: Catalogue, channels: Channels, now_ms: Callable[[], int], media: str) -> None:
        self._catalogue = catalogue
        self._channels = channels
        self._now_ms = now_ms
        self._media = media
        self._made = Remembered[str, tuple[PublicChannel, ...]](
            self._load, _a_while, limit=1, reach=channels.reach, gate=asyncio.Semaphore(1)
        )

    async def channels(self) -> tuple[PublicChannel, ...]:
        """The first of them, by name. Raises Unavailable while none was ever known."""
        return await self._made.get("")

    async def _load(self, _: str) -> tuple[PublicChannel, ...]:
        found: list[PublicChannel] = []
        for name in (await self._catalogue.channel_names())[:LOOKED]:
            with suppress(NotFound):
                on = await self._channels.channel(name)
                if on.record.public:
                    found.append(await self._told(on, self._now_ms()))
            if len(found) == LIMIT:
                break
        return tuple(found)

    async def _told(self, on: Channel, now_ms: int) -> PublicChannel:
        record = on.record
        shared = await self._shared(on, now_ms)
        poster = shared.poster if shared is not None else _poster(on, self._media)
        now = shared and NowView(title=shared.title, starts=shared.starts, ends=shared.ends or shared.starts)
        said = {"name": record.name, "title": record.title or record.name, "description": record.description}
        state = on_air_state(record, now_ms)
        return PublicChannel.model_validate({**said, **state, "poster": poster, "now": now})

    async def _shared(self, on: Channel, now_ms: int) -> Entry | None:
        """The moment that is on air, if one is."""
        if not on.record.moments:
            return None
        with suppress(NotFound, NotOnAir, Unavailable):
            asked = Asked(now_ms, now_ms + 1, 1)
            found = await channel_guide(self._catalogue, self._channels, on.record.name, asked, self._media)
            return next((one for one in found.entries if one.kind == "moment"), None)
        return None


def _poster(on: Channel, media: str) -> str | None:
    """That of the first asset of its pool that has one."""
    posters = (on.assets[asset].poster for asset in on.record.revisions[-1].assets)
    return next((media + poster for poster in posters if poster is not None), None)


async def _a_while(_: str) -> Term:
    return Term(time.monotonic() + GOOD_S)
