"""The manifest server as an ASGI application."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Mount, Route

from manifest_server.admin.programmer import Programmer
from manifest_server.analytics.counts import Counts
from manifest_server.analytics.keeper import Keeper
from manifest_server.hooks.teller import Teller
from manifest_server.onair.channels import Channels
from manifest_server.onair.playlists import Playlists
from manifest_server.viewer import beacons, fastlane
from manifest_server.viewer.answers import OpenToAll, failed
from manifest_server.viewer.beacons import BeaconDoor
from manifest_server.viewer.clock import now_ms as system_ms
from manifest_server.viewer.fellows import Fellows
from manifest_server.viewer.hotlane import PATHS_KEPT, Lane
from manifest_server.viewer.later import Later
from manifest_server.viewer.measures import Measures, Measuring
from manifest_server.viewer.metrics import Inside, Measured
from manifest_server.viewer.playback_tokens import VERIFIED_KEPT, Keyring
from manifest_server.viewer.pulse import Pulse
from manifest_server.viewer.readiness import Readiness
from manifest_server.viewer.routes import Doors, routes
from manifest_server.viewer.site import Site
from manifest_server.viewer.steering import Cdns
from manifest_server.viewer.traced import Traced
from storage import spans
from storage.catalogue import Catalogue
from storage.errors import StreamSyncError
from storage.folder_objects import FolderObjects
from storage.settings import Settings
from storage.stores import media_base, objects, origins

if TYPE_CHECKING:
    from manifest_server.admin.v1 import V1


class Keep(NamedTuple):
    """How much a server remembers of what it has made: bytes of media playlists, and verified playback tokens."""

    playlists: int = PATHS_KEPT
    tokens: int = VERIFIED_KEPT


def application(
    settings: Settings,
    redis_url: str,
    now_ms: Callable[[], int] = system_ms,
    *,
    fellows: Fellows | None = None,
    keep: Keep | None = None,
) -> Starlette:
    """The application over the objects of `settings` and the Redis at `redis_url`. Connects at start-up, not here.

    `fellows`: the other server processes of its port. `keep`: other than the settings say.
    """
    keep = keep or Keep(settings.playlists_mb << 20)
    catalogue = Catalogue.connect(redis_url, settings.redis_replicas)
    store = cache(lambda: objects(settings))  # made when it is first needed: boto3 takes its time
    channels = Channels(catalogue, lambda key: store().read(key))
    api = Later(lambda: _v1(settings, redis_url, catalogue, now_ms, channels))
    if settings.token is not None or settings.oidc_url is not None:  # or somebody is to hear what is wrong with it
        api.load_now()

    keeper = Keeper(Counts(now_ms), catalogue, now_ms, channels.reach.check, settings.analytics_days)
    beacon_door = BeaconDoor(keeper.counts, settings.country_header)
    readiness = Readiness(channels.reach, store, fellows)
    measures = Measures()
    pulse = Pulse(catalogue, readiness, channels.loaded, channels.reach.check, measures.lag, fellows)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, object]]:
        programmer = Programmer(catalogue, now_ms, channels.reach.check)
        teller = Teller(catalogue, now_ms, channels.reach.check, private=settings.webhook_private)
        async with (
            catalogue, channels.following(), programmer.running(), teller.running(), keeper.running(),
            measures.lag.watched(), pulse.running(), api.running(), measured.telling(),
        ):  # fmt: skip
            yield {fastlane.STATE: beacon_door, fastlane.LANE: lane, fastlane.MEASURES: measures}

    doors = _doors(settings, channels, readiness, now_ms, keep)
    lane = Lane(doors.playlists, doors.keyring, now_ms, measures.served, keep.playlists)
    measured = Measured(keeper, Inside(measures, lane, doors.playlists), fellows)
    app = Starlette(
        routes=[
            *routes(doors),
            Route(beacons.PATH, beacon_door),
            Route("/metrics", measured.door),
            Mount("/api/v1", app=api),
            *Site(origins=origins(settings) | doors.cdns.origins).routes(),
        ],
        middleware=[
            *([Middleware(Traced)] if spans.are_collected() else []),
            Middleware(Measuring, measures),
            Middleware(OpenToAll),
        ],
        exception_handlers={StreamSyncError: failed, HTTPException: failed, Exception: failed},
        lifespan=lifespan,
    )
    app.state.leave, app.state.lane = api.leave, lane
    return app


def _doors(
    settings: Settings, channels: Channels, readiness: Readiness, now_ms: Callable[[], int], keep: Keep
) -> Doors:
    return Doors(
        Playlists(channels, media_base(settings)),
        FolderObjects(settings.objects_root) if settings.objects_url is None else None,
        readiness,
        now_ms,
        preview=settings.preview,
        keyring=Keyring.of(settings.playback_keys, keep.tokens),
        cdns=Cdns.of(settings.pathways),
    )


def _v1(
    settings: Settings, redis_url: str, catalogue: Catalogue, now_ms: Callable[[], int], channels: Channels
) -> "V1":
    # Only now: a server of which nobody asks for the API starts a quarter of a second earlier.
    from manifest_server.admin.v1 import v1  # noqa: PLC0415

    return v1(settings, redis_url, catalogue, now_ms, channels)
