"""An edge in front of two manifest servers with a channel on air."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import ParamSpec

import httpx
import pytest
from redis import Redis

from tests.stage import asset, store

from .asking import ask_at_once, wait_until
from .edge import WORKERS, Edge, edge
from .origins import Pair, broadcast, epoch_of_a_move_at, pair

# How often a worker process of an edge fetches a list for each move of it. Of several, one may have opened the old
# file just before another's new one was there, and not find the lock taken any more: then it asks, too.
PER_MOVE = 1

# Segments end so much after whole seconds, and lists grow at whole ones nevertheless.
ODD_MS = 637

MOVES_EVERY_MS = 4000

TELLINGS = 3
# Half of what a crowd waits for the first of it before all ask by themselves (proxy_cache_lock_timeout): here servers
# and crowd are one process, which may stand still for that long.
CALM_S = 1.0

Given = ParamSpec("Given")


@dataclass
class OnAir:
    """An edge, the servers behind it, and when the list of the channel main grows next (Unix milliseconds).

    It does so every MOVES_EVERY_MS.
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


class Fresh(OnAir):
    """A channel on air, at the beginning of a second: a playlist that is asked for now is kept for three.

    What a story says may be so only if its answers come before `until_ms`, which is the move unless it says another.
    """

    def __init__(self, redis_url: str, folder: Path, stack: ExitStack) -> None:
        self._redis_url = redis_url
        self._folder = folder
        self._stack = stack
        self._tellings = 0
        self.begin()

    def begin(self) -> None:
        """All anew: another edge, other servers, and nothing asked or kept yet."""
        self._stack.close()
        with Redis.from_url(self._redis_url) as redis:
            redis.flushall()
        self._tellings += 1
        folder = self._folder / f"telling-{self._tellings}"
        stage = self._stack.enter_context(whole(self._redis_url, folder, fresh=True))
        super().__init__(stage.edge, stage.servers, stage.move_ms)
        self.until_ms: float = stage.move_ms
        self._late = False

    def go_on(self, until_ms: float) -> None:
        """The next part of the story, whose answers are to come before another instant."""
        self._late = self.late()
        self.until_ms = until_ms

    def at_once(self, urls: Sequence[str]) -> list[httpx.Response]:
        """The answers to a crowd of which only one is to be passed on."""
        began = time.monotonic()
        answers = ask_at_once(urls)
        self._late = self._late or time.monotonic() - began > CALM_S
        return answers

    def late(self) -> bool:
        """Whether what was told so far took longer than it may."""
        return self._late or time.time() * 1000 >= self.until_ms


@pytest.fixture
def fresh(redis_url: str, tmp_path: Path) -> Iterator[Fresh]:
    """For tests that are `told_again`, or that have all the time."""
    with ExitStack() as stack:
        yield Fresh(redis_url, tmp_path, stack)


def told_again(test: Callable[Given, None]) -> Callable[Given, None]:
    """A test with `fresh` that fails, and was seen to be late, is told from its beginning again: the last one counts.

    Any process may stand still for seconds, and then the list has moved between two answers that were to be of one.
    """

    @wraps(test)
    def told(*args: Given.args, **given: Given.kwargs) -> None:
        stage = given["fresh"]
        assert isinstance(stage, Fresh)
        for _ in range(TELLINGS - 1):
            try:
                test(*args, **given)
            except AssertionError:
                if not stage.late():
                    raise
                stage.begin()
            else:
                return
        test(*args, **given)

    return told
