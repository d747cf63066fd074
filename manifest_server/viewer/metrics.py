"""The door `/metrics`, for Prometheus."""

from collections.abc import Awaitable, Callable
from functools import cache
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from manifest_server.analytics.keeper import Keeper

if TYPE_CHECKING:
    from manifest_server.analytics.metrics import Metrics


def metrics(keeper: Keeper) -> Callable[[Request], Awaitable[Response]]:
    """The door. What it needs is loaded when somebody asks."""

    @cache
    def loaded() -> "Metrics":
        from manifest_server.analytics.metrics import Metrics  # noqa: PLC0415

        return Metrics(keeper)

    async def told(_: Request) -> Response:
        return Response(loaded().text(), media_type=loaded().media_type, headers={"Cache-Control": "no-store"})

    return told
