"""Spans of requests: what the application answers, and what it asks for that, by a real receiver of OTLP."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from manifest_server.viewer.app import application
from manifest_server.viewer.traced import Traced
from storage import spans
from storage.catalogue import Catalogue
from storage.settings import Settings
from streamsync import traces
from tests.stage import Clock, asset, on_air

from .receiver import Receiver

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"
CHANNEL, LIVE = "GET /api/v1/channels/{channel}", "/live/{channel}/{viewer}/index.m3u8"

Story = Callable[[httpx.AsyncClient], Awaitable[None]]


def tell(redis_url: str, folder: Path, story: Story) -> None:
    """A story of a server; all of its spans have been received by the end."""

    async def whole() -> None:
        settings = Settings(data=folder, token=SecretStr("secret"))
        app = application(settings, redis_url, Clock())
        async with (
            Catalogue.connect(redis_url) as catalogue,
            app.router.lifespan_context(app),
            _client(app) as client,
        ):
            await on_air(catalogue, asset(1, 40.0), asset(2, 60.0))
            await story(client)

    with traces.collected():
        asyncio.run(whole())


def ask(app: ASGIApp, *requests: tuple[str, dict[str, str]]) -> list[int]:
    """The statuses of an application's answers; all spans have been received by then."""

    async def asked() -> list[int]:
        async with _client(app) as client:
            return [(await client.get(path, headers=headers)).status_code for path, headers in requests]

    with traces.collected():
        return asyncio.run(asked())


def _client(app: ASGIApp) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"Authorization": "Bearer secret"}
    return httpx.AsyncClient(transport=transport, base_url="http://tv.example", headers=headers)


def small(endpoint: Callable[[Request], Awaitable[Response]]) -> Starlette:
    return Starlette(routes=[Route("/of/{name}", endpoint)], middleware=[Middleware(Traced)])


async def fine(_: Request) -> Response:
    with spans.part("work"):
        return Response("fine")


def test_a_request_is_part_of_its_caller_s_trace_and_what_is_asked_for_it_of_it(
    redis_url: str, tmp_path: Path, receiver: Receiver
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        answer = await client.get("/api/v1/channels/main", headers={"traceparent": TRACEPARENT})
        assert answer.status_code == 200

    tell(redis_url, tmp_path, story)
    span, asked = receiver.named(CHANNEL), receiver.named("redis HGET")
    assert (span.trace, span.parent, span.kind, span.failed) == (TRACE, PARENT, "server", False)
    assert span.told == {
        "http.request.method": "GET",
        "url.scheme": "http",
        "http.route": "/api/v1/channels/{channel}",
        "http.response.status_code": 200,
    }
    assert (asked.trace, asked.parent, asked.kind) == (TRACE, span.id, "client")
    assert asked.told == {"db.system.name": "redis", "db.operation.batch.size": 1}
    told = span.resource
    assert (told["service.name"], told["process.pid"]) == ("streamsync", os.getpid())
    assert len(receiver.spans) == 2  # what a server does by itself is of no trace


def test_requests_are_known_by_their_routes_and_by_nothing_that_is_somebody_s(
    redis_url: str, tmp_path: Path, receiver: Receiver
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        for path, status in {
            "/live/main/alice-viewer/index.m3u8?t=hidden-token": 200,
            "/live/gone/alice-viewer/index.m3u8": 404,
            "/api/v1/channels/main/viewers/alice-viewer?x=hidden-token": 200,
            "/alice-viewer?t=hidden-token": 404,
            "/api/v1/alice-viewer": 404,
            "/healthz": 200,
            "/readyz": 200,
            "/metrics": 200,
        }.items():
            answer = await client.get(path, headers={"Cookie": "a=hidden-token"})
            assert answer.status_code == status, (path, answer.text)
        assert (await client.request("ALICE-VIEWER", "/time")).status_code == 405

    tell(redis_url, tmp_path, story)
    found = [(one.name, one.told["http.response.status_code"]) for one in receiver.spans if one.kind == "server"]
    assert found == [
        (f"GET {LIVE}", 200),
        (f"GET {LIVE}", 404),
        ("GET /api/v1/channels/{channel}/viewers/{viewer}", 200),
        ("GET", 404),
        ("GET /api/v1", 404),
        ("HTTP /time", 405),
    ]
    sent = b"".join(receiver.bodies).lower()
    assert b"/live/{channel}" in sent
    for word in (b"alice", b"hidden", b"secret", b"tv.example", b"127.0.0.1"):
        assert word not in sent


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"traceparent": "00-0-0-01"},
        {"traceparent": f"00-{TRACE}-{PARENT}"},
        {"traceparent": f"00-{'0' * 32}-{PARENT}-01"},
        {"traceparent": "\xe9" * 55},
        {"traceparent": TRACEPARENT, "Traceparent ": "x"},
        {"tracestate": "a=b"},
    ],
    ids=str,
)
def test_who_names_no_trace_begins_one(headers: dict[str, str], receiver: Receiver) -> None:
    sent = {name.strip(): value for name, value in headers.items()} if len(headers) == 1 else headers
    assert ask(small(fine), ("/of/a", {})) == [200]
    del receiver.spans[:]
    raw = [(name.strip().lower().encode(), value.encode("latin-1")) for name, value in sent.items()]

    async def asked() -> int:
        async with _client(small(fine)) as client:
            return (await client.get("/of/a", headers=raw)).status_code

    with traces.collected():
        assert asyncio.run(asked()) == 200
    span = receiver.named("GET /of/{name}")
    assert span.parent == ""
    assert span.trace != TRACE
    assert receiver.named("work").parent == span.id


def test_a_caller_that_does_not_record_is_not_recorded(receiver: Receiver) -> None:
    unsampled = {"traceparent": TRACEPARENT[:-1] + "0"}
    assert ask(small(fine), ("/of/a", unsampled), ("/of/a", {"traceparent": TRACEPARENT})) == [200, 200]
    assert receiver.names() == ["GET /of/{name}", "work"]


def test_a_sampler_is_obeyed(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "traceidratio")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "films")
    assert ask(small(fine), ("/of/a", {"traceparent": TRACEPARENT})) == [200]
    assert receiver.spans == []
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "1")
    assert ask(small(fine), ("/of/a", {})) == [200]
    assert receiver.named("work").resource["service.name"] == "films"


def test_a_fault_is_told_without_its_words(receiver: Receiver) -> None:
    async def broken(_: Request) -> Response:
        raise ValueError("the secret is in here")

    assert ask(small(broken), ("/of/a", {})) == [500]
    span = receiver.named("GET /of/{name}")
    assert (span.failed, span.told["error.type"]) == (True, "ValueError")
    assert span.told["http.response.status_code"] == 500
    assert b"secret" not in b"".join(receiver.bodies)


def test_what_goes_on_after_the_answer_is_no_part_of_it(receiver: Receiver) -> None:
    tasks: set[asyncio.Task[None]] = set()
    answered = asyncio.Event()

    async def follow() -> None:
        with spans.part("before"):
            pass
        await answered.wait()
        with spans.part("after"):
            pass

    async def begin(_: Request) -> Response:
        tasks.add(asyncio.create_task(follow()))
        await asyncio.sleep(0)
        return Response("begun")

    async def story() -> None:
        async with _client(small(begin)) as client:
            await client.get("/of/a")
        answered.set()
        await asyncio.gather(*tasks)

    with traces.collected():
        asyncio.run(story())
    assert receiver.names() == ["GET /of/{name}", "before"]
