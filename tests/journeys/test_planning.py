"""`streamsync plan`, as real processes: put on air, gone on with after a Ctrl-C, shared by machines."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from manifest_server.onair.plans import Plans
from manifest_server.programming.pool import derived_id
from storage.catalogue import Catalogue
from storage.folder_objects import FolderObjects
from storage.profile_records import ProfileRecord
from tests.admin.planned import TAGS, film, staged
from tests.storage.catalogues import told

pytestmark = pytest.mark.slow

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(redis_url: str, tmp_path: Path) -> Iterator[Start]:
    """Starts `streamsync plan main` with more words; whoever is left is killed."""
    begun: list[subprocess.Popen[str]] = []

    def one(*words: str) -> "subprocess.Popen[str]":
        environment = {**os.environ, "STREAMSYNC_REDIS_URL": redis_url, "STREAMSYNC_DATA": str(tmp_path)}
        argv = [sys.executable, "-m", "streamsync", "plan", "main", "--json", *words]
        pipe = subprocess.PIPE
        process = subprocess.Popen(argv, env=environment, text=True, start_new_session=True, stdout=pipe, stderr=pipe)
        begun.append(process)
        return begun[-1]

    yield one
    for process in begun:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def stage(redis_url: str, viewers: int) -> None:
    async def story(catalogue: Catalogue) -> None:
        await staged(catalogue, viewers=0)
        for first in range(0, viewers, 5000):
            names = range(first, min(first + 5000, viewers))
            profiles = {f"v{n}": ProfileRecord(likes={TAGS[n % 3]: 0.5}) for n in names}
            await catalogue.profiles.put_all("main", profiles)

    told(redis_url, story)


def ended(process: "subprocess.Popen[str]") -> tuple[dict[str, object], str]:
    out, err = process.communicate(timeout=240)
    return json.loads(out) if process.returncode == 0 else {}, err


def test_a_plan_is_made_by_two_processes_and_read_by_a_server(redis_url: str, start: Start, tmp_path: Path) -> None:
    stage(redis_url, 6000)
    said, err = ended(start("--hours", "3", "--processes", "2"))
    assert (said["version"], said["viewers"], said["shards"]) == (1, 6000, 32), err

    async def story(catalogue: Catalogue) -> None:
        channel = await catalogue.channel("main")
        [plan] = channel.plans
        kept = Plans(FolderObjects(tmp_path / "objects").read)
        row = await kept.clips_of("main", plan, channel.revisions[0].assets, derived_id("main", "v77"))
        assert row is not None
        lengths = {one.id: one.ticks[-1] for one in map(film, range(40))}
        assert sum(lengths[one] for one in row) >= 3 * 3600 * 90_000
        assert await kept.clips_of("main", plan, channel.revisions[0].assets, derived_id("main", "nobody")) is None

    told(redis_url, story)


def test_after_a_ctrl_c_it_goes_on_where_it_was(redis_url: str, start: Start, tmp_path: Path) -> None:
    stage(redis_url, 40_000)
    first = start("--processes", "1")
    shards = tmp_path / "objects" / "plans" / "main" / "1"

    async def some() -> None:
        while not shards.is_dir() or not any(shards.iterdir()):
            assert first.poll() is None, first.communicate()
            await asyncio.sleep(0.02)

    asyncio.run(asyncio.wait_for(some(), 120))
    os.killpg(first.pid, signal.SIGINT)  # as a terminal does: all of them get it
    first.communicate(timeout=60)
    assert first.returncode == 130
    before = {path.name: path.stat().st_mtime_ns for path in shards.iterdir()}
    assert 0 < len(before) < 256
    said, err = ended(start("--processes", "2"))
    assert said["version"] == 1, err
    assert (said["shards"], len(list(shards.iterdir()))) == (256, 256)
    assert int(str(said["viewers"])) < 40_000  # not all of them again
    after = {path.name: path.stat().st_mtime_ns for path in shards.iterdir()}
    assert {name: after[name] for name in before} == before


def test_several_who_plan_at_once_make_one_plan(redis_url: str, start: Start) -> None:
    stage(redis_url, 12_000)
    results = [ended(one) for one in [start("--processes", "1") for _ in range(3)]]
    assert [said.get("version") for said, _ in results] == [1, 1, 1], results
    assert sum(int(str(said["viewers"])) for said, _ in results) == 12_000  # each was planned once

    async def story(catalogue: Catalogue) -> None:
        assert len((await catalogue.channel("main")).plans) == 1

    told(redis_url, story)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--scorer", "nobody"), 2, "no scorer 'nobody': there are affinity"),
        (("--scorer", "http://127.0.0.1:1/score"), 7, "scorer http://127.0.0.1:1/score"),
        (("--hours", "24", "--every", "24"), 2, "less than the hours of a plan"),
    ],
)
def test_what_does_not_work_is_told_and_nothing_is_put_on_air(
    redis_url: str, start: Start, words: tuple[str, ...], code: int, says: str
) -> None:
    stage(redis_url, 10)
    process = start(*words)
    _, err = ended(process)
    assert (process.returncode, says in err) == (code, True), err

    async def story(catalogue: Catalogue) -> None:
        assert (await catalogue.channel("main")).plans == ()

    told(redis_url, story)
