"""Waiting for an answer, for as long as one could have been taken."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_PARTS = 4


@asynccontextmanager
async def patience(seconds: float) -> AsyncIterator[None]:
    """`asyncio.timeout`, of time in which the loop was free to take an answer. Raises TimeoutError.

    A loop that was held up finds timers due before it has gone on with what came meanwhile. So the time is counted in
    parts: being late, by however much, costs one of them.
    """
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(None) as limit:
        timer: asyncio.TimerHandle

        def wait(parts: int) -> None:
            nonlocal timer
            if parts:
                timer = loop.call_later(seconds / _PARTS, wait, parts - 1)
            else:
                limit.reschedule(loop.time())

        wait(_PARTS)
        try:
            yield
        finally:
            timer.cancel()
