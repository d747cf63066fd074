"""What a server process counts of its own work."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest
from starlette.types import Message, Receive, Scope, Send

from manifest_server.viewer.measures import LOOK_S, Lag, Measures, Measuring, Times, kind_of

KINDS = {
    "/live/main/lineups/kids~20779/cmaf-240p.m3u8": "media",
    "/live/main/alice/index.m3u8": "personal",
    "/live/lineups/lineups/index.m3u8": "personal",
    "/live/main/steering.json": "steering",
    "/playback/main/kids": "admission",
    "/chunks/assets/0/cmaf/240p/1.m4s": "chunk",
    "/time": "time",
    "/times": "other",
    "/beacon": "beacon",
    "/api/v1/channels": "api",
    "/": "page",
    "/watch/main": "page",
    "/admin": "page",
    "/site/index-1234.js": "page",
    "/embed.js": "page",
    "/healthz": "other",
    "/metrics": "other",
    "//": "other",
    "/watch\n": "other",
    "": "other",
}


@pytest.mark.parametrize(("path", "kind"), KINDS.items(), ids=[repr(path) for path in KINDS])
def test_a_path_tells_what_a_request_is_for(path: str, kind: str) -> None:
    assert kind_of(path) == kind


def test_times_are_counted_by_powers_of_two() -> None:
    times = Times()
    for took_ns in (0, 1, 1023, 1024, 2047, 2048, 3_600_000_000_000):
        times.note(took_ns)
    assert {bits: count for bits, count in enumerate(times.counts) if count} == {
        0: 1,
        1: 1,
        10: 1,
        11: 2,
        12: 1,
        42: 1,
    }
    assert times.total_ns == 3_600_000_006_143


async def _nothing() -> Message:
    return {"type": "http.request", "body": b""}


async def _nowhere(_: Message) -> None:
    pass


def counted(app: Callable[[Scope, Receive, Send], Awaitable[None]], scope: Scope) -> Measures:
    measures = Measures()
    asyncio.run(Measuring(app, measures)(scope, _nothing, _nowhere))
    return measures


def test_an_answer_is_counted_when_its_head_is_there() -> None:
    async def app(_: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 404, "headers": []})
        raise TimeoutError  # as whoever listens for hours may end

    measures = Measures()
    with pytest.raises(TimeoutError):
        asyncio.run(Measuring(app, measures)({"type": "http", "path": "/time"}, _nothing, _nowhere))
    assert measures.requests == {("time", "4xx"): 1}
    assert sum(measures.answering["time"].counts) == 1


def test_a_fault_is_a_500() -> None:
    async def app(_: Scope, receive: Receive, send: Send) -> None:
        raise ZeroDivisionError

    measures = Measures()
    with pytest.raises(ZeroDivisionError):
        asyncio.run(Measuring(app, measures)({"type": "http", "path": "/api/v1"}, _nothing, _nowhere))
    assert measures.requests == {("api", "5xx"): 1}


def test_what_nobody_waited_for_any_longer_has_no_status() -> None:
    async def app(_: Scope, receive: Receive, send: Send) -> None:
        pass

    assert counted(app, {"type": "http", "path": "/"}).requests == {("page", "none"): 1}


def test_what_is_no_request_is_not_counted() -> None:
    async def app(_: Scope, receive: Receive, send: Send) -> None:
        pass

    assert not counted(app, {"type": "lifespan"}).requests


def test_a_loop_that_is_held_up_is_late() -> None:
    async def story() -> None:
        lag = Lag()
        async with lag.watched():
            await asyncio.sleep(0)  # it has begun to look
            time.sleep(LOOK_S + 0.1)  # noqa: ASYNC251 - this is what holds it up
            await asyncio.sleep(0.01)
        assert lag.lately_s() >= 0.09
        assert sum(lag.times.counts[26:]) == 1  # over 33 ms
        assert lag.taken_s() >= 0.09
        assert lag.taken_s() == 0.0
        assert lag.lately_s() >= 0.09

    asyncio.run(story())
