"""The doors that players come through: playlists, segments and the time."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import get_args

from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from manifest_server.onair.channel import Channel
from manifest_server.onair.making import DAY_MARK
from manifest_server.onair.playlists import Playlists
from manifest_server.playout.past import step_s
from manifest_server.viewer import clock
from manifest_server.viewer.answers import UNAVAILABLE_RETRY_S, personal_playlist, shared_playlist
from manifest_server.viewer.finished import PACKED_FROM, Finished
from manifest_server.viewer.playback_tokens import Claims, Keyring, foreign
from manifest_server.viewer.readiness import OK, Readiness
from manifest_server.viewer.steering import Cdns
from storage.content_types import IMMUTABLE, media_type
from storage.errors import BadInput, NotFound
from storage.folder_objects import FolderObjects
from storage.records import LONGEST_SHIFT_S, MediaFormat
from storage.stores import CHUNKS

_SECONDS = re.compile(r"[0-9]{1,5}")
# They cannot cross a discontinuity in fMP4 unharmed (docs/players.md). "lavf" is ffmpeg and ffplay.
_NEED_TS = ("vlc", "gstreamer", "lavf", "mpv")


@dataclass(frozen=True, slots=True)
class Doors:
    """What the routes need: playlists, the folder of segments (None where they are elsewhere), whether what they
    depend on answers, the clock, whether `?at=` is on, the keys of playback tokens, and the CDNs of viewers."""

    playlists: Playlists
    objects: FolderObjects | None
    readiness: Readiness
    now_ms: Callable[[], int] = clock.now_ms
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    preview: bool = False
    keyring: Keyring = field(default_factory=Keyring)
    cdns: Cdns = field(default_factory=Cdns)

    async def multivariant(self, request: Request) -> Response:
        """`/live/{channel}/{viewer}/index.m3u8`: the personal playlist."""
        channel, viewer = request.path_params["channel"], request.path_params["viewer"]
        on = await self.playlists.channels.channel(channel)
        claims = self._claims(request, on)
        if claims is not None and (claims.viewer != viewer or claims.lineup is not None):
            raise foreign()
        media_format = _media_format(request)
        at, back_s = self._at(request), step_s(_back(request), on.record.timeshift_s)
        if at is None:
            wait_ms = await self.playlists.settle_ms(channel, viewer, self.now_ms())
            if wait_ms:
                await self.sleep(wait_ms / 1000)

        def query(lineup: str) -> str:
            parts = [] if at is None else [f"at={at / 1000:.3f}"]
            parts += [f"back={back_s}"] if back_s else []
            parts += [] if claims is None else [f"t={self.keyring.narrowed(claims, lineup)}"]
            return "?" + "&".join(parts) if parts else ""

        now_ms = self.now_ms() if at is None else at
        steering = self.cdns.steering(channel, viewer)
        made = await self.playlists.multivariant(channel, viewer, media_format, now_ms, query, back_s, steering)
        return personal_playlist(made)

    async def media(self, request: Request) -> Response:
        """`/live/{channel}/lineups/{lineup}/{rendition}.m3u8`: the same for everyone on the lineup."""
        params = request.path_params
        public = await self._admitted(request)
        at = self._at(request)
        now_ms = self.now_ms() if at is None else at
        which = params["channel"], params["lineup"], params["rendition"]
        playlist = await self.playlists.media(*which, now_ms, _back(request))
        return shared_playlist(Finished(playlist), request, now_ms if at is None else None, public=public)

    async def admission(self, request: Request) -> Response:
        """`/playback/{channel}/{lineup}`: whether the token opens the lineup's media playlists, for an edge."""
        told = {} if await self._admitted(request) else {"X-Streamsync-Access": "token"}
        return Response(status_code=HTTPStatus.NO_CONTENT, headers={"Cache-Control": "no-store", **told})

    async def chunk(self, request: Request) -> Response:
        """`/chunks/...`: an object of an asset, whole or a range of it."""
        key = request.path_params["key"]
        if self.objects is None:
            raise NotFound(f"no object {key[:80]!r} here: players take objects from the store itself")
        content_type = media_type(key)
        if content_type is None:
            raise NotFound(f"no object {key[:80]!r}")
        path = await run_in_threadpool(self.objects.path, key)
        return FileResponse(path, media_type=content_type, headers={"Cache-Control": IMMUTABLE})

    async def time(self, _: Request) -> Response:
        """`/time`: the server's clock in Unix milliseconds."""
        # So that a page of another origin may know, too, when this was asked and answered (docs/sync.md).
        headers = {"Cache-Control": "no-store", "Timing-Allow-Origin": "*"}
        return JSONResponse({"now_ms": self.now_ms()}, headers=headers)

    async def healthy(self, _: Request) -> Response:
        """`/healthz`: this process runs."""
        return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})

    async def ready(self, _: Request) -> Response:
        """`/readyz`: which parts answer; 503 if one does not. Playlists that are remembered go on either way."""
        parts = await self.readiness.parts()
        headers = {"Cache-Control": "no-store"}
        if all(state == OK for state in parts.values()):
            return JSONResponse({"status": "ready", **parts}, headers=headers)
        headers["Retry-After"] = str(UNAVAILABLE_RETRY_S)
        return JSONResponse({"status": "not ready", **parts}, HTTPStatus.SERVICE_UNAVAILABLE, headers)

    async def _admitted(self, request: Request) -> bool:
        """Whether the channel is public; else the token is of somebody on the lineup. Raises HTTPException."""
        on = await self.playlists.channels.channel(request.path_params["channel"])
        claims = self._claims(request, on)
        if claims is None:
            return True
        # What the personal playlist leads to says which lineup it is for, and so opens it until it expires, wherever
        # its viewer is put meanwhile. A token of an operator's says only who they are.
        own = claims.lineup
        if own is None:
            own = await self.playlists.channels.lineup_id(on, claims.viewer)
        if own != request.path_params["lineup"].partition(DAY_MARK)[0]:
            raise foreign()
        return False

    def _claims(self, request: Request, on: Channel) -> Claims | None:
        """What the token says; None where none is needed. Raises HTTPException."""
        if on.record.public:
            return None
        return self.keyring.claims(request.query_params.getlist("t"), on.record.name, self.now_ms())

    def _at(self, request: Request) -> int | None:
        at = request.query_params.get("at")
        if at is None:
            return None
        if not self.preview:
            raise BadInput("?at= is off: set STREAMSYNC_PREVIEW=1 to render other instants than now")
        return clock.instant_ms(at)


