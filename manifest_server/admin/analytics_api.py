"""The API's analytics: who is there now, and series of points, as JSON and CSV."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Query, Response

from manifest_server.admin.analytics import POINTS, Asked, analytics_now, analytics_series, asked, table
from manifest_server.admin.analytics_examples import CSV
from manifest_server.admin.analytics_views import AnalyticsNow, AnalyticsSeries
from manifest_server.admin.parameters import ChannelName
from manifest_server.admin.reach import in_reach
from manifest_server.admin.refusals import REFUSALS
from manifest_server.admin.routing import Router
from manifest_server.viewer.clock import instant_ms
from storage.catalogue import Catalogue

CSV_TYPE = "text/csv"
Only = Annotated[str | None, Query(description="this channel only", examples=["main"])]
Since = Annotated[
    str | None,
    Query(alias="from", description="Unix seconds or RFC 3339; an hour before `to` without", examples=[1767225600]),
]
Until = Annotated[str | None, Query(alias="to", description="as `from`; now without")]
Step = Annotated[
    int | None,
    Query(description=f"seconds of a point, in tens; else so many that {POINTS} points do", examples=[60]),
]
_CSV: dict[int | str, dict[str, Any]] = {
    200: {"content": {CSV_TYPE: {"example": CSV}}, "description": "A line with the names of the columns, and points"}
}


def router(catalogue: Catalogue, now_ms: Callable[[], int], check: Callable[[], None], days: int) -> Router:
    """The routes under /analytics. `check`: see pools_api; `days`: for how long it is kept what was counted."""

    routes = Router(prefix="/analytics", tags=["analytics"], dependencies=[in_reach(check)], responses=REFUSALS)

    def wish(since: str | None, until: str | None, step: int | None) -> Asked:
        instants = [None if one is None else instant_ms(one) for one in (since, until)]
        return asked(instants[0], instants[1], step, now_ms(), days)

    @routes.get("", summary="Who is there now, and how it plays there", operation_id="show_analytics")
    async def now(channel: Only = None) -> AnalyticsNow:
        return await analytics_now(catalogue, channel, now_ms())

    @routes.get(
        "/{channel}.csv",
        summary="The same series as CSV",
        operation_id="analytics_csv",
        responses=_CSV,
        response_class=Response,
    )
    async def lines(channel: ChannelName, since: Since = None, until: Until = None, step: Step = None) -> Response:
        text = table(await analytics_series(catalogue, channel, wish(since, until, step)))
        told = {"Content-Disposition": f'attachment; filename="{channel}-analytics.csv"'}
        return Response(text, media_type=CSV_TYPE, headers=told)

    @routes.get("/{channel}", summary="A channel's audience over some time", operation_id="analytics_series")
    async def series(
        channel: ChannelName, since: Since = None, until: Until = None, step: Step = None
    ) -> AnalyticsSeries:
        return await analytics_series(catalogue, channel, wish(since, until, step))

    return routes
