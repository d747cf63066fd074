"""Clients of Redis for one server, Sentinel or Cluster: asynchronous for the catalogue, synchronous for the jobs.

Their pools are bounded and wait, every wait on a socket ends, and nothing is sent twice by itself: whoever asks knows
what may be repeated. A cluster's redirections are followed, and after a failure its topology is read anew.
"""

import asyncio
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import redis
import redis.asyncio
import redis.asyncio.cluster
import redis.asyncio.connection
import redis.asyncio.retry
import redis.asyncio.sentinel
import redis.cluster
import redis.connection
import redis.retry
import redis.sentinel
from redis.backoff import NoBackoff
from redis.exceptions import ClusterError, RedisClusterException, RedisError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from storage.errors import BadInput
from storage.redis_url import RedisPlace, read

CONNECT_TIMEOUT_S = 2.0
READ_TIMEOUT_S = 2.0
CONNECTIONS = 64  # at once, to one server or to each node of a cluster

# Everything that a client may raise: `RedisClusterException` is no RedisError.
FAILURES = (RedisError, RedisClusterException, OSError)
# Those after which another attempt may succeed: a lost connection, a fail-over under way.
PASSING = (RedisConnectionError, RedisTimeoutError, RedisClusterException, ClusterError, OSError)

AsyncClient = redis.asyncio.Redis | redis.asyncio.RedisCluster
SyncClient = redis.Redis | redis.RedisCluster

_BOUNDS: dict[str, Any] = {
    "socket_connect_timeout": CONNECT_TIMEOUT_S,
    "socket_timeout": READ_TIMEOUT_S,
    "socket_keepalive": True,
}
_POOL: dict[str, Any] = {"max_connections": CONNECTIONS, "timeout": CONNECT_TIMEOUT_S}


class _AsyncSentinel(redis.asyncio.sentinel.Sentinel):
    """Asks for the master once at a time: the library moves who answered to the front of its list after it waited.

    Two at once would exchange what is not there any more, so that one Sentinel is in the list twice and another lost.
    """

    def __init__(self, hosts: Sequence[tuple[str, int]], options: Mapping[str, Any]) -> None:
        super().__init__(hosts, sentinel_kwargs=options)  # type: ignore[no-untyped-call]
        self._turn = asyncio.Lock()

    async def discover_master(self, service_name: str) -> Any:
        async with self._turn:
            return await super().discover_master(service_name)


class _SyncSentinel(redis.sentinel.Sentinel):
    """The same for threads."""

    def __init__(self, hosts: Sequence[tuple[str, int]], options: Mapping[str, Any]) -> None:
        super().__init__(hosts, sentinel_kwargs=options)  # type: ignore[no-untyped-call]
        self._turn = threading.Lock()

    def discover_master(self, service_name: str) -> Any:
        with self._turn:
            return super().discover_master(service_name)  # type: ignore[no-untyped-call]


class _AsyncSentinelPool(redis.asyncio.BlockingConnectionPool, redis.asyncio.sentinel.SentinelConnectionPool):
    """A pool that waits, of connections to whichever server is the master now."""

    async def disconnect(self, inuse_connections: bool = True) -> None:
        await super().disconnect(inuse_connections)
        if inuse_connections:
            await self.sentinel_manager.aclose()  # the pool is the only one that has it


class _SyncSentinelPool(redis.BlockingConnectionPool, redis.sentinel.SentinelConnectionPool):
    """The same for threads."""

    def disconnect(self, inuse_connections: bool = True) -> None:
        super().disconnect(inuse_connections)
        if inuse_connections:
            self.sentinel_manager.close()


