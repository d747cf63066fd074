"""Sending a file to a server: in parts, several at once, each again when it was lost; nothing twice that is there.

What is in memory does not grow with the file or its parts: a part is read twice, for its checksum and to be sent, and
the second time it comes from the page cache.
"""

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

import httpx

from storage.errors import BadSource, Conflict, NotFound, Unavailable
from storage.upload_records import MIB, SIZE_LIMIT, Part
from streamsync.client import Client, kind, pause_s, reason

AT_ONCE = 4
PATIENCE_S = 300.0  # without any part getting through
_READ_BYTES = MIB
_SEND_BYTES = MIB // 4
_TIMEOUT = httpx.Timeout(60, connect=10)
_ROUNDS = 3  # of beginning anew when the upload is not what it was
_DAMAGED = 3  # times that a part is sent which arrives changed

Watcher = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that is there. `sent_bytes` went out, lost parts included; `kept_bytes` were there before."""

    upload: str
    asset: str
    state: str
    sent_bytes: int
    kept_bytes: int


class _Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...


class Interrupted(Exception):
    """Told to stop."""


class Sender:
    """Sends files. `stop` ends it from another thread; `patience_s` is how long nothing may get through."""

    def __init__(self, client: Client, stop: threading.Event, *, patience_s: float = PATIENCE_S) -> None:
        self._client = client
        self._stop = stop
        self._patience_s = patience_s
        # Without the token: with S3 this does not go to the server. The signed URLs are all the right there is.
        limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
        self._http = httpx.Client(timeout=_TIMEOUT, limits=limits)

    def __enter__(self) -> "Sender":
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._http.close()

    def send(self, path: Path, wish: dict[str, object], watch: Watcher) -> Sent:
        """Upload a file and have it packaged. `watch` is told of bytes; fewer than none when some were lost.

        Raises BadSource, NoRoom, Unavailable when patience ends, Interrupted.
        """
        file = _File(path)
        fingerprint = file.fingerprint()
        last: NotFound | Conflict | None = None
        for _ in range(_ROUNDS):
            described = {**wish, "fingerprint": fingerprint, "size_bytes": file.size_bytes}
            run = _Run(self._client, self._http, self._stop, file, watch, self._patience_s)
            try:
                return run.all(self._client.begin(described))
            except (NotFound, Conflict) as error:
                # It was completed by another, or removed: the next round finds how it is.
                last = error
                run.forget()
                if run.other_sha256:
                    # Another file with the same ends: this one needs a name of its own.
                    fingerprint = hashlib.sha256(f"{fingerprint} {run.other_sha256}".encode()).hexdigest()
        assert last is not None  # noqa: S101 - each round returned or failed
        raise last


class _File:
    """A file that must not change while it is sent."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name
        self._stamp = self._now()
        self.size_bytes = self._stamp[0]
        if not self.size_bytes:
            raise BadSource(f"{self.name}: it is empty")
        if self.size_bytes > SIZE_LIMIT:
            raise BadSource(f"{self.name}: it has more than {SIZE_LIMIT} bytes")

    def fingerprint(self) -> str:
        """By what the same file is known again, without reading it: its two ends and its size."""
        ends = b"".join(self.bytes(0, MIB)) + b"".join(self.bytes(max(0, self.size_bytes - MIB), MIB))
        return hashlib.sha256(ends + str(self.size_bytes).encode()).hexdigest()

    def bytes(self, start: int, length: int, step: int = _READ_BYTES) -> Iterator[bytes]:
        """Some of its bytes, in pieces. Raises BadSource."""
        end = min(self.size_bytes, start + length)
        try:
            with self.path.open("rb", buffering=0) as file:
                while start < end:
                    data = os.pread(file.fileno(), min(step, end - start), start)
                    if not data:
                        raise self.changed()
                    yield data
                    start += len(data)
        except OSError as error:
            raise BadSource(f"{self.name}: cannot be read: {error.strerror}") from None

    def check(self) -> None:
        """Raises BadSource if it has changed since."""
        if self._now() != self._stamp:
            raise self.changed()

    def changed(self) -> BadSource:
        """The error that tells so."""
        return BadSource(f"{self.name}: changed while it was being uploaded")

    def _now(self) -> tuple[int, int, int]:
        try:
            found = self.path.stat()
        except OSError as error:
            raise BadSource(f"{self.name}: cannot be read: {error.strerror}") from None
        if not self.path.is_file():
            raise BadSource(f"{self.name}: it is not a file")
        return found.st_size, found.st_mtime_ns, found.st_ino


