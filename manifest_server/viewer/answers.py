"""HTTP answers: the error table, playlists with their cache headers, and headers that every answer has."""

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from manifest_server.viewer.asking import takes_gzip
from manifest_server.viewer.finished import OPEN, PLAYLIST_TYPE, Finished, matches
from storage.errors import BadInput, Conflict, NoRoom, NotFound, NotOnAir, StreamSyncError, Unavailable

TARGET_LIMIT = 4096  # bytes of path and query; the longest that we write has under 300

STATUS: dict[type[StreamSyncError], HTTPStatus] = {
    BadInput: HTTPStatus.BAD_REQUEST,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    NotOnAir: HTTPStatus.SERVICE_UNAVAILABLE,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    NoRoom: HTTPStatus.INSUFFICIENT_STORAGE,
}
UNAVAILABLE_RETRY_S = 2


def error_answer(request: Request, error: Exception) -> Response:
    """An error as JSON, with `Retry-After` where waiting helps."""
    if isinstance(error, HTTPException):
        if error.status_code == HTTPStatus.NOT_FOUND and error.detail == HTTPStatus.NOT_FOUND.phrase:
            # No route: a name with a slash in it, say, which is one more step of the path.
            return _json_error(error.status_code, f"nothing is at {request.url.path[:200]!r}", {})
        return _json_error(error.status_code, error.detail, dict(error.headers or {}))
    status = next((status for kind, status in STATUS.items() if isinstance(error, kind)), None)
    if status is None:
        return _json_error(HTTPStatus.INTERNAL_SERVER_ERROR, "internal error", {})
    headers = {}
    if isinstance(error, NotOnAir) and error.retry_after_s is not None:
        headers["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, Unavailable):
        headers["Retry-After"] = str(UNAVAILABLE_RETRY_S)
    return _json_error(status, str(error), headers)


async def failed(request: Request, error: Exception) -> Response:
    """`error_answer` as a handler: one that is no coroutine is given a thread, and all of those may be waiting."""
    return error_answer(request, error)


def _json_error(status: int, message: str, headers: dict[str, str]) -> Response:
    return JSONResponse({"error": message}, status, headers={**headers, "Cache-Control": "no-store"})


def personal_playlist(body: bytes) -> Response:
    """A viewer's own playlist: nobody may keep it."""
    return Response(body, media_type=PLAYLIST_TYPE, headers={"Cache-Control": "private, no-store"})


def shared_playlist(finished: Finished, request: Request, now_ms: int | None, *, public: bool = True) -> Response:
    """A media playlist, or a 304; see `Finished`."""
    if matches(request.headers.get("if-none-match", ""), finished.tag.decode()):
        answer, head = Response(status_code=HTTPStatus.NOT_MODIFIED), finished.head_unchanged(now_ms, public=public)
    else:
        packed = finished.packs and takes_gzip(request.headers.get("accept-encoding", ""))
        answer, head = (
            Response(finished.packed if packed else finished.body),
            finished.head(now_ms, public=public, packed=packed),
        )
    answer.raw_headers = [tuple(line.split(b": ", 1)) for line in head.split(b"\r\n")[:-1]]  # type: ignore[misc]
    return answer


class OpenToAll:
    """ASGI middleware: any origin may read all answers but a fault of ours and the API's; it answers preflights, and
    no absurd URLs.

    The CORS headers stand on every answer, not only where a request has an Origin: a cache would otherwise give
    a browser what it kept for a player that sent none.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or _is_own(scope["path"]):
            await self._app(scope, receive, send)
            return

        async def send_open(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *OPEN]
            await send(message)

        if scope["method"] == "OPTIONS":
            headers = _PREFLIGHT | (_POSTED if scope["path"].startswith(_OPEN_POSTS) else {})
            await Response(status_code=HTTPStatus.NO_CONTENT, headers=headers)(scope, receive, send_open)
        elif len(scope["raw_path"]) + len(scope["query_string"]) > TARGET_LIMIT:
            answer = _json_error(HTTPStatus.REQUEST_URI_TOO_LONG, f"the URL is over {TARGET_LIMIT} bytes long", {})
            await answer(scope, receive, send_open)
        else:
            await self._app(scope, receive, send_open)


def _is_own(path: str) -> bool:
    """Whether a door is for pages from here; of these, one that others may send to says so itself."""
    return path.startswith("/api/") and not path.startswith(_WATCH)


_WATCH = "/api/v1/watch"
_OPEN_POSTS = (_WATCH, "/beacon")
_PREFLIGHT = {
    "Allow": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Max-Age": "86400",
}
_POSTED = {
    "Allow": "GET, HEAD, POST, OPTIONS",
    "Access-Control-Allow-Methods": "GET, HEAD, POST, OPTIONS",
    "Access-Control-Allow-Headers": "*, Authorization",  # "*" does not stand for it (Fetch 3.3.4)
}
