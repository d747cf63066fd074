"""Workers: killed, cut off, stopped and cancelled, they lose nothing and never do one task twice at once."""

import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from redis import Redis

from packager.progress import Progress, Watcher
from packager.worker import Worker
from storage import redis_clients, tickets
from storage.errors import BadSource, Unavailable
from storage.job_records import JobFacts, JobView, Lease, NewTask
from storage.jobs import Jobs
from storage.private_valkey import PrivateValkey
from storage.settings import Settings
from tests.packager.trouble import ENVIRONMENT

# dramatiq's threads look up once a second, so that every test here takes one or two.
pytestmark = pytest.mark.slow

LEASE_MS = 1200
ENDS_S = 60.0

# A worker whose tasks take no time to speak of, but write down when each begins and ends. `analyse` adds eight more.
PRETENDING = """
import os, sys, time
from pathlib import Path
from packager.progress import Progress
from packager.worker import Worker
from storage import redis_clients, tickets
from storage.job_records import NewTask
from storage.jobs import Jobs

url, diary = sys.argv[1], Path(sys.argv[2])
jobs = Jobs(redis_clients.synchronous(url), "", lease_ms=LEASE)

def write(line):
    with diary.open("a") as file:
        file.write(f"{time.monotonic():.4f} {os.getpid()} {line}\\n")

def do(lease, watcher):
    write(f"begin {lease.job}|{lease.task}")
    for step in range(10):
        time.sleep(SECONDS / 10)
        watcher(Progress("encode", step / 10))
    write(f"end {lease.job}|{lease.task}")
    names = [f"video-{n}" for n in range(8)]
    add = [*(NewTask(name=name, then=("finish",)) for name in names), NewTask(name="finish", waits=8)]
    return jobs.complete(lease, add=add if lease.task == "analyse" else (), ends=lease.task == "finish") or 0

worker = Worker(jobs, tickets.broker(redis_clients.synchronous(url)), do, lambda: None, reap_s=0.2)
worker.run(lambda wait_s: time.sleep(wait_s) is not None)
"""


class Fleet:
    """Worker processes that pretend, and the diary they write."""

    def __init__(self, url: str, folder: Path, seconds: float) -> None:
        self.diary = folder / "diary"
        self.diary.touch()
        code = PRETENDING.replace("LEASE", str(LEASE_MS)).replace("SECONDS", str(seconds))
        self._argv = [sys.executable, "-c", code, url, str(self.diary)]
        self.workers: list[subprocess.Popen[bytes]] = []

    def hire(self) -> None:
        log = (self.diary.parent / "log").open("ab")
        with log:
            self.workers.append(subprocess.Popen(self._argv, env=ENVIRONMENT, stderr=log))

    def kill(self, worker: "subprocess.Popen[bytes]") -> None:
        worker.kill()
        worker.wait()
        self.workers.remove(worker)

    def written(self) -> list[tuple[float, int, str, str]]:
        lines = [line.split(" ") for line in self.diary.read_text().splitlines()]
        return [(float(at), int(pid), verb, task) for at, pid, verb, task in lines]

    def spans(self) -> dict[str, list[tuple[float, float, int]]]:
        """Of each task when it was worked on, as far as that was written down, and by whom."""
        found: dict[str, list[tuple[float, float, int]]] = {}
        begun: dict[tuple[int, str], float] = {}
        for at, pid, verb, task in self.written():
            if verb == "begin":
                begun[pid, task] = at
            else:
                found.setdefault(task, []).append((begun.pop((pid, task)), at, pid))
        return found


@contextmanager
def fleet(url: str, folder: Path, count: int, seconds: float) -> Iterator[Fleet]:
    made = Fleet(url, folder, seconds)
    try:
        for _ in range(count):
            made.hire()
        yield made
    finally:
        for worker in list(made.workers):
            made.kill(worker)


def facts(number: int = 0) -> JobFacts:
    return JobFacts(
        asset=f"{number:032x}", name="film.mp4", title="Film", source_key=None, source_sha256="", size_bytes=0
    )  # fmt: skip


def wait_for(jobs: Jobs, number: int, *states: str) -> JobView:
    deadline = time.monotonic() + ENDS_S
    while True:
        try:
            view = jobs.job(f"{number:032x}")
            if view.state in states:
                return view
        except Unavailable:
            pass  # Valkey is being killed
        assert time.monotonic() < deadline, f"job {number} does not end: {view}"
        time.sleep(0.02)


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + ENDS_S
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


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
                # A task that three workers in a row die of counts as poison, so not faster than they recover.
                time.sleep(0.5)
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
                wait_until(lambda: _answers(jobs))
        states = [wait_for(jobs, number, "done", "failed").state for number in range(12)]
    print(f"Valkey killed 3 times, {states.count('failed')} of 12 jobs lost")  # noqa: T201
    assert states == ["done"] * 12


def _answers(jobs: Jobs) -> bool:
    try:
        jobs.now_ms()
    except Unavailable:
        return False
    return True


def test_a_worker_that_stands_still_is_replaced_and_gives_up_when_it_wakes(redis_url: str, tmp_path: Path) -> None:
    jobs = Jobs(redis_clients.synchronous(redis_url), "", lease_ms=LEASE_MS)
    with fleet(redis_url, tmp_path, 1, seconds=0.5) as workers:
        jobs.submit(facts())
        wait_until(lambda: bool(workers.written()))
        asleep = workers.workers[0]
        asleep.send_signal(signal.SIGSTOP)
        workers.hire()
        wait_for(jobs, 0, "done")
        asleep.send_signal(signal.SIGCONT)
        jobs.submit(facts(1))
        wait_for(jobs, 1, "done")
        first = [entry for entry in workers.written() if entry[3] == f"{0:032x}|analyse"]
    assert [verb for _, pid, verb, _ in first if pid == asleep.pid] == ["begin"]
    assert [verb for _, pid, verb, _ in first if pid != asleep.pid] == ["begin", "end"]