class _Run:
    """One go at sending one file."""

    def __init__(
        self,
        client: Client,
        http: httpx.Client,
        stop: threading.Event,
        file: _File,
        watch: Watcher,
        patience_s: float,
    ) -> None:
        self._client = client
        self._http = http
        self._stop = stop
        self._file = file
        self._watch = watch
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._told = self._sent = self._kept = 0
        self._through_s = time.monotonic()
        self._failed = threading.Event()
        self.other_sha256 = ""

    def forget(self) -> None:
        """Take back what the watcher was told."""
        self._tell(-self._told)

    def all(self, begun: dict[str, Any]) -> Sent:
        """Send what is not there, and complete it. Raises NotFound, Conflict when the upload is not what it was."""
        upload, size = begun["id"], begun["part_size_bytes"]
        there = {one["number"]: one["md5"] for one in begun["done"]}
        digest = hashlib.sha256()
        if begun["state"] == "complete":
            for data in self._file.bytes(0, self._file.size_bytes):
                self._check_going()
                digest.update(data)
                self._tell(len(data), kept=True)
            if begun.get("sha256", digest.hexdigest()) != digest.hexdigest():
                self.other_sha256 = digest.hexdigest()
                raise Conflict(f"{self._file.name}: another file with the same ends was uploaded")
        else:
            self._send_parts(upload, size, there, digest)
        self._file.check()
        outcome = self._client.complete(upload, digest.hexdigest())
        asset, state = outcome.get("asset") or outcome["job"], outcome.get("state", "done")
        return Sent(upload, asset, state, self._sent, self._kept)

    def _send_parts(self, upload: str, size: int, there: dict[int, str], digest: "_Digest") -> None:
        running: set[Future[None]] = set()
        with ThreadPoolExecutor(AT_ONCE, "part") as pool:
            try:
                for number, start in enumerate(range(0, self._file.size_bytes, size), 1):
                    for data in self._file.bytes(start, size):
                        self._check_going()
                        digest.update(data)
                    self._file.check()
                    # Its pages are in memory now; wait until somebody can use them.
                    while len(running) >= AT_ONCE:
                        running = self._pruned(running)
                    running.add(pool.submit(self._part, upload, number, start, size, there.get(number)))
                while running:
                    running = self._pruned(running)
            except BaseException:
                # Those that wait for a server, or for another attempt, must not keep us from ending.
                self._failed.set()
                raise

    def _part(self, upload: str, number: int, start: int, size: int, there: str | None) -> None:
        attempt = damaged = 0
        while True:
            part = Part(number=number, md5=self._md5(start, size))
            length = min(size, self._file.size_bytes - start)
            if part.md5 == there:
                self._tell(length, kept=True)
                return
            told: list[int] = []
            answer = self._put(self._client.target(upload, part, self._pause), start, length, told)
            if isinstance(answer, httpx.Response) and answer.is_success:
                self._through_s = time.monotonic()
                return
            self._tell(-sum(told), sent=False)
            if isinstance(answer, httpx.Response) and answer.status_code == HTTPStatus.BAD_REQUEST:
                self._file.check()
                damaged += 1
            self._check_hope(answer, number, damaged)
            self._pause(pause_s(attempt))
            attempt += 1

    def _put(self, target: dict[str, Any], start: int, length: int, told: list[int]) -> httpx.Response | str:
        """The answer, or what was wrong with the connection; `told` gets the bytes that went out."""

        def outgoing() -> Iterator[bytes]:
            for data in self._file.bytes(start, length, _SEND_BYTES):
                self._check_going()
                yield data
                told.append(len(data))
                self._tell(len(data), sent=True)

        headers = {**target["headers"], "Content-Length": str(length)}
        try:
            return self._http.put(target["url"], content=outgoing(), headers=headers)
        except httpx.TransportError as error:
            return reason(error)

    def _check_hope(self, answer: httpx.Response | str, number: int, damaged: int) -> None:
        """Raises what was wrong, unless another attempt may succeed."""
        told = answer if isinstance(answer, str) else f"the store answers {answer.status_code}"
        what = f"{self._file.name}: part {number} does not get through: {told}"
        if isinstance(answer, httpx.Response):
            # A URL that expired, or bytes that were changed on the way, deserve another; what is full or gone, none.
            found = kind(answer.status_code)
            if answer.status_code not in {HTTPStatus.FORBIDDEN, HTTPStatus.BAD_REQUEST} and found is not Unavailable:
                raise found(what)
        if damaged >= _DAMAGED or time.monotonic() - self._through_s > self._patience_s:
            raise Unavailable(what)

    def _md5(self, start: int, length: int) -> str:
        digest = hashlib.md5(usedforsecurity=False)
        for data in self._file.bytes(start, length):
            self._check_going()
            digest.update(data)
        return digest.hexdigest()

    def _tell(self, count: int, *, sent: bool = False, kept: bool = False) -> None:
        with self._lock:
            self._told += count
            self._sent += count if sent else 0
            self._kept += count if kept else 0
            self._watch(count)

    def _check_going(self) -> None:
        if self._stop.is_set() or self._failed.is_set():
            raise Interrupted

    def _pause(self, seconds: float) -> None:
        self._failed.wait(seconds)
        self._check_going()

    def _pruned(self, running: set[Future[None]]) -> set[Future[None]]:
        """Those that still run, once at least one does not, or after a second. Raises what one raised."""
        self._check_going()
        done, others = wait(running, timeout=1, return_when=FIRST_COMPLETED)
        for one in done:
            one.result()
        return others
