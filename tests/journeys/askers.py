"""Clients that ask again and again on connections that they keep, and can tell what became of each request."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field

PAUSE_S = 0.2  # between two requests, at most; shorter than a server that ends keeps a connection open for one more
_PATIENCE_S = 30.0


@dataclass
class Crowd:
    """`count` clients of a port of this machine. What became of their requests is counted in `seen`.

    `answered`; `refused`: no connection could be made; `broken`: a connection ended, with the request on it lost, and
    `fresh` if it was its first; `unsent`: the server closed the connection before the request was sent.
    """

    port: int
    count: int
    path: str = "/time"
    seen: Counter[str] = field(default_factory=Counter)
    bodies: Counter[bytes] = field(default_factory=Counter)
    leaving: bool = False

    async def run(self) -> None:
        """Until they leave, or nobody can connect."""
        await asyncio.gather(*(self._ask_on(random.Random(number)) for number in range(self.count)))

    async def _ask_on(self, chance: random.Random) -> None:
        while not self.leaving:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                self.seen["refused"] += 1
                return
            try:
                await self._converse(reader, writer, chance)
            finally:
                writer.close()

    async def _converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, chance: random.Random
    ) -> None:
        is_fresh = True
        while not self.leaving:
            if reader.at_eof():
                self.seen["unsent"] += 1
                return
            writer.write(b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" % self.path.encode())
            try:
                async with asyncio.timeout(_PATIENCE_S):
                    head = await reader.readuntil(b"\r\n\r\n")
                    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
                    self.bodies[await reader.readexactly(int(length.split(b":")[1]))] += 1
            except (ConnectionError, asyncio.IncompleteReadError):
                self.seen["fresh" if is_fresh else "broken"] += 1
                return
            self.seen["answered"] += 1
            is_fresh = False
            if b"connection: close" in head.lower():
                self.seen["told to go"] += 1
                return
            await asyncio.sleep(chance.uniform(0, PAUSE_S))
