"""A server that is killed, or finds its disk full, during edits: the private Valkey comes back with all of them."""

import asyncio
import os
import random
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from storage import private_valkey
from storage.catalogue import Catalogue
from storage.errors import Unavailable
from storage.private_valkey import PrivateValkey
from storage.records import ViewerRecord
from storage.settings import Settings
from tests.redis_servers import until
from tests.storage.catalogues import LINEUP
from tests.storage.children import child, go, line
from tests.storage.test_private_valkey import USER

EDITS = 150
KILLS = 4

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def watched_closely(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private_valkey, "_WATCH_S", 0.05)


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with PrivateValkey(Settings(data=tmp_path / "data")) as url:
        yield url


def _pid(url: str) -> int:
    with Redis.from_url(url) as redis:
        return int(redis.info("server")["process_id"])


def _kill(url: str) -> None:
    os.kill(_pid(url), signal.SIGKILL)


async def _edits(url: str, at: set[int], disaster: Callable[[str], None]) -> tuple[set[str], set[str]]:
    """What was acknowledged of edits with disasters in between, and what is there in the end."""
    done: set[str] = set()
    async with Catalogue.connect(url) as catalogue:
        for number in range(EDITS):
            if number in at:
                # At some point of the edits that follow, not between two of them.
                asyncio.get_running_loop().call_later(random.uniform(0, 0.005), disaster, url)
            lineup = LINEUP.model_copy(update={"id": f"l{number}"})
            while True:
                try:
                    await catalogue.create_lineup("main", lineup)
                    await catalogue.replace_lineup("main", lineup.model_copy(update={"version": 2}))
                    done.add(lineup.id)
                except Unavailable:
                    await asyncio.sleep(0.02)
                    lineup = lineup.model_copy(update={"id": f"{lineup.id}x"})
                    continue
                break
        stored = {name for name in done if (await catalogue.lineup("main", name)).version == 2}
    return done, stored


def test_what_a_killed_private_valkey_acknowledged_is_there(url: str) -> None:
    kills = set(random.sample(range(10, EDITS - 10), KILLS))
    first = _pid(url)
    done, stored = asyncio.run(_edits(url, kills, _kill))
    print(f"\n{len(done)} edits acknowledged around {KILLS} kills, lost: {len(done - stored)}")  # noqa: T201
    assert done == stored
    assert len(done) == EDITS
    assert _pid(url) != first


def test_a_private_valkey_that_died_is_started_again_by_whoever_uses_it(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data")
    with child(USER, str(settings.data)) as starter:
        url = line(starter)
        with PrivateValkey(settings):
            first = _pid(url)
            starter.kill()
            starter.wait()
            os.kill(first, signal.SIGKILL)
            until(lambda: _lives(url), "a server that is back")
            assert _pid(url) != first
            with child(USER, str(settings.data)) as other:
                assert line(other) == url
                go(other)
                other.wait()
            assert _lives(url)


@pytest.mark.skipif(sys.platform != "linux", reason="prlimit is Linux's")
def test_a_private_valkey_that_cannot_write_ends_and_comes_back_with_all_it_acknowledged(
    url: str, tmp_path: Path
) -> None:
    async def story() -> list[int]:
        async with Catalogue.connect(url) as catalogue:
            numbers = range(100)
            done = [number for number in numbers if await _put(catalogue, number)]
            await asyncio.to_thread(until, lambda: _lives(url), "a server that is back")
            assert [number for number in done if await catalogue.viewer("main", f"v{number}") is None] == []
            return done

    server = _pid(url)
    size = sum(path.stat().st_size for path in tmp_path.rglob("*.incr.aof"))
    resource.prlimit(server, resource.RLIMIT_FSIZE, (size + 5000, resource.RLIM_INFINITY))
    assert len(asyncio.run(story())) > 10
    assert _pid(url) != server


async def _put(catalogue: Catalogue, number: int) -> bool:
    try:
        await catalogue.put_viewer("main", ViewerRecord(name=f"v{number}", lineup="l" * 60))
    except Unavailable:
        return False
    return True


def _lives(url: str) -> bool:
    try:
        return bool(_pid(url))
    except RedisError:
        return False
