"""What `/api/v1` is made of, and what goes on beside it. Loaded only with a token: FastAPI takes its time."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from fastapi import APIRouter, FastAPI
from pydantic import SecretStr

from manifest_server.admin import assets_api, jobs_api, parts_api, uploads_api
from manifest_server.admin.api import api
from manifest_server.admin.uploads_api import Packaging
from storage.catalogue import Catalogue
from storage.errors import StreamSyncError
from storage.fleet_queue import FleetQueue
from storage.folder_uploads import FolderParts
from storage.settings import Settings
from storage.stores import objects, uploads
from storage.upload_jobs import UploadJobs
from storage.upload_sweep import LOOK_S, Sweep
from storage.uploads import Uploads


@dataclass(frozen=True, slots=True)
class V1:
    """The API over some uploads, the packaging queue and `more`. `now_ms` is the server's clock."""

    token: SecretStr
    uploads: Uploads
    packaging: Packaging
    queue: FleetQueue
    now_ms: Callable[[], int]
    sweep: Sweep | None = None
    more: tuple[APIRouter, ...] = ()

    def app(self) -> FastAPI:
        """The application, to be mounted at `/api/v1`."""
        routers = [uploads_api.router(self.uploads, self.packaging, self.now_ms), jobs_api.router(self.queue)]
        routers += self.more
        store = self.uploads.store
        signed = [parts_api.router(self.uploads, store, self.now_ms)] if isinstance(store, FolderParts) else []
        return api(self.token, routers, signed)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Uploads are looked after for as long as this lasts; then all connections are closed."""
        stopping = asyncio.Event()
        task = asyncio.create_task(_look_after(self.sweep, stopping))
        try:
            yield
        finally:
            stopping.set()
            await task
            await asyncio.to_thread(self.queue.close)


def v1(
    settings: Settings, redis_url: str, catalogue: Catalogue, now_ms: Callable[[], int], check: Callable[[], None]
) -> V1:
    """The API of these settings, which have a token. Does not connect. `check`: see FleetQueue."""
    assert settings.token is not None  # noqa: S101 - the caller has looked
    queue = FleetQueue(redis_url, check)
    store = objects(settings)
    into, jobs = uploads(settings), UploadJobs(queue, store, settings)
    more = (assets_api.router(catalogue, store, check),)
    return V1(settings.token, into, jobs, queue, now_ms, Sweep(into, jobs), more)


async def _look_after(sweep: Sweep | None, stopping: asyncio.Event) -> None:
    while sweep is not None and not stopping.is_set():
        # A store that is away is for /readyz to tell; the next round finds the same.
        with suppress(StreamSyncError):
            await asyncio.to_thread(sweep.in_turn, time.time())
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), LOOK_S)
