"""The API that is loaded when it is first asked for: once, beside what goes on, and anew if that failed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, cast

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from manifest_server.viewer.later import Later
from storage.errors import Unavailable

if TYPE_CHECKING:
    from manifest_server.admin.v1 import V1


class Made:
    """What is loaded: an application, and something that goes on beside it."""

    def __init__(self, failures: int = 0) -> None:
        self.loads = 0
        self.failures = failures
        self.running_now = False

    def load(self) -> "V1":
        self.loads += 1
        if self.loads <= self.failures:
            raise Unavailable("no store")
        return cast("V1", self)

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/", lambda _: PlainTextResponse("here"))])

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self.running_now = True
        yield
        self.running_now = False


def client(later: Later) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(later), base_url="http://test")


def test_many_who_ask_at_once_cause_one_load() -> None:
    async def story() -> None:
        made = Made()
        later = Later(made.load)
        async with later.running():
            assert (made.loads, made.running_now) == (0, False)
            async with client(later) as asking:
                answers = await asyncio.gather(*(asking.get("/") for _ in range(20)))
            assert {answer.text for answer in answers} == {"here"}
            assert (made.loads, made.running_now) == (1, True)
        assert not made.running_now

    asyncio.run(story())


def test_a_load_that_failed_is_tried_again_by_who_asks_next() -> None:
    async def story() -> None:
        made = Made(failures=2)
        later = Later(made.load)
        async with later.running(), client(later) as asking:
            for _ in range(2):
                with pytest.raises(Unavailable):
                    await asking.get("/")
            assert (await asking.get("/")).text == "here"
            assert made.loads == 3

    asyncio.run(story())


def test_what_is_loaded_at_once_goes_on_from_the_start() -> None:
    async def story() -> None:
        made = Made()
        later = Later(made.load)
        later.load_now()
        async with later.running(), client(later) as asking:
            assert made.running_now
            assert (await asking.get("/")).text == "here"
        assert (made.loads, made.running_now) == (1, False)

    asyncio.run(story())


def test_a_server_that_is_stopped_meanwhile_waits_for_the_load_and_leaves_nothing_behind() -> None:
    async def story() -> None:
        made = Made()
        later = Later(made.load)
        async with client(later) as asking:
            async with later.running():
                asked = asyncio.create_task(asking.get("/"))
                await asyncio.sleep(0)
            await asked
        assert not made.running_now

    asyncio.run(story())
