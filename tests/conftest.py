"""A real Valkey for every test that asks: one server per test process, emptied for each test."""

import os
from collections.abc import Iterator

import pytest
from redis import Redis

from storage.private_valkey import PrivateValkey
from storage.settings import Settings


@pytest.fixture(scope="session")
def valkey_of_the_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with PrivateValkey(Settings(data=tmp_path_factory.mktemp("valkey"))) as url:
        yield url


@pytest.fixture
def redis_url(valkey_of_the_session: str) -> str:
    with Redis.from_url(valkey_of_the_session) as redis:
        redis.flushall()
    return valkey_of_the_session


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests say what is set; the shell that runs them does not."""
    for name in [name for name in os.environ if name.startswith("STREAMSYNC_")]:
        monkeypatch.delenv(name)
