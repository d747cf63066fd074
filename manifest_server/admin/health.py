"""The verb of health: what lives, what is full, what has stopped, and what to do about each."""

import asyncio
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from manifest_server.admin.health_views import (
    CatalogueHealth,
    Health,
    QueueHealth,
    ServerHealth,
    State,
    StorageHealth,
    WorkerHealth,
    worst,
)
from manifest_server.playout.ticks import date_text
from storage.beat_records import ServerBeat, WorkerBeat
from storage.beats import SILENT_MS
from storage.catalogue import Catalogue
from storage.errors import StreamSyncError, Unavailable
from storage.fleet_queue import FleetQueue
from storage.folder_objects import FolderObjects
from storage.keys import record_key
from storage.objects import Objects

ANSWER_S = 3.0  # for a part to say how it is
FREE_LOW, FREE_OUT = 0.10, 0.01  # of a file system
MEMORY_HIGH, MEMORY_FULL = 0.80, 0.98  # of Redis's limit
LAG_MS = 500
_NO_ASSET = record_key("0" * 32)


@dataclass(slots=True)
class Since:
    """From when on each part has been as it is, as far as this process has seen; and the question to the store."""

    _known: dict[str, tuple[State, int]] = field(default_factory=dict)
    _asking: "asyncio.Task[bool] | None" = None

    async def answered(self, objects: Objects) -> bool:
        """Whether the store answers in time. Raises what is wrong with it, Unavailable mostly."""
        # One question at a time: a store that hangs does not take a thread for each.
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(asyncio.to_thread(objects.exists, _NO_ASSET))
        await asyncio.wait({self._asking}, timeout=ANSWER_S)
        if self._asking.done():
            self._asking.result()
        return self._asking.done()

    def of(self, part: str, state: State, now_ms: int) -> str:
        """When it was first seen so."""
        before = self._known.get(part)
        if before is None or before[0] != state:
            before = self._known[part] = state, now_ms
        return date_text(before[1])


async def show_health(
    catalogue: Catalogue, objects: Objects, queue: FleetQueue, since: Since, clock: Callable[[], int]
) -> Health:
    """How everything is. Never raises for what is away: that is what it tells."""
    now_ms = clock()
    servers, workers, storage, redis, work = await asyncio.gather(
        _servers(catalogue), _workers(catalogue), _storage(objects, since, now_ms),
        _catalogue(catalogue, since, now_ms), _queue(queue, since, now_ms),
    )  # fmt: skip
    if work.state == "ok" and work.pending and not any(one.state == "ok" for one in workers):
        advice = "nobody packages: run streamsync worker"
        work = work.model_copy(update={"state": "warn", "advice": advice, "since": since.of("queue", "warn", now_ms)})
    parts = [*servers, *workers, storage, redis, work]
    return Health(
        state=worst(parts), now=date_text(now_ms), servers=servers, workers=workers, storage=storage,
        catalogue=redis, queue=work,
    )  # fmt: skip


async def _servers(catalogue: Catalogue) -> list[ServerHealth]:
    try:
        async with asyncio.timeout(ANSWER_S):
            now_ms, found = await catalogue.beats.of("servers", ServerBeat)
    except (Unavailable, TimeoutError):
        return []
    return [_server(now_ms, at_ms, said) for at_ms, said in found]


def _server(now_ms: int, at_ms: int, said: ServerBeat) -> ServerHealth:
    state: State = "ok"
    since_ms, advice = said.started_ms, ""
    if now_ms - at_ms > SILENT_MS:
        state, since_ms = "down", at_ms
        advice = f"it has been silent for {(now_ms - at_ms) // 1000} s: look at the process on {said.host}"
    elif said.objects != "ok":
        state, since_ms = "warn", at_ms
        advice = f"it does not reach the object store: {said.objects}"
    elif said.lag_ms > LAG_MS:
        state, since_ms = "warn", at_ms
        advice = f"its processor is busy: start another server, or give {said.host} more cores"
    told = said.model_dump(exclude={"started_ms"})
    return ServerHealth(
        **told, started=date_text(said.started_ms), seen=date_text(at_ms), state=state, since=date_text(since_ms),
        advice=advice,
    )  # fmt: skip


async def _workers(catalogue: Catalogue) -> list[WorkerHealth]:
    try:
        async with asyncio.timeout(ANSWER_S):
            now_ms, found = await catalogue.beats.of("workers", WorkerBeat)
    except (Unavailable, TimeoutError):
        return []
    return [_worker(now_ms, at_ms, said) for at_ms, said in found]


def _worker(now_ms: int, at_ms: int, said: WorkerBeat) -> WorkerHealth:
    is_down = now_ms - at_ms > SILENT_MS
    since_ms = at_ms if is_down else said.since_ms or said.started_ms
    advice = f"it has been silent for {(now_ms - at_ms) // 1000} s; others take over what it did" if is_down else ""
    return WorkerHealth(
        **said.model_dump(exclude={"started_ms", "since_ms"}), started=date_text(said.started_ms),
        seen=date_text(at_ms), state="down" if is_down else "ok", since=date_text(since_ms), advice=advice,
    )  # fmt: skip


