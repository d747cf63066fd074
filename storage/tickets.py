"""Tickets: dramatiq messages by which workers hear that there are tasks. Which tasks, the queue knows (jobs.py).

A ticket that is lost, or comes twice, does no harm: every worker's reaper sends new ones for what is pending, and who
finds nothing to claim goes back to waiting.
"""

import os

# Found out by a script without keys otherwise, which a cluster cannot route. It is what Redis's Lua is built with.
os.environ.setdefault("dramatiq_lua_max_stack", "8000")

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from storage.errors import Unavailable
from storage.keys import TICKETS
from storage.redis_clients import FAILURES, SyncClient

QUEUE = "packaging"
ACTOR = "work"
MOST_AT_ONCE = 64  # each wakes one worker, which works until nothing is pending

_HEARTBEAT_MS = 60_000


def broker(client: SyncClient) -> RedisBroker:
    """A broker that keeps its queues under one hash tag. Without middleware: what may be repeated is ours to say."""
    made = RedisBroker(  # type: ignore[no-untyped-call]
        client=client,
        namespace=TICKETS,
        middleware=[],
        # In every command: tickets of a worker that was killed come back when its heartbeat ends, not some day.
        maintenance_chance=1_000_000,
        heartbeat_timeout=_HEARTBEAT_MS,
    )
    made.declare_queue(QUEUE)
    return made


def send(to: RedisBroker, count: int) -> None:
    """Wake up to `count` workers. Raises Unavailable."""
    try:
        for _ in range(min(count, MOST_AT_ONCE)):
            to.enqueue(dramatiq.Message(queue_name=QUEUE, actor_name=ACTOR, args=(), kwargs={}, options={}))
    except FAILURES as error:
        raise Unavailable(f"Redis: no ticket could be sent: {type(error).__name__}") from error


def waiting(at: RedisBroker) -> int:
    """How many tickets nobody has answered yet. Raises Unavailable."""
    try:
        # Not dramatiq's own count: it has those that a worker holds, until it is done with its tasks, or lost.
        return int(at.client.llen(f"{TICKETS}:{QUEUE}"))
    except FAILURES as error:
        raise Unavailable(f"Redis: the tickets could not be counted: {type(error).__name__}") from error
