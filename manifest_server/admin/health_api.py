"""The API's health: how everything is, and what to do. It answers also while Redis or the store does not."""

from collections.abc import Callable

from manifest_server.admin.health import Since, show_health
from manifest_server.admin.health_views import Health
from manifest_server.admin.refusals import REFUSALS
from manifest_server.admin.routing import Router
from storage.catalogue import Catalogue
from storage.fleet_queue import FleetQueue
from storage.objects import Objects


def router(catalogue: Catalogue, objects: Objects, queue: FleetQueue, now_ms: Callable[[], int]) -> Router:
    """The door of health."""
    routes = Router(prefix="/health", tags=["health"], responses=REFUSALS)
    since = Since()

    @routes.get("", summary="How everything is, since when, and what to do", operation_id="show_health")
    async def health() -> Health:
        return await show_health(catalogue, objects, queue, since, now_ms)

    return routes
