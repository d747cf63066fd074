"""The bounds on a request's head, on a real socket."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from uvicorn.server import ServerState

from manifest_server.viewer import protocol
from manifest_server.viewer.protocol import HEAD_LIMIT, BoundedProtocol

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
HEAD = b"GET / HTTP/1.1\r\nHost: x\r\n"


async def hello(_: Request) -> Response:
    return PlainTextResponse("hello")


async def measured(request: Request) -> Response:
    return PlainTextResponse(f"{len(await request.body())} bytes")


async def dawdled(request: Request) -> Response:
    await asyncio.sleep(0.3)
    return await measured(request)


ROUTES = [
    Route("/", hello, methods=["GET", "POST"]),
    Route("/measured", measured, methods=["POST"]),
    Route("/dawdled", dawdled, methods=["POST"]),
]


def told(story: Callable[[Streams], Awaitable[None]]) -> None:
    """Tell a story of one connection to a server."""

    async def whole() -> None:
        config = uvicorn.Config(
            Starlette(routes=ROUTES), http=BoundedProtocol, ws="none", lifespan="off", timeout_keep_alive=2
        )
        config.load()
        loop = asyncio.get_running_loop()
        made: Callable[[], asyncio.Protocol] = lambda: BoundedProtocol(config, ServerState(), {})  # noqa: E731
        server = await loop.create_server(made, "127.0.0.1", 0)
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            await asyncio.wait_for(story((reader, writer)), 10)
            writer.close()
            await writer.wait_closed()

    asyncio.run(whole())


def test_many_requests_on_one_connection_are_answered() -> None:
    async def story(streams: Streams) -> None:
        reader, writer = streams
        for _ in range(30):
            writer.write(HEAD + b"X: " + b"x" * 2000 + b"\r\n\r\n")
            assert b"200 OK" in await reader.readuntil(b"hello")

    told(story)


def test_many_requests_in_one_packet_are_answered() -> None:
    async def story(streams: Streams) -> None:
        reader, writer = streams
        request = HEAD + b"X: " + b"x" * 100 + b"\r\n\r\n"
        writer.write(request * 300 + request[:-5])
        writer.write(request[-5:])
        for _ in range(301):
            assert b"200 OK" in await reader.readuntil(b"hello")

    told(story)


def test_a_head_in_pieces_is_one_head() -> None:
    async def story(streams: Streams) -> None:
        reader, writer = streams
        for piece in (b"GET / HT", b"TP/1.1\r\nHo", b"st: x\r\n", b"\r\n"):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.01)  # so that each comes by itself
        assert b"200 OK" in await reader.readuntil(b"hello")

    told(story)


@pytest.mark.parametrize("start", [HEAD + b"X: ", b"GET /", HEAD + b"X", b""])
def test_a_head_that_is_too_long_is_refused(start: bytes) -> None:
    async def story(streams: Streams) -> None:
        reader, writer = streams
        writer.write(start or HEAD)
        for _ in range(HEAD_LIMIT // 1000 + 2):
            writer.write(b"x" * 1000 if start else b"Name: " + b"v" * 990 + b"\r\n")
        answer = await reader.read()
        assert b"HTTP/1.1 4" in answer
        assert b'{"error": ' in answer

    told(story)


@pytest.mark.parametrize("start", [b"", b"GET / HTTP/1.1\r\n", HEAD + b"\r\n" + HEAD])
def test_who_does_not_go_on_is_left(start: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_S", 0.05)

    async def story(streams: Streams) -> None:
        reader, writer = streams
        writer.write(start)
        answer = await reader.read()  # ends when the server closes
        assert (b"hello" in answer) == (start.count(b"GET") == 2)

    told(story)


def test_what_is_no_http_is_refused_in_json() -> None:
    async def story(streams: Streams) -> None:
        reader, writer = streams
        writer.write(b"\x16\x03\x01 what\r\n\r\n")
        assert (await reader.read()).endswith(b'\r\n\r\n{"error": "Invalid HTTP request received."}')

    told(story)


def test_a_wish_to_upgrade_is_passed_over() -> None:
    async def story(streams: Streams) -> None:
        reader, writer = streams
        writer.write(HEAD + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        assert b"200 OK" in await reader.readuntil(b"hello")

    told(story)


def posted(path: bytes, length: int) -> bytes:
    return b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (path, length)


def test_who_does_not_go_on_with_a_body_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "BODY_S", 0.05)

    async def story(streams: Streams) -> None:
        reader, writer = streams
        writer.write(posted(b"/measured", 10) + b"12345")
        assert await reader.read() == b""  # ends when the server closes

    told(story)


def test_a_slow_body_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "BODY_S", 0.2)

    async def story(streams: Streams) -> None:
        reader, writer = streams
        writer.write(posted(b"/measured", 10))
        for _ in range(10):
            await asyncio.sleep(0.05)
            writer.write(b"x")
        assert b"200 OK" in await reader.readuntil(b"10 bytes")

    told(story)


def test_a_body_that_the_server_is_slow_to_read_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "BODY_S", 0.05)

    async def story(streams: Streams) -> None:
        reader, writer = streams
        writer.write(posted(b"/dawdled", 2_000_000) + b"x" * 2_000_000)
        assert b"200 OK" in await reader.readuntil(b"2000000 bytes")

    told(story)


def test_the_rest_of_a_body_that_nobody_wants_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "BODY_S", 0.05)

    async def story(streams: Streams) -> None:
        reader, writer = streams
        writer.write(posted(b"/", 1_000_000))
        assert b"200 OK" in await reader.readuntil(b"hello")
        writer.write(b"x")
        assert await reader.read() == b""  # ends when the server closes

    told(story)
