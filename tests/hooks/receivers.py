"""Receivers of webhooks on the loopback, which read what comes with the specification's own library."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook

Writer = asyncio.StreamWriter
Answer = Callable[[Writer], Awaitable[None]]


def status(line: str, *headers: str) -> Answer:
    """An answer without a body."""

    async def some(writer: Writer) -> None:
        writer.write("\r\n".join((f"HTTP/1.1 {line}", *headers, "Content-Length: 0", "", "")).encode())
        await writer.drain()

    return some


OK = status("204 No Content")


@dataclass
class Request:
    """What came."""

    head: str
    headers: dict[str, str]
    body: bytes

    def verified(self, secret: str) -> dict[str, Any]:
        """The body, if the library finds that it is signed with this secret."""
        found: dict[str, Any] = Webhook(secret).verify(self.body, self.headers)
        return found


@dataclass
class Receiver:
    """A receiver: answers as it is told to, the last answer again and again. `gone`: how many connections ended."""

    answers: list[Answer] = field(default_factory=lambda: [OK])
    requests: asyncio.Queue[Request] = field(default_factory=asyncio.Queue)
    port: int = 0
    open: int = 0
    most_open: int = 0
    serving: set["asyncio.Task[None] | None"] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?of=tests"

    async def next(self) -> Request:
        """The next request that comes."""
        async with asyncio.timeout(20):
            return await self.requests.get()

    async def serve(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        """One connection."""
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        self.serving.add(asyncio.current_task())
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.strip().split("\r\n")
            headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
            body = await reader.readexactly(int(headers["content-length"]))
            self.requests.put_nowait(Request(first, headers, body))
            answer = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
            await answer(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open -= 1
            self.serving.discard(asyncio.current_task())
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


@asynccontextmanager
async def receiver(*answers: Answer, port: int = 0) -> AsyncIterator[Receiver]:
    """A receiver that is there for as long as the block lasts."""
    made = Receiver(list(answers) or [OK])
    server = await asyncio.start_server(made.serve, "127.0.0.1", port)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        left = [task for task in made.serving if task is not None]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
