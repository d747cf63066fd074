"""Hands: real `streamsync worker`s with short chunks and leases, an ffmpeg that obeys, and a diary of their deeds."""

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from packager import fingerprint
from storage import asset_ids, redis_clients, stores
from storage.job_records import JobFacts, JobView
from storage.jobs import Jobs
from storage.settings import Settings
from tests.packager.sources import TOOLS

from .program import PROJECT, Machine, Program, free_port

CHUNK_S = 4
ENDS_S = 90.0
SLOWNESS = 20  # a slow ffmpeg needs so many seconds for one of a source
TIMES = ("packaged_at", "encode_s", "speed")  # of a record: all that may differ

# What every Python of a worker reads before the program.
_STARTS = """
import logging, time
from pathlib import Path
from packager import chunks
chunks.CHUNK_S = {chunk_s}
from packager import worker
from storage import jobs, s3_client
s3_client.READ_S = 1
if {lease_s}:
    jobs.Jobs.__init__.__kwdefaults__["lease_ms"] = round({lease_s} * 1000)
    worker.Worker.__init__.__kwdefaults__["reap_s"] = {lease_s} / 4
    worker.REST_MS = worker.REST_MS[:3]
diary = logging.FileHandler({diary!r}, delay=True)
diary.setFormatter(logging.Formatter("%(created).6f %(process)d %(message)s"))
logging.getLogger("streamsync.worker").addHandler(diary)
watch = worker.Held.watch
def watched(held, progress):
    asked = time.monotonic()
    watch(held, progress)
    Path({allowed!r}, held._lease.job + "." + held._lease.task).write_text(str(asked))
worker.Held.watch = watched
"""

# ffmpeg, but slow, kept from beginning, on a disk that has just become full, or the death of its worker, where its
# words have what is written in a file beside it. The disk is a small one; were it not, this would end.
_FFMPEG = """#!/bin/sh
words="$*"
told() {{
  [ -e "$0.$1" ] || return 1
  case "$words" in *"$(cat "$0.$1")"*) return 0 ;; esac
  return 1
}}
if told deadly; then kill -9 $PPID; fi
for part in work objects; do
  if told "full-$part"; then dd if=/dev/zero of="$STREAMSYNC_DATA/$part/filler" bs=64k count=1024 2>/dev/null; fi
done
while told held; do sleep 0.05; done
if told slow; then exec {ffmpeg} -readrate {rate} "$@"; fi
exec {ffmpeg} "$@"
"""


class Entry(NamedTuple):
    """A line of the diary: when (Unix seconds), which process, and what befell which task, and why."""

    at: float
    pid: int
    event: str
    job: str
    task: str
    reason: str


