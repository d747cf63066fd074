"""`Idempotency-Key`: a POST that is sent again with the same key is answered as it was, and not done again.

ASGI middleware, behind the gate. What is kept is found by who asked and with which key, and holds for what was asked:
method, path, query and body. Answers that have a secret are not kept: those doors do it again.
"""

import asyncio
import secrets
from hashlib import sha256
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from manifest_server.admin.api import known_caller
from manifest_server.viewer.answers import error_answer
from storage.catalogue import Catalogue
from storage.errors import StreamSyncError
from storage.kept_answers import BODY_LIMIT, KeptAnswer

KEY_LIMIT = 255  # characters
REPLAYED = "Idempotency-Replayed"
# how the paths of such doors end
_SECRET = ("/tokens", "/playback-tokens", "/webhooks", "/rotate", "/accounts", "/link")
_KEPT_HEADERS = {"content-type", "etag", "location", "x-error-kind"}
_WHOLE_BODY_LIMIT = 1 << 20  # more than the gate lets in, but for what is imported, which may be repeated anyway


class Idempotency:
    """Answers a POST with an Idempotency-Key once, and that answer again to the same request for a day."""

    def __init__(self, app: ASGIApp, catalogue: Catalogue) -> None:
        self._app = app
        self._answers = catalogue.answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        key = Request(scope).headers.get("idempotency-key") if scope["type"] == "http" else None
        if key is None or scope["method"] != "POST" or _is_done_again(scope):
            await self._app(scope, receive, send)
            return
        try:
            await self._once(key, scope, receive, send)
        except (StreamSyncError, HTTPException) as error:
            await error_answer(Request(scope), error)(scope, receive, send)

    async def _once(self, key: str, scope: Scope, receive: Receive, send: Send) -> None:
        if not key or len(key) > KEY_LIMIT or not key.isprintable():
            raise HTTPException(
                HTTPStatus.BAD_REQUEST, f"Idempotency-Key: it is 1 to {KEY_LIMIT} printable characters"
            )
        body = await _body(receive)
        request = Request(scope)
        # Who asks is part of it, so that nobody is given what somebody else was told.
        place = _digest(str(_who(scope)).encode(), request.headers.get("authorization", "").encode(), key.encode())
        asked = _digest(
            request.method.encode(), scope["path"].encode(), scope["query_string"], body,
            request.headers.get("if-match", "").encode(),
        )  # fmt: skip
        mine = KeptAnswer(of=asked, mark=secrets.token_urlsafe(9))
        found = await self._answers.begin(place, mine)
        if found is not None:
            await _again(found, asked)(scope, receive, send)
            return
        heard = _Heard(send)
        try:
            await self._app(scope, _given(body), heard)
        finally:
            if not heard.is_whole():
                await self._answers.drop(place)  # it was not done, or nobody knows: it may be asked again
        if heard.is_whole():
            await self._answers.keep(place, heard.answer(mine))
        await heard.end()


class _Heard:
    """What an application answers: listened to, and its end held back, so that what was answered is kept."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._last: Message | None = None
        self._body = b""
        self._headers: tuple[tuple[str, str], ...] = ()
        self._is_long = False
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            pairs = ((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in message["headers"])
            self._headers = tuple(pair for pair in pairs if pair[0] in _KEPT_HEADERS)
        elif message["type"] == "http.response.body":
            self._is_long |= len(self._body) + len(message.get("body", b"")) > BODY_LIMIT
            self._body += b"" if self._is_long else message.get("body", b"")
            if not message.get("more_body", False):
                self._last = message
                return
        await self._send(message)

    def is_whole(self) -> bool:
        """Whether it has come to its end, and is no fault of ours: what broke off tells nobody what was done."""
        return self._last is not None and self.status < HTTPStatus.INTERNAL_SERVER_ERROR

    def answer(self, mine: KeptAnswer) -> KeptAnswer:
        body = None if self._is_long else self._body.decode()
        return mine.model_copy(update={"status": self.status, "headers": self._headers, "body": body})

    async def end(self) -> None:
        if self._last is not None:
            await self._send(self._last)


def _is_done_again(scope: Scope) -> bool:
    """Whether answers of the door are not kept. Behind an open one anybody could ask for another's."""
    return str(scope["path"]).endswith(_SECRET) or _who(scope) is None


def _again(kept: KeptAnswer, asked: str) -> Response:
    """The answer to a request whose key was seen before. Raises HTTPException."""
    if kept.of != asked:
        raise HTTPException(
            HTTPStatus.UNPROCESSABLE_ENTITY, "Idempotency-Key: something else was asked with this key before"
        )
    if not kept.status:
        raise HTTPException(
            HTTPStatus.CONFLICT, "Idempotency-Key: the same request is being answered", {"Retry-After": "1"}
        )
    if kept.body is None:
        raise HTTPException(
            HTTPStatus.CONFLICT, "Idempotency-Key: it was done, and its answer was too long to be kept"
        )
    return Response(kept.body, kept.status, headers={**dict(kept.headers), REPLAYED: "true"})


def _who(scope: Scope) -> str | None:
    """Who asks, as the gate has found out."""
    found = known_caller(Request(scope))
    return None if found is None else found.name


async def _body(receive: Receive) -> bytes:
    found = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        found += bytes(message.get("body", b""))
        if len(found) > _WHOLE_BODY_LIMIT:
            raise HTTPException(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Idempotency-Key: the body is too long for one; leave it out"
            )
        if not message.get("more_body", False):
            return found


def _given(body: bytes) -> Receive:
    """A body that was read, to be read again; nothing after it: who gave it up is answered all the same."""
    left = [{"type": "http.request", "body": body, "more_body": False}]

    async def some() -> Message:
        if not left:
            # Who streams an answer listens for its reader's leaving, and would give up at once if told of that.
            await asyncio.Event().wait()
        return left.pop()

    return some


def _digest(*parts: bytes) -> str:
    whole = sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8, "big") + part)
    return whole.hexdigest()
