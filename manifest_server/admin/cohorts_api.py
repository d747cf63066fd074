"""The API's cohorts of a channel: set them, show them, and see which one a viewer is in."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Body, Response
from pydantic import BaseModel, ConfigDict

from manifest_server.admin import cohorts
from manifest_server.admin.examples import COHORT, COHORTS
from manifest_server.admin.parameters import ChannelName, IfMatch, ViewerName, tagged, version_of
from manifest_server.admin.reach import in_reach
from manifest_server.admin.refusals import REFUSALS
from manifest_server.admin.routing import Router
from storage.catalogue import Catalogue
from storage.cohort_records import Cohorts
from storage.keys import checked_name
from storage.records import ChannelRecord

Asked = Annotated[
    Cohorts,
    Body(
        examples=[
            {
                "rules": [{"lineup": "children", "most_rating": 6}, {"lineup": "fans", "likes": {"sport": 0.5}}],
                "tastes": [{"lineup": "drama", "likes": {"drama": 1}}, {"lineup": "news", "likes": {"news": 1}}],
                "otherwise": "mixed",
            }
        ]
    ),
]


class CohortsView(BaseModel):
    """The cohorts of a channel; null: every viewer has a lineup of their own. `version` is the channel's."""

    model_config = ConfigDict(json_schema_extra={"examples": [COHORTS]})

    channel: str
    version: int
    cohorts: Cohorts | None


class CohortView(BaseModel):
    """The lineup that a viewer is on; `cohort`: as their cohort's, and not given to them, or derived."""

    model_config = ConfigDict(json_schema_extra={"examples": [COHORT]})

    viewer: str
    lineup: str
    cohort: bool


def router(catalogue: Catalogue, check: Callable[[], None]) -> Router:
    """The routes under /channels/CHANNEL/cohorts. `check`: Unavailable while Redis is known to be away."""

    routes = Router(
        prefix="/channels/{channel}/cohorts", tags=["channels"], dependencies=[in_reach(check)], responses=REFUSALS
    )

    @routes.get("", summary="The cohorts of a channel", operation_id="show_cohorts")
    async def shown(channel: ChannelName, answer: Response) -> CohortsView:
        return _view(answer, await catalogue.channel(checked_name("channel", channel)))

    @routes.put("", summary="Put viewers on given lineups by what is known of them", operation_id="set_cohorts")
    async def put(channel: ChannelName, body: Asked, answer: Response, if_match: IfMatch = None) -> CohortsView:
        return _view(answer, await cohorts.set_cohorts(catalogue, channel, body, version_of(if_match)))

    @routes.delete("", summary="Let every viewer have a lineup of their own again", operation_id="clear_cohorts")
    async def clear(channel: ChannelName, answer: Response, if_match: IfMatch = None) -> CohortsView:
        return _view(answer, await cohorts.set_cohorts(catalogue, channel, None, version_of(if_match)))

    @routes.get("/{viewer}", summary="Which lineup a viewer is on", operation_id="show_cohort")
    async def one(channel: ChannelName, viewer: ViewerName) -> CohortView:
        lineup, shared = await cohorts.cohort_lineup(catalogue, channel, viewer)
        return CohortView(viewer=viewer, lineup=lineup, cohort=shared)

    return routes


def _view(answer: Response, record: ChannelRecord) -> CohortsView:
    return tagged(
        answer, CohortsView(channel=record.name, version=record.version, cohorts=record.cohorts), record.version
    )
