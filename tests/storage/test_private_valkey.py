"""The private Valkey, with real servers and real processes that come, go and are killed."""

import asyncio
import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from redis import Redis

from storage import private_valkey
from storage.catalogue import Catalogue
from storage.errors import BadInput, Unavailable
from storage.private_valkey import PrivateValkey
from storage.records import ChannelRecord
from storage.settings import Settings
from tests.storage.children import child, go, line

USER = """
import sys
from pathlib import Path
from storage.private_valkey import PrivateValkey
from storage.settings import Settings
with PrivateValkey(Settings(data=Path(sys.argv[1]))) as url:
    print(url, flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """A data folder; a server that a failed test left behind is ended with it."""
    yield tmp_path / "data"
    if lives(tmp_path / "data"):
        log = (tmp_path / "data" / "valkey" / "valkey.log").read_text()
        started = [entry for entry in log.splitlines() if "just started" in entry]
        os.kill(int(started[-1].split("pid=")[1].split(",")[0]), signal.SIGKILL)


def lives(data: Path) -> bool:
    """Whether the folder's server exists: it holds `server.lock` for exactly as long."""
    path = data / "valkey" / "server.lock"
    if not path.exists():
        return False
    with path.open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def await_death(data: Path) -> None:
    with (data / "valkey" / "server.lock").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)


def pid(url: str) -> int:
    with Redis.from_url(url) as redis:
        return int(redis.info("server")["process_id"])


def test_it_serves_the_catalogue_and_remembers(data: Path) -> None:
    main = ChannelRecord(name="main", revisions=())

    async def create(url: str) -> None:
        async with Catalogue.connect(url) as catalogue:
            await catalogue.create_channel(main)

    async def read(url: str) -> ChannelRecord:
        async with Catalogue.connect(url) as catalogue:
            return await catalogue.channel("main")

    with PrivateValkey(Settings(data=data)) as url:
        assert url == f"unix://{data}/valkey/valkey.sock"
        asyncio.run(create(url))
    assert not lives(data)
    with PrivateValkey(Settings(data=data)) as url:
        assert asyncio.run(read(url)) == main
    assert not lives(data)


def test_it_is_not_on_the_network_nor_in_our_terminal_session(data: Path) -> None:
    with PrivateValkey(Settings(data=data)) as url, Redis.from_url(url, decode_responses=True) as redis:
        assert redis.config_get("port") == {"port": "0"}
        assert redis.config_get("appendonly") == {"appendonly": "yes"}
        assert redis.config_get("appendfsync") == {"appendfsync": "always"}
        assert redis.config_get("save") == {"save": ""}
        assert os.getsid(pid(url)) != os.getsid(0)
        assert (data / "valkey").stat().st_mode & 0o777 == 0o700


def test_two_processes_share_one_server_and_the_last_stops_it(data: Path) -> None:
    with child(USER, str(data)) as other:
        url = line(other)
        with PrivateValkey(Settings(data=data)) as same:
            assert same == url
            server = pid(url)
            go(other)
            assert other.wait() == 0
            assert other.stderr is not None
            assert other.stderr.read() == ""  # no warning of a child left running
            assert pid(url) == server
        assert not lives(data)


def test_a_short_user_leaves_the_server_to_a_long_one(data: Path) -> None:
    with PrivateValkey(Settings(data=data)) as url:
        server = pid(url)
        with child(USER, str(data)) as other:
            assert line(other) == url
            go(other)
            assert other.wait() == 0
        assert pid(url) == server
    assert not lives(data)


def test_simultaneous_starts_give_one_server(data: Path) -> None:
    with ExitStack() as stack:
        users = [stack.enter_context(child(USER, str(data))) for _ in range(4)]
        assert len({line(user) for user in users}) == 1
        log = (data / "valkey" / "valkey.log").read_text()
        assert log.count("Ready to accept connections") == 1
        for user in users:
            go(user)
        assert [user.wait() for user in users] == [0] * 4
    assert not lives(data)


def test_a_killed_user_leaves_the_server_to_the_next_who_stops_it(data: Path) -> None:
    with child(USER, str(data)) as user:
        server = pid(line(user))
        user.kill()
        user.wait()
    assert lives(data)
    with PrivateValkey(Settings(data=data)) as url:
        assert pid(url) == server
    assert not lives(data)


