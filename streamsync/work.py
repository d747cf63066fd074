"""One packaging process: a worker over the storage that is set, until it is stopped."""

import asyncio
import logging
import os
import time
from collections.abc import Callable
from contextlib import closing, suppress

from packager import fleet
from packager.fleet import Bench
from packager.local_sources import LocalSources
from packager.worker import Worker
from storage import asset_states, redis_clients, stores, tickets
from storage.asset_index import index
from storage.asset_states import AssetState
from storage.catalogue import Catalogue
from storage.errors import StreamSyncError
from storage.fleet_queue import FleetQueue
from storage.jobs import Jobs
from storage.records import AssetRecord
from storage.redis_clients import SyncClient
from storage.redis_url import read as place_of
from storage.settings import Settings
from storage.upload_jobs import UploadJobs
from storage.upload_sweep import Sweep
from streamsync import logs, traces

RECONNECT_S = 2.0

_log = logging.getLogger("streamsync.worker")


def run_one(settings: Settings, url: str, *, supervised: int | None) -> None:
    """Work in this process until it is interrupted, or its parent, the process `supervised`, is gone."""
    logs.write(logs.JsonLines() if settings.log == "json" else logs.OneLine(), logging.INFO)
    for loud in ("dramatiq", "botocore", "boto3", "urllib3"):
        logging.getLogger(loud).setLevel(logging.ERROR)

    def stopped(wait_s: float) -> bool:
        time.sleep(wait_s)  # a signal ends the wait by raising
        return supervised is not None and os.getppid() != supervised

    with traces.collected(), suppress(KeyboardInterrupt):
        client = _connected(url, stopped)
        if client is not None:
            _work(settings, url, client, stopped)


def _connected(url: str, stopped: Callable[[float], bool]) -> SyncClient | None:
    """A client. That of a cluster asks for its nodes at once, so this waits until they answer. None: stopped."""
    while True:
        try:
            return redis_clients.synchronous(url)
        except redis_clients.FAILURES as error:
            _log.warning("event=queue_gone error=%s", type(error).__name__)
        if stopped(RECONNECT_S):
            return None


def _work(settings: Settings, url: str, client: SyncClient, stopped: Callable[[float], bool]) -> None:
    objects = stores.objects(settings)
    bench = Bench(
        Jobs(client, str(place_of(url))),
        objects,
        settings,
        LocalSources(settings.work_root / "sources", objects),
        lambda record: asyncio.run(_indexed(settings, url, record, asset_states.state_of(objects, record.id))),
    )
    queue = FleetQueue(url)
    sweep = Sweep(stores.uploads(settings), UploadJobs(queue, objects, settings))

    def tidy() -> None:
        fleet.tidy(bench)
        with suppress(StreamSyncError):  # another time
            sweep.in_turn(time.time())

    with closing(queue):
        worker = Worker(
            bench.jobs, tickets.broker(client), lambda lease, watcher: fleet.work(lease, bench, watcher), tidy
        )
        worker.run(stopped)


async def _indexed(settings: Settings, url: str, record: AssetRecord, state: AssetState | None) -> None:
    async with Catalogue.connect(url, settings.redis_replicas) as catalogue:
        await index(catalogue, record, state)
