"""A server to upload to, over a folder or a bucket, and what a client knows of it."""

import json
import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from storage.settings import Settings
from storage.stores import objects

from .program import Machine, free_port

TOKEN = "S3CR3T-token"  # noqa: S105
MIB = 1 << 20
PART = 16 * MIB


@dataclass(frozen=True)
class Site:
    """A server with its settings, and what a client knows of it."""

    machine: Machine
    redis_url: str
    objects_url: str | None

    @property
    def server(self) -> dict[str, str]:
        known = {"STREAMSYNC_TOKEN": TOKEN, "STREAMSYNC_REDIS_URL": self.redis_url}
        return known | ({} if self.objects_url is None else {"STREAMSYNC_OBJECTS_URL": self.objects_url})

    @property
    def client(self) -> dict[str, str]:
        return {"STREAMSYNC_TOKEN": TOKEN, "STREAMSYNC_SERVER": self.machine.origin}

    def stored(self, upload: str) -> bytes:
        """The source as it is in the store."""
        return objects(Settings(data=self.machine.data, objects_url=self.objects_url)).read(f"uploads/{upload}")

    def upload(self, *words: str | Path, status: int = 0, server: str | None = None) -> list[dict[str, Any]]:
        """What the command prints, which ends with this status."""
        known = self.client | ({} if server is None else {"STREAMSYNC_SERVER": server})
        done = self.machine.run("upload", "--no-wait", "--json", *words, **known)
        assert done.returncode == status, done.stderr
        assert TOKEN not in done.stderr + done.stdout
        found: list[dict[str, Any]] = json.loads(done.stdout)
        return found

    def ask(self, method: str, path: str, **options: Any) -> Any:
        """An answer of the API, which is a good one."""
        headers = {"Authorization": f"Bearer {TOKEN}"}
        url = f"{self.machine.origin}/api/v1{path}"
        answer = httpx.request(method, url, headers=headers, timeout=60, **options)
        assert answer.is_success, answer.text
        return answer.json()

    def jobs(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("GET", "/jobs")
        return found

    def parts_done(self) -> int:
        """How many parts of all uploads are there."""
        listed = self.ask("GET", "/uploads")["uploads"]
        return sum(len(self.ask("GET", f"/uploads/{one['id']}")["done"]) for one in listed)

    def wait_parts(self, count: int) -> None:
        deadline = time.monotonic() + 60
        while self.parts_done() < count:
            assert time.monotonic() < deadline, "the parts did not come"
            time.sleep(0.02)  # nobody tells when a part is there


# A client that begins with no part whose number is above the one in a file.
_HELD = """
import pathlib
from streamsync import sending

most, part = pathlib.Path({most!r}), sending._Run._part

def held(run, upload, number, *rest):
    while number > int(most.read_text()):
        run._pause(0.02)
    part(run, upload, number, *rest)

sending._Run._part = held
"""


class Held:
    """A client that sends the first parts of a file, and more when it is let; `client` is its environment.

    However long a test stands still, what it is about to disturb is not over.
    """

    def __init__(self, folder: Path, parts: int) -> None:
        self._most = folder / "most"
        self.client = patched(folder, _HELD.format(most=str(self._most)))
        self.let(parts)

    def let(self, parts: int) -> None:
        """Let it send this many."""
        new = self._most.with_suffix(".new")
        new.write_text(str(parts))
        new.replace(self._most)  # never half written


def new_site(folder: Path, redis_url: str, objects_url: str | None = None) -> Site:
    """A site on a machine of its own."""
    machine = Machine(folder / "data", free_port())
    machine.data.mkdir()
    return Site(machine, redis_url, objects_url)


def film(path: Path, size: int) -> Path:
    """A file of bytes that look like nothing."""
    source = random.Random(size)
    with path.open("wb") as file:
        for start in range(0, size, MIB):
            file.write(source.randbytes(min(MIB, size - start)))
    return path


def patched(folder: Path, code: str) -> dict[str, str]:
    """The environment in which a program of ours runs `code` first."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(code)
    return {"PYTHONPATH": f"{folder}:{Path(__file__).parents[2]}"}
