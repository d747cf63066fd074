"""Clients of Redis: what a URL says, and that pools wait and dramatiq works on one server, Sentinel and a cluster."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import dramatiq
import pytest
import redis
from dramatiq.brokers.redis import RedisBroker
from redis.exceptions import ConnectionError as RedisConnectionError

from storage import redis_clients
from storage.keys import TICKETS
from storage.redis_clients import FAILURES, SyncClient, synchronous
from storage.redis_url import RedisPlace, read
from tests.redis_servers import cluster, cluster_url, server, until, watched

PLACES = {
    "redis://localhost": RedisPlace("server", "redis://localhost:6379/0", (("localhost", 6379),)),
    "redis://:pw@r.test:7/2?socket_timeout=3": RedisPlace(
        "server", "redis://:pw@r.test:7/2?socket_timeout=3", (("r.test", 7),)
    ),
    "unix:///run/redis.sock?db=3": RedisPlace("server", "unix:///run/redis.sock?db=3", ()),
    "rediss://ann:p%40w@[::1]:7": RedisPlace("server", "rediss://ann:p%40w@[::1]:7/0", (("::1", 7),)),
    "redis+sentinel://ann:pw@a,b:5/main/1?sentinel_password=other": RedisPlace(
        "sentinel", "redis://ann:pw@a:26379/1", (("a", 26379), ("b", 5)), "main", {"password": "other"}
    ),
    "rediss+cluster://ann:pw@a:7000,b:7001?ssl_ca_certs=/ca.pem": RedisPlace(
        "cluster", "rediss://ann:pw@a:7000/0?ssl_ca_certs=%2Fca.pem", (("a", 7000), ("b", 7001))
    ),
}


@pytest.mark.parametrize("url", PLACES)
def test_a_url_says_where_redis_is(url: str) -> None:
    found, wanted = read(url), PLACES[url]
    assert (found.topology, found.url, found.hosts) == (wanted.topology, wanted.url, wanted.hosts)
    assert (found.service, found.sentinel_login) == (wanted.service, wanted.sentinel_login)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("unix://ann:pw@/run/redis.sock", None),
        ("unix:///run/redis.sock?password=pw", "/run/redis.sock"),
        ("redis://ann:pw@r.test", "r.test:6379"),
        ("redis+sentinel://ann:pw@a,b:5/main?sentinel_password=pw", "a:26379,b:5 (main)"),
        ("redis+cluster://ann:pw@[::1]:7,b", "[::1]:7,b:6379"),
    ],
)
def test_a_place_is_shown_without_its_secrets(url: str, shown: str | None) -> None:
    place = read(url)
    assert str(place) == (shown or "/run/redis.sock")
    assert "pw" not in f"{place} {place!r}"


@pytest.fixture(params=["server", "sentinel", "cluster"])
def any_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "server":
        with server(tmp_path) as one:
            yield one.url
    elif request.param == "sentinel":
        with watched(tmp_path, replicas=1, sentinels=1) as some:
            yield some.url
    else:
        with cluster(tmp_path) as nodes:
            yield cluster_url(nodes[:2])


@pytest.mark.slow
def test_dramatiq_works_on_every_topology(any_url: str) -> None:
    client = synchronous(any_url)
    broker = RedisBroker(  # type: ignore[no-untyped-call]
        client=client, namespace=TICKETS, maintenance_chance=1_000_000
    )
    done, all_done = set[int](), threading.Event()

    def work(number: int) -> None:
        done.add(number)
        if len(done) == 30:
            all_done.set()

    actor = dramatiq.actor(broker=broker)(work)
    worker = dramatiq.Worker(broker, worker_threads=2, worker_timeout=50)
    worker.start()
    try:
        for number in range(30):
            actor.send(number)
        assert all_done.wait(20)
    finally:
        worker.stop()
        client.close()
    assert done == set(range(30))


@pytest.mark.slow
def test_a_pool_that_is_used_up_waits_and_then_says_so(any_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(redis_clients._POOL, "max_connections", 2)
    monkeypatch.setitem(redis_clients._POOL, "timeout", 0.8)
    client = synchronous(any_url)
    try:
        client.rpush("list", "x")
        pool: Any = _pool(client, "list")  # one that waits
        taken = [pool.get_connection() for _ in range(2)]
        with pytest.raises(RedisConnectionError, match="No connection available"):
            client.rpush("list", "x")
        assert pool.timeout == 0.8
        pool.timeout = 60.0  # now one is given back, and that is not to be a race
        with ThreadPoolExecutor(1) as beside:
            pushed = beside.submit(client.rpush, "list", "x")
            until(lambda: pool.pool.not_empty._waiters or pushed.done(), "somebody who waits for a connection")
            assert not pushed.done()
            pool.release(taken[0])
            assert pushed.result() == 2
        pool.release(taken[1])
    finally:
        client.close()


def test_a_cluster_that_is_not_there_is_one_of_the_failures() -> None:
    began = time.monotonic()
    with pytest.raises(FAILURES):
        synchronous("redis+cluster://127.0.0.1:1,127.0.0.1:2")
    assert time.monotonic() - began < 5


def _pool(client: SyncClient, key: str) -> redis.ConnectionPool:
    """The pool of connections to where a key is."""
    if isinstance(client, redis.Redis):
        return client.connection_pool
    of_node: redis.Redis = client.get_node_from_key(key).redis_connection  # type: ignore[no-untyped-call]
    return of_node.connection_pool
