"""The pulse of a server: it says every few seconds that it lives, what it has in memory and how late its loop was."""

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from manifest_server.viewer.clock import now_ms
from manifest_server.viewer.fellows import Fellows
from manifest_server.viewer.measures import Lag
from manifest_server.viewer.readiness import Readiness
from storage.beat_records import ServerBeat
from storage.beats import EVERY_S, beat, gone, our_version
from storage.catalogue import Catalogue
from storage.errors import Unavailable
from storage.redis_link import end

FIRST_S, GONE_S = 0.5, 1.0  # for what is said at the beginning, and at the end


class Pulse:
    """Says that a server lives. `loaded` tells how many channels and lineups it has in memory."""

    def __init__(
        self,
        catalogue: Catalogue,
        readiness: Readiness,
        loaded: Callable[[], tuple[int, int]],
        check: Callable[[], None],
        lag: Lag,
        fellows: Fellows | None = None,
    ) -> None:
        """`check` raises Unavailable while the catalogue is known to be away. `fellows`: of the same port."""
        self._catalogue = catalogue
        self._readiness = readiness
        self._loaded = loaded
        self._check = check
        self._fellows = fellows
        self._lag = lag
        self._before: str | None = (
            None  # what the process is called that had our number, until it is told that it is gone
        )
        self._said = ServerBeat(
            id=secrets.token_hex(8), host=socket.gethostname()[:100], pid=os.getpid(), version=our_version(),
            started_ms=now_ms(),
        )  # fmt: skip

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Beat until the block is left."""
        self._before = None if self._fellows is None else self._fellows.succeed(self._said.id)
        with suppress(Unavailable, TimeoutError):  # here we are, also for who asks at once
            async with asyncio.timeout(FIRST_S):
                await self._catalogue.beats.tell(beat("servers", self._said.id, self._said))
                await self._see_off()
        tasks = {asyncio.create_task(self._beat_on())}
        try:
            yield
        finally:
            await end(tasks)
            with suppress(Unavailable, TimeoutError):
                self._check()
                async with asyncio.timeout(GONE_S):
                    await self._catalogue.beats.tell(gone("servers", self._said.id))
                    await self._catalogue.words.say("health", "servers")

    async def _beat_on(self) -> None:
        before = ""
        while True:
            with suppress(Unavailable):
                self._check()
                said = await self._beat()
                await self._see_off()
                if said.objects != before:  # the first time, too: here we are
                    await self._catalogue.words.say("health", "servers")
                before = said.objects
            await asyncio.sleep(EVERY_S)

    async def _see_off(self) -> None:
        """Who had our number was killed, or is about to end."""
        if self._before is not None:
            await self._catalogue.beats.tell(gone("servers", self._before))
            self._before = None

    async def _beat(self) -> ServerBeat:
        channels, lineups = self._loaded()
        late_ms = round(self._lag.taken_s() * 1000)
        objects = (await self._readiness.parts())["objects"]
        told = {"channels": channels, "lineups": lineups, "lag_ms": late_ms, "objects": objects[:300]}
        said = self._said.model_copy(update=told)
        await self._catalogue.beats.tell(beat("servers", said.id, said))
        return said
