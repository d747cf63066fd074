"""Killed at random: workers, servers and Redis, through fifty packagings and five hundred edits; nothing is lost."""

import asyncio
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from manifest_server.admin import actions
from manifest_server.viewer.clock import now_ms
from packager import fingerprint
from storage import asset_ids, redis_clients
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.errors import Conflict, Unavailable
from storage.folder_objects import FolderObjects
from storage.job_records import JobFacts
from storage.jobs import Jobs
from storage.keys import segment_key
from storage.records import LineupRecord
from storage.settings import Settings
from tests.journeys.agreement import Watch
from tests.journeys.players.available import encoder
from tests.journeys.program import Machine, free_port
from tests.redis_servers import Server, server
from tests.stage import asset, on_air, store

pytestmark = pytest.mark.slow

JOBS = 50
EDITS = 500
EDIT_EVERY_S = 0.08
LINEUPS = 5
LIMIT_S = 420.0


class Process:
    """A command that is started again whenever it was killed."""

    def __init__(self, machine: Machine, words: list[str], environment: dict[str, str]) -> None:
        self._argv = [sys.executable, "-m", "streamsync", *words]
        self._environment = machine.environment(**environment)
        self._log = machine.data / f"{words[0]}.log"
        self._running = self._start()

    def kill(self) -> None:
        """SIGKILL, and at once another in its place."""
        self._running.kill()
        self._running.wait()
        self._running = self._start()

    def stop(self) -> None:
        self._running.terminate()
        assert self._running.wait(60) in {0, 130, -signal.SIGTERM}

    def _start(self) -> "subprocess.Popen[bytes]":
        with self._log.open("ab") as log:
            return subprocess.Popen(self._argv, env=self._environment, stdout=log, stderr=log)


class Chaos:
    """Kills something every second or two until it is told to stop."""

    def __init__(self, workers: list[Process], servers: list[Process], redis: Server) -> None:
        self.kills = {"worker": 0, "server": 0, "redis": 0}
        self.enough = threading.Event()
        self._targets: list[tuple[str, Sequence[Process | Server]]] = [
            ("worker", workers), ("server", servers), ("redis", [redis])
        ]  # fmt: skip
        self._dice = random.Random(11)

    def run(self) -> None:
        while not self.enough.wait(self._dice.uniform(0.7, 2.0)):
            kind, targets = self._dice.choice(self._targets)
            # Three workers lost at one task would make it poison, and a lease is 20 s: a few are enough.
            if kind == "worker" and self.kills["worker"] >= 5:
                continue
            target = self._dice.choice([*targets])
            target.kill()
            if isinstance(target, Server):
                target.start()
            self.kills[kind] += 1


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Server]:
    with server(tmp_path / "redis") as one:
        yield one


def test_kills_at_random_lose_no_packaging_and_no_edit(tmp_path: Path, redis: Server) -> None:
    machine = Machine(tmp_path / "data", free_port())
    machine.data.mkdir()
    settings = Settings(data=machine.data)
    objects = FolderObjects(settings.objects_root)
    jobs = Jobs(redis_clients.synchronous(redis.url), "")
    names = _submitted(tmp_path, settings, objects, jobs)
    asyncio.run(_opened(redis.url, settings))
    other = Machine(machine.data, free_port())
    environment = {"STREAMSYNC_REDIS_URL": redis.url}
    with _stopping() as stop:
        workers = [stop(Process(machine, ["worker", "-p", "1"], environment)) for _ in range(2)]
        servers = [stop(Process(one, ["serve"], environment)) for one in (machine, other)]
        chaos = Chaos(workers, servers, redis)
        watch = Watch([f"given{number}" for number in range(LINEUPS)])
        with ThreadPoolExecutor(3) as pool:
            kills, reads = pool.submit(chaos.run), pool.submit(watch.run, machine.origin, other.origin)
            edits = pool.submit(asyncio.run, _edited(redis.url))
            try:
                acknowledged = edits.result(LIMIT_S)
                chaos.enough.set()
                kills.result()  # the last may be of Redis, which is asked now
                states = _ended(jobs, names)
            finally:
                chaos.enough.set()
                watch.enough.set()
            reads.result()
    lost = [name for name, state in states.items() if state != "done"]
    stored = asyncio.run(_stored(redis.url))
    wrong = [name for name, record in acknowledged.items() if stored[name] != record]
    print(  # noqa: T201
        f"killed {chaos.kills}; lost: {len(lost)} of {JOBS} packagings, {len(wrong)} of {LINEUPS} last edits; "
        f"{watch.playlists} playlists read, {len(watch.disagreements)} disagreements"
    )
    assert not lost, [jobs.job(name).reason for name in lost]
    assert not wrong
    assert not watch.disagreements
    assert watch.playlists > 100
    assert min(chaos.kills.values()) > 0
    asyncio.run(_all_indexed(redis.url, names, objects))


