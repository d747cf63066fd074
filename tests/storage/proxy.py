"""Doors to Redis that fail in one chosen way, on the loopback."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from urllib.parse import unquote, urlsplit

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def loopback(serve: Serve) -> AsyncIterator[str]:
    """HOST:PORT where `serve` answers. On leaving, every connection is closed and every answer has ended."""
    ended: list[asyncio.Task[None]] = []

    async def whole(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        finally:
            writer.close()
            await asyncio.wait([asyncio.ensure_future(writer.wait_closed())])

    def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ended.append(asyncio.create_task(whole(reader, writer)))

    server = await asyncio.start_server(accepted, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    await asyncio.gather(*ended)


async def silence(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Take what comes and never answer."""
    await reader.read()


@asynccontextmanager
async def cutting_proxy(
    url: str, marker: bytes, meanwhile: Callable[[], Awaitable[None]] | None = None
) -> AsyncIterator[tuple[str, asyncio.Event]]:
    """Its URL, and what is set once the answer to the first command with `marker` in it was lost.

    The command itself reaches Redis; instead of the answer the client gets a closed connection, after `meanwhile`.
    """
    path = unquote(urlsplit(url).path)
    cut = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        redis_reader, redis_writer = await asyncio.open_unix_connection(path)
        try:
            while command := await reader.read(65536):
                redis_writer.write(command)
                answer = await redis_reader.read(65536)
                if marker in command and not cut.is_set():
                    cut.set()
                    if meanwhile is not None:
                        await meanwhile()
                    return
                writer.write(answer)
                await writer.drain()
        finally:
            redis_writer.close()
            await redis_writer.wait_closed()

    async with loopback(serve) as place:
        yield f"redis://{place}", cut


Copied = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[None, None, None]]


async def relayed(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int, copied: Copied
) -> None:
    """A connection through to `host` and `port`, each way `copied`, until one of the ways ends."""
    redis_reader, redis_writer = await asyncio.open_connection(host, port)
    ways = {asyncio.create_task(copied(reader, redis_writer)), asyncio.create_task(copied(redis_reader, writer))}
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        redis_writer.close()
        await asyncio.wait([asyncio.ensure_future(redis_writer.wait_closed())])


# Something that was published, as a subscriber is told of it.
_WORD = re.compile(rb"[*>]3\r\n\$7\r\nmessage\r\n\$\d+\r\n[^\r]*\r\n\$\d+\r\n[^\r]*\r\n")


@asynccontextmanager
async def deafening_proxy(place: str) -> AsyncIterator[tuple[str, list[bytes]]]:
    """Its URL, and all that was published and has not come through; everything else does. `place`: HOST:PORT."""
    lost: list[bytes] = []

    async def copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Redis writes each word as a whole, and it is short: none is cut in two.
        while data := await reader.read(65536):
            lost.extend(_WORD.findall(data))
            writer.write(_WORD.sub(b"", data))
            await writer.drain()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = place.split(":")
        await relayed(reader, writer, host, int(port), copied)

    async with loopback(serve) as at:
        yield f"redis://{at}", lost
