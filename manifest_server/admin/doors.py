"""All doors to the verbs: the API has them behind its gate, the command line opens them on its own storage.

A router that is added here is there for both (docs/api.md, "A new verb").
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.requests import Request

from manifest_server.admin import (
    access_api,
    accounts_api,
    analytics_api,
    assets_api,
    audit_api,
    bulk_api,
    channels_api,
    cohorts_api,
    edits_api,
    fillers_api,
    guide_api,
    health_api,
    jobs_api,
    lineups_api,
    moments_api,
    pools_api,
    profiles_api,
    removal_api,
    rules_api,
    tokens_api,
    viewers_api,
    webhooks_api,
)
from manifest_server.admin.deeds import marked
from manifest_server.admin.routing import Router
from manifest_server.viewer.playback_tokens import Keyring
from storage.catalogue import Catalogue
from storage.fleet_queue import FleetQueue
from storage.objects import Objects
from storage.settings import ANALYTICS_DAYS
from storage.stores import CHUNKS


@dataclass(frozen=True, slots=True)
class Storage:
    """What the verbs work on. `who`: who asks, for what is marked with it; `queue` knows whether Redis is away;
    `keyring` signs playback tokens; `media` is what the URL of every segment begins with; `webhook_private`: webhooks
    may go to addresses that are not public; `analytics_days`: for how long it is kept what was counted of audiences.
    """

    catalogue: Catalogue
    objects: Objects
    queue: FleetQueue
    now_ms: Callable[[], int]
    who: Callable[[Request], str | None]
    keyring: Keyring = field(default_factory=Keyring)
    media: str = CHUNKS
    webhook_private: bool = False
    analytics_days: int = ANALYTICS_DAYS


def doors(storage: Storage) -> tuple[Router, ...]:
    """The routers of all verbs."""
    catalogue, now_ms, check = storage.catalogue, storage.now_ms, storage.queue.check
    read = storage.objects.read
    routers = (
        channels_api.router(catalogue, storage.objects, now_ms, check, storage.media),
        bulk_api.router(catalogue, now_ms, check),
        pools_api.router(catalogue, read, now_ms, check),
        rules_api.router(catalogue, read, now_ms, check),
        fillers_api.router(catalogue, read, now_ms, check),
        lineups_api.router(catalogue, read, now_ms, check),
        moments_api.router(catalogue, read, now_ms, check),
        edits_api.router(catalogue, read, now_ms, check),
        audit_api.router(catalogue, read, now_ms, check),
        viewers_api.router(catalogue, storage.objects, now_ms, check),
        profiles_api.router(catalogue, now_ms, check),
        cohorts_api.router(catalogue, check),
        guide_api.router(catalogue, storage.objects, now_ms, check, storage.media),
        assets_api.router(catalogue, storage.objects, check, storage.media),
        removal_api.router(catalogue, storage.objects, storage.queue, now_ms, storage.who),
        jobs_api.router(storage.queue),
        health_api.router(catalogue, storage.objects, storage.queue, now_ms),
        tokens_api.router(catalogue, now_ms, check),
        analytics_api.router(catalogue, now_ms, check, storage.analytics_days),
        accounts_api.router(catalogue, now_ms, check),
        access_api.router(catalogue, storage.keyring, now_ms, check),
        webhooks_api.router(catalogue, now_ms, check, private=storage.webhook_private),
    )
    return marked(routers, storage.who)
