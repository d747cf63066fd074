"""Real servers over one Redis, and somebody who listens to their events."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from pydantic import SecretStr

from manifest_server.viewer.app import application
from manifest_server.viewer.clock import now_ms
from manifest_server.viewer.protocol import BoundedProtocol
from storage.catalogue import Catalogue
from storage.settings import Settings
from streamsync.server import Server

SECRET = "secret"  # noqa: S105
OWNER = {"Authorization": f"Bearer {SECRET}"}
EVENTS = "/api/v1/events"
PATIENCE_S = 10.0


@dataclass
class Site:
    """A server of `origin`; `stop` returns when it has ended."""

    origin: str
    server: uvicorn.Server
    task: "asyncio.Task[None]"

    async def stop(self) -> None:
        self.server.should_exit = True
        await asyncio.wait_for(asyncio.shield(self.task), PATIENCE_S)


@asynccontextmanager
async def serving(redis_url: str, folder: Path, clock: Callable[[], int] | None = None) -> AsyncIterator[Site]:
    """A server until the block is left."""
    app = application(Settings(data=folder, token=SecretStr(SECRET)), redis_url, clock or now_ms)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(
            app, http=BoundedProtocol, ws="none", lifespan="on", log_level="error", timeout_graceful_shutdown=60
        )
        server = Server(config)
        server.linger_s = 0.0  # nobody asks any more when a server is stopped here
        task = asyncio.create_task(server._serve([listener]))
        site = Site(f"http://127.0.0.1:{listener.getsockname()[1]}", server, task)
        try:
            yield site
        finally:
            await site.stop()


@dataclass
class Heard:
    """An event."""

    kind: str
    data: dict[str, Any]
    id: str


@dataclass
class Ear:
    """Somebody who listens."""

    lines: AsyncIterator[str]
    response: httpx.Response
    heard: list[Heard] = field(default_factory=list)

    async def next(self) -> Heard:
        """The next event. Raises EOFError when there will be none."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(PATIENCE_S):
            async for line in self.lines:
                name, _, value = line.partition(": ")
                if line and name:
                    fields[name] = value
                elif fields.get("event") == "health":
                    fields = {}  # a server says by itself that it began
                elif "event" in fields:
                    self.heard.append(Heard(fields["event"], json.loads(fields["data"]), fields["id"]))
                    return self.heard[-1]
        raise EOFError

    async def until(self, kind: str, **data: object) -> Heard:
        """The next event of this kind that tells this."""
        while True:
            heard = await self.next()
            if heard.kind == kind and data.items() <= heard.data.items():
                return heard

    async def end(self) -> None:
        """Return when the stream has ended."""
        with suppress(EOFError):
            while True:
                await self.next()


@asynccontextmanager
async def ear(site: Site, headers: dict[str, str] | None = None) -> AsyncIterator[Ear]:
    """Listen to a server, from its greeting on."""
    async with (
        httpx.AsyncClient(base_url=site.origin, headers=headers or OWNER, timeout=httpx.Timeout(60)) as client,
        client.stream("GET", EVENTS) as response,
    ):
        response.raise_for_status()
        yield Ear(response.aiter_lines(), response)


Story = Callable[[Site, Catalogue], Awaitable[None]]


def told(redis_url: str, folder: Path, story: Story) -> None:
    """Tell a story of one server."""

    async def whole() -> None:
        async with Catalogue.connect(redis_url) as catalogue, serving(redis_url, folder) as site:
            await story(site, catalogue)

    asyncio.run(whole())
