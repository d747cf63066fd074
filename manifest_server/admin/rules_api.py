"""The API's rules of a channel: set them, try them, and see what is kept of them."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Body, Response

from manifest_server.admin.changes import Effects
from manifest_server.admin.channel_answers import ChannelAnswers
from manifest_server.admin.parameters import ChannelName, IfMatch, tagged, version_of
from manifest_server.admin.reach import in_reach
from manifest_server.admin.refusals import REFUSALS
from manifest_server.admin.routing import Router
from manifest_server.admin.rules import Ruled, set_rules, tried_rules
from manifest_server.admin.rules_views import RulesView
from manifest_server.admin.trials import Trials, Trying
from storage.catalogue import Catalogue
from storage.programme import Rules

Asked = Annotated[
    Rules,
    Body(
        examples=[
            {"repeat_clips": 12, "repeat_s": 7200, "spacing": {"news": 3}, "limits": {"ads": 4}},
            {"time_zone": "Europe/Berlin", "day_parts": [{"minute": 360, "any_tags": ["kids"]}, {"minute": 1215}]},
        ]
    ),
]


def router(
    catalogue: Catalogue, read: Callable[[str], bytes], now_ms: Callable[[], int], check: Callable[[], None]
) -> Router:
    """The routes under /channels/CHANNEL/rules. `check`: Unavailable while Redis is known to be away."""

    routes = Router(
        prefix="/channels/{channel}/rules", tags=["channels"], dependencies=[in_reach(check)], responses=REFUSALS
    )
    told, trials = ChannelAnswers(catalogue, now_ms), Trials(catalogue, read, now_ms)

    @routes.get("", summary="The rules of a channel, and what is kept of them", operation_id="show_rules")
    async def shown(channel: ChannelName, answer: Response) -> RulesView:
        return _view(answer, await tried_rules(catalogue, channel, now_ms))

    @routes.put("", summary="Set the rules, all of them", operation_id="set_rules")
    async def put(
        channel: ChannelName, body: Asked, answer: Response, trying: Trying, if_match: IfMatch = None
    ) -> RulesView | Effects:
        version = version_of(if_match)
        async with told.newer(channel):
            return await trials.done(
                answer, channel, trying,
                lambda on: set_rules(on, channel, body, now_ms, version),
                lambda kept: _view(answer, kept),
            )  # fmt: skip

    @routes.post("/try", summary="What would be kept of rules; changes nothing", operation_id="try_rules")
    async def tried(channel: ChannelName, body: Asked) -> RulesView:
        return RulesView.of(await tried_rules(catalogue, channel, now_ms, body))

    return routes


def _view(answer: Response, ruled: Ruled) -> RulesView:
    return tagged(answer, RulesView.of(ruled), ruled.channel.version)
