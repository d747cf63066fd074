"""An edge in front of two manifest servers with a channel on air."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.stage import asset, store

from .asking import wait_until
from .edge import WORKERS, Edge, edge
from .origins import Pair, broadcast, epoch_of_a_move_at, pair

# How often a worker process of an edge fetches a list for each move of it. Of several, one may have opened the old
# file just before another's new one was there, and not find the lock taken any more: then it asks, too.
PER_MOVE = 1

# Segments end so much after whole seconds, and lists grow at whole ones nevertheless.
ODD_MS = 637


@dataclass(frozen=True, slots=True)
class OnAir:
    """An edge, the servers behind it, and when the list of the channel main grows next (Unix milliseconds).

    It does so every 4 s.
    """

    edge: Edge
    servers: Pair
    move_ms: int


@contextmanager
def whole(redis_url: str, folder: Path, *, fresh: bool, workers: int = WORKERS) -> Iterator[OnAir]:
    """The channel is put on air last, so that a slow start takes nothing from the time before the move."""
    store(folder / "data" / "objects", asset(1))
    with pair(redis_url, folder / "data") as servers, edge(folder / "edge", servers.ports, workers=workers) as one:
        second = int(time.time()) + 1
        if fresh:
            wait_until(second * 1000)
        move_ms = second * 1000 + 3000
        broadcast(redis_url, asset(1), asset(2), epoch_ms=epoch_of_a_move_at(move_ms + ODD_MS))
        yield OnAir(one, servers, move_ms)


@pytest.fixture
def on_air(redis_url: str, tmp_path: Path) -> Iterator[OnAir]:
    """A channel on air."""
    with whole(redis_url, tmp_path, fresh=False) as stage:
        yield stage


@pytest.fixture
def single(redis_url: str, tmp_path: Path) -> Iterator[OnAir]:
    """The same with an edge of one worker process."""
    with whole(redis_url, tmp_path, fresh=False, workers=1) as stage:
        yield stage


@pytest.fixture
def fresh(redis_url: str, tmp_path: Path) -> Iterator[OnAir]:
    """A channel on air, at the beginning of a second: a playlist that is asked for now is kept for three."""
    with whole(redis_url, tmp_path, fresh=True) as stage:
        yield stage
