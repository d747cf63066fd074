"""A server that is killed when a file is whole and its job is not made: the client, a server or a worker makes it."""

import hashlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from redis import Redis

from storage.asset_ids import asset_id
from storage.folder_uploads import FolderParts
from storage.keys import SWEPT
from storage.settings import Settings

from .uploads import Site, film, new_site, patched

pytestmark = pytest.mark.slow

END_S = 30.0
# Where the server dies, and what is there then.
POINTS = {
    "put together": """
from storage.folder_uploads import FolderParts
join = FolderParts.join
FolderParts.join = lambda *words: (join(*words), os.kill(os.getpid(), signal.SIGKILL))
""",
    "said to be complete": """
from storage.upload_jobs import UploadJobs
UploadJobs.submit = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
""",
    "queued": """
from storage.fleet_queue import FleetQueue
FleetQueue.wake = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
""",
}


@pytest.fixture
def site(tmp_path: Path, redis_url: str) -> Site:
    return new_site(tmp_path, redis_url)


def wait_until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + END_S
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)  # nobody tells


def turn_is_over(site: Site) -> None:
    """As if half an hour had gone by since somebody looked after the uploads."""
    with Redis.from_url(site.redis_url) as redis:
        redis.delete(SWEPT)


@pytest.mark.parametrize("point", ["said to be complete", "queued"])
def test_a_client_whose_server_died_at_the_end_gets_its_job(site: Site, tmp_path: Path, point: str) -> None:
    path = film(tmp_path / "film.mp4", 1000)
    dying = patched(tmp_path / "patch", f"import os, signal{POINTS[point]}")
    words = ("upload", "--no-wait", "--json", path)
    with site.machine.running("serve", **site.server, **dying) as server:
        with site.machine.running(*words, ready="", **site.client) as client:
            assert server.process.wait(END_S) == -9
            with site.machine.running("serve", **site.server):
                assert client.process.wait(END_S) == 0, client.err
                found = site.jobs()
        [sent] = json.loads(client.out)
    assert [(job["id"], job["state"]) for job in found] == [(sent["asset"], "queued")]
    assert site.stored(sent["upload"]) == path.read_bytes()


@pytest.mark.parametrize(("point", "healer"), [("put together", "serve"), ("said to be complete", "worker")])
def test_a_file_whose_client_is_gone_too_is_adopted(site: Site, tmp_path: Path, point: str, healer: str) -> None:
    path = film(tmp_path / "film.mp4", 1000)
    dying = patched(tmp_path / "patch", f"import os, signal{POINTS[point]}")
    with (
        site.machine.running("serve", **site.server, **dying) as server,
        site.machine.running("upload", "--no-wait", path, ready="", **site.client) as client,
    ):
        assert server.process.wait(END_S) == -9
        client.stop(9)
    turn_is_over(site)
    if healer == "serve":
        with site.machine.running("serve", **site.server):
            wait_until(lambda: bool(site.jobs()), "no job was made")
            [job] = site.jobs()
    else:
        with site.machine.running("worker", "-p", "1", ready="event=adopted", **site.server) as worker:
            worker.wait_for("event=failed")  # it is no video
        with site.machine.running("serve", **site.server):
            [job] = site.jobs()
    assert job["title"] == "film"
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    assert job["id"] == asset_id(sha256, Settings(data=site.machine.data))


def test_a_worker_removes_what_was_abandoned(site: Site) -> None:
    """With no server to do it. Parts that no upload knows: of those the folder's own time is what counts."""
    parts = FolderParts(site.machine.data / "objects")
    parts.begin("0" * 32, 100)
    old_s = time.time() - 49 * 3600
    os.utime(site.machine.data / "objects" / "~uploads" / ("0" * 32), (old_s, old_s))
    with site.machine.running("worker", "-p", "1", ready="event=started", **site.server):
        wait_until(lambda: not list(parts.strays()), "it is still there")
