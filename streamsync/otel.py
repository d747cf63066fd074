"""Spans by OpenTelemetry's SDK, sent by OTLP over HTTP. Loaded only when traces are wanted."""

import logging
import os
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import requests
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.re import parse_env_headers

from storage.beats import our_version
from storage.errors import BadInput
from storage.spans import NOTHING, Kind, Span, Value

SERVICE = "streamsync"
HEADERS = ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS")
FLUSH_S = 3.0  # at the end, for what is not sent yet

_KINDS = {
    "server": trace.SpanKind.SERVER,
    "client": trace.SpanKind.CLIENT,
    "consumer": trace.SpanKind.CONSUMER,
    "internal": trace.SpanKind.INTERNAL,
}
_W3C = TraceContextTextMapPropagator()
_log = logging.getLogger("streamsync.traces")


class Telemetry:
    """A collector of spans. `end` sends what is left."""

    def __init__(self) -> None:
        """As OTEL_* variables say. Raises BadInput."""
        # The provider is ours alone: of what others find in the global one, FastAPI records URLs with their queries.
        _check_headers()
        try:
            self._provider = TracerProvider(resource=_resource(), shutdown_on_exit=False)
            self._provider.add_span_processor(BatchSpanProcessor(_Told()))
        except ValueError as error:
            raise BadInput(f"OTEL_...: {error}") from None
        self._tracer = self._provider.get_tracer(SERVICE, our_version())

    def begin(self, name: str, kind: Kind, headers: Mapping[str, str]) -> AbstractContextManager[Span]:
        """See Collector."""
        return self._entered(name, kind, _W3C.extract(headers, Context()))

    def part(self, name: str, kind: Kind) -> AbstractContextManager[Span]:
        """See Collector."""
        return self._entered(name, kind) if trace.get_current_span().is_recording() else NOTHING

    def traceparent(self) -> str | None:
        """See Collector."""
        headers: dict[str, str] = {}
        _W3C.inject(headers)
        return headers.get("traceparent")

    def end(self) -> None:
        """Send what is left, for no longer than FLUSH_S."""
        # In a thread that ends with the process: the SDK waits for half a minute.
        last = threading.Thread(target=self._provider.shutdown, name="traces", daemon=True)
        last.start()
        last.join(FLUSH_S)

    @contextmanager
    def _entered(self, name: str, kind: Kind, context: Context | None = None) -> Iterator[Span]:
        with self._tracer.start_as_current_span(
            name, context, _KINDS[kind], record_exception=False, set_status_on_exception=False
        ) as span:
            made = _Span(span)
            try:
                yield made
            except Exception as error:
                made.fail(type(error).__name__)  # not its text, in which a library may have put anything
                raise


class _Span:
    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def note(self, name: str, value: Value) -> None:
        self._span.set_attribute(name, value)

    def rename(self, name: str) -> None:
        self._span.update_name(name)

    def fail(self, error: str) -> None:
        self._span.set_status(trace.StatusCode.ERROR)
        self._span.set_attribute("error.type", error)


class _Told(SpanExporter):
    """Sends, and says once that nobody takes them, and once that somebody does again."""

    def __init__(self) -> None:
        self._session = _Session()
        self._inner = OTLPSpanExporter(session=self._session)
        self._is_lost = False
        # It says more, again and again, and URLs with all that is in them.
        logging.getLogger("opentelemetry.exporter").setLevel(logging.CRITICAL)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._inner.export(spans)
        is_lost = result is not SpanExportResult.SUCCESS
        if is_lost and not self._is_lost:
            _log.warning("event=traces_lost reason=%s", self._session.last)
        elif self._is_lost and not is_lost:
            _log.warning("event=traces_sent_again")
        self._is_lost = is_lost
        return result

    def shutdown(self) -> None:
        self._inner.shutdown()  # type: ignore[no-untyped-call]

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._inner.force_flush(timeout_millis)


class _Session(requests.Session):
    """Knows how the last request went."""

    last = ""

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        try:
            answer = super().send(request, **options)
        except requests.RequestException as error:
            self.last = type(error).__name__
            raise
        self.last = str(answer.status_code)
        return answer


def _check_headers() -> None:
    """Raises BadInput without what they say: there are keys in them, which the library would log."""
    logging.getLogger("opentelemetry.util.re").setLevel(logging.CRITICAL)
    for name in HEADERS:
        for part in os.environ.get(name, "").split(","):
            if part.strip() and not parse_env_headers(part, liberal=True):
                raise BadInput(f"{name}: it has the form NAME=VALUE, or several with commas between")


def _resource() -> Resource:
    found = Resource.create(
        {"service.version": our_version(), "host.name": socket.gethostname(), "process.pid": os.getpid()}
    )
    if str(found.attributes.get(SERVICE_NAME, "unknown_service")).startswith("unknown_service"):
        return found.merge(Resource({SERVICE_NAME: SERVICE}))
    return found
