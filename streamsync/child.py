"""A server process as its supervisor has it: what it says on its line, and what it is told."""

import asyncio
import signal
import time
from contextlib import suppress

from streamsync.seat import ALIVE, DEAF, READY

START_S = 60.0  # to be ready


class Child:
    """A server process."""

    def __init__(
        self, process: asyncio.subprocess.Process, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.process = process
        self.began = time.monotonic()
        self.silent_beats = 0  # counted by the supervisor
        self.deaf: asyncio.Future[None] | None = None  # until it no longer listens
        self._reader = reader
        self._writer = writer
        self._hearing: asyncio.Task[None] | None = None

    async def is_ready(self) -> bool:
        """Wait until it serves; False if it has ended instead."""
        with suppress(TimeoutError):
            async with asyncio.timeout(START_S):
                if await self._line() == READY:
                    self.deaf = asyncio.get_running_loop().create_future()
                    self._hearing = asyncio.create_task(self._hear(self.deaf))
                    return True
                await self.process.wait()
        self.signal(signal.SIGKILL)
        return False

    def say(self, *words: str) -> None:
        """A line to it."""
        self._writer.write((" ".join(words) + "\n").encode())

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it lives."""
        if self.process.returncode is None:
            with suppress(ProcessLookupError):
                self.process.send_signal(number)

    async def ended(self) -> int:
        """Its exit code, when it has ended."""
        code = await self.process.wait()
        self._writer.close()
        return code

    async def _hear(self, deaf: asyncio.Future[None]) -> None:
        while line := await self._line():
            if line == ALIVE:
                self.silent_beats = 0
            elif line == DEAF and not deaf.done():
                deaf.set_result(None)
        if not deaf.done():
            deaf.set_result(None)

    async def _line(self) -> str:
        """What it says next; "" when it is gone."""
        with suppress(ConnectionError):
            return (await self._reader.readline()).decode().strip()
        return ""
