"""One server process for `benchmarks lane`: the whole application, which answers playlists in one of several ways."""

import sys
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn
from starlette.types import Receive, Scope, Send

from manifest_server.viewer import hotlane
from manifest_server.viewer.app import Keep, application
from manifest_server.viewer.fastlane import Fastlane
from manifest_server.viewer.garbage import short_collections
from manifest_server.viewer.hotlane import Chosen, Lane
from manifest_server.viewer.playback_tokens import VERIFIED_KEPT
from manifest_server.viewer.protocol import BoundedProtocol
from storage.settings import Settings


class RawAsgi:
    """The lane's answers, by way of ASGI: what is before it, and nothing of Starlette."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], lane: Callable[[], Lane]) -> None:
        self._app = app
        self._lane = lane

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            chosen = self._lane().chosen(scope["raw_path"] + b"?" + scope["query_string"])
            if chosen is not None:
                await _send(chosen, scope, send)
                return
        await self._app(scope, receive, send)


async def _send(chosen: Chosen, scope: Scope, send: Send) -> None:
    finished, now_ms, _ = chosen
    packed = any(name == b"accept-encoding" and b"gzip" in value for name, value in scope["headers"])
    body = finished.packed if packed else finished.body
    holds_ms = finished.playlist.holds_ms(now_ms)
    headers = [
        (b"x-accel-expires", b"@%d" % ((now_ms + holds_ms) // 1000 - 1)),
        (b"cache-control", b"private, max-age=%d" % (holds_ms // 1000)),
        (b"etag", finished.tag),
        (b"content-length", b"%d" % len(body)),
        (b"content-type", b"application/vnd.apple.mpegurl"),
        (b"vary", b"Accept-Encoding"),
        (b"content-encoding", b"gzip"),
        (b"access-control-allow-origin", b"*"),
        (b"access-control-expose-headers", b"Age, Content-Length, Content-Range, Date, ETag"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def main() -> None:
    """Serve at a port, in one way, until SIGTERM."""
    way, port, redis_url = sys.argv[1:4]
    playlists_kept, tokens_kept = (0, 0) if way in {"each", "asgi"} else (hotlane.PATHS_KEPT, VERIFIED_KEPT)
    app = application(Settings(), redis_url, keep=Keep(playlists_kept, tokens_kept))
    inner: Any = app if way != "asgi" else RawAsgi(app, lambda: app.state.lane)
    config = uvicorn.Config(
        inner,
        http=BoundedProtocol if way in {"asgi", "starlette"} else Fastlane,
        port=int(port),
        ws="none",
        log_level="warning",
        access_log=False,
        lifespan="on",
        timeout_keep_alive=75,
        server_header=False,
    )
    with short_collections():
        uvicorn.Server(config).run()


if __name__ == "__main__":
    main()
