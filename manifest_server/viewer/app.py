"""The manifest server as an ASGI application."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from manifest_server.onair.channels import Channels
from manifest_server.onair.playlists import Playlists
from manifest_server.viewer.answers import OpenToAll, error_answer
from manifest_server.viewer.clock import now_ms as system_ms
from manifest_server.viewer.routes import Doors, routes
from storage.catalogue import Catalogue
from storage.errors import StreamSyncError
from storage.folder_objects import FolderObjects
from storage.settings import Settings
from storage.stores import media_base


def application(settings: Settings, redis_url: str, now_ms: Callable[[], int] = system_ms) -> Starlette:
    """The application over the objects of `settings` and the Redis at `redis_url`. Connects at start-up, not here."""
    catalogue = Catalogue.connect(redis_url)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with catalogue:
            yield

    doors = Doors(
        Playlists(Channels(catalogue), media_base(settings)),
        FolderObjects(settings.objects_root) if settings.objects_url is None else None,
        catalogue,
        now_ms,
        preview=settings.preview,
    )
    return Starlette(
        routes=routes(doors),
        middleware=[Middleware(OpenToAll)],
        exception_handlers={StreamSyncError: error_answer, HTTPException: error_answer, Exception: error_answer},
        lifespan=lifespan,
    )
