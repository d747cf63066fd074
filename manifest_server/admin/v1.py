"""What `/api/v1` is made of, and what goes on beside it. Loaded when it is needed: FastAPI takes its time."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from fastapi import FastAPI
from starlette.middleware import Middleware

from manifest_server.admin import events_api, parts_api, session_api, uploads_api, watch_api
from manifest_server.admin.account_views import OidcOption
from manifest_server.admin.admission import Admission
from manifest_server.admin.api import api, caller
from manifest_server.admin.doors import Storage, doors
from manifest_server.admin.feed import Feed
from manifest_server.admin.idempotency import Idempotency
from manifest_server.admin.passwords import Passwords
from manifest_server.admin.routing import Router
from manifest_server.admin.sign_in import SignIn
from manifest_server.admin.uploads_api import Packaging
from manifest_server.admin.watch import Watch
from manifest_server.onair.channels import Channels
from manifest_server.viewer.playback_tokens import Keyring
from storage.catalogue import Catalogue
from storage.errors import StreamSyncError
from storage.fleet_queue import FleetQueue
from storage.folder_uploads import FolderParts
from storage.settings import Settings
from storage.stores import media_base, objects, uploads
from storage.upload_jobs import UploadJobs
from storage.upload_sweep import LOOK_S, Sweep
from storage.uploads import Uploads


@dataclass(frozen=True, slots=True)
class V1:
    """The API over some uploads and their packaging; `more` doors, behind `inner`. `now_ms` is the server's clock."""

    admission: Admission
    uploads: Uploads
    packaging: Packaging
    queue: FleetQueue
    now_ms: Callable[[], int]
    feed: Feed
    sweep: Sweep | None = None
    more: tuple[Router, ...] = ()
    inner: tuple[Middleware, ...] = ()
    open: tuple[Router, ...] = ()  # doors that see to it by themselves who comes

    def app(self) -> FastAPI:
        """The application, to be mounted at `/api/v1`."""
        sent = uploads_api.router(
            self.uploads, self.packaging, self.now_ms, lambda upload: self.queue.say("upload", upload)
        )
        routers = [sent, events_api.router(self.feed), *self.more]
        store = self.uploads.store
        signed = [parts_api.router(self.uploads, store, self.now_ms)] if isinstance(store, FolderParts) else []
        return api(self.admission, routers, [*signed, *self.open], self.inner)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Uploads are looked after for as long as this lasts; then all connections are closed."""
        stopping = asyncio.Event()
        task = asyncio.create_task(_look_after(self.sweep, stopping))
        try:
            yield
        finally:
            stopping.set()
            await self.feed.aclose()
            await task
            await asyncio.to_thread(self.queue.close)


def v1(settings: Settings, redis_url: str, catalogue: Catalogue, now_ms: Callable[[], int], channels: Channels) -> V1:
    """The API of these settings, for viewers by what `channels` remembers. Does not connect."""
    reach = channels.reach
    check = reach.check
    keyring = Keyring.of(settings.playback_keys)
    queue = FleetQueue(redis_url, check)
    store = objects(settings)
    into, jobs = uploads(settings), UploadJobs(queue, store, settings)
    media = media_base(settings)
    storage = Storage(
        catalogue, store, queue, now_ms, lambda request: caller(request).name, keyring, media,
        webhook_private=settings.webhook_private, analytics_days=settings.analytics_days,
    )  # fmt: skip
    more = doors(storage)
    inner = (Middleware(Idempotency, catalogue=catalogue),)
    sign_in = SignIn(catalogue, Passwords(), now_ms)
    admission = Admission(
        settings.token, catalogue.tokens.token, reach, now_ms, session=sign_in.signed_in, used=sign_in.used
    )
    people = _people(settings, catalogue, sign_in, admission, check)
    viewers = (watch_api.router(Watch(catalogue, channels, now_ms, keyring, media)),)
    feed = Feed(catalogue, queue)
    return V1(admission, into, jobs, queue, now_ms, feed, Sweep(into, jobs), (*more, *people), inner, viewers)


def _people(
    settings: Settings, catalogue: Catalogue, sign_in: SignIn, admission: Admission, check: Callable[[], None]
) -> tuple[Router, ...]:
    """The doors where people sign in. Raises BadInput."""
    if settings.oidc_url is None:
        return (session_api.router(sign_in, admission, check, None),)
    # Only for who has a provider: cryptography takes its time.
    from manifest_server.admin.oidc import Oidc  # noqa: PLC0415
    from manifest_server.admin.oidc_api import PATH, router  # noqa: PLC0415

    option = OidcOption(title=settings.oidc_title, url=PATH)
    return (
        session_api.router(sign_in, admission, check, option),
        router(catalogue, sign_in, Oidc.of(settings), check),
    )


async def _look_after(sweep: Sweep | None, stopping: asyncio.Event) -> None:
    while sweep is not None and not stopping.is_set():
        # A store that is away is for /readyz to tell; the next round finds the same.
        with suppress(StreamSyncError):
            await asyncio.to_thread(sweep.in_turn, time.time())
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), LOOK_S)
