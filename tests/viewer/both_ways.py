"""A server's protocol without a network: bytes in, bytes out, with the fast lane and without it."""

import asyncio
from collections.abc import Iterable
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from manifest_server.viewer.fastlane import LANE, Fastlane

DATE = (b"date", b"Thu, 01 Jan 2026 00:01:40 GMT")
SETTLE_S = 10.0
BODY_S = 0.1  # in which is answered what is answered without the whole of a body


class Wire(asyncio.Transport):
    """Where a protocol writes; it tells whether it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self.closed:
            self.written.append(bytes(data))

    def close(self) -> None:
        self.closed = True

    abort = close

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        """What is fed is fed."""

    def resume_reading(self) -> None:
        """Likewise."""


class Connection:
    """One connection to a server."""

    def __init__(self, app: Any, state: dict[str, object], **settings: Any) -> None:
        # Without an access log, as the program runs.
        config = uvicorn.Config(app, http=Fastlane, ws="none", lifespan="off", log_config=None, **settings)
        config.load()
        self.state = ServerState()
        self.state.default_headers = [DATE]
        self.protocol = Fastlane(config, self.state, state, asyncio.get_running_loop())
        self.protocol.access_log = settings.get("access_log", False)
        self.wire = Wire()
        self.protocol.connection_made(self.wire)

    async def fed(self, pieces: Iterable[bytes]) -> tuple[bytes, bool]:
        """All that is answered to these packets, and whether the connection was closed."""
        for piece in pieces:
            if self.wire.closed:
                break
            self.protocol.data_received(piece)
            await self.settled()
        return b"".join(self.wire.written), self.wire.closed

    async def settled(self) -> None:
        """Return when everything that was asked is answered, or waits for more of a body."""
        async with asyncio.timeout(SETTLE_S):
            while self.state.tasks:
                await asyncio.wait(list(self.state.tasks), timeout=BODY_S if self.protocol._in_body else None)
                await asyncio.sleep(0)
                if self.protocol._in_body:
                    return

    def end(self) -> None:
        """The client has gone."""
        self.protocol.connection_lost(None)


class Both:
    """The same packets to both."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.lane = app.state.lane

    async def answers(self, *pieces: bytes) -> tuple[tuple[bytes, bool], tuple[bytes, bool]]:
        """What the lane's server says, and the other."""
        told = []
        for state in ({LANE: self.lane}, {}):
            connection = Connection(self.app, state)
            told.append(await connection.fed(pieces))
            connection.end()
        return told[0], told[1]


def counted(both: Both) -> tuple[int, int]:
    """How many whole answers and how many 304s the lane has given."""
    return both.lane.served.full, both.lane.served.unchanged
