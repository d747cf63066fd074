"""An edge in front of two manifest servers with a channel on air."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.stage import asset, store

from .edge import Edge, edge
from .origins import Pair, broadcast, epoch_of_a_move_at, pair

LINEUP_OF = "/live/main/{}/index.m3u8"


@dataclass(frozen=True, slots=True)
class OnAir:
    """An edge, the servers behind it, and when the list of the channel main grows next (Unix milliseconds)."""

    edge: Edge
    servers: Pair
    move_ms: int


@pytest.fixture
def on_air(redis_url: str, tmp_path: Path) -> Iterator[OnAir]:
    """A channel with segments of 4 s, whose edge moves 0.3 s after a whole second, 2 to 3 s from now."""
    move_ms = int(time.time()) * 1000 + 3300
    store(tmp_path / "data" / "objects", asset(1))
    broadcast(redis_url, asset(1), asset(2), epoch_ms=epoch_of_a_move_at(move_ms))
    with pair(redis_url, tmp_path / "data") as servers, edge(tmp_path / "edge", servers.ports) as one:
        yield OnAir(one, servers, move_ms)
