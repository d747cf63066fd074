"""What the API answers with about health: each part's state, since when, and what to do. Times are RFC 3339."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from manifest_server.admin.health_examples import HEALTH

State = Literal["ok", "warn", "down"]


class Part(BaseModel):
    """`since`: from when on it is so, as far as is known. `advice`: what to do; "" where there is nothing to do."""

    state: State
    since: str | None
    advice: str


class ServerHealth(Part):
    """A manifest server. `seen`: when it was last heard of; `lag_ms`: the longest that its loop was late of late.

    `channels` and `lineups` are those in memory; `objects`: "ok", or what is wrong with its way to the store.
    """

    id: str
    host: str
    pid: int
    version: str
    started: str
    seen: str
    channels: int
    lineups: int
    lag_ms: int
    objects: str


class WorkerHealth(Part):
    """A packaging process. `job` and `task`: what it works on, null when on nothing."""

    id: str
    host: str
    pid: int
    version: str
    started: str
    seen: str
    job: str | None
    task: str | None


class StorageHealth(Part):
    """Where objects are. A folder's `free_bytes`, `used_bytes` and `size_bytes` are those of its file system."""

    kind: Literal["folder", "s3"]
    latency_ms: int | None
    free_bytes: int | None
    used_bytes: int | None
    size_bytes: int | None


class CatalogueHealth(Part):
    """The Redis, of a cluster the node that has these beats. What it may not be asked (INFO) is null.

    `memory_limit_bytes`: null is none. `persistent`: it keeps an append-only file.
    """

    latency_ms: int | None
    version: str | None
    role: str | None
    cluster: bool | None
    memory_bytes: int | None
    memory_limit_bytes: int | None
    persistent: bool | None
    replicas: int | None


class QueueHealth(Part):
    """Packaging. `pending` and `running` are tasks; `failed`: jobs of the last 24 hours, among the newest 500.

    `oldest`: when the oldest job was submitted that has a pending task.
    """

    pending: int | None
    running: int | None
    failed: int | None
    oldest: str | None


class Health(BaseModel):
    """Everything at once. `state`: that of the part that is worst."""

    model_config = ConfigDict(json_schema_extra={"examples": [HEALTH]})

    state: State
    now: str
    servers: list[ServerHealth]
    workers: list[WorkerHealth]
    storage: StorageHealth
    catalogue: CatalogueHealth
    queue: QueueHealth


def worst(parts: list[Part]) -> State:
    """The worst of their states."""
    states: tuple[State, ...] = ("down", "warn")
    return next((state for state in states if any(part.state == state for part in parts)), "ok")
