"""An edge in front of two manifest servers with a channel on air."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.stage import asset, store

from .asking import wait_until
from .edge import Edge, edge
from .origins import Pair, broadcast, epoch_of_a_move_at, pair

PER_MOVE = 1  # how often an edge fetches a list for each move of it

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
def whole(redis_url: str, folder: Path, *, fresh: bool) -> Iterator[OnAir]:
    """The channel is put on air last, so that a slow start takes nothing from the time before the move."""
    store(folder / "data" / "objects", asset(1))
    with pair(redis_url, folder / "data") as servers, edge(folder / "edge", servers.ports) as one:
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
def fresh(redis_url: str, tmp_path: Path) -> Iterator[OnAir]:
    """The same at the beginning of a second: a playlist that is asked for now is kept for three."""
    with whole(redis_url, tmp_path, fresh=True) as stage:
        yield stage
