"""The API's guide: what airs when, for a viewer and on a channel, as JSON and XMLTV, and why."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import Query, Response

from manifest_server.admin.airing_examples import XMLTV
from manifest_server.admin.epg import DAY_MS, LIMIT, Asked, Guide, channel_guide, viewer_guide
from manifest_server.admin.explain import NEXT_LIMIT, Explanation, explain
from manifest_server.admin.parameters import At, ChannelName, ViewerName, instant
from manifest_server.admin.reach import in_reach
from manifest_server.admin.refusals import REFUSALS
from manifest_server.admin.routing import Router
from manifest_server.admin.xmltv import MEDIA_TYPE, xmltv
from manifest_server.onair.channels import Channels
from manifest_server.onair.playlists import Playlists
from storage.catalogue import Catalogue
from storage.objects import Objects

From = Annotated[
    str | None, Query(alias="from", description="Unix seconds or RFC 3339; now without", examples=["2026-12-31"])
]
Until = Annotated[str | None, Query(description="as `from`; a day later without, seven days at most")]
Limit = Annotated[int, Query(ge=1, le=LIMIT, description="how many entries; `next` says where the rest begins")]
_XML: dict[int | str, dict[str, Any]] = {
    200: {"content": {MEDIA_TYPE: {"example": XMLTV}}, "description": "An XMLTV document"}
}


def router(
    catalogue: Catalogue, objects: Objects, now_ms: Callable[[], int], check: Callable[[], None], media: str
) -> Router:
    """The routes of guides under /channels/CHANNEL. `media`: what the URLs of segments begin with."""

    routes = Router(prefix="/channels/{channel}", tags=["guide"], dependencies=[in_reach(check)], responses=REFUSALS)

    def channels() -> Channels:
        return Channels(catalogue, objects.read)  # plans are objects

    def asked(start: str | None, until: str | None, limit: int) -> Asked:
        from_ms = instant(start, now_ms())
        return Asked(from_ms, instant(until, from_ms + DAY_MS), limit)

    async def of_channel(channel: str, *span: *tuple[str | None, str | None, int]) -> Guide:
        return await channel_guide(catalogue, channels(), channel, asked(*span), media)

    async def of_viewer(channel: str, viewer: str, *span: *tuple[str | None, str | None, int]) -> Guide:
        return await viewer_guide(catalogue, channels(), channel, viewer, asked(*span), media)

    _guides(routes, of_channel, of_viewer)

    @routes.get(
        "/viewers/{viewer}/explain",
        summary="Why a viewer sees what they see at an instant, to the last number",
        operation_id="explain",
    )
    async def why(
        channel: ChannelName,
        viewer: ViewerName,
        at: At = None,
        rendition: Annotated[str | None, Query(description="whose playlist to show", examples=["cmaf-720p"])] = None,
        count: Annotated[int, Query(ge=0, le=NEXT_LIMIT, description="how many clips after the one on air")] = 5,
    ) -> Explanation:
        playlists = Playlists(channels(), media)
        return await explain(catalogue, playlists, channel, viewer, instant(at, now_ms()), rendition, count)

    return routes


def _guides(
    routes: Router, of_channel: Callable[..., Awaitable[Guide]], of_viewer: Callable[..., Awaitable[Guide]]
) -> None:
    @routes.get("/epg", summary="What is the same for all viewers: moments and pools", operation_id="channel_epg")
    async def for_all(channel: ChannelName, start: From = None, until: Until = None, limit: Limit = LIMIT) -> Guide:
        return await of_channel(channel, start, until, limit)

    @routes.get(
        "/epg.xml",
        summary="The same as XMLTV",
        operation_id="channel_epg_xml",
        responses=_XML,
        response_class=Response,
    )
    async def for_all_xml(
        channel: ChannelName, start: From = None, until: Until = None, limit: Limit = LIMIT
    ) -> Response:
        return await _document(await of_channel(channel, start, until, limit))

    @routes.get("/viewers/{viewer}/epg", summary="What a viewer sees, clip by clip", operation_id="viewer_epg")
    async def for_one(
        channel: ChannelName, viewer: ViewerName, start: From = None, until: Until = None, limit: Limit = LIMIT
    ) -> Guide:
        return await of_viewer(channel, viewer, start, until, limit)

    @routes.get(
        "/viewers/{viewer}/epg.xml",
        summary="The same as XMLTV",
        operation_id="viewer_epg_xml",
        responses=_XML,
        response_class=Response,
    )
    async def for_one_xml(
        channel: ChannelName, viewer: ViewerName, start: From = None, until: Until = None, limit: Limit = LIMIT
    ) -> Response:
        return await _document(await of_viewer(channel, viewer, start, until, limit))


async def _document(guide: Guide) -> Response:
    return Response(await asyncio.to_thread(xmltv, guide), media_type=MEDIA_TYPE)
