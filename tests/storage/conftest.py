"""A real Valkey for every test that asks: one server per test process, emptied for each test."""

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
