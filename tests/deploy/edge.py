"""A real nginx with the shipped configuration, on free ports and in a folder of its own."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.journeys.program import free_port

DEPLOY = Path(__file__).parents[2] / "deploy"
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
STOP_S = 10.0
WORKERS = 2  # processes of an nginx here, where nothing else is said

needs_nginx = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")


@dataclass(frozen=True, slots=True)
class Edge:
    """A running edge."""

    folder: Path
    port: int

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def kept(self) -> list[bytes]:
        """What the cache has on disk, file by file."""
        return [path.read_bytes() for path in (self.folder / "cache").rglob("*") if path.is_file()]

    def logs(self) -> str:
        return "".join(path.read_text() for path in sorted((self.folder / "log").iterdir()))

    def inner_lines(self) -> list[str]:
        """The log of what was asked of the servers for media playlists."""
        return (self.folder / "log" / "streamsync-inner.log").read_text().splitlines()


Changes = Mapping[str, str]  # of text, old to new


def configured(
    folder: Path,
    servers: Sequence[int],
    port: int,
    changes: Changes | None = None,
    upstreams: Changes | None = None,
    workers: int = WORKERS,
) -> Path:
    """The shipped files in `folder`, with these ports and paths; the path of the nginx.conf among them.

    `changes` are made to streamsync.conf besides, and `upstreams` to upstreams.conf.
    """
    (folder / "cache").mkdir(parents=True, exist_ok=True)
    (folder / "log").mkdir(exist_ok=True)
    logs = {"/var/log/nginx": f"{folder}/log"}
    ports = zip(("127.0.0.1:8000 ", "127.0.0.1:8001 "), servers, strict=True)
    _copy("nginx.conf", folder, {**logs, **_unprivileged(folder, workers)})
    _copy("streamsync.conf", folder, {
        **logs,
        "/var/cache/nginx": f"{folder}/cache",
        "listen 8080;": f"listen 127.0.0.1:{port};",
        "127.0.0.1:8089;": f"127.0.0.1:{free_port()};",
        **(changes or {}),
    })  # fmt: skip
    _copy("upstreams.conf", folder, {**(upstreams or {}), **{old: f"127.0.0.1:{new} " for old, new in ports}})
    return folder / "nginx.conf"


def _copy(name: str, folder: Path, changes: Changes) -> None:
    """Each text that is replaced must be there, so that a test cannot run on other values than it believes."""
    text = (DEPLOY / "nginx" / name).read_text()
    for old, new in changes.items():
        assert old in text, f"{name} has no {old!r}"
        text = text.replace(old, new)
    (folder / name).write_text(text)


def _unprivileged(folder: Path, workers: int) -> Changes:
    """What lets anybody run nginx, and in the foreground."""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    user = "user root;\n" if os.geteuid() == 0 else ""  # its workers could not enter a test's folder else
    return {
        "/run/": f"{folder}/",
        "worker_processes auto;": f"{user}daemon off;\nworker_processes {workers};",
        "worker_rlimit_nofile 65536;": "",
        "worker_connections 16384;": "worker_connections 1024;",
        "    include mime.types;\n": "".join(f"    {kind}_temp_path {folder}/{kind};\n" for kind in kinds),
    }


@contextmanager
def edge(
    folder: Path,
    servers: Sequence[int],
    changes: Changes | None = None,
    upstreams: Changes | None = None,
    workers: int = WORKERS,
) -> Iterator[Edge]:
    """An nginx in front of the servers on these two ports, from the moment that it answers."""
    assert NGINX is not None
    port = free_port()
    configuration = configured(folder, servers, port, changes, upstreams, workers)
    running = Edge(folder, port)
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(
            [NGINX, "-p", str(folder), "-e", str(folder / "log" / "start.log"), "-c", str(configuration)],
            stdout=said,
            stderr=said,
        )
        try:
            _wait_until_it_answers(running, process)
            yield running
        finally:
            process.terminate()
            process.wait(STOP_S)


def _wait_until_it_answers(running: Edge, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + STOP_S
    while True:
        assert process.poll() is None, (running.folder / "said").read_text() + running.logs()
        try:
            httpx.get(f"{running.origin}/healthz").raise_for_status()
        except httpx.TransportError:
            assert time.monotonic() < deadline, "nginx does not answer"
            time.sleep(0.01)  # it does not tell when it listens
        else:
            return
