"""The packaging fleet: two workers against one on a ten-minute video, and sixteen, simulated, on a film of two hours.

A worker of the first is bound to one core. In the second everything is real (Valkey, tickets, leases, processes) but
the work of a task: it waits for as long as the task takes, divided by SCALE.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from benchmarks.report import figure, machine
from packager import fingerprint, tools
from packager.progress import Progress, Watcher
from packager.worker import Worker
from storage import asset_ids, redis_clients, tickets
from storage.folder_objects import FolderObjects
from storage.job_records import ANALYSE, FINISH, SOUND, JobFacts, JobView, Lease, NewTask
from storage.jobs import Jobs
from storage.private_valkey import PrivateValkey
from storage.settings import Settings

ROUNDS = 3
SECONDS = 600
SIZE = "640x360"

FLEET = 16
SCALE = 10
# Of two hours of 1080p in five rungs on one core, in seconds (python -m benchmarks chunks).
CHUNKS = 225
CHUNK_S, TS_S, SOUND_S, ANALYSE_S, FINISH_S = 49.4, 1.0, 155.0, 30.0, 5.0
WORK_S = CHUNKS * (CHUNK_S + TS_S) + SOUND_S + ANALYSE_S + FINISH_S


def main() -> None:
    """Print both speed-ups."""
    print(f"  {machine()}")
    _simulated()
    _real()


def _simulated() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        PrivateValkey(Settings(data=Path(folder))) as url,
        ExitStack() as on,
    ):
        for _ in range(FLEET):
            on.enter_context(_running([sys.executable, "-m", "benchmarks.fleet", url]))
        jobs = Jobs(redis_clients.synchronous(url), "")
        broker = tickets.broker(redis_clients.synchronous(url))
        time.sleep(5)  # until all have started: their imports on two cores are no part of it
        began = time.monotonic()
        jobs.submit(JobFacts(asset="0" * 32, name="", title="", source_key=None, source_sha256="", size_bytes=0))
        tickets.send(broker, 1)
        _ended(jobs, "0" * 32, limit_s=WORK_S / SCALE)
        took = time.monotonic() - began
    ideal = WORK_S / SCALE / FLEET
    print(f"  {FLEET} workers, two hours of 1080p at 1/{SCALE} of the time: {took:.1f} s; ideal {ideal:.1f} s")
    figure(f"simulated fleet of {FLEET}, beyond the ideal", 100 * (took / ideal - 1), "%", at_most=10)


def _real() -> None:
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "source.mp4"
        _make(source)
        ones, twos = [], []
        for number in range(ROUNDS):
            ones.append(_packaged(source, Path(name) / f"one{number}", ["0"]))
            twos.append(_packaged(source, Path(name) / f"two{number}", ["0", "1"]))
    speeds = [one / two for one, two in zip(ones, twos, strict=True)]
    print(f"  one worker: {', '.join(f'{s:.1f}' for s in ones)} s; two: {', '.join(f'{s:.1f}' for s in twos)} s")
    figure(f"two workers against one, {SECONDS // 60} minutes of {SIZE}", median(speeds), "times", at_least=1.7)


def _packaged(source: Path, data: Path, cores: list[str]) -> float:
    """Wall seconds from the submission of a video to its asset, with a worker on each of `cores`."""
    settings = Settings(data=data)
    objects = FolderObjects(settings.objects_root)
    objects.put_file("uploads/source", source)
    digest, size = fingerprint.sha256(source, lambda _: None)
    asset = asset_ids.asset_id(digest, settings)
    environment = os.environ | {"STREAMSYNC_DATA": str(data), "STREAMSYNC_WORKERS": "1"}
    with PrivateValkey(settings) as url, ExitStack() as on:
        for core in cores:
            argv = ["taskset", "-c", core, sys.executable, "-m", "streamsync", "worker"]
            on.enter_context(_running(argv, environment))
        jobs = Jobs(redis_clients.synchronous(url), "")
        time.sleep(3)  # until they have started
        began = time.monotonic()
        jobs.submit(JobFacts(asset=asset, name=source.name, title="", source_key="uploads/source",
                             source_sha256=digest, size_bytes=size))  # fmt: skip
        tickets.send(tickets.broker(redis_clients.synchronous(url)), 1)
        view = _ended(jobs, asset, limit_s=3600)
        took = time.monotonic() - began
    assert view.state == "done", view.reason
    shutil.rmtree(data)
    return took


def _ended(jobs: Jobs, job: str, limit_s: float) -> JobView:
    deadline = time.monotonic() + limit_s
    while (view := jobs.job(job)).state in {"queued", "running"}:
        assert time.monotonic() < deadline, "the job does not end"
        time.sleep(0.05)
    return view


@contextmanager
def _running(argv: list[str], environment: dict[str, str] | None = None) -> Iterator[None]:
    process = subprocess.Popen(argv, env=environment, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)


def _make(path: Path) -> None:
    picture = f"testsrc2=s={SIZE}:r=25:d={SECONDS},noise=alls=8:allf=t"
    run = [tools.find(Settings()).ffmpeg, "-v", "error", "-f", "lavfi", "-i", picture]
    run += ["-f", "lavfi", "-i", f"sine=frequency=440:duration={SECONDS}"]
    subprocess.run([*run, "-c:v", "libx264", "-preset", "ultrafast", "-crf", "23", "-y", str(path)], check=True)


# A worker that only waits ----------------------------------------------------


def _pretend(jobs: Jobs, lease: Lease, watcher: Watcher) -> int:
    kind = lease.task.partition("-")[0]
    seconds = {ANALYSE: ANALYSE_S, SOUND: SOUND_S, FINISH: FINISH_S, "video": CHUNK_S, "ts": TS_S}[kind] / SCALE
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        watcher(Progress("encode", 1 - left / seconds))
        time.sleep(min(left, 0.5))
    add = _film() if kind == ANALYSE else ()
    return jobs.complete(lease, add=add, ends=kind == FINISH) or 0


def _film() -> list[NewTask]:
    numbers = range(CHUNKS)
    return [
        NewTask(name=SOUND, then=tuple(f"ts-{n:05d}" for n in numbers)),
        *(NewTask(name=f"video-{n:05d}", then=(f"ts-{n:05d}",)) for n in numbers),
        *(NewTask(name=f"ts-{n:05d}", waits=2, then=(FINISH,)) for n in numbers),
        NewTask(name=FINISH, waits=CHUNKS),
    ]


def _pretending(url: str) -> None:
    jobs = Jobs(redis_clients.synchronous(url), "")
    broker = tickets.broker(redis_clients.synchronous(url))
    worker = Worker(jobs, broker, lambda lease, watcher: _pretend(jobs, lease, watcher), lambda: None)
    worker.run(_never)


def _never(wait_s: float) -> bool:
    time.sleep(wait_s)
    return False


if __name__ == "__main__":
    _pretending(sys.argv[1])
