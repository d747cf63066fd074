"""How the API refuses: the error, its kind in a header, and what is stored now where an edit came too late."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from manifest_server.admin.airing_examples import KIDS_EDITS
from manifest_server.viewer.answers import error_answer
from storage.errors import Conflict, StreamSyncError

KIND = "X-Error-Kind"  # tells a channel that is not on air from a Redis that is away: both are 503


class Refusal(BaseModel):
    """Why something was not done: a fact and the value."""

    error: str


class StaleRefusal(Refusal):
    """Why something was not done. `now`: what is stored instead of what the caller knows, as GET answers it."""

    now: dict[str, Any] | None = None


class Stale(Conflict):
    """A change was refused; `now` is what is stored, and `tag` its ETag."""

    def __init__(self, message: str, now: BaseModel, version: int) -> None:
        super().__init__(message)
        self.now = now
        self.version = version


def _refusal(description: str, error: str, model: type[Refusal] = Refusal, **more: object) -> dict[str, Any]:
    # No `model`: FastAPI would make a validator of it anew for each answer of each door, most of what a start takes.
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {
        "description": description,
        "content": {"application/json": {"schema": schema, "example": {"error": error, **more}}},
    }


# Of every door, so that clients are written once.
REFUSALS: dict[int | str, dict[str, Any]] = {
    400: _refusal(
        "It cannot be understood: which field, and why", "asset 'film': an asset id is 32 hexadecimal digits"
    ),
    401: _refusal("No token, or not one of this server's", "this needs the header Authorization: Bearer TOKEN"),
    403: _refusal("The token may not do that", "this token may not do that"),
    404: _refusal("There is no such thing", "no channel 'other'"),
    409: _refusal(
        "It exists already, is busy, or has changed since: `now` is newer",
        "lineup 'kids' of channel 'main' is at version 3, not 2",
        StaleRefusal,
        now=KIDS_EDITS,
    ),
    413: _refusal("The body is too long", "the body is over 262144 bytes long"),
    503: _refusal("Redis, or the store, does not answer; see Retry-After", "the catalogue did not answer within 1 s"),
}

# Of doors that take bytes into the store.
NO_ROOM: dict[int | str, dict[str, Any]] = {
    507: _refusal("The store is full", "no room for an upload of 2199023255551 bytes"),
}

# Of the door of events.
TOO_MANY_LISTEN: dict[int | str, dict[str, Any]] = {
    **REFUSALS,
    429: _refusal(
        "You listen very often already; see Retry-After",
        "you listen to events 10 times already: close a page that does",
    ),
}

# Of the doors where people sign in.
THROTTLED: dict[int | str, dict[str, Any]] = {
    **REFUSALS,
    429: _refusal(
        "Too many attempts; see Retry-After",
        "too many attempts: try again in 540 s, or have an owner make a one-time link",
    ),
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
