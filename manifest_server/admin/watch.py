"""What viewers' pages ask: which channels there are, who they are, what they see. From what this process remembers.

Nothing is stored of a viewer, so a flood of registrations leaves nothing behind.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus

from starlette.exceptions import HTTPException

from manifest_server.admin.epg import DAY_MS
from manifest_server.admin.parameters import instant
from manifest_server.admin.views import on_air_state
from manifest_server.admin.watch_guide import entries
from manifest_server.admin.watch_listing import Listing
from manifest_server.admin.watch_views import PublicChannels, WatchGuide, WatchView
from manifest_server.analytics.figures import BEACON_S
from manifest_server.onair.channel import Channel
from manifest_server.onair.channels import Channels
from manifest_server.viewer.playback_tokens import Keyring, foreign
from manifest_server.viewer.viewer_keys import ViewerKeys
from manifest_server.viewer.viewer_tokens import RENEWED_AFTER_S, Visitor, new_viewer, signed, visitor
from storage.catalogue import Catalogue
from storage.errors import BadInput
from storage.stores import CHUNKS
from storage.viewer_key import ViewerKey


@dataclass(frozen=True, slots=True)
class Carried:
    """What a request says of who it is from: none, some or all of it; each may be anything."""

    viewer_token: str | None = field(default=None, repr=False)
    cookie: str | None = field(default=None, repr=False)
    playback_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Joined:
    """The answer to who comes to watch, and the cookie that they are to keep from now on, if it is another."""

    view: WatchView
    cookie: str | None = field(default=None, repr=False)


class Watch:
    """What the doors need. `media` is what the URLs of objects begin with. Of one event loop."""

    def __init__(
        self,
        catalogue: Catalogue,
        channels: Channels,
        now_ms: Callable[[], int],
        keyring: Keyring | None = None,
        media: str = CHUNKS,
    ) -> None:
        self._catalogue = catalogue
        self._channels = channels
        self._now_ms = now_ms
        self._keyring = keyring or Keyring()
        self._media = media
        self._keys = ViewerKeys(ViewerKey(catalogue.link).shared, channels.reach)
        self._listing = Listing(catalogue, channels, now_ms, media)

    async def channels_told(self) -> PublicChannels:
        """The channels that anybody may watch. Raises Unavailable while none was ever known."""
        return PublicChannels(now_ms=self._now_ms(), channels=list(await self._listing.channels()))

    async def joined(self, channel: str, carried: Carried, *, portable: bool) -> Joined:
        """Who somebody is who comes to watch, by what they carry, and where they watch.

        Whoever carries no name of ours is given one; on a channel with playback tokens it is the token that says who
        they are. Raises NotFound, BadInput, Unavailable, and HTTPException: 401 without a playback token, 403 for one
        that does not count.
        """
        on, now_ms = await self._channels.channel(channel), self._now_ms()
        if not on.record.public:
            return Joined(self._view(on, self._claimed(on, carried, now_ms), now_ms, token=carried.playback_token))
        keys = await self._keys.keys()
        held, kept = _visitor(carried, keys, now_ms)
        viewer = new_viewer() if held is None else held.viewer
        token = signed(viewer, keys[0], now_ms)
        view = self._view(on, viewer, now_ms)
        view.registered = held is None
        if portable:
            view.viewer_token = token
            return Joined(view)
        return Joined(view, None if kept else token)

    async def guide(self, channel: str, carried: Carried, start: str | None, limit: int) -> WatchGuide:
        """What they see from an instant on, or from now. Raises as `joined` does, and 401 for who carries no name."""
        on, now_ms = await self._channels.channel(channel), self._now_ms()
        from_ms = instant(start, now_ms)
        if abs(from_ms - now_ms) > DAY_MS:
            raise BadInput("from: a viewer's guide begins at most a day from now, or ago")
        viewer = await self._known(on, carried, now_ms)
        found = await entries(self._catalogue, self._channels, on, viewer, from_ms, limit, self._media)
        return WatchGuide(now_ms=now_ms, entries=found)

    async def _known(self, on: Channel, carried: Carried, now_ms: int) -> str:
        if not on.record.public:
            return self._claimed(on, carried, now_ms)
        held, _ = _visitor(carried, await self._keys.keys(), now_ms)
        if held is None:
            raise HTTPException(
                HTTPStatus.UNAUTHORIZED,
                f"nobody knows who asks: POST /api/v1/watch/{on.record.name} first, and come with its cookie, "
                "or with Authorization: Viewer TOKEN",
                {"WWW-Authenticate": 'Viewer realm="StreamSync"'},
            )
        return held.viewer

    def _claimed(self, on: Channel, carried: Carried, now_ms: int) -> str:
        """The viewer that the playback token is for. Raises HTTPException."""
        name = on.record.name
        if not carried.playback_token:
            raise HTTPException(
                HTTPStatus.UNAUTHORIZED,
                f"channel {name!r} is watched with a playback token: give it as playback_token, or ?t= of the guide",
                {"WWW-Authenticate": 'Bearer realm="playback"'},
            )
        claims = self._keyring.claims([carried.playback_token], name, now_ms)
        if claims.lineup is not None:
            raise foreign()
        return claims.viewer

    def _view(self, on: Channel, viewer: str, now_ms: int, token: str | None = None) -> WatchView:
        record = on.record
        said = {
            "viewer": viewer,
            "registered": False,
            "viewer_token": None,
            "channel": record.name,
            "title": record.title or record.name,
            "description": record.description,
            "stream": f"/live/{record.name}/{viewer}/index.m3u8" + (f"?t={token}" if token else ""),
            "now_ms": now_ms,
            "timeshift_s": record.timeshift_s,
            "beacon_s": BEACON_S,
        }
        return WatchView.model_validate({**said, **on_air_state(record, now_ms)})


def _visitor(carried: Carried, keys: tuple[str, ...], now_ms: int) -> tuple[Visitor | None, bool]:
    """Who it is, if they carry a name of ours; and whether they may keep the cookie that they have."""
    for token in (carried.viewer_token, carried.cookie):
        found = None if token is None else visitor(token, keys, now_ms)
        if found is not None:
            return found, token is carried.cookie and now_ms / 1000 - found.issued_s < RENEWED_AFTER_S
    return None, False
