"""Patience ends in time when nothing comes, and does not blame an answer for a loop that was held up."""

import asyncio
import threading
import time
from contextlib import AbstractAsyncContextManager

import pytest

from manifest_server.onair.patience import patience

WAIT_S = 0.2


def test_what_does_not_come_is_given_up_in_time() -> None:
    async def story() -> float:
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            async with patience(WAIT_S):
                await asyncio.Event().wait()
        return time.monotonic() - began

    assert asyncio.run(story()) >= WAIT_S


def test_an_answer_that_came_while_the_loop_was_held_up_is_taken() -> None:
    async def answered(limit: AbstractAsyncContextManager[object]) -> str:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[str] = loop.create_future()
        # It comes from elsewhere, in the middle of what holds up the loop.
        sender = threading.Timer(WAIT_S, loop.call_soon_threadsafe, (answer.set_result, "PONG"))
        sender.start()
        loop.call_soon(time.sleep, 3 * WAIT_S)
        try:
            async with limit:
                return await answer
        finally:
            sender.join()

    async def story() -> None:
        with pytest.raises(TimeoutError):  # what it is there for
            await answered(asyncio.timeout(WAIT_S))
        assert await answered(patience(WAIT_S)) == "PONG"

    asyncio.run(story())


def test_it_ends_with_its_block() -> None:
    async def story() -> None:
        async with patience(WAIT_S / 4):
            pass
        await asyncio.sleep(WAIT_S)

    asyncio.run(story())
