"""How the API refuses: the error, its kind in a header, and what is stored now where an edit came too late."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from manifest_server.viewer.answers import error_answer
from storage.errors import Conflict, StreamSyncError

KIND = "X-Error-Kind"  # tells a channel that is not on air from a Redis that is away: both are 503


class Refusal(BaseModel):
    """Why something was not done: a fact and the value."""

    error: str = Field(examples=["no channel 'other'"])


class StaleRefusal(Refusal):
    """Why something was not done. `now`: what is stored instead of what the caller knows, as GET answers it."""

    now: dict[str, Any] | None = None


class Stale(Conflict):
    """A change was refused; `now` is what is stored, and `tag` its ETag."""

    def __init__(self, message: str, now: BaseModel, version: int) -> None:
        super().__init__(message)
        self.now = now
        self.version = version


# Of every door, so that clients are written once.
REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": Refusal, "description": "It cannot be understood: which field, and why"},
    401: {"model": Refusal, "description": "No token, or not one of this server's"},
    403: {"model": Refusal, "description": "The token may not do that"},
    404: {"model": Refusal, "description": "There is no such thing"},
    409: {"model": StaleRefusal, "description": "It exists already, is busy, or has changed since: `now` is newer"},
    413: {"model": Refusal, "description": "The body is too long"},
    503: {"model": Refusal, "description": "Redis, or the store, does not answer; see Retry-After"},
}


@asynccontextmanager
async def with_newer(now: "Callable[[], Awaitable[tuple[BaseModel, int]]]") -> AsyncIterator[None]:
    """A conflict inside becomes one that shows what is stored now: `now` tells it, and its version."""
    try:
        yield
    except Conflict as error:
        try:
            state, version = await now()
        except StreamSyncError:
            raise error from None
        raise Stale(str(error), state, version) from None


async def refused(request: Request, error: Exception) -> Response:
    """The answer to one of our errors."""
    plain = error_answer(request, error)
    plain.headers[KIND] = type(error).__name__ if not isinstance(error, Stale) else Conflict.__name__
    if not isinstance(error, Stale):
        return plain
    body = {"error": str(error), "now": error.now.model_dump(mode="json")}
    headers = {"ETag": f'"{error.version}"', KIND: Conflict.__name__}
    return JSONResponse(body, plain.status_code, headers=headers)
