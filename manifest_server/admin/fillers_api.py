"""The API's filler: give a channel the idents that fill the time before its moments."""

from collections.abc import Callable

from fastapi import Response

from manifest_server.admin.changes import Effects
from manifest_server.admin.channel_answers import AssetIds, ChannelAnswers
from manifest_server.admin.fillers import set_filler
from manifest_server.admin.parameters import Body, ChannelName, IfMatch, version_of
from manifest_server.admin.reach import in_reach
from manifest_server.admin.refusals import REFUSALS
from manifest_server.admin.routing import Router
from manifest_server.admin.trials import Trials, Trying
from manifest_server.admin.views import ChannelView
from storage.catalogue import Catalogue


class Idents(Body):
    """All idents of a channel's filler."""

    assets: AssetIds


def router(
    catalogue: Catalogue, read: Callable[[str], bytes], now_ms: Callable[[], int], check: Callable[[], None]
) -> Router:
    """The route of filler under /channels/CHANNEL. `check`: Unavailable while Redis is known to be away."""

    routes = Router(
        prefix="/channels/{channel}", tags=["channels"], dependencies=[in_reach(check)], responses=REFUSALS
    )
    told, trials = ChannelAnswers(catalogue, now_ms), Trials(catalogue, read, now_ms)

    @routes.put("/filler", summary="Give the idents that fill the time before moments", operation_id="set_filler")
    async def give(
        channel: ChannelName, body: Idents, answer: Response, trying: Trying, if_match: IfMatch = None
    ) -> ChannelView | Effects:
        version = version_of(if_match)
        async with told.newer(channel):
            return await trials.done(
                answer, channel, trying,
                lambda on: set_filler(on, channel, body.assets, now_ms, version),
                lambda record: told.view(answer, record),
            )  # fmt: skip

    return routes