def test_a_killed_server_is_started_again_with_its_data(data: Path) -> None:
    with child(USER, str(data)) as user:
        url = line(user)
        with Redis.from_url(url) as redis:
            redis.set("kept", "yes")
        os.kill(pid(url), signal.SIGKILL)
        await_death(data)
        with PrivateValkey(Settings(data=data)) as again:
            assert again == url
            with Redis.from_url(again, decode_responses=True) as redis:
                assert redis.get("kept") == "yes"
            go(user)
            assert user.wait() == 0
    assert not lives(data)


def test_leaving_after_the_server_was_killed_is_no_error(data: Path) -> None:
    with PrivateValkey(Settings(data=data)) as url:
        os.kill(pid(url), signal.SIGKILL)
        await_death(data)
    assert not lives(data)


def test_a_valkey_setting_that_cannot_be_run_is_named(data: Path, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("not a program")
    for path in (tmp_path / "missing", tmp_path / "text", tmp_path):
        with (
            pytest.raises(BadInput, match=f"STREAMSYNC_VALKEY='{path}': it is not a program that can be run"),
            PrivateValkey(Settings(data=data, valkey=path)),
        ):
            pass


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("#!/bin/sh\necho first\necho it cannot be\necho\nexit 1\n", "did not start: it cannot be"),
        ("#!/bin/sh\nexit 1\n", "did not start: nothing in .*valkey.log"),
        ("#!/no/such/interpreter\n", "No such file"),
    ],
)
def test_a_server_that_does_not_start_is_told_in_its_own_last_words(data: Path, script: str, reason: str) -> None:
    binary = data.parent / "valkey"
    binary.write_text(script)
    binary.chmod(0o755)
    with pytest.raises(Unavailable, match=reason), PrivateValkey(Settings(data=data, valkey=binary)):
        pass
    assert not lives(data)
    with PrivateValkey(Settings(data=data)) as url:
        assert pid(url)


class Late:
    """The time, which is beyond every deadline for who has slept until a file was there."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ahead_s = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self._ahead_s

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)
        if self._path.exists():
            self._ahead_s = private_valkey.DEADLINE_S


def test_a_server_that_never_comes_up_is_ended(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    binary, said = data.parent / "valkey", data.parent / "said"
    # No other program makes the file: it would hold `server.lock` too.
    binary.write_text(f"#!/bin/sh\necho waiting\n: >'{said}'\nexec sleep 600\n")
    binary.chmod(0o755)
    monkeypatch.setattr(private_valkey, "time", Late(said))
    with pytest.raises(Unavailable, match="waiting"), PrivateValkey(Settings(data=data, valkey=binary)):
        pass
    assert not lives(data)


def test_a_server_that_hangs_is_never_joined_by_a_second(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with PrivateValkey(Settings(data=data)) as url:
        server = pid(url)
        os.kill(server, signal.SIGSTOP)
        try:
            with monkeypatch.context() as patch:
                # Only of the second: the first is to have all the time that it needs to come up.
                patch.setattr(private_valkey, "DEADLINE_S", 0.2)
                patch.setattr(private_valkey, "_ANSWER_S", 0.05)
                with pytest.raises(Unavailable, match="runs but does not answer"), PrivateValkey(Settings(data=data)):
                    pass
        finally:
            os.kill(server, signal.SIGCONT)
        assert pid(url) == server
    assert (data / "valkey" / "valkey.log").read_text().count("Ready to accept connections") == 1


def test_without_any_valkey_it_says_how_to_get_one(
    data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with (
        pytest.raises(Unavailable, match="install valkey-server or redis-server"),
        PrivateValkey(Settings(data=data)),
    ):
        pass


def test_the_server_on_the_path_is_used_without_the_wheel(
    data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bundled = private_valkey._binary(None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "redis-server").symlink_to(bundled)
    with PrivateValkey(Settings(data=data)) as url:
        assert pid(url)


def test_a_log_of_earlier_starts_is_kept(data: Path) -> None:
    for _ in range(2):
        with PrivateValkey(Settings(data=data)):
            pass
    assert (data / "valkey" / "valkey.log").read_text().count("Ready to accept connections") == 2
