"""Workers that pretend: real processes and leases, tasks that only wait and write down when."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.errors import Unavailable
from storage.job_records import JobFacts, JobView
from storage.jobs import Jobs
from tests.packager.trouble import ENVIRONMENT

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
    while diary.with_name(f"held-{os.getpid()}").exists():
        watcher(Progress("encode", 0))
        time.sleep(0.01)
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

    def holding(self, worker: "subprocess.Popen[bytes]") -> Path:
        """A file; while it is there, this worker ends no task that it begins."""
        return self.diary.with_name(f"held-{worker.pid}")

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


def answers(jobs: Jobs) -> bool:
    try:
        jobs.now_ms()
    except Unavailable:
        return False
    return True