def _submitted(folder: Path, settings: Settings, objects: FolderObjects, jobs: Jobs) -> list[str]:
    names = []
    for number in range(JOBS):
        path = folder / f"{number}.mp4"
        picture = f"color=c=0x{number * 5:02x}8040:s=64x36:r=10:d=1.2"
        argv = [str(encoder()), "-v", "error", "-f", "lavfi", "-i", picture, "-c:v", "libx264", str(path)]
        subprocess.run(argv, check=True)
        digest, size = fingerprint.sha256(path, lambda _: None)
        key = f"uploads/{number:032x}"
        objects.put_file(key, path)
        names.append(asset_ids.asset_id(digest, settings))
        facts = JobFacts(asset=names[-1], name=path.name, title=str(number), source_key=key, source_sha256=digest,
                         size_bytes=size)  # fmt: skip
        assert jobs.submit(facts)
    return names


async def _opened(url: str, settings: Settings) -> None:
    assets = [asset(number) for number in (1, 2, 3)]
    for one in assets:
        store(settings.objects_root, one)
    async with Catalogue.connect(url) as catalogue:
        await on_air(catalogue, *assets, epoch_ms=now_ms() - 60_000)
        for number in range(LINEUPS):
            clips = [ClipRecord(asset=one.id) for one in assets]
            await actions.give_lineup(catalogue, "main", f"given{number}", clips, repeats=True, clock=lambda: 0)


async def _edited(url: str) -> dict[str, LineupRecord]:
    """The lineups as the last acknowledged edit of each left them."""
    dice = random.Random(5)
    last: dict[str, LineupRecord] = {}
    async with Catalogue.connect(url) as catalogue:
        for number in range(EDITS):
            name = f"given{number % LINEUPS}"
            clips = [ClipRecord(asset=f"{dice.randint(1, 3):032x}") for _ in range(3)]
            last[name] = await _one_edit(catalogue, name, clips, last.get(name))
            await asyncio.sleep(EDIT_EVERY_S)
    return last


async def _one_edit(
    catalogue: Catalogue, name: str, clips: list[ClipRecord], before: LineupRecord | None
) -> LineupRecord:
    deadline = time.monotonic() + 60
    while True:
        try:
            record = await actions.edit_lineup(catalogue, "main", name, clips, repeats=True, clock=now_ms)
        except Unavailable:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)  # as whoever edits would: it may be repeated
        else:
            assert before is None or record.version > before.version
            return record


async def _stored(url: str) -> dict[str, LineupRecord]:
    async with Catalogue.connect(url) as catalogue:
        return {f"given{n}": await catalogue.lineup("main", f"given{n}") for n in range(LINEUPS)}


async def _all_indexed(url: str, names: list[str], objects: FolderObjects) -> None:
    async with Catalogue.connect(url) as catalogue:
        for name in names:
            record = await catalogue.asset(name)
            for one in record.renditions:
                assert objects.exists(segment_key(name, one.format, one.rung, record.segments - 1))
    assert list(objects.keys("uploads/")) == []


def _ended(jobs: Jobs, names: list[str]) -> dict[str, str]:
    deadline = time.monotonic() + LIMIT_S
    while True:
        states: dict[str, str] = {name: jobs.job(name).state for name in names}
        if not {"queued", "running"} & set(states.values()):
            return states
        assert time.monotonic() < deadline, states
        time.sleep(0.2)


@contextmanager
def _stopping() -> Iterator[Callable[[Process], Process]]:
    with ExitStack() as stack:

        def stop(process: Process) -> Process:
            stack.callback(process.stop)
            return process

        yield stop


def test_two_admins_who_edit_one_lineup_at_once_do_not_overwrite_each_other(redis_url: str, tmp_path: Path) -> None:
    async def story() -> None:
        await _opened(redis_url, Settings(data=tmp_path))
        async with Catalogue.connect(redis_url) as one, Catalogue.connect(redis_url) as other:
            for _ in range(20):
                clips = [[ClipRecord(asset=f"{number:032x}")] for number in (1, 2)]
                before = await one.lineup("main", "given0")
                answers = await asyncio.gather(
                    *(
                        actions.edit_lineup(catalogue, "main", "given0", list(mine), repeats=True, clock=now_ms)
                        for catalogue, mine in zip((one, other), clips, strict=True)
                    ),
                    return_exceptions=True,
                )
                stored = await one.lineup("main", "given0")
                won = [answer for answer in answers if isinstance(answer, LineupRecord)]
                assert all(isinstance(answer, LineupRecord | Conflict) for answer in answers), answers
                # One after the other, each on what the other left, or one of them refused.
                assert stored.version == before.version + len(won)
                assert stored in won

    asyncio.run(story())
