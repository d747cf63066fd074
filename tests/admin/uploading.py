"""An API to upload to, over a folder or SeaweedFS, and a client that does what a client has to."""

import hashlib
import random
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from manifest_server.admin.admission import Admission
from manifest_server.admin.feed import Feed
from manifest_server.admin.v1 import V1
from manifest_server.viewer.protocol import BoundedProtocol
from storage.catalogue import Catalogue
from storage.errors import Unavailable
from storage.fleet_queue import FleetQueue
from storage.folder_uploads import FolderParts
from storage.objects import Objects
from storage.settings import Settings
from storage.stores import objects, uploads
from storage.upload_jobs import Submitted
from storage.upload_records import Upload
from storage.uploads import Uploads
from tests.stage import EPOCH_MS, Clock

TOKEN = "a token for tests"  # noqa: S105
BEARER = {"Authorization": f"Bearer {TOKEN}"}
NO_REDIS = "redis://127.0.0.1:1"
MIB = 1 << 20
PART = 16 * MIB


def film(size: int, seed: int = 1) -> bytes:
    """Bytes that look like nothing."""
    return random.Random(seed).randbytes(size)


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


@dataclass
class Queue:
    """Stands for the packaging queue: what was submitted, and which bytes are assets."""

    submitted: list[Upload] = field(default_factory=list)
    assets: dict[str, str] = field(default_factory=dict)
    answers: bool = True

    def asset(self, sha256: str) -> str | None:
        return self.assets.get(sha256)

    def submit(self, upload: Upload) -> Submitted:
        if not self.answers:
            raise Unavailable("Redis does not answer")
        self.submitted.append(upload)
        assert upload.sha256
        return Submitted(upload.sha256[:32], "queued")


@dataclass(frozen=True)
class Desk:
    """What is behind the API, and a client in front of it."""

    client: httpx.Client
    uploads: Uploads
    objects: Objects
    queue: Queue
    clock: Clock

    @property
    def is_folder(self) -> bool:
        return isinstance(self.uploads.store, FolderParts)

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """With the token."""
        return self.client.request(method, f"/api/v1{path}", headers=BEARER, **options)

    def begin(self, data: bytes, name: str = "film.mp4", **more: Any) -> dict[str, Any]:
        fingerprint = hashlib.sha256(data).hexdigest()
        body = {"name": name, "size_bytes": len(data), "fingerprint": fingerprint, **more}
        answer = self.ask("POST", "/uploads", json=body)
        assert answer.status_code == 200, answer.text
        begun: dict[str, Any] = answer.json()
        return begun

    def target(self, upload: str, number: int, data: bytes) -> dict[str, Any]:
        """Where to PUT these bytes."""
        answer = self.ask("POST", f"/uploads/{upload}/parts", json={"parts": [{"number": number, "md5": md5(data)}]})
        assert answer.status_code == 200, answer.text
        [target] = answer.json()["parts"]
        return dict(target)

    def put(self, target: dict[str, Any], data: bytes, **headers: str) -> httpx.Response:
        """The part, without the token."""
        told = {**target["headers"], **headers}
        if target["url"].startswith("/"):
            return self.client.put(target["url"], content=data, headers=told)
        return httpx.put(target["url"], content=data, headers=told)

    def send(self, upload: str, number: int, data: bytes) -> httpx.Response:
        return self.put(self.target(upload, number, data), data)

    def done(self, upload: str) -> dict[int, str]:
        return {part["number"]: part["md5"] for part in self.ask("GET", f"/uploads/{upload}").json()["done"]}

    def complete(self, upload: str, data: bytes) -> httpx.Response:
        return self.ask("POST", f"/uploads/{upload}/complete", json={"sha256": hashlib.sha256(data).hexdigest()})


@contextmanager
def desk(data: Path, objects_url: str | None) -> Iterator[Desk]:
    """A desk over an empty store."""
    settings = Settings(data=data, objects_url=objects_url, token=SecretStr(TOKEN))
    clock, queue, into = Clock(EPOCH_MS), Queue(), uploads(settings)
    jobs = FleetQueue(NO_REDIS)
    feed = Feed(Catalogue.connect(NO_REDIS), jobs)
    app = Starlette(
        routes=[Mount("/api/v1", app=V1(Admission(SecretStr(TOKEN)), into, queue, jobs, clock, feed).app())]
    )
    with served(app) as origin, httpx.Client(base_url=origin, timeout=60) as client:
        yield Desk(client, into, objects(settings), queue, clock)


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """The origin of a real server of `app`, in a thread."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(
            app, http=BoundedProtocol, ws="none", log_level="critical", timeout_graceful_shutdown=5
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(20)
            assert not thread.is_alive()