def asynchronous(url: str) -> AsyncClient:
    """A client for one event loop. Connects when first asked. Raises BadInput.

    A cluster's pools raise where the others wait: ask no more than CONNECTIONS things at once.
    """
    place, options = _options(url)
    kind = redis.asyncio.SSLConnection if _tls(place) else redis.asyncio.Connection
    retry = redis.asyncio.retry.Retry(NoBackoff(), 0)
    match place.topology:
        case "server":
            pool = redis.asyncio.BlockingConnectionPool(
                connection_class=redis.asyncio.UnixDomainSocketConnection if "path" in options else kind,
                retry=retry,
                **_POOL,
                **options,
            )
            return redis.asyncio.Redis.from_pool(pool)
        case "sentinel":
            sentinel = _AsyncSentinel(place.hosts, _of_sentinel(place, options) | {"retry": retry})
            managed = redis.asyncio.sentinel.SentinelManagedConnection
            return redis.asyncio.Redis.from_pool(
                _AsyncSentinelPool(
                    connection_class=redis.asyncio.sentinel.SentinelManagedSSLConnection if _tls(place) else managed,
                    service_name=place.service,
                    sentinel_manager=sentinel,
                    retry=retry,
                    **_POOL,
                    **_without(options, "host", "port"),
                )
            )
        case "cluster":
            return redis.asyncio.RedisCluster(
                startup_nodes=[redis.asyncio.cluster.ClusterNode(*host) for host in place.hosts],
                ssl=_tls(place),
                retry=retry,
                max_connections=CONNECTIONS,
                **_without(options, "host", "port", "db"),
            )


def synchronous(url: str) -> SyncClient:
    """A client for threads, fit for dramatiq. Raises BadInput.

    Of a cluster it reads the topology at once, and raises what is in FAILURES if it cannot.
    """
    place, options = _options(url)
    kind = redis.SSLConnection if _tls(place) else redis.Connection
    retry = redis.retry.Retry(NoBackoff(), 0)
    match place.topology:
        case "server":
            pool = redis.BlockingConnectionPool(  # type: ignore[no-untyped-call]
                connection_class=redis.UnixDomainSocketConnection if "path" in options else kind,
                retry=retry,
                **_POOL,
                **options,
            )
            return redis.Redis.from_pool(pool)
        case "sentinel":
            sentinel = _SyncSentinel(place.hosts, _of_sentinel(place, options) | {"retry": retry})
            managed = redis.sentinel.SentinelManagedConnection
            return redis.Redis.from_pool(
                _SyncSentinelPool(  # type: ignore[no-untyped-call]
                    connection_class=redis.sentinel.SentinelManagedSSLConnection if _tls(place) else managed,
                    service_name=place.service,
                    sentinel_manager=sentinel,
                    retry=retry,
                    **_POOL,
                    **_without(options, "host", "port"),
                )
            )
        case "cluster":
            return redis.RedisCluster(
                # With an URL, and only then, its nodes have pools of this class. What the URL says wins.
                url=place.url,
                startup_nodes=[
                    redis.cluster.ClusterNode(*host)  # type: ignore[no-untyped-call]
                    for host in place.hosts[1:]
                ],
                connection_pool_class=redis.BlockingConnectionPool,
                retry=retry,
                **_POOL,
                **_BOUNDS,
            )


def _options(url: str) -> tuple[RedisPlace, dict[str, Any]]:
    """The place, and what is said of each connection to it."""
    place = read(url)
    try:
        options = _BOUNDS | _without(redis.asyncio.connection.parse_url(place.url), "connection_class")
        if "path" in options:
            options = _without(options, "socket_keepalive")  # no option of a unix socket
        # An unknown option would otherwise wait for the first command.
        kind = redis.asyncio.SSLConnection if _tls(place) else redis.asyncio.Connection
        kind(**_without(options, "path"))
    except (ValueError, TypeError):
        # Not the library's words: they may hold the password.
        raise BadInput("Redis URL: an option in it is wrong") from None
    return place, options


def _tls(place: RedisPlace) -> bool:
    return place.url.startswith("rediss:")


def _of_sentinel(place: RedisPlace, options: dict[str, Any]) -> dict[str, Any]:
    """What is said of each connection to Sentinel itself: the same bounds and TLS, a login of its own."""
    shared = {name: value for name, value in options.items() if name.startswith(("socket_", "ssl_"))}
    return shared | {"ssl": _tls(place)} | place.sentinel_login


def _without(options: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name not in names}
