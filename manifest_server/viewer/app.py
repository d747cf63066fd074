"""The manifest server as an ASGI application."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from manifest_server.admin.programmer import Programmer
from manifest_server.onair.channels import Channels
from manifest_server.onair.playlists import Playlists
from manifest_server.viewer.answers import OpenToAll, failed
from manifest_server.viewer.clock import now_ms as system_ms
from manifest_server.viewer.readiness import Readiness
from manifest_server.viewer.routes import Doors, routes
from storage.catalogue import Catalogue
from storage.errors import StreamSyncError
from storage.folder_objects import FolderObjects
from storage.settings import Settings
from storage.stores import media_base, objects

if TYPE_CHECKING:
    from manifest_server.admin.v1 import V1


def application(settings: Settings, redis_url: str, now_ms: Callable[[], int] = system_ms) -> Starlette:
    """The application over the objects of `settings` and the Redis at `redis_url`. Connects at start-up, not here."""
    catalogue = Catalogue.connect(redis_url, settings.redis_replicas)
    channels = Channels(catalogue)
    v1 = _v1(settings, redis_url, catalogue, now_ms, channels.reach.check)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        programmer = Programmer(catalogue, now_ms, channels.reach.check)
        api = v1.running() if v1 is not None else nullcontext()
        async with catalogue, channels.following(), programmer.running(), api:
            yield

    doors = Doors(
        Playlists(channels, media_base(settings)),
        FolderObjects(settings.objects_root) if settings.objects_url is None else None,
        Readiness(channels.reach, lambda: objects(settings)),
        now_ms,
        preview=settings.preview,
    )
    return Starlette(
        routes=[*routes(doors), Mount("/api/v1", app=_api_is_off if v1 is None else v1.app())],
        middleware=[Middleware(OpenToAll)],
        exception_handlers={StreamSyncError: failed, HTTPException: failed, Exception: failed},
        lifespan=lifespan,
    )


def _v1(
    settings: Settings, redis_url: str, catalogue: Catalogue, now_ms: Callable[[], int], check: Callable[[], None]
) -> "V1 | None":
    if settings.token is None:
        return None
    # Only now: a server without an API starts a quarter of a second earlier.
    from manifest_server.admin.v1 import v1  # noqa: PLC0415

    return v1(settings, redis_url, catalogue, now_ms, check)


async def _api_is_off(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise HTTPException(HTTPStatus.FORBIDDEN, "the API is off: set STREAMSYNC_TOKEN")
