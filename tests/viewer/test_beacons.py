"""The door for beacons, on a real socket: by the fast lane, and the way of all requests."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route
from uvicorn.server import ServerState

from manifest_server.analytics.beacon import BODY_LIMIT
from manifest_server.analytics.counts import Counts
from manifest_server.viewer import beacons, fastlane
from manifest_server.viewer.answers import OpenToAll
from manifest_server.viewer.beacons import PATH, BeaconDoor
from manifest_server.viewer.fastlane import Fastlane
from tests.analytics.players import body
from tests.stage import Clock

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Story = Callable[[Streams, Counts], Awaitable[None]]
LANES = {"fast lane": True, "common way": False}


def told(story: Story, *, fast: bool = True) -> None:
    """Tell a story of one connection to a server."""

    async def whole() -> None:
        counts = Counts(Clock())
        counts.channels.add("main")
        door = BeaconDoor(counts, "CF-IPCountry")
        app = Starlette(routes=[Route(PATH, door)], middleware=[Middleware(OpenToAll)])
        config = uvicorn.Config(app, http=Fastlane, ws="none", lifespan="off")
        config.load()
        state: dict[str, object] = {fastlane.STATE: door} if fast else {}
        made: Callable[[], asyncio.Protocol] = lambda: Fastlane(config, ServerState(), state)  # noqa: E731
        server = await asyncio.get_running_loop().create_server(made, "127.0.0.1", 0)
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            await asyncio.wait_for(story((reader, writer), counts), 10)
            writer.close()
            await writer.wait_closed()

    asyncio.run(whole())


def post(sent: bytes, *headers: str, length: int | None = None) -> bytes:
    lines = [
        "POST /beacon HTTP/1.1",
        "Host: x",
        f"Content-Length: {len(sent) if length is None else length}",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + sent


async def answered(streams: Streams, sent: bytes) -> tuple[int, str]:
    """Status, and the whole answer in lower case."""
    reader, writer = streams
    writer.write(sent)
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = head.partition("content-length: ")[2].partition("\r\n")[0]
    return int(head.split()[1]), head + (await reader.readexactly(int(length or 0))).decode().lower()


@pytest.mark.parametrize("fast", LANES.values(), ids=LANES)
def test_beacons_are_taken_one_after_the_other(fast: bool) -> None:
    async def story(streams: Streams, counts: Counts) -> None:
        for number in range(5):
            status, head = await answered(streams, post(body(session=number), "CF-IPCountry: DE"))
            assert status == 204
            assert "access-control-allow-origin: *" in head
            assert "connection" not in head
        counts.cut()
        tally = counts.next()
        assert tally is not None
        assert (tally.posts, tally.viewers, tally.fields["c:DE"]) == (5, {"alice"}, 5)

    told(story, fast=fast)


@pytest.mark.parametrize("fast", LANES.values(), ids=LANES)
@pytest.mark.parametrize(
    ("headers", "sent", "status", "why"),
    [
        ((), b"{}", 400, "no beacon"),
        ((), b"", 400, "no beacon"),
        (("Content-Type: text/plain;charset=UTF-8",), body(), 204, ""),
        (("Content-Type: application/json",), body(), 204, ""),
        (("Content-Type: text/html",), body(), 415, "text/plain or application/json"),
        (("Content-Type: application/x-www-form-urlencoded",), body(), 415, "text/plain"),
        (("Content-Encoding: gzip",), b"\x1f\x8b", 415, "not encoded"),
        (("Content-Encoding: identity",), body(), 204, ""),
        ((), body().ljust(BODY_LIMIT), 204, ""),
        ((), body().ljust(BODY_LIMIT + 1), 413, "16384 bytes"),
        (("Expect: 100-continue",), body(), 204, ""),
    ],
)
def test_what_is_sent_otherwise_is_refused(
    headers: tuple[str, ...], sent: bytes, status: int, why: str, fast: bool
) -> None:
    async def story(streams: Streams, counts: Counts) -> None:
        found, answer = await answered(streams, post(sent, *headers))
        if found == 100:
            found, answer = await answered(streams, b"")
        assert (found, why in answer) == (status, True), answer
        assert counts.refused == ({} if status == 204 else {status: 1})
        assert counts.taken == (status == 204)

    told(story, fast=fast)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
def test_only_post_is_taken(method: str) -> None:
    async def story(streams: Streams, _: Counts) -> None:
        streams[1].write(f"{method} /beacon HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        head = (await streams[0].readuntil(b"\r\n\r\n")).decode()
        assert head.startswith("HTTP/1.1 405 ")
        assert "allow: POST, OPTIONS" in head

    told(story)


def test_a_preflight_allows_it() -> None:
    async def story(streams: Streams, _: Counts) -> None:
        asked = b"OPTIONS /beacon HTTP/1.1\r\nHost: x\r\nOrigin: https://a.example\r\n\r\n"
        status, head = await answered(streams, asked)
        assert (status, "access-control-allow-methods: get, head, post, options" in head) == (204, True)
        assert "access-control-allow-origin: *" in head

    told(story)


@pytest.mark.parametrize(
    ("sent", "label"),
    [("DE", "DE"), ("XX", "unknown"), ("de", "unknown"), ("DEU", "unknown"), ("T1", "T1"), ("", "unknown")],
)
def test_a_country_is_two_letters(sent: str, label: str) -> None:
    async def story(streams: Streams, counts: Counts) -> None:
        assert (await answered(streams, post(body(), f"CF-IPCountry: {sent}")))[0] == 204
        counts.cut()
        tally = counts.next()
        assert tally is not None
        assert tally.fields[f"c:{label}"] == 1

    told(story)


def test_requests_that_come_together_are_answered_in_order() -> None:
    async def story(streams: Streams, counts: Counts) -> None:
        get = b"GET /beacon HTTP/1.1\r\nHost: x\r\n\r\n"
        chunked = post(b"").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
        pieces = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body()), body())
        streams[1].write(post(body()) + get + post(body(session=2)) + chunked + pieces)
        found = [(await answered(streams, b""))[0] for _ in range(4)]
        assert found == [204, 405, 204, 204]
        assert counts.taken == 3

    told(story)


def test_a_body_in_pieces_is_one_body() -> None:
    async def story(streams: Streams, counts: Counts) -> None:
        sent = post(body())
        for piece in (sent[:20], sent[20:-50], sent[-50:-1]):
            streams[1].write(piece)
            await streams[1].drain()
            await asyncio.sleep(0.01)  # so that each comes by itself
        assert (await answered(streams, sent[-1:]))[0] == 204
        assert counts.taken == 1

    told(story)


@pytest.mark.parametrize("sent", [post(body(), "Connection: close"), post(body()).replace(b"HTTP/1.1", b"HTTP/1.0")])
def test_a_connection_ends_when_that_is_asked_for(sent: bytes) -> None:
    async def story(streams: Streams, _: Counts) -> None:
        status, head = await answered(streams, sent)
        assert (status, "connection: close" in head) == (204, True)
        assert await streams[0].read() == b""

    told(story)


def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fastlane, "HEAD_S", 0.05)

    async def story(streams: Streams, counts: Counts) -> None:
        assert (await answered(streams, post(body())))[0] == 204
        streams[1].write(post(body(), length=1000))
        assert await streams[0].read() == b""
        assert counts.taken == 1

    told(story)


def test_nor_is_it_in_the_common_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beacons, "BODY_S", 0.05)

    async def story(streams: Streams, counts: Counts) -> None:
        assert (await answered(streams, post(body())))[0] == 204
        status, answer = await answered(streams, post(body(), length=1000))
        assert (status, "a beacon comes within 0.05 s" in answer) == (408, True)
        assert await streams[0].read() == b""
        assert (counts.taken, counts.refused[408]) == (1, 1)

    told(story, fast=False)
