import os
import signal
import threading
import time

import pytest

from packager import child
from storage.errors import Unavailable


def test_a_child_is_killed_when_it_is_told_to_stop() -> None:
    stop = threading.Event()
    began = time.monotonic()

    def heard(_: str) -> bool:
        stop.set()
        return True

    ended = child.run(["sh", "-c", "echo go; exec sleep 60"], out=heard, stop=stop)
    assert ended.code == -signal.SIGKILL
    assert time.monotonic() - began < 30


def test_a_child_that_shows_no_progress_is_stalled() -> None:
    with pytest.raises(child.Stalled, match="no progress for 0 s"):
        child.run(["sh", "-c", "echo go; exec sleep 60"], out=lambda _: False, stall_s=0.1)


def test_a_child_that_somebody_kills_is_not_the_sources_fault() -> None:
    with pytest.raises(Unavailable, match="sh was ended by SIGKILL"):
        child.run(["sh", "-c", "kill -9 $$"], out=lambda _: True)


def test_a_child_dies_when_its_watcher_fails() -> None:
    pids: list[int] = []

    def fail(line: str) -> bool:
        pids.append(int(line))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        child.run(["sh", "-c", "echo $$; exec sleep 60"], out=fail)
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


def test_a_child_that_says_nothing_dies_when_its_watcher_fails() -> None:
    began = time.monotonic()

    def fail() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        child.run(["sleep", "60"], out=lambda _: True, beat=fail)
    assert time.monotonic() - began < 30


def test_a_program_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="cannot start /nonexistent"):
        child.run(["/nonexistent"], out=lambda _: True)
