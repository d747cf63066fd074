"""A span for each request that the application answers. The fast lane has none: see docs/metrics.md."""

from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from storage import spans
from storage.spans import TRACE_CONTEXT

# What looks after servers, every few seconds; and what goes on for hours.
UNTRACED = frozenset({"/healthz", "/readyz", "/metrics", "/api/v1/events"})
# Another one would be whatever somebody likes to send.
METHODS = frozenset({"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"})

_STATUS = "http.response.status_code"
_HEADERS = frozenset(name.encode() for name in TRACE_CONTEXT)


class Traced:
    """ASGI middleware. Of a request it tells method, route and status; not the path, in which viewers are named, nor
    the query, in which there are tokens, nor who asks."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"] in UNTRACED:
            await self._app(scope, receive, send)
            return
        method = scope["method"] if scope["method"] in METHODS else "_OTHER"
        with spans.begin(_name(method), "server", _named_by(scope)) as span:
            span.note("http.request.method", method)
            span.note("url.scheme", scope["scheme"])

            async def send_noted(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.note(_STATUS, message["status"])
                    if message["status"] >= 500:
                        span.fail(str(message["status"]))
                await send(message)

            try:
                await self._app(scope, receive, send_noted)
            except Exception:
                span.note(_STATUS, 500)  # whoever is around us makes that of it
                raise
            finally:
                if route := _route(scope):
                    span.rename(f"{_name(method)} {route}")
                    span.note("http.route", route)


def _name(method: str) -> str:
    return "HTTP" if method == "_OTHER" else method


def _named_by(scope: Scope) -> dict[str, str]:
    """The trace that a request says it is a part of; none if it says so twice."""
    found = [(name.decode(), value.decode("latin-1")) for name, value in scope["headers"] if name in _HEADERS]
    return dict(found) if len(dict(found)) == len(found) else {}


def _route(scope: Scope) -> str:
    """The path's pattern, such as `/live/{channel}/{viewer}/index.m3u8`; "" if there was none for it."""
    route = scope.get("route")
    if isinstance(route, Mount):
        return route.path
    path: str = getattr(route, "path", "")
    return f"{scope.get('root_path', '')}{path}" if path else ""
