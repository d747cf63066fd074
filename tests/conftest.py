"""A real Valkey and a real SeaweedFS for the tests that ask: one of each per test process, fresh for each test.

And what keeps a test process small, so that no collection of garbage holds up the loop of a test for long.
"""

import gc
import itertools
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from redis import Redis

from storage import audit
from storage.private_valkey import PrivateValkey
from storage.settings import Settings
from tests.seaweed import ACCESS_KEY, SECRET_KEY, s3, seaweed
from tests.stage import forget_doors

# Neither how long an example takes nor how long it takes to draw one says anything on a busy machine.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")

_prefixes = itertools.count()


@pytest.fixture(scope="session", autouse=True)
def modules_put_aside() -> None:
    """Full collections look through what tests make only: with all modules they took tenths of a second."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def applications_given_up() -> Iterator[None]:
    """An application ends with its test."""
    yield
    forget_doors()


@pytest.fixture(autouse=True)
def nobody_at_work() -> Iterator[None]:
    """A deed ends with its test: one that is left behind would count what others change, until it has no entries."""
    yield
    left = audit._deed.get()
    audit._deed.set(None)
    assert left is None, f"{left} was not ended"


@pytest.fixture(scope="session")
def valkey_of_the_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with PrivateValkey(Settings(data=tmp_path_factory.mktemp("valkey"))) as url:
        yield url


@pytest.fixture
def redis_url(valkey_of_the_session: str) -> str:
    with Redis.from_url(valkey_of_the_session) as redis:
        redis.flushall()
    return valkey_of_the_session


@pytest.fixture(scope="session")
def s3_of_the_session() -> Iterator[str]:
    """The endpoint of a SeaweedFS with the bucket `media`."""
    # Not pytest's folder: its name is too long for a socket.
    with tempfile.TemporaryDirectory(prefix="weed") as folder, seaweed(Path(folder)) as endpoint:
        s3(endpoint).create_bucket(Bucket="media")
        yield endpoint


@pytest.fixture
def s3_url(s3_of_the_session: str, s3_credentials: None) -> str:
    """An STREAMSYNC_OBJECTS_URL with nothing in it, and credentials for it in the environment."""
    return f"s3://media/test-{next(_prefixes)}?endpoint={s3_of_the_session}"


@pytest.fixture
def s3_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests say what is set; the shell that runs them does not."""
    for name in [name for name in os.environ if name.startswith(("STREAMSYNC_", "AWS_"))]:
        monkeypatch.delenv(name)
