"""The API's channels: make one, put it on air, look at it, stop it."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Query, Response
from pydantic import ConfigDict, Field

from manifest_server.admin import actions
from manifest_server.admin.channel_answers import AssetIds, ChannelAnswers
from manifest_server.admin.descriptions import describe_channel
from manifest_server.admin.now_on import with_now
from manifest_server.admin.parameters import (
    PAGE,
    After,
    Body,
    ChannelName,
    IfMatch,
    Instant,
    Limit,
    instant,
    version_of,
)
from manifest_server.admin.pools import create_following
from manifest_server.admin.reach import in_reach
from manifest_server.admin.refusals import REFUSALS
from manifest_server.admin.routing import Router
from manifest_server.admin.views import ChannelLine, ChannelPage, ChannelView
from manifest_server.onair.channels import Channels
from storage.catalogue import Catalogue
from storage.errors import BadInput
from storage.keys import checked_name
from storage.metadata import Description, Heading, PoolQuery
from storage.objects import Objects
from storage.records import ChannelRecord, TimeShift


class NewChannel(Body):
    """A channel to make."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "main", "title": "Channel One"}, {"name": "kids", "query": {"tags": ["kids"]}}]
        }
    )

    name: str
    title: Annotated[Heading, Field(description="what viewers know it by; empty: its name")] = ""
    assets: Annotated[AssetIds | None, Field(description="its pool; without it, all assets there are")] = None
    query: Annotated[PoolQuery | None, Field(description="its pool follows what is said of assets, instead")] = None


class Start(Body):
    """When to begin."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}, {"at": "2026-12-31T23:00:00Z"}]})

    at: Instant | None = None


class Texts(Body):
    """What viewers are told of a channel, and how far back they may go. What is left out stays."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"title": "Channel One", "description": "Films.", "timeshift_s": 7200}]}
    )

    title: Annotated[Heading | None, Field(description="what viewers know it by; empty: its name")] = None
    description: Description | None = None
    timeshift_s: Annotated[TimeShift | None, Field(description="seconds, at most a day")] = None


def router(
    catalogue: Catalogue, objects: Objects, now_ms: Callable[[], int], check: Callable[[], None], media: str
) -> Router:
    """The routes under /channels. `check` raises Unavailable while the catalogue is known to be away; `media`: what
    the URLs of objects begin with."""

    routes = Router(prefix="/channels", tags=["channels"], dependencies=[in_reach(check)], responses=REFUSALS)
    told = ChannelAnswers(catalogue, now_ms)

    @routes.post("", status_code=201, summary="Make a channel", operation_id="create_channel")
    async def create(body: NewChannel, answer: Response) -> ChannelView:
        async with told.newer(body.name):
            return told.view(answer, await _made(catalogue, body, now_ms))

    @routes.get("", summary="Channels, by their names", operation_id="list_channels")
    async def listed(
        after: After = None,
        limit: Limit = PAGE,
        now: Annotated[bool, Query(description="with what is on those that are on air")] = False,
    ) -> ChannelPage:
        since = "" if after is None else checked_name("channel", after)
        names = [name for name in await catalogue.channel_names() if name > since]
        found = [ChannelLine.of(record, now_ms()) for record in await catalogue.channels(names[:limit])]
        if now:
            found = await with_now(catalogue, Channels(catalogue, objects.read), found, now_ms(), media)
        return ChannelPage(channels=found, next=names[limit - 1] if len(names) > limit else None)

    @routes.get("/{channel}", summary="One channel", operation_id="show_channel")
    async def one(channel: ChannelName, answer: Response) -> ChannelView:
        return told.view(answer, await catalogue.channel(checked_name("channel", channel)))

    @routes.patch(
        "/{channel}", summary="Title, description, and how far back viewers may go", operation_id="describe_channel"
    )
    async def described(channel: ChannelName, body: Texts, answer: Response, if_match: IfMatch = None) -> ChannelView:
        changes, version = body.model_dump(exclude_none=True), version_of(if_match)
        async with told.newer(channel):
            return told.view(answer, await describe_channel(catalogue, channel, changes, now_ms, version))

    @routes.post(
        "/{channel}/start", summary="Put a channel on air, now or at an instant", operation_id="start_channel"
    )
    async def start(
        channel: ChannelName, answer: Response, body: Start | None = None, if_match: IfMatch = None
    ) -> ChannelView:
        checked_name("channel", channel)
        epoch_ms, version = instant(None if body is None else body.at, now_ms()), version_of(if_match)
        async with told.newer(channel):
            return told.view(answer, await actions.start_channel(catalogue, channel, epoch_ms, version))

    @routes.post("/{channel}/stop", summary="End a channel after what is listed", operation_id="stop_channel")
    async def stop(channel: ChannelName, answer: Response, if_match: IfMatch = None) -> ChannelView:
        version = version_of(if_match)
        async with told.newer(channel):
            return told.view(answer, await actions.stop_channel(catalogue, channel, now_ms, version))

    return routes


async def _made(catalogue: Catalogue, body: NewChannel, now_ms: Callable[[], int]) -> ChannelRecord:
    if body.query is None:
        return await actions.create_channel(catalogue, body.name, body.assets, body.title)
    if body.assets is not None:
        raise BadInput("assets and query: a pool is named, or follows a query")
    return await create_following(catalogue, body.name, body.query, now_ms, body.title)
