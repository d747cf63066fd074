"""`/api/v1`: who may come in, how much they may bring, and how errors are told. Its doors are in the routers."""

import asyncio
import re
from collections.abc import Sequence
from http import HTTPStatus

from fastapi import FastAPI, Security
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPBearer
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from manifest_server.admin.admission import Admission, Caller
from manifest_server.admin.cookies import check_csrf, check_origin, session_of
from manifest_server.admin.described import Described
from manifest_server.admin.refusals import refused
from manifest_server.admin.routing import Router
from manifest_server.viewer.answers import error_answer, failed
from storage.errors import BadInput, StreamSyncError, Unavailable
from storage.token_record import allows

OPEN_LIMIT = 8 << 10  # bytes of a body at a door that is open to all
OPEN_S = 10.0  # in which the body of somebody whom nobody knows yet has to come
BODY_LIMIT = 256 << 10  # bytes; the longest that a door takes is a pool, or a lineup, of some 7,000 assets
IMPORT_LIMIT = 8 << 30  # ten million rows and more, which go to the disk as they come
_IMPORT_PATH = re.compile(r"/channels/[^/]+/(import|profiles)")
# Open: a description of what anybody can read in the sources, and the door that its own signature opens.
_OPEN_PATH = "/openapi.json"
_SIGNED_PATH = re.compile(r"/uploads/[^/]+/parts/[0-9]+")
_SIGNED_METHODS = {"PUT", "OPTIONS"}
_READING = {"GET", "HEAD"}
# What pages ask by themselves, again and again, though nobody may be there: no session lasts longer for it. They say
# so of what they look at; browsers open and reopen a stream of events without a word.
_UNATTENDED = "x-unattended"
_UNATTENDED_PATHS = {"/events"}
# What viewers' pages ask: whoever comes is a viewer.
_OPEN = (
    (re.compile(r"/watch|/watch/[^/]+/guide"), _READING),
    (re.compile(r"/watch/[^/]+"), {"POST"}),
)
# Open to the pages of this server: where people sign in.
_SIGN_IN = {
    ("GET", "/session/options"), ("GET", "/session/oidc"), ("GET", "/session/oidc/callback"), ("POST", "/session"),
    ("POST", "/session/link"), ("POST", "/session/link/check"),
}  # fmt: skip


def api(
    admission: Admission,
    routers: Sequence[Router],
    signed: Sequence[Router] = (),
    inner: Sequence[Middleware] = (),
) -> FastAPI:
    """The API for those whom `admission` knows, but for the doors of `signed`, which see to it by themselves."""
    app = ungated(routers, signed, (Middleware(Gate, admission=admission), *inner))
    app.state.gated = True
    return app


def ungated(
    routers: Sequence[Router], signed: Sequence[Router] = (), middleware: Sequence[Middleware] = ()
) -> FastAPI:
    """The API without a gate: for the command line, which is on this side of it."""
    app = Described(
        title="StreamSync",
        version="1",
        openapi_url=None,  # see _described
        docs_url=None,  # the pages come from a CDN
        redoc_url=None,
        redirect_slashes=False,
        # FastAPI's own telemetry would record queries, in which there are secrets; our own is Traced.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
        middleware=middleware,
        exception_handlers={
            StreamSyncError: refused,
            HTTPException: failed,
            RequestValidationError: _invalid,
            Exception: failed,
        },
    )
    app.state.gated = False
    app.opened = _is_open
    app.add_route(_OPEN_PATH, _described, include_in_schema=False)
    # The gate has looked by then: this is for the description.
    bearer = Security(HTTPBearer(auto_error=False))
    for router in routers:
        router.put_on(app, [bearer])
    for router in signed:
        router.put_on(app)
    return app


def _is_open(method: str, path: str) -> bool:
    """Whether a door asks for no token of its own accord."""
    signed = method in _SIGNED_METHODS and path == "/uploads/{upload}/parts/{number}"
    return (
        signed or (method, path) in _SIGN_IN or any(method in found and form.fullmatch(path) for form, found in _OPEN)
    )


def _described(request: Request) -> Response:
    """The description. It takes most of a second to make, once: in a thread, as this is no coroutine."""
    return JSONResponse({**request.app.openapi(), "servers": [{"url": request.scope.get("root_path", "") or "/"}]})


async def owner(request: Request) -> None:
    """What a router depends on whose doors are the owner's. Behind a gate, that is who has the scope `own`."""
    if request.app.state.gated and not allows(caller(request).scope, "own"):
        raise _too_small(caller(request))


def caller(request: Request) -> Caller:
    """Who asks, as the gate has found out."""
    found = request.state.caller
    assert isinstance(found, Caller)  # noqa: S101 - nobody else sets it
    return found


def known_caller(request: Request) -> Caller | None:
    """Who asks; None behind an open door."""
    found = getattr(request.state, "caller", None)
    return found if isinstance(found, Caller) else None


