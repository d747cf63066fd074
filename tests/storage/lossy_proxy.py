"""A network in front of Redis that can be lost: nothing is refused or closed, and nothing comes through."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.storage.proxy import loopback


@dataclass
class Network:
    """Where Redis is found through it. A connection that it was lost under stays silent for ever, as behind a NAT."""

    url: str = ""
    losses: int = 0
    lost: bool = False

    def lose(self) -> None:
        """Swallow everything from now on."""
        self.losses += 1
        self.lost = True

    def mend(self) -> None:
        """Let new connections through."""
        self.lost = False


@asynccontextmanager
async def lossy_proxy(host: str, port: int) -> AsyncIterator[Network]:
    """The network before the Redis at `host` and `port`."""
    network = Network()

    async def copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, losses: int) -> None:
        while data := await reader.read(65536):
            if network.losses == losses and not network.lost:
                writer.write(data)
                await writer.drain()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if network.lost:
            await reader.read()
            return
        redis_reader, redis_writer = await asyncio.open_connection(host, port)
        ways = [
            asyncio.create_task(copied(reader, redis_writer, network.losses)),
            asyncio.create_task(copied(redis_reader, writer, network.losses)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        redis_writer.close()
        await asyncio.wait([asyncio.ensure_future(redis_writer.wait_closed())])

    async with loopback(serve) as place:
        network.url = f"redis://{place}"
        yield network
