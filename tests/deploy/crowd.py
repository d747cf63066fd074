"""A crowd at an edge: many viewers over a few hundred kept connections, each of which polls in its turn."""

import asyncio
import gzip
from collections.abc import Sequence
from dataclasses import dataclass, field

import httptools

READ_S = 20.0


@dataclass(slots=True)
class Answer:
    """What a viewer got: header names in lower case; the body unpacked."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def cache(self) -> str:
        """What the edge says that it did: HIT, MISS, ..."""
        return self.headers.get("x-cache", "")


class _Seat(asyncio.Protocol):
    """One connection, on which one viewer after the other asks."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self._waiting: asyncio.Future[Answer] | None = None
        self._answer = Answer()
        self._parser = httptools.HttpResponseParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(exc or ConnectionResetError("the edge closed the connection"))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._answer.headers[name.decode().lower()] = value.decode()

    def on_body(self, body: bytes) -> None:
        self._answer.body += body

    def on_message_complete(self) -> None:
        answer, self._answer = self._answer, Answer()
        answer.status = self._parser.get_status_code()
        if answer.headers.get("content-encoding") == "gzip":
            answer.body = gzip.decompress(answer.body)
        assert self._waiting is not None, "an answer that nobody asked for"
        self._waiting.set_result(answer)

    async def ask(self, request: bytes) -> Answer:
        self._waiting = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await asyncio.wait_for(self._waiting, READ_S)


async def polled(port: int, requests: Sequence[bytes], connections: int) -> list[Answer]:
    """The answers to all requests, in the order in which they came; so many are under way at once."""
    loop = asyncio.get_running_loop()
    answers: list[Answer] = []
    queue = iter(requests)

    async def seat() -> None:
        _, protocol = await loop.create_connection(_Seat, "127.0.0.1", port)
        answers.extend([await protocol.ask(request) for request in queue])
        protocol.transport.close()

    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(seat())
    return answers


def request(target: str, port: int, *headers: str) -> bytes:
    """The bytes of a GET, as a player sends them."""
    lines = (f"GET {target} HTTP/1.1", f"Host: 127.0.0.1:{port}", *headers, "", "")
    return "\r\n".join(lines).encode()
