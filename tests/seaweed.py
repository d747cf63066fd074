"""A real S3 server to test with: SeaweedFS from its wheel, on free ports of the loopback."""

import json
import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from botocore.config import Config

from storage.s3_client import session

ACCESS_KEY, SECRET_KEY = "admin", "admin-secret"
WEAK_KEY, WEAK_SECRET = "weak", "weak-secret"
READY_S = 60.0

_PARTS = ("master", "volume", "filer", "s3")
_IDENTITIES = {
    "identities": [
        {
            "name": "admin",
            "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        },
        {"name": "weak", "credentials": [{"accessKey": WEAK_KEY, "secretKey": WEAK_SECRET}], "actions": []},
    ]
}


class Seaweed:
    """A server that keeps its data in `folder`, an empty one; it can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        config = folder / "identities.json"
        config.write_text(json.dumps(_IDENTITIES))
        ports = _free_ports(2 * len(_PARTS))
        self.endpoint = f"http://127.0.0.1:{ports[6]}"
        self._folder = folder
        self._argv = _argv(folder, config, ports)

    def start(self) -> None:
        """Start it, and return when it can be written to."""
        with (self._folder / "log").open("ab") as log:
            self._server = subprocess.Popen(self._argv, stdout=log, stderr=log, cwd=self._folder)
        _wait(self.endpoint, self._server, self._folder / "log")

    def kill(self) -> None:
        """End it at once: it takes 16 s to stop politely."""
        self._server.kill()
        self._server.wait()


@contextmanager
def seaweed_server(folder: Path) -> Iterator[Seaweed]:
    """A server that runs."""
    server = Seaweed(folder)
    try:
        server.start()
        yield server
    finally:
        server.kill()


@contextmanager
def seaweed(folder: Path) -> Iterator[str]:
    """The endpoint of a server that keeps its data in `folder`, an empty one."""
    with seaweed_server(folder) as server:
        yield server.endpoint


def s3(endpoint: str, **config: Any) -> Any:
    """A client that is not the one under test."""
    return session().client(
        "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY, config=Config(s3={"addressing_style": "path"}, **config),
    )  # fmt: skip


def _argv(folder: Path, config: Path, ports: list[int]) -> list[str]:
    weed = Path(sysconfig.get_path("scripts")) / "weed"
    listen = [f"-{part}.port{kind}={ports.pop(0)}" for part in _PARTS for kind in ("", ".grpc")]
    return [
        str(weed), "-logtostderr=true", "-v=0", "server", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
        *listen, "-filer", "-s3", f"-s3.config={config}", "-s3.autoCreateBucket=false", "-s3.port.iceberg=0",
        "-s3.port.lance=0", "-master.telemetry=false", "-master.volumeSizeLimitMB=64", "-volume.max=400",
        "-volume.preStopSeconds=0", f"-filer.localSocket={folder}/filer.sock", f"-s3.localSocket={folder}/s3.sock",
    ]  # fmt: skip


def _free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]


def _wait(endpoint: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Return once an object can be written: the gateway answers before there is room for one."""
    deadline = time.monotonic() + READY_S
    client = s3(endpoint, retries={"total_max_attempts": 1})
    while time.monotonic() < deadline and server.poll() is None:
        with suppress(Exception):  # it is there, when the server was started again
            client.create_bucket(Bucket="ready")
        try:
            client.put_object(Bucket="ready", Key="ready", Body=b"x")
        except Exception:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"SeaweedFS did not start: {log.read_text(errors='replace')[-2000:]}")
