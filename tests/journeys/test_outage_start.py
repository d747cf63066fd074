"""Servers and workers that are started while Redis is gone, or lose it while they wait: all go on by themselves."""

import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import pytest

from manifest_server.viewer.clock import now_ms
from packager import fingerprint
from storage import asset_ids, redis_clients
from storage.folder_objects import FolderObjects
from storage.job_records import JobFacts
from storage.jobs import Jobs
from storage.redis_link import ASK_S
from storage.settings import Settings
from tests.redis_servers import Server, cluster, cluster_url, server, until

from .outages import GONE, KINDS, KNOWN, gone, open_channels
from .program import Machine, Program, free_port
from .watching import ask, media_urls, watch

pytestmark = pytest.mark.slow

SOON_S = ASK_S  # no less than the longest that a request waits here, but no more than an attempt at Redis takes
NO_REDIS = "Consumer encountered"  # dramatiq's words, from the thread that waits for tickets


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_started_while_redis_is_gone_is_ready_by_itself(tmp_path: Path, kind: str) -> None:
    machine = Machine(tmp_path / "data", free_port())
    with server(tmp_path / "redis") as redis, ExitStack() as on:
        open_channels(redis.url, machine.data, now_ms() - 60_000)
        with gone(redis, kind):
            on.enter_context(machine.running("serve", ready="serving on", STREAMSYNC_REDIS_URL=redis.url))
            for _ in range(2):  # what is not known at first, and what is known then
                unready = ask(f"{machine.origin}/readyz")
                assert (unready.status_code, unready.headers["retry-after"]) == (503, "2")
                assert unready.json()["catalogue"].startswith("the catalogue has not answered")
                assert unready.elapsed.total_seconds() < SOON_S
                assert ask(f"{machine.origin}/healthz").status_code == 200
                player = ask(f"{machine.origin}/live/main/{KNOWN}/index.m3u8")
                assert (player.status_code, player.headers["retry-after"]) == (503, "2")
                assert player.elapsed.total_seconds() < SOON_S
                until(lambda: GONE in ask(f"{machine.origin}/readyz").json()["catalogue"], "it to know")
        until(lambda: ask(f"{machine.origin}/readyz").status_code == 200, "a server that is ready")
        assert media_urls(machine, KNOWN)
        assert watch(machine, "somebody-new").segments


def test_a_worker_waits_for_redis_and_goes_on(tmp_path: Path) -> None:
    """One that was started while it was killed and waits while it is frozen, and one that is started meanwhile."""
    machine = Machine(tmp_path / "data", free_port())
    machine.data.mkdir()
    with server(tmp_path / "redis") as redis, ExitStack() as on:
        with gone(redis, "killed"):
            first = on.enter_context(_worker(machine, redis))
        until(lambda: int(redis.info("clients")["connected_clients"]) > 1, "a worker that has found Redis")
        with gone(redis, "frozen"):
            said = first.err.count(NO_REDIS)
            until(lambda: first.err.count(NO_REDIS) > said, "a worker that has lost Redis")
            second = on.enter_context(_worker(machine, redis))
        jobs = Jobs(redis_clients.synchronous(redis.url), "")
        with _standing_still(first):
            _worked_on(tmp_path, jobs, "one")
        with _standing_still(second):
            _worked_on(tmp_path, jobs, "two")


def test_a_worker_waits_for_a_cluster_to_come(tmp_path: Path) -> None:
    """Whose client, unlike that of one server, does not begin without it."""
    machine = Machine(tmp_path / "data", free_port())
    machine.data.mkdir()
    with cluster(tmp_path / "redis", masters=1) as nodes, ExitStack() as on:
        redis = {"STREAMSYNC_REDIS_URL": cluster_url(nodes)}
        with gone(nodes[0], "killed"):
            worker = on.enter_context(machine.running("worker", "-p", "1", ready="event=queue_gone", **redis))
        worker.wait_for("event=started")


def _worker(machine: Machine, redis: Server) -> AbstractContextManager[Program]:
    """One that has found out that there is no Redis."""
    return machine.running("worker", "-p", "1", ready=NO_REDIS, STREAMSYNC_REDIS_URL=redis.url)


@contextmanager
def _standing_still(worker: Program) -> Iterator[None]:
    assert worker.process.poll() is None
    worker.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        worker.process.send_signal(signal.SIGCONT)


def _worked_on(folder: Path, jobs: Jobs, text: str) -> None:
    """Somebody takes a job and finds that its source is no video: the shortest work there is."""
    settings, source = Settings(data=folder / "data"), folder / text
    source.write_text(text)
    digest, size = fingerprint.sha256(source, lambda _: None)
    job, key = asset_ids.asset_id(digest, settings), f"uploads/{digest[:32]}"
    FolderObjects(settings.objects_root).put_file(key, source)
    facts = JobFacts(asset=job, name=text, title=text, source_key=key, source_sha256=digest, size_bytes=size)
    assert jobs.submit(facts)
    until(lambda: jobs.job(job).state == "failed", f"somebody to work on {text}")
    assert jobs.job(job).reason