class Gate:
    """ASGI middleware: asks who it is before anything of a request is read, and bounds what is read then.

    GET and HEAD need the scope `read`, everything else `edit`; see also `owner`. What comes with a session's cookie,
    or is to begin one, must come from a page of this server.
    """

    def __init__(self, app: ASGIApp, admission: Admission) -> None:
        self._app = app
        self._admission = admission

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
        if any(scope["method"] in methods and form.fullmatch(path) for form, methods in _OPEN):
            await self._open(request, receive, send)
            return
        refusal = await self._refusal(request) if path != _OPEN_PATH else None
        if refusal is not None:
            await error_answer(request, refusal)(scope, receive, send)
        elif _length(request) > (limit := _limit(path)):
            await _refused(scope, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _too_long(limit))(scope, receive, send)
        else:
            seconds = None if known_caller(request) is not None else OPEN_S
            await self._app(scope, _bounded(receive, limit, seconds), _private(send))

    async def _open(self, request: Request, receive: Receive, send: Send) -> None:
        """A door that asks for no token, and takes no more than it needs."""
        if _length(request) > OPEN_LIMIT:
            answer = _refused(request.scope, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _too_long(OPEN_LIMIT))
            await answer(request.scope, receive, send)
        else:
            await self._app(request.scope, _bounded(receive, OPEN_LIMIT, OPEN_S), send)

    async def _refusal(self, request: Request, *, uses: bool = True) -> Exception | None:
        """Why it may not come in. `uses`: whether its session is used by it, and so goes on."""
        path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
        try:
            if (request.method, path) in _SIGN_IN:
                if request.method not in _READING:
                    check_origin(request)
                return None
            found = await self._caller(request, uses=uses and _is_attended(request, path))
        except (Unavailable, HTTPException) as error:
            return error
        if found is None:
            # The same whatever was wrong with it: whoever tries learns nothing.
            headers = {"WWW-Authenticate": 'Bearer realm="StreamSync"'}
            return HTTPException(
                HTTPStatus.UNAUTHORIZED, "this needs the header Authorization: Bearer TOKEN", headers
            )
        request.state.caller = found
        request.state.still = lambda: self._is_still(request)
        if not allows(found.scope, "read" if request.method in _READING else "edit"):
            return _too_small(found)
        return None

    async def _caller(self, request: Request, *, uses: bool) -> Caller | None:
        """Who asks. Raises Unavailable, and HTTPException for a change that no page of ours sent."""
        authorization = request.headers.get("authorization")
        if authorization is not None:
            return await self._admission.caller(authorization)
        secret = session_of(request)
        found = None if secret is None else await self._admission.signed_in(secret, uses=uses)
        if found is not None and found.signed is not None and request.method not in _READING:
            check_origin(request)
            check_csrf(request, found.signed)
        return found

    async def _is_still(self, request: Request) -> bool:
        """Whether it would be let in now; while nobody can tell, it would."""
        return isinstance(await self._refusal(request, uses=False), None | Unavailable)


def _is_attended(request: Request, path: str) -> bool:
    return path not in _UNATTENDED_PATHS and _UNATTENDED not in request.headers


def _limit(path: str) -> int:
    """How many bytes a body may have."""
    return IMPORT_LIMIT if _IMPORT_PATH.fullmatch(path) else BODY_LIMIT


def _bounded(receive: Receive, limit: int, seconds: float | None) -> Receive:
    """The body, but no more than `limit` bytes of one whose length was not told, nor for more than `seconds`."""
    taken = 0
    until = None if seconds is None else asyncio.get_running_loop().time() + seconds

    async def some() -> Message:
        nonlocal taken, until
        try:
            async with asyncio.timeout_at(until):
                message = await receive()
        except TimeoutError:
            # Closed, as the rest of it may still come, a byte now and then.
            raise HTTPException(
                HTTPStatus.REQUEST_TIMEOUT, f"the body did not come within {seconds:g} s", {"Connection": "close"}
            ) from None
        if not message.get("more_body", False):
            until = None  # from here on it is waited for that they leave
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


def _too_small(found: Caller) -> HTTPException:
    whose = "token" if found.signed is None else "account"
    return HTTPException(HTTPStatus.FORBIDDEN, f"this {whose} may not do that")


def _too_long(limit: int) -> str:
    return f"the body is over {limit} bytes long"


def _length(request: Request) -> int:
    told = request.headers.get("content-length", "0")
    return int(told) if told.isdecimal() else 0


def _refused(scope: Scope, status: HTTPStatus, message: str) -> Response:
    return error_answer(Request(scope), HTTPException(status, message))


async def _invalid(request: Request, error: RequestValidationError) -> Response:
    """What is wrong with the first field that is wrong, without the value: it may be a secret in the wrong place."""
    first = error.errors()[0]
    where = [str(part) for part in first["loc"][1:]]
    name = ".".join(where) if first["type"] != "json_invalid" else "body"
    return error_answer(request, BadInput(f"{name or first['loc'][0]}: {first['msg'].removeprefix('Value error, ')}"))
