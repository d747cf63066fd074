"""What `/api/v1` is made of, and what goes on beside it. Loaded only with a token: FastAPI takes its time."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from fastapi import FastAPI
from pydantic import SecretStr

from manifest_server.admin import jobs_api, parts_api, uploads_api
from manifest_server.admin.api import api
from manifest_server.admin.packaging import FleetPackaging
from manifest_server.admin.uploads_api import Packaging
from storage.errors import StreamSyncError
from storage.fleet_queue import FleetQueue
from storage.folder_uploads import FolderParts
from storage.settings import Settings
from storage.stores import objects, uploads
from storage.uploads import Uploads

SWEEP_S = 1800


@dataclass(frozen=True, slots=True)
class V1:
    """The API over some uploads and the packaging queue. `now_ms` is the server's clock."""

    token: SecretStr
    uploads: Uploads
    packaging: Packaging
    queue: FleetQueue
    now_ms: Callable[[], int]

    def app(self) -> FastAPI:
        """The application, to be mounted at `/api/v1`."""
        routers = [uploads_api.router(self.uploads, self.packaging, self.now_ms), jobs_api.router(self.queue)]
        store = self.uploads.store
        signed = [parts_api.router(self.uploads, store, self.now_ms)] if isinstance(store, FolderParts) else []
        return api(self.token, routers, signed)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Abandoned uploads expire for as long as this lasts; then all connections are closed."""
        task = asyncio.create_task(_sweep(self.uploads))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            await asyncio.to_thread(self.queue.close)


def v1(settings: Settings, redis_url: str, now_ms: Callable[[], int]) -> V1:
    """The API of these settings, which have a token. Does not connect."""
    assert settings.token is not None  # noqa: S101 - the caller has looked
    queue = FleetQueue(redis_url)
    packaging = FleetPackaging(queue, objects(settings), settings)
    return V1(settings.token, uploads(settings), packaging, queue, now_ms)


async def _sweep(uploads: Uploads) -> None:
    while True:
        await asyncio.sleep(SWEEP_S)
        # A store that is away is for /readyz to tell; the next round finds the same.
        with suppress(StreamSyncError):
            await asyncio.to_thread(uploads.expire, time.time())
