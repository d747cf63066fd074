"""The session's cookie, and what a change that comes with it must show: that a page of this server sent it."""

import hmac
from http import HTTPStatus
from typing import TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from manifest_server.admin.admission import Signed
from manifest_server.admin.jar import drop, held, hold
from manifest_server.admin.sign_in import LONGEST_MS

SESSION = "streamsync_session"
CSRF = "x-csrf-token"

Answer = TypeVar("Answer", bound=Response)


def settle(request: Request, answer: Answer, signed: Signed) -> Answer:
    """The answer with the session's cookie: also out of reach of other sites."""
    hold(request, answer, SESSION, signed.secret, lasts_s=LONGEST_MS // 1000, samesite="strict")
    return answer


def leave(request: Request, answer: Answer) -> Answer:
    """The answer that takes the session's cookie away."""
    drop(request, answer, SESSION)
    return answer


def session_of(request: Request) -> str | None:
    """The secret of the session that a request comes with."""
    return held(request, SESSION)


def check_csrf(request: Request, signed: Signed) -> None:
    """Return if a change comes with the session's token. Raises HTTPException."""
    if not hmac.compare_digest(request.headers.get(CSRF, "").encode(), signed.csrf.encode()):
        raise HTTPException(
            HTTPStatus.FORBIDDEN, "a change needs the header X-CSRF-Token: what /session calls `csrf`"
        )


def check_origin(request: Request) -> None:
    """Return unless a browser says that another site sent it. Raises HTTPException.

    What sends neither header is no browser of these years, and has no cookies of anybody.
    """
    told = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if told is not None:
        foreign = told != "same-origin"
    elif origin is not None:
        foreign = origin.partition("://")[2].lower() != request.headers.get("host", "").lower()
    else:
        foreign = False
    if foreign:
        raise HTTPException(HTTPStatus.FORBIDDEN, "this comes from a page of another site")
