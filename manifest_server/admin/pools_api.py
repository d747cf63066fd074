"""The API's pools: name the assets of one, or let it follow a query."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Body as Sent
from fastapi import Response

from manifest_server.admin import actions, pools
from manifest_server.admin.changes import Effects
from manifest_server.admin.channel_answers import AssetIds, ChannelAnswers
from manifest_server.admin.parameters import Body, ChannelName, IfMatch, version_of
from manifest_server.admin.reach import in_reach
from manifest_server.admin.refusals import REFUSALS
from manifest_server.admin.routing import Router
from manifest_server.admin.trials import Trials, Trying
from manifest_server.admin.views import ChannelView, Selected, Selection
from storage.catalogue import Catalogue
from storage.keys import checked_name
from storage.metadata import PoolQuery

Query = Annotated[PoolQuery, Sent(examples=[{"tags": ["kids"], "languages": ["pt"], "most_rating": 6}])]


class Assets(Body):
    """A pool by name."""

    assets: AssetIds


def router(
    catalogue: Catalogue, read: Callable[[str], bytes], now_ms: Callable[[], int], check: Callable[[], None]
) -> Router:
    """The routes of pools under /channels/CHANNEL. `check`: Unavailable while Redis is known to be away."""

    routes = Router(
        prefix="/channels/{channel}", tags=["channels"], dependencies=[in_reach(check)], responses=REFUSALS
    )
    told, trials = ChannelAnswers(catalogue, now_ms), Trials(catalogue, read, now_ms)

    @routes.put("/pool", summary="Name the assets of the pool", operation_id="set_pool")
    async def pool(
        channel: ChannelName, body: Assets, answer: Response, trying: Trying, if_match: IfMatch = None
    ) -> ChannelView | Effects:
        version = version_of(if_match)
        async with told.newer(channel):
            return await trials.done(
                answer, channel, trying,
                lambda on: actions.set_pool(on, channel, body.assets, now_ms, version),
                lambda record: told.view(answer, record),
            )  # fmt: skip

    @routes.put("/query", summary="Let the pool follow what is said of assets", operation_id="set_query")
    async def follow(
        channel: ChannelName, body: Query, answer: Response, trying: Trying, if_match: IfMatch = None
    ) -> ChannelView | Effects:
        version = version_of(if_match)
        async with told.newer(channel):
            return await trials.done(
                answer, channel, trying,
                lambda on: pools.set_query(on, channel, body, now_ms, version),
                lambda followed: told.view(answer, followed.channel),
            )  # fmt: skip

    @routes.post("/query/try", summary="What a query selects now; changes nothing", operation_id="try_query")
    async def tried(channel: ChannelName, body: Query) -> Selection:
        await catalogue.channel(checked_name("channel", channel))
        ids = await pools.selected(catalogue, body, now_ms())
        records, said = await catalogue.assets_of(ids), await catalogue.metadata.of_all(ids)
        titles = {asset: said[asset].title if asset in said else None for asset in records}
        return Selection(
            assets=[Selected(id=one, title=titles[one] or records[one].title) for one in ids if one in records]
        )

    return routes
