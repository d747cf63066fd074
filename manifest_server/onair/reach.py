"""Whether the catalogue answers: found out by one, so that nobody else has to wait for a time-out to know."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

from storage.errors import Unavailable

Answer = TypeVar("Answer")

SILENT_S = 4.0  # who should have told by now whether it answers has stopped telling


class Reach:
    """Whether the catalogue is within reach. Who finds out tells it here; who would wait for it asks here first."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._gone = asyncio.Event()
        self._told = asyncio.Event()  # once
        self._since = 0.0
        self._found = 0.0

    @property
    def gone(self) -> bool:
        """Whether the catalogue is known not to answer."""
        return self._gone.is_set()

    def lost(self) -> None:
        """It does not answer."""
        if not self.gone:
            self._since = self._clock()
            self._gone.set()
        self._told.set()

    def found(self) -> None:
        """It answers."""
        self._found = self._clock()
        self._gone.clear()
        self._told.set()

    def check(self) -> None:
        """Return unless the catalogue is gone. Raises Unavailable."""
        if self.gone:
            raise Unavailable(self._reason())

    async def state(self, patience_s: float) -> str | None:
        """What is wrong with the catalogue; None: it answers. Waits for the first news."""
        try:
            await asyncio.wait_for(self._told.wait(), patience_s)
        except TimeoutError:
            return "the catalogue has not answered yet"
        if self.gone:
            return self._reason()
        silent_s = self._clock() - self._found
        return f"the catalogue was last asked {silent_s:.0f} s ago" if silent_s > SILENT_S else None

    async def within(self, answer: "asyncio.Task[Answer]", seconds: float) -> Answer:
        """The answer, which goes on being made however this ends.

        Raises Unavailable if it takes longer, or as soon as the catalogue is gone.
        """
        gone = asyncio.create_task(self._gone.wait())
        try:
            await asyncio.wait((answer, gone), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
        if answer.done():
            return answer.result()
        self.check()
        raise Unavailable(f"the catalogue did not answer within {seconds:g} s")

    def _reason(self) -> str:
        return f"the catalogue has not answered for {self._clock() - self._since:.0f} s"
