"""A receiver of traces: OTLP over HTTP on loopback, read by the messages of the specification."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1 import trace_pb2

from tests.redis_servers import until

Value = str | int | float | bool
KINDS = {
    trace_pb2.Span.SPAN_KIND_SERVER: "server",
    trace_pb2.Span.SPAN_KIND_CLIENT: "client",
    trace_pb2.Span.SPAN_KIND_CONSUMER: "consumer",
    trace_pb2.Span.SPAN_KIND_INTERNAL: "internal",
}


@dataclass(frozen=True)
class Seen:
    """A span that came. Ids in hexadecimal; `parent` is "" for the first of a trace."""

    name: str
    kind: str
    trace: str
    id: str
    parent: str
    failed: bool
    told: dict[str, Value]
    resource: dict[str, Value]


@dataclass
class Receiver:
    """What came, and what is answered: a status, or nothing until `goes_on` is set."""

    url: str = ""
    spans: list[Seen] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    status: int = 200
    goes_on: threading.Event = field(default_factory=threading.Event)
    asked: threading.Event = field(default_factory=threading.Event)

    def named(self, name: str) -> Seen:
        """The one span of that name."""
        [found] = [one for one in self.spans if one.name == name]
        return found

    def names(self, trace: str = "") -> list[str]:
        """Of all spans, or those of one trace."""
        return sorted(one.name for one in self.spans if not trace or one.trace == trace)

    def wait_for(self, name: str) -> Seen:
        """The first of that name, as soon as it has come."""
        until(lambda: any(one.name == name for one in list(self.spans)), f"a span {name!r}")
        return next(one for one in list(self.spans) if one.name == name)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver until the block is left."""
    receiver = Receiver()
    receiver.goes_on.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.asked.set()
            receiver.goes_on.wait()
            if receiver.status == 200 and self.path == "/v1/traces":
                receiver.bodies.append(body)
                receiver.spans.extend(_read(ExportTraceServiceRequest.FromString(body)))
            self.send_response(receiver.status if self.path == "/v1/traces" else 404)
            self.send_header("content-type", "application/x-protobuf")
            self.send_header("content-length", "0")
            self.end_headers()
            self.wfile.write(ExportTraceServiceResponse().SerializeToString())

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            pass  # whoever asked has gone

    with Server(("127.0.0.1", 0), Handler) as server:
        receiver.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield receiver
        finally:
            receiver.goes_on.set()
            server.shutdown()


def _read(request: ExportTraceServiceRequest) -> Iterator[Seen]:
    for resource in request.resource_spans:
        for scope in resource.scope_spans:
            for one in scope.spans:
                yield Seen(
                    one.name, KINDS[one.kind], one.trace_id.hex(), one.span_id.hex(), one.parent_span_id.hex(),
                    one.status.code == trace_pb2.Status.STATUS_CODE_ERROR,
                    _told(one.attributes), _told(resource.resource.attributes),
                )  # fmt: skip


def _told(attributes: "Iterator[KeyValue]") -> dict[str, Value]:
    return {one.key: getattr(one.value, str(one.value.WhichOneof("value"))) for one in attributes}
