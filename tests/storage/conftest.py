"""A queue of jobs on a real Valkey."""

from collections.abc import Iterator

import pytest
from redis import Redis

from storage.jobs import Jobs


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def jobs(redis: Redis) -> Jobs:
    return Jobs(redis, "here")
