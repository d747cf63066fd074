"""When traces are collected, what is refused, and that nothing of it is loaded when they are not."""

import logging
import subprocess
import sys

import pytest

from storage import spans
from storage.errors import BadInput
from streamsync import traces

from .receiver import Receiver

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*traces.ENDPOINTS, *traces.PROTOCOLS, "OTEL_TRACES_SAMPLER", "OTEL_TRACES_EXPORTER"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    "set_",
    [
        {},
        {ENDPOINT: ""},
        {"OTEL_TRACES_SAMPLER": "nonsense", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},  # for others
        {ENDPOINT: "http://127.0.0.1:1", "OTEL_SDK_DISABLED": "true"},
        {ENDPOINT: "http://127.0.0.1:1", "OTEL_TRACES_EXPORTER": "none"},
    ],
    ids=str,
)
def test_they_are_not_collected(set_: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in set_.items():
        monkeypatch.setenv(name, value)
    with traces.collected():
        assert not spans.are_collected()
        assert spans.begin("a", "server") is spans.part("a") is spans.NOTHING


@pytest.mark.parametrize(
    "set_",
    [
        {ENDPOINT: "http://127.0.0.1:1"},
        {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://127.0.0.1:1/x"},
        {ENDPOINT: "http://127.0.0.1:1", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"},
        {
            ENDPOINT: "http://127.0.0.1:1",
            "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
            "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf",
        },
        {
            ENDPOINT: "http://[::1]:1",
            "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
            "OTEL_TRACES_SAMPLER_ARG": "0.1",
        },
        {ENDPOINT: "http://127.0.0.1:1", "OTEL_TRACES_SAMPLER_ARG": "of another sampler"},
    ],
    ids=str,
)
def test_they_are_collected(set_: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in set_.items():
        monkeypatch.setenv(name, value)
    with traces.collected():
        assert spans.are_collected()
    assert not spans.are_collected()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        (ENDPOINT, "127.0.0.1:4318", f"{ENDPOINT}: it has the form http://HOST:PORT, or https"),
        (ENDPOINT, "http://me:word@:4318", f"{ENDPOINT}: it has the form http://HOST:PORT, or https"),
        (ENDPOINT, "http://here:many", f"{ENDPOINT}: it has the form http://HOST:PORT, or https"),
        (ENDPOINT, "http://[::1", f"{ENDPOINT}: it has the form http://HOST:PORT, or https"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "OTEL_EXPORTER_OTLP_PROTOCOL='grpc': it is http/protobuf"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL='http/json': it is"),
        ("OTEL_TRACES_EXPORTER", "zipkin", "OTEL_TRACES_EXPORTER='zipkin': it is otlp or none"),
        (
            "OTEL_TRACES_SAMPLER",
            "most",
            "OTEL_TRACES_SAMPLER='most': it is always_on or always_off or traceidratio or",
        ),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "many", "OTEL_BSP_MAX_QUEUE_SIZE='many': it is a whole number"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "1", "OTEL_...: "),
        ("OTEL_BSP_EXPORT_TIMEOUT", "soon", "OTEL_BSP_EXPORT_TIMEOUT='soon': it is a whole number"),
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "abc", "OTEL_...: "),
        (
            "OTEL_EXPORTER_OTLP_COMPRESSION",
            "zip",
            "OTEL_EXPORTER_OTLP_COMPRESSION='zip': it is none or gzip or deflate",
        ),
        ("OTEL_EXPORTER_OTLP_HEADERS", "key: word@", "OTEL_EXPORTER_OTLP_HEADERS: it has the form NAME=VALUE, or"),
        ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "a=b,word@", "OTEL_EXPORTER_OTLP_TRACES_HEADERS: it has the form"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "-1", "OTEL_EXPORTER_OTLP_TIMEOUT='-1': it is a whole number"),
    ],
)
def test_a_bad_value_is_named(
    name: str, value: str, words: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(ENDPOINT, "http://127.0.0.1:1")
    monkeypatch.setenv(name, value)
    with pytest.raises(BadInput) as refused, traces.collected():
        pass
    assert str(refused.value).startswith(words)
    assert "word@" not in str(refused.value) + caplog.text


@pytest.mark.parametrize("ratio", ["half", "-0.1", "1.1", "nan"])
def test_a_ratio_that_is_none_is_named(ratio: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENDPOINT, "http://127.0.0.1:1")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "traceidratio")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", ratio)
    with pytest.raises(BadInput, match=f"OTEL_TRACES_SAMPLER_ARG='{ratio}': it is a number from 0 to 1"):
        traces.are_wanted()


@pytest.mark.parametrize("absent", ["opentelemetry.sdk", "opentelemetry.exporter", "opentelemetry"])
def test_without_the_extra_it_is_named(absent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENDPOINT, "http://127.0.0.1:1")
    for name in [name for name in sys.modules if name == absent or name.startswith(f"{absent}.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, absent, None)
    with pytest.raises(BadInput, match=rf"{ENDPOINT} is set, .*: pip install 'streamsync\[otel\]'"):
        traces.are_wanted()


@pytest.mark.slow
def test_nothing_of_it_is_loaded_when_it_is_not_wanted() -> None:
    program = (
        "import sys, streamsync.server, streamsync.work, manifest_server.admin.v1\n"
        "from streamsync import traces\n"
        # redis-py loads parts of the SDK if it is there.
        "with traces.collected(): print([one for one in sys.modules if 'sdk.trace' in one or 'otlp' in one])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[]\n"


def test_who_takes_no_traces_is_told_of_once_and_of_its_return_once(
    receiver: Receiver, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENDPOINT, receiver.url)
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "10")
    receiver.status = 400

    def begun(name: str) -> None:
        receiver.asked.clear()
        with spans.begin(name, "server"):
            pass
        assert receiver.asked.wait(20)

    with caplog.at_level(logging.WARNING), traces.collected():
        begun("lost")
        begun("lost, too")
        receiver.status = 200
        begun("taken")
        receiver.wait_for("taken")
    told = [one.getMessage() for one in caplog.records]
    assert told == ["event=traces_lost reason=400", "event=traces_sent_again"]


_INSTRUMENTED = """
import asyncio, httpx
from fastapi import FastAPI
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from manifest_server.admin.api import ungated

exporter, provider = InMemorySpanExporter(), TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
trace.set_tracer_provider(provider)

async def asked(app):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://tv") as client:
        await client.get("/openapi.json?code=secret")
    return "secret" in "".join(span.to_json() for span in exporter.get_finished_spans())

print(asyncio.run(asked(ungated([]))), asyncio.run(asked(FastAPI())))
"""


@pytest.mark.slow
def test_a_provider_of_somebody_else_is_given_no_queries() -> None:
    """As `opentelemetry-instrument` sets one; FastAPI, left to itself, gives it all."""
    done = subprocess.run(
        [sys.executable, "-c", _INSTRUMENTED], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "False True\n"
