"""Workers that are killed, suspended, or lose their Valkey: nothing is lost, and no task is done twice at once."""

import random
import signal
import subprocess
import time
from itertools import pairwise
from pathlib import Path

import pytest
from redis import Redis

from storage import redis_clients
from storage.job_records import TaskView
from storage.jobs import MOST_DEATHS, Jobs
from storage.private_valkey import PrivateValkey
from storage.settings import Settings
from tests.packager.pretending import LEASE_MS, answers, facts, fleet, wait_for, wait_until

# dramatiq's threads look up once a second, so that every test here takes one or two.
pytestmark = pytest.mark.slow


def tasks(jobs: Jobs) -> list[TaskView]:
    """Those of all jobs."""
    return [task for job in jobs.jobs() for task in job.tasks]


def test_workers_killed_at_random_lose_nothing_and_never_do_a_task_twice_at_once(
    redis_url: str, tmp_path: Path
) -> None:
    """Fifty jobs of ten tasks; two kills a second, with SIGKILL."""
    jobs = Jobs(redis_clients.synchronous(redis_url), "", lease_ms=LEASE_MS)
    dice = random.Random(3)
    kills = 0
    with fleet(redis_url, tmp_path, 3, seconds=0.03) as workers:
        for number in range(50):
            assert jobs.submit(facts(number))
        for number in range(50):
            while jobs.job(f"{number:032x}").state not in {"done", "failed"}:
                # A task that three workers in a row die of counts as poison, so not faster than they recover, nor
                # while a task has lost two.
                time.sleep(0.5)
                if any(task.deaths >= MOST_DEATHS - 1 and task.state != "done" for task in tasks(jobs)):
                    continue
                workers.kill(dice.choice(workers.workers))
                kills += 1
                workers.hire()
        states = [wait_for(jobs, number, "done", "failed").state for number in range(50)]
        spans = workers.spans()
    lost = [number for number, state in enumerate(states) if state != "done"]
    print(f"{kills} workers killed, {len(lost)} of 50 jobs lost")  # noqa: T201
    assert kills >= 5
    assert not lost
    assert len(spans) == 50 * 10
    for task, times in spans.items():
        ordered = sorted(times)
        assert all(a[1] <= b[0] for a, b in pairwise(ordered)), (task, ordered)


def test_a_valkey_that_is_killed_and_comes_back_loses_no_job(tmp_path: Path) -> None:
    data = Path(tmp_path / "data")
    with PrivateValkey(Settings(data=data)) as url, fleet(url, tmp_path, 2, seconds=0.1) as workers:
        jobs = Jobs(redis_clients.synchronous(url), "", lease_ms=LEASE_MS)
        for number in range(12):
            assert jobs.submit(facts(number))
        for _ in range(3):
            count = len(workers.written())
            wait_until(lambda before=count: len(workers.written()) > before)  # type: ignore[misc]
            with Redis.from_url(url) as redis:
                pid = int(redis.info("server")["process_id"])
            subprocess.run(["kill", "-9", str(pid)], check=True)
            with PrivateValkey(Settings(data=data)):  # starts it again, as whoever comes next does
                wait_until(lambda: answers(jobs))
        states = [wait_for(jobs, number, "done", "failed").state for number in range(12)]
    print(f"Valkey killed 3 times, {states.count('failed')} of 12 jobs lost")  # noqa: T201
    assert states == ["done"] * 12


def test_a_worker_that_stands_still_is_replaced_and_gives_up_when_it_wakes(redis_url: str, tmp_path: Path) -> None:
    jobs = Jobs(redis_clients.synchronous(redis_url), "", lease_ms=LEASE_MS)
    with fleet(redis_url, tmp_path, 1, seconds=0.1) as workers:
        asleep = workers.workers[0]
        # It is in the middle of its task for as long as it takes us to stop it.
        workers.holding(asleep).touch()
        jobs.submit(facts())
        wait_until(lambda: bool(workers.written()))
        asleep.send_signal(signal.SIGSTOP)
        workers.hire()
        wait_for(jobs, 0, "done")
        workers.kill(workers.workers[1])
        workers.holding(asleep).unlink()
        asleep.send_signal(signal.SIGCONT)
        # Nobody else is there for this one: it can only be done by who has given up the first.
        jobs.submit(facts(1))
        wait_for(jobs, 1, "done")
        first = [entry for entry in workers.written() if entry[3] == f"{0:032x}|analyse"]
    assert [verb for _, pid, verb, _ in first if pid == asleep.pid] == ["begin"]
    assert [verb for _, pid, verb, _ in first if pid != asleep.pid] == ["begin", "end"]
