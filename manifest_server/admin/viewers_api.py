"""The API's viewers: which lineup one is on, and what they see at any instant."""

from collections.abc import Callable, Sequence
from typing import Annotated

from fastapi import Query
from pydantic import ConfigDict, Field

from manifest_server.admin import actions
from manifest_server.admin.parameters import PAGE, After, At, Body, ChannelName, Limit, ViewerName, instant
from manifest_server.admin.preview import Preview, preview
from manifest_server.admin.reach import in_reach
from manifest_server.admin.refusals import REFUSALS
from manifest_server.admin.routing import Router
from manifest_server.admin.views import ViewerPage, ViewerView
from manifest_server.onair.channels import Channels
from manifest_server.programming.pool import derived_id
from storage.catalogue import Catalogue
from storage.keys import checked_name
from storage.objects import Objects
from storage.records import ViewerRecord

PREVIEW_LIMIT = 1000


class Assignment(Body):
    """Where to put a viewer."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"lineup": "kids"}, {"lineup": None}]})

    lineup: Annotated[str | None, Field(description="a given lineup; null: the one derived from the viewer's name")]


def router(catalogue: Catalogue, objects: Objects, now_ms: Callable[[], int], check: Callable[[], None]) -> Router:
    """The routes under /channels/CHANNEL/viewers. `check`: Unavailable while Redis is known to be away."""

    routes = Router(
        prefix="/channels/{channel}/viewers", tags=["viewers"], dependencies=[in_reach(check)], responses=REFUSALS
    )

    @routes.get("", summary="Viewers that were assigned, in no order", operation_id="list_viewers")
    async def listed(
        channel: ChannelName,
        after: After = None,
        limit: Limit = PAGE,
        prefix: Annotated[str, Query(description="how their names begin", examples=["ali"])] = "",
    ) -> ViewerPage:
        await catalogue.channel(checked_name("channel", channel))
        found, then = await catalogue.viewers_page(channel, after, limit, prefix)
        return ViewerPage(viewers=await _views(catalogue, channel, found), next=then)

    @routes.get("/{viewer}", summary="Which lineup a viewer is on; any name is a viewer", operation_id="show_viewer")
    async def one(channel: ChannelName, viewer: ViewerName) -> ViewerView:
        await catalogue.channel(checked_name("channel", channel))
        record = await catalogue.viewer(channel, checked_name("viewer", viewer))
        (view,) = await _views(catalogue, channel, [record or ViewerRecord(name=viewer)])
        return view

    @routes.put(
        "/{viewer}", summary="Put a viewer on a lineup, from their next join on", operation_id="assign_viewer"
    )
    async def assign(channel: ChannelName, viewer: ViewerName, body: Assignment) -> ViewerView:
        checked_name("channel", channel)
        record = await actions.assign_viewer(catalogue, channel, viewer, body.lineup)
        (view,) = await _views(catalogue, channel, [record])
        return view

    @routes.get("/{viewer}/preview", summary="What a viewer sees at an instant: now and next", operation_id="preview")
    async def seen(
        channel: ChannelName,
        viewer: ViewerName,
        at: At = None,
        count: Annotated[int, Query(ge=1, le=PREVIEW_LIMIT, description="how many clips to tell of")] = 8,
    ) -> Preview:
        return await preview(Channels(catalogue, objects.read), channel, viewer, instant(at, now_ms()), count)

    return routes


async def _views(catalogue: Catalogue, channel: str, records: Sequence[ViewerRecord]) -> list[ViewerView]:
    """Who was put on a lineup that was taken away since has their own."""
    given = {record.lineup for record in records if record.lineup is not None}
    there = given - await catalogue.lineups_gone(channel, given)
    return [
        ViewerView(name=one.name, lineup=one.lineup, given=True)
        if one.lineup is not None and one.lineup in there
        else ViewerView(name=one.name, lineup=derived_id(channel, one.name), given=False)
        for one in records
    ]