class Hands:
    """A queue, a store, and workers to be hired. Without `lease_s` leases and rests are as long as ever."""

    def __init__(
        self, folder: Path, redis_url: str, objects_url: str | None = None, *, lease_s: float | None = None
    ) -> None:
        self.folder = folder
        self._set = {"STREAMSYNC_REDIS_URL": redis_url}
        if objects_url is not None:
            self._set["STREAMSYNC_OBJECTS_URL"] = objects_url
        self.settings = Settings(data=folder / "data", redis_url=redis_url, objects_url=objects_url)
        self.objects = stores.objects(self.settings)
        self.jobs = Jobs(redis_clients.synchronous(redis_url), "")
        self._diary = folder / "diary"
        self._diary.touch()
        self._allowed = folder / "allowed"
        self._allowed.mkdir()
        starts = _STARTS.format(chunk_s=CHUNK_S, lease_s=lease_s, diary=str(self._diary), allowed=str(self._allowed))
        (folder / "starts").mkdir()
        (folder / "starts" / "sitecustomize.py").write_text(starts)
        self._ffmpeg = folder / "ffmpeg"
        self._ffmpeg.write_text(_FFMPEG.format(ffmpeg=TOOLS.ffmpeg, rate=1 / SLOWNESS))
        self._ffmpeg.chmod(0o755)

    @contextmanager
    def worker(self, name: str = "data", *, processes: int = 1, before: tuple[str, ...] = ()) -> Iterator[Program]:
        """A worker with a data folder of this name, from the moment it works; `before` are words that start it."""
        machine = Machine(self.folder / name, free_port())
        machine.data.mkdir(exist_ok=True)
        own = {"PYTHONPATH": f"{self.folder / 'starts'}:{PROJECT}", "STREAMSYNC_FFMPEG": str(self._ffmpeg)}
        argv = [*before, sys.executable, "-W", "error", "-m", "streamsync", "worker", "-p", str(processes)]
        process = subprocess.Popen(
            argv, env=machine.environment(**self._set, **own), cwd=self.folder, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        program = Program(process)
        try:
            program.wait_for("event=started")
            yield program
        finally:
            program.stop(15)

    @contextmanager
    def ffmpeg_is(self, how: str, where: str) -> Iterator[None]:
        """Let ffmpeg be `slow`, `held`, `deadly`, `full-work` or `full-objects` wherever its words hold `where`.

        What is `held` begins at the end of the block.
        """
        order = Path(f"{self._ffmpeg}.{how}")
        order.with_suffix(".new").write_text(where)
        order.with_suffix(".new").replace(order)  # never half written
        try:
            yield
        finally:
            order.unlink()

    def asset(self, source: Path) -> str:
        """The asset that this file will be."""
        return asset_ids.asset_id(fingerprint.sha256(source, lambda _: None)[0], self.settings)

    def submit(self, source: Path, *, priority: int = 5) -> str:
        """As an upload does; the job, which is the asset."""
        digest, size = fingerprint.sha256(source, lambda _: None)
        asset, key = self.asset(source), f"uploads/{digest[:32]}"
        self.objects.put_file(key, source)
        facts = JobFacts(asset=asset, name=source.name, title=source.stem, source_key=key, source_sha256=digest,
                         size_bytes=size, priority=priority)  # fmt: skip
        assert self.jobs.submit(facts)
        return asset

    def command(self, *words: str) -> str:
        """What a command of the operator prints."""
        done = Machine(self.folder / "data", free_port()).run(*words, **self._set)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def shown(self, job: str) -> dict[str, Any]:
        """What `streamsync jobs show` tells."""
        found: dict[str, Any] = json.loads(self.command("jobs", "show", job, "--json"))
        return found

    def ended(self, job: str) -> JobView:
        """The job, once it has ended."""
        until(lambda: self.jobs.job(job).state in {"done", "failed"}, lambda: f"{self.jobs.job(job)} ends")
        return self.jobs.job(job)

    def diary(self, job: str, event: str = "", task: str = "") -> list[Entry]:
        """What befell the tasks of a job: all, or that of one kind, or of tasks whose names begin so."""
        found = []
        for line in self._diary.read_text().splitlines():
            facts, _, reason = line.partition(" reason=")
            at, pid, *words = facts.split(" ")
            said = dict(word.split("=", 1) for word in words if "=" in word)
            entry = Entry(float(at), int(pid), said["event"], said.get("job", ""), said.get("task", ""), reason)
            found.append(entry)
        return [
            one for one in found
            if one.job == job and event in {"", one.event} and one.task.startswith(task)
        ]  # fmt: skip

    def await_event(self, job: str, event: str, task: str = "", *, count: int = 1) -> Entry:
        """The `count`-th entry of this kind, once it is there."""
        until(lambda: len(self.diary(job, event, task)) >= count, lambda: f"{event} {task} in {self.diary(job)}")
        return self.diary(job, event, task)[count - 1]

    def allowed(self, job: str, task: str) -> float:
        """When a worker last asked whether it may go on with this task, and might, by the clock that never jumps."""
        return float((self._allowed / f"{job}.{task}").read_text())

    def done_twice(self, job: str) -> list[str]:
        """Tasks that somebody began again after they were done."""
        done = {entry.task: entry.at for entry in reversed(self.diary(job, "done"))}
        return [entry.task for entry in self.diary(job, "began") if entry.at > done.get(entry.task, entry.at)]

    def at_once(self, job: str, died: dict[int, float] | None = None) -> list[tuple[Entry, Entry]]:
        """Two at one task at the same time. A process is at a task until it says something else, or has `died`."""
        entries, found = self.diary(job), []
        spans: list[tuple[Entry, float]] = []
        for number, entry in enumerate(entries):
            if entry.event == "began":
                later = [one.at for one in entries[number + 1 :] if one.pid == entry.pid]
                spans.append((entry, min([*later[:1], (died or {}).get(entry.pid, time.time())])))
        for one, end in spans:
            found += [(one, other) for other, _ in spans
                      if other is not one and other.task == one.task and one.at <= other.at < end]  # fmt: skip
        return found

    def made(self, asset: str) -> dict[str, str]:
        """The SHA-256 of every object of an asset, and of its record but for the times in it."""
        record = json.loads(self.objects.read(f"records/{asset}.json"))
        lasting = {name: value for name, value in record.items() if name not in TIMES}
        found = {key: _sha256(self.objects.read(key)) for key in self.objects.keys(f"assets/{asset}/")}
        return found | {"record": json.dumps(lasting)}

    def assert_nothing_lost(
        self, job: str, undisturbed: dict[str, str], what: str, died: dict[int, float] | None = None
    ) -> None:
        """All is as if nothing had happened; no task was done twice, or by two at once."""
        made, twice, at_once = self.made(job), self.done_twice(job), self.at_once(job, died)
        lost = {key for key, digest in undisturbed.items() if made.get(key) != digest}
        print(  # noqa: T201
            f"{what}; {len(self.diary(job, 'done'))} tasks done, {len(twice)} of them twice, {len(at_once)} at once; "
            f"lost: {len(lost)} of {len(undisturbed)} objects"
        )
        assert (lost, twice, at_once) == (set(), [], [])
        assert made == undisturbed
        assert self.left() == []

    def left(self) -> list[str]:
        """What a packaging that is done should have removed: intermediates, uploads, folders of work."""
        return [*self.objects.keys("work/"), *self.objects.keys("uploads/"), *self.folders()]

    def folders(self) -> list[str]:
        """Folders of work of all data folders."""
        return [str(path) for path in self.folder.glob("*/work/*") if path.name != "sources"]


def until(true: Callable[[], object], what: Callable[[], str], timeout_s: float = ENDS_S) -> None:
    """Return as soon as it is true."""
    deadline = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < deadline, f"waited {timeout_s} s for this: {what()}"
        time.sleep(0.02)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
