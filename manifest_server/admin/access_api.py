"""The API's doors to who may watch a channel: open it to all or to tokens, and issue a playback token."""

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import Response
from pydantic import ConfigDict, Field

from manifest_server.admin.access import LASTS_MS, issue_playback_token, set_public
from manifest_server.admin.channel_answers import ChannelAnswers
from manifest_server.admin.parameters import Body, ChannelName, IfMatch, version_of
from manifest_server.admin.reach import in_reach
from manifest_server.admin.refusals import REFUSALS
from manifest_server.admin.routing import Router
from manifest_server.admin.token_views import PlaybackTokenView
from manifest_server.admin.views import ChannelView
from manifest_server.viewer.clock import span_ms
from manifest_server.viewer.playback_tokens import Keyring
from storage.catalogue import Catalogue


class Access(Body):
    """Who may watch."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"access": "token"}]})

    access: Annotated[Literal["public", "token"], Field(description="anybody, or who has a playback token")]


class PlaybackWish(Body):
    """Who is to watch, and for how long."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"viewer": "alice", "expires": "6h"}]})

    viewer: str
    expires: Annotated[str | None, Field(description="how long it lasts: `90m`, `6h`, `7d`, at most 30 days")] = None


def router(catalogue: Catalogue, keyring: Keyring, now_ms: Callable[[], int], check: Callable[[], None]) -> Router:
    """The routes under /channels/CHANNEL. `check`: Unavailable while Redis is known to be away."""

    routes = Router(
        prefix="/channels/{channel}", tags=["channels"], dependencies=[in_reach(check)], responses=REFUSALS
    )
    told = ChannelAnswers(catalogue, now_ms)

    @routes.put("/access", summary="Who may watch: anybody, or who has a token", operation_id="set_public")
    async def access(channel: ChannelName, body: Access, answer: Response, if_match: IfMatch = None) -> ChannelView:
        version = version_of(if_match)
        async with told.newer(channel):
            return told.view(answer, await set_public(catalogue, channel, body.access == "public", version))

    @routes.post(
        "/playback-tokens", status_code=201, summary="A token with which a viewer may watch",
        operation_id="issue_playback_token",
    )  # fmt: skip
    async def issue(channel: ChannelName, wish: PlaybackWish) -> PlaybackTokenView:
        lasts_ms = LASTS_MS if wish.expires is None else span_ms(wish.expires)
        made = await issue_playback_token(catalogue, keyring, channel, wish.viewer, lasts_ms, now_ms)
        return PlaybackTokenView.of(made, channel, wish.viewer)

    return routes
