"""A network in front of Redis that can be lost: nothing is refused or closed, and nothing comes through."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from tests.storage.proxy import loopback, relayed


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

    async def copied(losses: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            if network.losses == losses and not network.lost:
                writer.write(data)
                await writer.drain()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if network.lost:
            await reader.read()
            return
        await relayed(reader, writer, host, port, partial(copied, network.losses))

    async with loopback(serve) as place:
        network.url = f"redis://{place}"
        yield network
