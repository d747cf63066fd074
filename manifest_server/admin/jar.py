"""Cookies of this server alone, out of reach of scripts. Those of https are others than those of plain http.

By https they are `__Host-` cookies (RFC 6265bis 4.1.3.2): browsers take one only by https and from this very host, so
whoever can answer for it by plain http, or owns a sibling of it, can put nobody into a session of their own choice.
"""

from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

_SECURE = "__Host-"


def held(request: Request, cookie: str) -> str | None:
    """What a request brings in a cookie. By https one that came by plain http is none."""
    return request.cookies.get(_name(request, cookie))


def hold(
    request: Request, answer: Response, cookie: str, value: str, *, lasts_s: int, samesite: Literal["lax", "strict"]
) -> None:
    """Have the browser keep a cookie for so long."""
    answer.set_cookie(
        _name(request, cookie), value, max_age=lasts_s, path="/", secure=_is_secure(request), httponly=True,
        samesite=samesite,
    )  # fmt: skip


def drop(request: Request, answer: Response, cookie: str) -> None:
    """Have the browser forget a cookie."""
    answer.delete_cookie(
        _name(request, cookie), path="/", secure=_is_secure(request), httponly=True, samesite="strict"
    )


def _name(request: Request, cookie: str) -> str:
    return _SECURE + cookie if _is_secure(request) else cookie


def _is_secure(request: Request) -> bool:
    return request.url.scheme == "https"
