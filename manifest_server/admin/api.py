"""`/api/v1`: who may come in, how much they may bring, and how errors are told. Its doors are in the routers."""

import hmac
import re
from collections.abc import Sequence
from http import HTTPStatus

from fastapi import APIRouter, FastAPI, Security
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPBearer
from pydantic import SecretStr
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from manifest_server.admin.refusals import refused
from manifest_server.viewer.answers import error_answer, failed
from storage.errors import BadInput, StreamSyncError

BODY_LIMIT = 256 << 10  # bytes; the longest that a door takes is a pool, or a lineup, of some 7,000 assets
IMPORT_LIMIT = 256 << 20  # a whole channel, which goes to the disk as it comes
_IMPORT_PATH = re.compile(r"/channels/[^/]+/import")
# Open: a description of what anybody can read in the sources, and the door that its own signature opens.
_OPEN_PATH = "/openapi.json"
_SIGNED_PATH = re.compile(r"/uploads/[^/]+/parts/[0-9]+")
_SIGNED_METHODS = {"PUT", "OPTIONS"}


def api(
    token: SecretStr, routers: Sequence[APIRouter], signed: Sequence[APIRouter] = (), inner: Sequence[Middleware] = ()
) -> FastAPI:
    """The API behind `token`, but for the doors of `signed`, which see to it by themselves."""
    return ungated(routers, signed, (Middleware(Gate, token=token), *inner))


def ungated(
    routers: Sequence[APIRouter], signed: Sequence[APIRouter] = (), middleware: Sequence[Middleware] = ()
) -> FastAPI:
    """The API without a gate: for the command line, which is on this side of it."""
    app = FastAPI(
        title="StreamSync",
        version="1",
        docs_url=None,  # the pages come from a CDN
        redoc_url=None,
        redirect_slashes=False,
        middleware=middleware,
        exception_handlers={
            StreamSyncError: refused,
            HTTPException: failed,
            RequestValidationError: _invalid,
            Exception: failed,
        },
    )
    # The gate has looked by then: this is for the description.
    bearer = Security(HTTPBearer(auto_error=False))
    for router in routers:
        app.include_router(router, dependencies=[bearer])
    for router in signed:
        app.include_router(router)
    return app


class Gate:
    """ASGI middleware: asks for the token before anything of a request is read, and bounds what is read then."""

    def __init__(self, app: ASGIApp, token: SecretStr) -> None:
        self._app = app
        self._token = token.get_secret_value().encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if scope["method"] in _SIGNED_METHODS and _SIGNED_PATH.fullmatch(path):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        if path != _OPEN_PATH and not self._is_known(request.headers.get("authorization", "")):
            headers = {"WWW-Authenticate": 'Bearer realm="StreamSync"'}
            answer = _refused(
                scope, HTTPStatus.UNAUTHORIZED, "this needs the header Authorization: Bearer TOKEN", headers
            )
            await answer(scope, receive, send)
        elif _length(request) > (limit := _limit(path)):
            await _refused(scope, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _too_long(limit))(scope, receive, send)
        else:
            await self._app(scope, _bounded(receive, limit), _private(send))

    def _is_known(self, authorization: str) -> bool:
        scheme, _, given = authorization.partition(" ")
        # Both in any case, so that the time tells nothing.
        same = hmac.compare_digest(given.strip().encode(), self._token)
        return same and scheme.lower() == "bearer"


def _limit(path: str) -> int:
    """How many bytes a body may have."""
    return IMPORT_LIMIT if _IMPORT_PATH.fullmatch(path) else BODY_LIMIT


def _bounded(receive: Receive, limit: int) -> Receive:
    """The body, but no more than `limit` bytes of one whose length was not told."""
    taken = 0

    async def some() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _too_long(limit))
        return message

    return some


def _private(send: Send) -> Send:
    """Answers that nobody may keep."""

    async def some(message: Message) -> None:
        if message["type"] == "http.response.start":
            others = [pair for pair in message["headers"] if pair[0].lower() != b"cache-control"]
            message["headers"] = [*others, (b"cache-control", b"no-store")]
        await send(message)

    return some


def _too_long(limit: int) -> str:
    return f"the body is over {limit} bytes long"


def _length(request: Request) -> int:
    told = request.headers.get("content-length", "0")
    return int(told) if told.isdecimal() else 0


def _refused(scope: Scope, status: HTTPStatus, message: str, headers: dict[str, str] | None = None) -> Response:
    return error_answer(Request(scope), HTTPException(status, message, headers))


async def _invalid(request: Request, error: RequestValidationError) -> Response:
    """What is wrong with the first field that is wrong, without the value: it may be a secret in the wrong place."""
    first = error.errors()[0]
    where = [str(part) for part in first["loc"][1:]]
    name = ".".join(where) if first["type"] != "json_invalid" else "body"
    return error_answer(request, BadInput(f"{name or first['loc'][0]}: {first['msg']}"))
