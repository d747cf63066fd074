"""A server process that hangs is killed by its supervisor, which takes no rest of its own for one of theirs."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.redis_servers import until

from .askers import Crowd
from .impatient import HUNG_BEATS
from .processes import linux_only
from .program import Machine, Program
from .test_serve_workers import READY, asked_while, children, until_whole

pytestmark = [pytest.mark.slow, linux_only]


@contextmanager
def impatient(machine: Machine) -> Iterator[Program]:
    """Two server processes of a supervisor that waits for few beats, all ready."""
    argv = [sys.executable, "-W", "error", "-m", "tests.journeys.impatient", "serve", "--workers", "2"]
    serve = Program(
        subprocess.Popen(
            argv, env=machine.environment(), cwd=machine.data.parent,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
    )  # fmt: skip
    try:
        serve.wait_for(READY)
        until_whole(machine)
        yield serve
    finally:
        serve.stop(signal.SIGTERM)


def test_a_process_that_hangs_is_killed_and_only_its_connections_miss_it(empty: Machine) -> None:
    with impatient(empty) as serve:
        hung, other = children(serve.process.pid)
        crowd = Crowd(empty.port, 60, "/readyz")

        async def story() -> None:
            os.kill(hung, signal.SIGSTOP)
            await asyncio.to_thread(until, lambda: any(b"1 of 2 are" in one for one in crowd.bodies), "word of it")
            assert "has hung" not in serve.err
            late = Crowd(empty.port, 20)  # some of them in the queue of the one that hangs
            asking = asyncio.create_task(late.run())
            await asyncio.to_thread(until, lambda: late.seen["answered"] >= 100, "answers")
            late.leaving = True
            await asking
            assert set(late.seen) == {"answered"}
            await asyncio.to_thread(serve.wait_for, "ended with -9: starting another")
            await asyncio.to_thread(until_whole, empty)

        asked_while(crowd, story)
        assert set(crowd.seen) - {"unsent"} == {"answered", "broken"}
        assert f" has hung for {HUNG_BEATS} s: killing it\n" in serve.err
        now = children(serve.process.pid)
        assert len(now) == 2
        assert other in now
        assert hung not in now


def test_nobody_is_killed_for_a_rest_of_the_supervisor_or_a_short_one_of_its_own(empty: Machine) -> None:
    with impatient(empty) as serve:
        hung, other = children(serve.process.pid)
        serve.process.send_signal(signal.SIGSTOP)
        time.sleep(HUNG_BEATS + 2)  # in which it would have heard them
        serve.process.send_signal(signal.SIGCONT)
        # It counts on: whoever hangs is found, and as many beats pass as it would take to kill the other.
        for one in (hung, other):
            os.kill(one, signal.SIGSTOP)
        time.sleep(HUNG_BEATS / 3)
        os.kill(other, signal.SIGCONT)
        serve.wait_for("ended with -9: starting another")
        until_whole(empty)
        assert serve.err.count("has hung") == 1
        assert other in children(serve.process.pid)
