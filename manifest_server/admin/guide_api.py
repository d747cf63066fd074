"""The API's guide: what airs when, for a viewer and on a channel, as JSON and XMLTV, and why."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from manifest_server.admin.epg import DAY_MS, LIMIT, Asked, Guide, channel_guide, viewer_guide
from manifest_server.admin.explain import NEXT_LIMIT, Explanation, explain
from manifest_server.admin.parameters import At, ChannelName, ViewerName, instant
from manifest_server.admin.refusals import REFUSALS
from manifest_server.admin.xmltv import MEDIA_TYPE, xmltv
from manifest_server.onair.channels import Channels
from manifest_server.onair.playlists import Playlists
from storage.catalogue import Catalogue

From = Annotated[
    str | None, Query(alias="from", description="Unix seconds or RFC 3339; now without", examples=["2026-12-31"])
]
Until = Annotated[str | None, Query(description="as `from`; a day later without, seven days at most")]
Limit = Annotated[int, Query(ge=1, le=LIMIT, description="how many entries; `next` says where the rest begins")]
_XML: dict[int | str, dict[str, Any]] = {200: {"content": {MEDIA_TYPE: {}}, "description": "An XMLTV document"}}


def router(catalogue: Catalogue, now_ms: Callable[[], int], check: Callable[[], None], media: str) -> APIRouter:
    """The routes of guides under /channels/CHANNEL. `media`: what the URLs of segments begin with."""

    async def in_reach() -> None:
        check()

    routes = APIRouter(
        prefix="/channels/{channel}", tags=["guide"], dependencies=[Depends(in_reach)], responses=REFUSALS
    )

    def asked(start: str | None, until: str | None, limit: int) -> Asked:
        from_ms = instant(start, now_ms())
        return Asked(from_ms, instant(until, from_ms + DAY_MS), limit)

    @routes.get("/epg", summary="What is the same for all viewers: moments and pools", operation_id="channel_epg")
    async def of_channel(
        channel: ChannelName, start: From = None, until: Until = None, limit: Limit = LIMIT
    ) -> Guide:
        return await channel_guide(catalogue, channel, asked(start, until, limit))

    @routes.get("/epg.xml", summary="The same as XMLTV", operation_id="channel_epg_xml", responses=_XML)
    async def of_channel_xml(
        channel: ChannelName, start: From = None, until: Until = None, limit: Limit = LIMIT
    ) -> Response:
        return await _document(await channel_guide(catalogue, channel, asked(start, until, limit)))

    @routes.get("/viewers/{viewer}/epg", summary="What a viewer sees, clip by clip", operation_id="viewer_epg")
    async def of_viewer(
        channel: ChannelName, viewer: ViewerName, start: From = None, until: Until = None, limit: Limit = LIMIT
    ) -> Guide:
        return await viewer_guide(catalogue, channel, viewer, asked(start, until, limit))

    @routes.get(
        "/viewers/{viewer}/epg.xml", summary="The same as XMLTV", operation_id="viewer_epg_xml", responses=_XML
    )
    async def of_viewer_xml(
        channel: ChannelName, viewer: ViewerName, start: From = None, until: Until = None, limit: Limit = LIMIT
    ) -> Response:
        return await _document(await viewer_guide(catalogue, channel, viewer, asked(start, until, limit)))

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
        playlists = Playlists(Channels(catalogue), media)
        return await explain(playlists, channel, viewer, instant(at, now_ms()), rendition, count)

    return routes


async def _document(guide: Guide) -> Response:
    return Response(await asyncio.to_thread(xmltv, guide), media_type=MEDIA_TYPE)
