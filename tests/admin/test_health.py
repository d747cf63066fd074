"""Health: how everything is, since when and what to do, also while something is away."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis

from manifest_server.admin import health
from manifest_server.admin.health import Since, show_health
from manifest_server.admin.health_views import Health
from storage import beats, keys
from storage.beat_records import ServerBeat, WorkerBeat
from storage.catalogue import Catalogue
from storage.errors import Unavailable
from storage.fleet_queue import FleetQueue
from storage.folder_objects import FolderObjects
from storage.job_records import JobFacts
from storage.jobs import Jobs
from tests.redis_servers import cluster, cluster_url
from tests.redis_servers import server as redis_server
from tests.stage import EPOCH_MS, asset

from .listening import OWNER, Site, ear, serving, told

SERVER = ServerBeat(id="s1", host="tv-1", pid=1, version="1", started_ms=EPOCH_MS)
WORKER = WorkerBeat(id="tv-2:2", host="tv-2", pid=2, version="1", started_ms=EPOCH_MS)
FACTS = JobFacts(asset="1" * 32, name="a.mp4", title="A", source_key=None, source_sha256="a" * 64, size_bytes=1)
PLACE = "/api/v1/health"


def seen(redis_url: str, folder: Path, *said: ServerBeat | WorkerBeat) -> Health:
    """What health is told after somebody said this."""

    async def whole() -> Health:
        queue = FleetQueue(redis_url)
        try:
            async with Catalogue.connect(redis_url) as catalogue:
                for one in said:
                    kind: beats.Kind = "servers" if isinstance(one, ServerBeat) else "workers"
                    await catalogue.beats.tell(beats.beat(kind, one.id, one))
                return await show_health(catalogue, FolderObjects(folder), queue, Since(), lambda: EPOCH_MS)
        finally:
            queue.close()

    return asyncio.run(whole())


@pytest.mark.slow  # two servers
def test_a_server_tells_of_itself_and_is_gone_when_it_ends(redis_url: str, tmp_path: Path) -> None:
    async def story(site: Site, _: Catalogue) -> None:
        async with httpx.AsyncClient(base_url=site.origin, headers=OWNER) as client:
            async with serving(redis_url, tmp_path):
                found = (await client.get(PLACE)).raise_for_status().json()
                assert [one["state"] for one in found["servers"]] == ["ok", "ok"]
                assert len({one["id"] for one in found["servers"]}) == 2
            found = (await client.get(PLACE)).raise_for_status().json()
            (server,) = found["servers"]
            assert (server["objects"], server["channels"], server["advice"]) == ("ok", 0, "")
            assert found["storage"]["kind"] == "folder"
            assert (found["catalogue"]["state"], found["catalogue"]["persistent"]) == ("ok", True)
            assert found["catalogue"]["role"] == "master"
            assert (found["queue"]["pending"], found["queue"]["failed"]) == (0, 0)
            assert (await client.get(PLACE, headers={"Authorization": ""})).status_code == 401

    told(redis_url, tmp_path, story)


def test_who_has_been_silent_is_down_since_then(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "SILENT_MS", -1)
    found = seen(redis_url, tmp_path, SERVER, WORKER.model_copy(update={"job": "1" * 32, "task": "sound"}))
    (server,), (worker,) = found.servers, found.workers
    assert (server.state, server.since == server.seen, found.state) == ("down", True, "down")
    assert server.advice.endswith("look at the process on tv-1")
    assert (worker.state, worker.job, worker.task) == ("down", "1" * 32, "sound")
    assert "others take over what it did" in worker.advice


@pytest.mark.parametrize(
    ("told", "advice"),
    [
        ({"objects": "no bucket"}, "it does not reach the object store: no bucket"),
        ({"lag_ms": 900}, "its processor is busy: start another server, or give tv-1 more cores"),
    ],
)
def test_a_server_in_trouble_says_what_to_do(
    redis_url: str, tmp_path: Path, told: dict[str, Any], advice: str
) -> None:
    (server,) = seen(redis_url, tmp_path, SERVER.model_copy(update=told)).servers
    assert (server.state, server.advice) == ("warn", advice)


def test_the_list_is_bounded_and_a_newer_servers_word_is_read(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beats, "MOST", 2)
    many = [SERVER.model_copy(update={"id": f"s{number}"}) for number in range(4)]
    assert len(seen(redis_url, tmp_path, *many).servers) == 2
    with Redis.from_url(redis_url) as redis:
        (hash_key, _), text = keys.beat_keys("servers"), SERVER.model_dump_json()
        for name in redis.hkeys(hash_key):
            redis.hset(hash_key, name, text.replace("{", '{"colour":"red",', 1))
    assert len(seen(redis_url, tmp_path).servers) == 2


def test_the_queue_says_what_is_pending_what_failed_and_that_nobody_works(redis_url: str, tmp_path: Path) -> None:
    with Redis.from_url(redis_url) as redis:
        jobs = Jobs(redis, "here")
        jobs.submit(FACTS)
        found = seen(redis_url, tmp_path).queue
        assert (found.pending, found.running, found.failed, found.state) == (1, 0, 0, "warn")
        assert found.oldest is not None
        assert found.advice == "nobody packages: run streamsync worker"
        assert seen(redis_url, tmp_path, WORKER).queue.state == "ok"
        lease = jobs.claim("w")
        assert lease is not None
        assert seen(redis_url, tmp_path).queue.running == 1
        jobs.give_back(lease, "broken", "", final=True)
        found = seen(redis_url, tmp_path).queue
        assert (found.pending, found.failed, found.state) == (0, 1, "warn")
        assert found.advice == "1 jobs failed in 24 hours: streamsync jobs list says why"


def test_it_answers_while_redis_is_away(tmp_path: Path) -> None:
    found = seen("redis://127.0.0.1:1", tmp_path)
    assert (found.state, found.catalogue.state, found.queue.state) == ("down", "down", "down")
    assert found.catalogue.advice.startswith("it does not answer: start it")
    assert (found.storage.state, found.servers, found.workers) == ("ok", [], [])


def test_a_redis_that_forgets_and_one_that_may_not_be_asked(tmp_path: Path) -> None:
    with redis_server(tmp_path / "redis", "--appendonly", "no", "--maxmemory", "1000mb") as server:
        found = seen(server.url, tmp_path).catalogue
        assert (found.state, found.persistent, found.memory_limit_bytes) == ("warn", False, 1000 << 20)
        assert found.advice.endswith("set appendonly yes")
        server.ask("CONFIG", "SET", "maxmemory", "1000000")
        assert (
            seen(server.url, tmp_path).catalogue.advice
            == "its memory is full, so nothing can be changed: raise maxmemory"
        )
        server.ask("CONFIG", "SET", "maxmemory", "0")
        server.ask("ACL", "SETUSER", "default", "-info")
        found = seen(server.url, tmp_path).catalogue
        assert (found.state, found.version, found.latency_ms is not None) == ("ok", None, True)
        assert "+info" in found.advice


@pytest.mark.slow
def test_a_cluster_tells_the_same(tmp_path: Path) -> None:
    with cluster(tmp_path / "redis") as nodes:
        url = cluster_url(nodes)
        found = seen(url, tmp_path, SERVER, WORKER)
        assert ([one.id for one in found.servers], [one.id for one in found.workers]) == (["s1"], ["tv-2:2"])
        assert (found.catalogue.cluster, found.catalogue.role, found.queue.pending) == (True, "master", 0)

        async def story(site: Site, catalogue: Catalogue) -> None:
            async with ear(site) as one:
                await one.until("hello")
                await catalogue.index_asset(asset(1))
                await one.until("asset", name=asset(1).id)
                await catalogue.words.say("upload", "u1")
                await one.until("upload", name="u1")

        told(url, tmp_path, story)


class Full(FolderObjects):
    """A store that does not answer."""

    def exists(self, key: str) -> bool:
        raise Unavailable(f"nobody has {key[:7]}")


def test_a_store_that_does_not_answer_is_down_and_stays_so_since_then(redis_url: str, tmp_path: Path) -> None:
    async def whole() -> None:
        since, clock = Since(), iter((EPOCH_MS, EPOCH_MS + 60_000))
        async with Catalogue.connect(redis_url) as catalogue:
            for _ in range(2):
                queue = FleetQueue(redis_url)
                found = await show_health(catalogue, Full(tmp_path), queue, since, lambda: next(clock))
                queue.close()
                assert (found.state, found.storage.state) == ("down", "down")
                assert found.storage.advice == "it does not answer: nobody has records"
                assert found.storage.since == "2026-01-01T00:00:00.000Z"

    asyncio.run(whole())
