"""The API's events: what changes, told as it happens, as server-sent events."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Header, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from manifest_server.admin.api import caller
from manifest_server.admin.feed import LISTENERS_OF_ONE, Crowded, Feed, Listener
from manifest_server.admin.health_examples import EVENTS
from manifest_server.admin.refusals import TOO_MANY_LISTEN
from manifest_server.admin.routing import Router
from manifest_server.viewer.protocol import ABORT
from storage.token_record import allows

MEDIA_TYPE = "text/event-stream"
STILL_S = 2.0  # how often it is asked whether a listener would still be let in
QUIET_S = 15.0  # until a comment says that the connection lives
SEND_S = 20.0  # for one message to be taken
CROWDED_RETRY_S = 10

_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {MEDIA_TYPE: {"example": EVENTS}}, "description": "Events, for as long as anybody listens"}
}


def router(feed: Feed) -> Router:
    """The door of events."""
    routes = Router(prefix="/events", tags=["events"], responses=TOO_MANY_LISTEN)

    @routes.get(
        "",
        summary="What changes, as it happens: server-sent events",
        operation_id="follow_events",
        responses=_ANSWERS,
        response_class=Response,
    )
    async def follow(
        request: Request,
        last_event_id: Annotated[
            str | None, Header(max_length=64, description="the last event that was heard: those after it come first")
        ] = None,
    ) -> Response:
        scope = caller(request).scope

        async def still() -> bool:
            # Who has another role by now comes back, and hears what that one may.
            return await request.state.still() and caller(request).scope == scope

        try:
            listener = feed.join(caller(request).name, last_event_id, is_owner=allows(scope, "own"))
        except Crowded as error:
            raise _crowded(error) from None
        return EventStream(feed, listener, still)

    return routes


class EventStream(Response):
    """What a listener is sent, until they leave, do not keep up, or would not be let in any more."""

    media_type = MEDIA_TYPE

    def __init__(self, feed: Feed, listener: Listener, still: Callable[[], Awaitable[bool]]) -> None:
        super().__init__(headers={"X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._feed = feed
        self._listener = listener
        self._still = still

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events."""
        leaving = asyncio.create_task(_left(receive, self._listener))
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            await self._send_all(send)
            await _sent(send, {"type": "http.response.body", "body": b""})
        except TimeoutError:
            # What was sent is not taken, so the end would not be either.
            scope.get("extensions", {}).get(ABORT, {}).get("abort", _nothing)()
        finally:
            self._feed.leave(self._listener)
            leaving.cancel()

    async def _send_all(self, send: Send) -> None:
        asked = spoken = time.monotonic()
        message = b"retry: 2000\n\n"
        while not self._listener.ended:
            if message:
                await _sent(send, {"type": "http.response.body", "body": message, "more_body": True})
                spoken = time.monotonic()
            if time.monotonic() - asked >= STILL_S:
                asked = time.monotonic()
                if not await self._still():
                    return
            message = await self._listener.next(STILL_S)
            if not message and time.monotonic() - spoken >= QUIET_S:
                message = b":\n\n"


def _crowded(error: Crowded) -> HTTPException:
    headers = {"Retry-After": str(CROWDED_RETRY_S)}
    if error.is_own:
        text = f"you listen to events {LISTENERS_OF_ONE} times already: close a page that does"
        return HTTPException(HTTPStatus.TOO_MANY_REQUESTS, text, headers)
    return HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, "too many listen to events", headers)


async def _sent(send: Send, message: Message) -> None:
    async with asyncio.timeout(SEND_S):
        await send(message)


def _nothing() -> None:
    pass


async def _left(receive: Receive, listener: Listener) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    listener.end()
