"""`streamsync health`: how everything is, and what to do."""

import typer

from manifest_server.admin.health_views import Health, Part
from storage.errors import Unavailable
from storage.settings import load
from streamsync.doors import doors
from streamsync.exits import exit_code
from streamsync.session import Json, add_row, columns, print_json, print_table


def health(json: Json = False) -> None:
    """How servers, workers, storage, catalogue and queue are, and what to do. Ends with 7 when something is down.

    Examples:

        streamsync health

        streamsync --server https://tv.example health --json
    """
    with doors(load()) as door:
        found = door.ask(Health, "GET", "health")
    if json:
        print_json(found)
    else:
        table = columns("part", "state", "since", "what", "to do")
        for name, part, what in _rows(found):
            add_row(table, name, part.state, part.since or "", what, part.advice)
        print_table(table)
    if found.state == "down":
        raise typer.Exit(exit_code(Unavailable()))


def _rows(found: Health) -> list[tuple[str, Part, str]]:
    storage, redis, queue = found.storage, found.catalogue, found.queue
    free = "" if storage.free_bytes is None else f", {storage.free_bytes / 1e9:.1f} GB free"
    memory = "" if redis.memory_bytes is None else f", {redis.memory_bytes / 1e6:.1f} MB"
    work = "" if queue.pending is None else f"{queue.pending} pending, {queue.running} running, {queue.failed} failed"
    return [
        *(
            (
                f"server {one.host}:{one.pid}",
                one,
                f"{one.channels} channels, {one.lineups} lineups, {one.lag_ms} ms late",
            )
            for one in found.servers
        ),
        *((f"worker {one.id}", one, f"{one.job or 'idle'} {one.task or ''}".strip()) for one in found.workers),
        ("storage", storage, f"{storage.kind}{free}"),
        ("catalogue", redis, f"{redis.version or ''} {redis.role or ''}{memory}".strip()),
        ("queue", queue, work),
    ]