async def _storage(objects: Objects, since: Since, now_ms: int) -> StorageHealth:
    began = time.monotonic()
    state: State = "ok"
    advice, latency_ms, free, used, size = "", None, None, None, None
    try:
        if await since.answered(objects):
            latency_ms = round((time.monotonic() - began) * 1000)
        else:
            state, advice = "down", f"it does not answer within {ANSWER_S:g} s: look at it, and at the way to it"
    except StreamSyncError as error:
        state, advice = "down", f"it does not answer: {error}"
    if isinstance(objects, FolderObjects):
        # It is made when something is first put into it.
        folder = next(one for one in (objects.root, *objects.root.parents) if one.is_dir())
        size, used, free = shutil.disk_usage(folder)
        share = free / (size or 1)
        if share < FREE_LOW and state == "ok":
            state = "down" if share < FREE_OUT else "warn"
            advice = f"{share:.0%} are free: delete assets that are retired, run streamsync gc, or add a disk"
    return StorageHealth(
        kind="folder" if isinstance(objects, FolderObjects) else "s3", latency_ms=latency_ms, free_bytes=free,
        used_bytes=used, size_bytes=size, state=state, advice=advice, since=since.of("storage", state, now_ms),
    )  # fmt: skip


async def _catalogue(catalogue: Catalogue, since: Since, now_ms: int) -> CatalogueHealth:
    began = time.monotonic()
    facts: dict[str, str] = {}
    latency_ms: int | None = None
    try:
        async with asyncio.timeout(ANSWER_S):
            await catalogue.ping()
            latency_ms = round((time.monotonic() - began) * 1000)
            facts = await catalogue.beats.information()
    except (Unavailable, TimeoutError):
        pass
    state, advice = _redis_state(facts, is_there=latency_ms is not None)
    most = int(facts.get("maxmemory", 0))
    return CatalogueHealth(
        latency_ms=latency_ms,
        version=facts.get("valkey_version") or facts.get("redis_version"),
        role=facts.get("role"),
        cluster=facts["cluster_enabled"] == "1" if "cluster_enabled" in facts else None,
        memory_bytes=int(facts["used_memory"]) if "used_memory" in facts else None,
        memory_limit_bytes=most or None,
        persistent=facts["aof_enabled"] == "1" if "aof_enabled" in facts else None,
        replicas=int(facts["connected_slaves"]) if "connected_slaves" in facts else None,
        state=state, advice=advice, since=since.of("catalogue", state, now_ms),
    )  # fmt: skip


def _redis_state(facts: dict[str, str], *, is_there: bool) -> tuple[State, str]:
    if not is_there:
        return "down", "it does not answer: start it; playlists go on from memory meanwhile, nothing can be changed"
    if not facts:
        return "ok", "it may not be asked how it is: give its user the right +info (docs/redis.md)"
    return _memory_state(facts) or _file_state(facts) or ("ok", "")


def _memory_state(facts: dict[str, str]) -> tuple[State, str] | None:
    most = int(facts.get("maxmemory", 0))
    share = int(facts.get("used_memory", 0)) / most if most else 0.0
    if share > MEMORY_FULL:
        return "down", "its memory is full, so nothing can be changed: raise maxmemory"
    if share > MEMORY_HIGH:
        return "warn", f"{share:.0%} of its memory are used: raise maxmemory"
    return None


def _file_state(facts: dict[str, str]) -> tuple[State, str] | None:
    if facts.get("aof_enabled") == "0":
        return "warn", "it keeps no append-only file, and forgets when it is restarted: set appendonly yes"
    if facts.get("aof_last_write_status", "ok") != "ok":
        return "down", "it cannot write its append-only file: look at its disk"
    return None


async def _queue(queue: FleetQueue, since: Since, now_ms: int) -> QueueHealth:
    try:
        async with asyncio.timeout(ANSWER_S):
            found = await asyncio.to_thread(lambda: queue.jobs().survey())
    except (Unavailable, TimeoutError):
        advice = "it is in the catalogue, which does not answer"
        return QueueHealth(
            pending=None, running=None, failed=None, oldest=None, state="down", advice=advice,
            since=since.of("queue", "down", now_ms),
        )  # fmt: skip
    state: State = "warn" if found.failed else "ok"
    advice = f"{found.failed} jobs failed in 24 hours: streamsync jobs list says why" if found.failed else ""
    return QueueHealth(
        pending=found.pending, running=found.running, failed=found.failed,
        oldest=date_text(found.oldest_ms) if found.oldest_ms else None, state=state, advice=advice,
        since=since.of("queue", state, now_ms),
    )  # fmt: skip