def _back(request: Request) -> int:
    """The seconds of `?back=`; 0 without. Raises BadInput."""
    given = request.query_params.get("back")
    if given is None:
        return 0
    if not _SECONDS.fullmatch(given) or int(given) > LONGEST_SHIFT_S:
        raise BadInput(f"back {given[:80]!r}: it is 0 to {LONGEST_SHIFT_S}, in seconds")
    return int(given)


def _media_format(request: Request) -> MediaFormat:
    asked = request.query_params.get("format")
    for media_format in get_args(MediaFormat):
        if asked == media_format:
            return media_format  # type: ignore[no-any-return]
    if asked is not None:
        raise BadInput(f"format {asked[:80]!r}: it is one of {', '.join(get_args(MediaFormat))}")
    agent = request.headers.get("user-agent", "").lower()
    return "ts" if any(name in agent for name in _NEED_TS) else "cmaf"


def routes(doors: Doors) -> list[BaseRoute]:
    """All routes of a manifest server."""
    packing = Middleware(GZipMiddleware, minimum_size=PACKED_FROM, compresslevel=6)
    live = [
        Route("/{channel}/lineups/{lineup}/{rendition}.m3u8", doors.media),
        Route("/{channel}/{viewer}/index.m3u8", doors.multivariant, middleware=[packing]),
        doors.cdns.route(),
    ]
    return [
        Mount("/live", routes=live),
        Route("/playback/{channel}/{lineup}", doors.admission),
        Route(CHUNKS + "{key:path}", doors.chunk),
        Route("/time", doors.time),
        Route("/healthz", doors.healthy),
        Route("/readyz", doors.ready),
    ]
