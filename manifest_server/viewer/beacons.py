"""The door for beacons, `POST /beacon`: answered at once, whoever sends them, and counted in this process."""

import asyncio
import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from manifest_server.analytics.beacon import BODY_LIMIT, NoBeacon, parsed
from manifest_server.analytics.counts import Counts
from manifest_server.analytics.figures import UNKNOWN
from manifest_server.viewer.answers import error_answer

PATH = "/beacon"
METHODS = "POST, OPTIONS"
BODY_S = 10.0  # in which a body has to come, as in the fast lane

_TYPES = {b"", b"text/plain", b"application/json"}
_MORE = {
    HTTPStatus.METHOD_NOT_ALLOWED: {"Allow": METHODS},
    HTTPStatus.REQUEST_TIMEOUT: {"Connection": "close"},  # the rest may still come, a byte now and then
}
_COUNTRY = re.compile(rb"[A-Z][A-Z0-9]")
_NOWHERE = {b"XX", b"ZZ"}  # what CDNs say of an address that they cannot place

Headers = Iterable[tuple[bytes, bytes]]  # names in lower case


class Refusal(NamedTuple):
    """Why something is no beacon."""

    status: HTTPStatus
    error: str


class BeaconDoor:
    """Takes beacons for `counts`. `country_header`: the header in which a CDN tells where a viewer is."""

    def __init__(self, counts: Counts, country_header: str | None) -> None:
        self._counts = counts
        self._header = (country_header or "").lower().encode()

    def heard(self, headers: Headers, body: bytes) -> Refusal | None:
        """Count what was sent; or why it is not counted."""
        country = b""
        for name, value in headers:
            if name == b"content-type":
                if value.partition(b";")[0].strip().lower() not in _TYPES:
                    return self.refused(
                        HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "a beacon is text/plain or application/json"
                    )
            elif name == b"content-encoding":
                if value.strip().lower() not in {b"", b"identity"}:
                    return self.refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "a beacon is sent as it is, not encoded")
            elif name == self._header:
                country = value
        if len(body) > BODY_LIMIT:
            return self.too_long()
        try:
            beacon = parsed(body)
        except NoBeacon as error:
            return self.refused(HTTPStatus.BAD_REQUEST, str(error))
        self._counts.take(beacon, _label(country) if country else UNKNOWN)
        return None

    def too_long(self) -> Refusal:
        """The refusal of a body over BODY_LIMIT."""
        return self.refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a beacon has {BODY_LIMIT} bytes at most")

    def refused(self, status: HTTPStatus, error: str) -> Refusal:
        """A refusal, which is counted."""
        self._counts.refused[status] += 1
        return Refusal(status, error)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] == "POST":
            try:
                async with asyncio.timeout(BODY_S):
                    refusal = await self._sent(scope["headers"], receive)
            except TimeoutError:
                refusal = self.refused(HTTPStatus.REQUEST_TIMEOUT, f"a beacon comes within {BODY_S:g} s")
        else:
            refusal = self.refused(HTTPStatus.METHOD_NOT_ALLOWED, "a beacon is sent with POST")
        if refusal is None:
            await send({"type": "http.response.start", "status": HTTPStatus.NO_CONTENT, "headers": []})
            await send({"type": "http.response.body"})
            return
        answer = error_answer(Request(scope), HTTPException(refusal.status, refusal.error, _MORE.get(refusal.status)))
        await answer(scope, receive, send)

    async def _sent(self, headers: Headers, receive: Receive) -> Refusal | None:
        body = b""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return self.refused(HTTPStatus.BAD_REQUEST, "it was broken off")
            body += message.get("body", b"")
            if len(body) > BODY_LIMIT:
                return self.too_long()
            if not message.get("more_body", False):
                return self.heard(headers, body)


def _label(country: bytes) -> str:
    """The two letters of a country, or that it is not known where."""
    return country.decode() if _COUNTRY.fullmatch(country) and country not in _NOWHERE else UNKNOWN
