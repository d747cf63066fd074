"""The API in this process, on the storage that is set: what the command line asks when no server is named.

Requests and answers pass through memory message by message, so that a long one is never held as a whole.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from starlette.types import ASGIApp, Message

from manifest_server.admin.api import ungated
from manifest_server.admin.doors import Storage, doors
from manifest_server.viewer.clock import now_ms
from manifest_server.viewer.playback_tokens import Keyring
from storage.catalogue import Catalogue
from storage.fleet_queue import FleetQueue
from storage.settings import Settings
from storage.stores import media_base, objects
from streamsync.session import user

_AHEAD = 4  # messages of an answer that nobody has read yet


@contextmanager
def here(settings: Settings, redis_url: str) -> "Iterator[Here]":
    """A transport to the storage of these settings."""
    with asyncio.Runner() as runner:
        catalogue = Catalogue.connect(redis_url, settings.redis_replicas)
        queue = FleetQueue(redis_url)
        storage = Storage(
            catalogue,
            objects(settings),
            queue,
            now_ms,
            lambda _: user(),
            Keyring.of(settings.playback_keys),
            media_base(settings),
            settings.webhook_private,
            settings.analytics_days,
        )
        try:
            yield Here(ungated(doors(storage)), runner)
        finally:
            queue.close()
            runner.run(catalogue.aclose())


class Here(httpx.BaseTransport):
    """Has requests answered by an ASGI application. What it does not catch comes out, as a fault of ours."""

    def __init__(self, app: ASGIApp, runner: asyncio.Runner) -> None:
        self._app = app
        self._runner = runner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """See httpx.BaseTransport."""
        exchange = _Exchange(self._app, self._runner, request)
        start = exchange.next()
        assert start is not None  # noqa: S101 - an application that says nothing has failed
        return httpx.Response(start["status"], headers=start["headers"], stream=exchange)


class _Exchange(httpx.SyncByteStream):
    """One request, and the body of its answer."""

    def __init__(self, app: ASGIApp, runner: asyncio.Runner, request: httpx.Request) -> None:
        assert isinstance(request.stream, httpx.SyncByteStream)  # noqa: S101 - of a client that is not async
        self._app = app
        self._runner = runner
        self._request = request
        self._body = iter(request.stream)
        self._is_read = False
        self._messages: asyncio.Queue[Message | None] = asyncio.Queue(_AHEAD)
        self._task = runner.run(self._begun())

    def __iter__(self) -> Iterator[bytes]:
        while (message := self.next()) is not None:
            yield message.get("body", b"")

    def close(self) -> None:
        """Give up whatever is not answered yet."""
        self._runner.run(self._given_up())

    def next(self) -> Message | None:
        """The next message; None after the last."""
        return self._runner.run(self._heard())

    async def _begun(self) -> "asyncio.Task[None]":
        return asyncio.create_task(self._answer())

    async def _answer(self) -> None:
        url = self._request.url
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},  # a body is sent without listening for a hang-up
            "http_version": "1.1",
            "method": self._request.method,
            "headers": [(name.lower(), value) for name, value in self._request.headers.raw],
            "scheme": url.scheme,
            "path": url.path,
            "raw_path": url.raw_path.split(b"?")[0],
            "query_string": url.query,
            "server": (url.host, url.port),
            "client": None,
            "root_path": "",
            "state": {},
        }
        try:
            await self._app(scope, self._receive, self._messages.put)
        finally:
            await self._messages.put(None)

    async def _receive(self) -> Message:
        if self._is_read:
            return {"type": "http.disconnect"}
        chunk = next(self._body, None)
        self._is_read = chunk is None
        return {"type": "http.request", "body": chunk or b"", "more_body": chunk is not None}

    async def _heard(self) -> Message | None:
        message = await self._messages.get()
        if message is None:
            await self._task  # raises what it raised
            self._messages.put_nowait(None)
        return message

    async def _given_up(self) -> None:
        if not self._task.done():
            self._task.cancel()
            while not self._task.done():
                while not self._messages.empty():
                    self._messages.get_nowait()
                await asyncio.wait({self._task}, timeout=0.1)
