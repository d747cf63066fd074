"""The doors that viewers' pages come through: what is on, who they are, what they see. Open to all."""

from typing import Annotated, Any

from fastapi import Header, Query, Request, Response
from pydantic import ConfigDict, Field

from manifest_server.admin.jar import held, hold
from manifest_server.admin.parameters import Body, ChannelName
from manifest_server.admin.refusals import REFUSALS
from manifest_server.admin.routing import Router
from manifest_server.admin.watch import Carried, Watch
from manifest_server.admin.watch_examples import WATCH_WISH
from manifest_server.admin.watch_guide import LIMIT
from manifest_server.admin.watch_views import PublicChannels, WatchGuide, WatchView
from manifest_server.viewer.viewer_tokens import LASTS_S

COOKIE = "streamsync_viewer"
GUIDE_AGE_S = 5
LISTED_AGE_S = 2

_SAID: dict[int | str, dict[str, Any]] = {status: REFUSALS[status] for status in (400, 401, 403, 404, 413, 503)}
_LONGEST = 2048  # characters of a token; what is longer is none
_From = Annotated[
    str | None,
    Query(alias="from", description="Unix seconds or RFC 3339, at most a day from now", examples=["2026-12-31"]),
]
_Token = Annotated[str | None, Query(alias="t", description="the playback token, where the channel needs one")]


class WatchWish(Body):
    """Who comes to watch, if they know, and how they are to be told who they are."""

    model_config = ConfigDict(json_schema_extra={"examples": [*WATCH_WISH]})

    viewer_token: Annotated[str | None, Field(max_length=_LONGEST, description="what `portable` gave before")] = None
    playback_token: Annotated[
        str | None, Field(max_length=_LONGEST, description="where the channel needs one; then it says who they are")
    ] = None
    portable: Annotated[
        bool, Field(description="answer with a `viewer_token`, without a cookie: for a page of another origin")
    ] = False


def router(watch: Watch) -> Router:
    """The routes under /watch."""

    routes = Router(prefix="/watch", tags=["watch"], responses=_SAID)

    @routes.head("", include_in_schema=False)
    @routes.get("", summary="The channels that anybody may watch, and what is on", operation_id="watch_channels")
    async def channels(answer: Response) -> PublicChannels:
        answer.headers["Cache-Control"] = f"public, max-age={LISTED_AGE_S}"
        return await watch.channels_told()

    @routes.post("/{channel}", summary="Watch a channel: who you are, and where", operation_id="watch_channel")
    async def one(
        channel: ChannelName, request: Request, answer: Response, wish: WatchWish | None = None
    ) -> WatchView:
        wish = wish or WatchWish()
        carried = Carried(wish.viewer_token, held(request, COOKIE), wish.playback_token)
        found = await watch.joined(channel, carried, portable=wish.portable)
        answer.headers["Cache-Control"] = "no-store"
        if found.cookie is not None:
            hold(request, answer, COOKIE, found.cookie, lasts_s=LASTS_S, samesite="lax")
        return found.view

    @routes.head("/{channel}/guide", include_in_schema=False)
    @routes.get("/{channel}/guide", summary="What you see, now and next", operation_id="watch_guide")
    async def guide(
        channel: ChannelName,
        request: Request,
        answer: Response,
        start: _From = None,
        limit: Annotated[int, Query(ge=1, le=LIMIT, description="how many entries")] = 12,
        playback_token: _Token = None,
        authorization: Annotated[str | None, Header(description="`Viewer TOKEN`, for who has no cookie")] = None,
    ) -> WatchGuide:
        scheme, _, token = (authorization or "").partition(" ")
        shown = token.strip() if scheme.lower() == "viewer" else None
        carried = Carried(shown, held(request, COOKIE), playback_token)
        found = await watch.guide(channel, carried, start, limit)
        answer.headers["Cache-Control"] = f"private, max-age={GUIDE_AGE_S}"
        answer.headers["Vary"] = "Authorization, Cookie"
        return found

    return routes