# One worker in this process ---------------------------------------------------


class Here:
    """A worker in a thread, with a `do` of the test's own."""

    def __init__(self, url: str, do: Callable[[Jobs, Lease, Watcher], int]) -> None:
        self.jobs = Jobs(redis_clients.synchronous(url), "", lease_ms=LEASE_MS)
        self.broker = tickets.broker(redis_clients.synchronous(url))
        self.stop = threading.Event()
        worker = Worker(self.jobs, self.broker, lambda lease, watcher: do(self.jobs, lease, watcher), lambda: None,
                        reap_s=0.05)  # fmt: skip
        self._thread = threading.Thread(target=worker.run, args=(self.stop.wait,))

    def __enter__(self) -> "Here":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self._thread.join(ENDS_S)
        assert not self._thread.is_alive()


def ending(jobs: Jobs, lease: Lease, _: Watcher) -> int:
    return jobs.complete(lease, ends=True) or 0


def test_a_ticket_is_not_needed(redis_url: str) -> None:
    with Here(redis_url, ending) as here:
        here.jobs.submit(facts())
        wait_for(here.jobs, 0, "done")


def test_a_video_that_can_never_be_packaged_fails_at_once_with_its_reason(redis_url: str) -> None:
    def do(_: Jobs, lease: Lease, __: Watcher) -> int:
        raise BadSource(f"{lease.facts.name}: not a video")

    with Here(redis_url, do) as here:
        here.jobs.submit(facts())
        assert wait_for(here.jobs, 0, "failed").reason == "film.mp4: not a video"


def test_a_fault_of_ours_is_tried_again_a_bounded_number_of_times(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("packager.worker.REST_MS", (1,))
    tries = []

    def do(_: Jobs, lease: Lease, __: Watcher) -> int:
        tries.append(lease.tries)
        raise ZeroDivisionError("of ours")

    with Here(redis_url, do) as here:
        here.jobs.submit(facts())
        view = wait_for(here.jobs, 0, "failed")
    assert tries == [0, 1, 2]
    assert view.reason == "analyse: ZeroDivisionError: of ours"


def test_what_is_gone_for_a_while_is_waited_for(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("packager.worker.REST_MS", (1,))

    def do(jobs: Jobs, lease: Lease, _: Watcher) -> int:
        if lease.tries < 5:
            raise Unavailable("S3 is gone")
        return jobs.complete(lease, ends=True) or 0

    with Here(redis_url, do) as here:
        here.jobs.submit(facts())
        wait_for(here.jobs, 0, "done")


def _until_told(begun: threading.Event) -> Callable[[Jobs, Lease, Watcher], int]:
    def do(_: Jobs, __: Lease, watcher: Watcher) -> int:
        begun.set()
        while True:
            watcher(Progress("encode", 0.5))
            time.sleep(0.005)

    return do


def test_a_cancelled_job_is_stopped_while_it_runs(redis_url: str) -> None:
    begun = threading.Event()
    with Here(redis_url, _until_told(begun)) as here:
        here.jobs.submit(facts())
        assert begun.wait(ENDS_S)
        here.jobs.cancel(f"{0:032x}")
        begun.clear()
        here.jobs.submit(facts(1))  # it is free for the next when it has let go of the first
        assert begun.wait(ENDS_S)
        assert here.jobs.job(f"{0:032x}").state == "cancelled"


def test_a_worker_that_is_told_to_stop_gives_its_task_back_at_once(redis_url: str) -> None:
    begun = threading.Event()
    with Here(redis_url, _until_told(begun)) as here:
        here.jobs.submit(facts())
        assert begun.wait(ENDS_S)
    here.jobs.reap()
    assert (here.jobs.job(f"{0:032x}").tasks[0].state, here.jobs.job(f"{0:032x}").tasks[0].deaths) == ("pending", 0)


def test_a_worker_that_cannot_renew_gives_up_before_its_lease_ends(tmp_path: Path) -> None:
    begun, told = threading.Event(), []

    def do(_: Jobs, __: Lease, watcher: Watcher) -> int:
        begun.set()
        try:
            while True:
                watcher(Progress("encode", 0.5))
                time.sleep(0.005)
        finally:
            told.append(time.monotonic())

    with PrivateValkey(Settings(data=tmp_path)) as url, Here(url, do) as here:
        here.jobs.submit(facts())
        assert begun.wait(ENDS_S)
        with Redis.from_url(url) as redis:
            pid = int(redis.info("server")["process_id"])
        gone = time.monotonic()
        subprocess.run(["kill", "-9", str(pid)], check=True)
        wait_until(lambda: bool(told))
        assert told[0] - gone < LEASE_MS / 1000
        with PrivateValkey(Settings(data=tmp_path)):
            wait_until(lambda: _answers(here.jobs))


def test_further_tasks_wake_the_others(redis_url: str) -> None:
    def do(jobs: Jobs, lease: Lease, _: Watcher) -> int:
        add = [NewTask(name="video-0"), NewTask(name="video-1"), NewTask(name="video-2")]
        return jobs.complete(lease, add=add if lease.task == "analyse" else ()) or 0

    with Here(redis_url, do) as here:
        here.stop.set()
        lease = None
        here.jobs.submit(facts())
        while lease is None:
            lease = here.jobs.claim("test")
        do(here.jobs, lease, lambda _: None)
    assert tickets.waiting(here.broker) == 0
    tickets.send(here.broker, 3)
    assert tickets.waiting(here.broker) == 3
