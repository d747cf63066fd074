"""The door that takes the parts of uploads into a folder. Its URLs are signed, and open to browsers of any origin."""

import asyncio
import base64
import binascii
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated

from fastapi import Header, Query
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from manifest_server.admin.refusals import NO_ROOM, REFUSALS
from manifest_server.admin.routing import Router
from storage.errors import BadInput
from storage.folder_uploads import FolderParts, Receiving
from storage.upload_records import Part, Upload
from storage.uploads import Uploads

_WRITE_BYTES = 1 << 20
_SILENCE_S = 60  # of a client in the middle of a part
# The signature is all the right there is to it, so it does not matter whose page sends it; no cookies come along.
_OPEN = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store"}
_PREFLIGHT = {
    **_OPEN,
    "Allow": "PUT, OPTIONS",
    "Access-Control-Allow-Methods": "PUT, OPTIONS",
    "Access-Control-Allow-Headers": "Content-MD5, Content-Type",
    "Access-Control-Max-Age": "86400",
}


def router(uploads: Uploads, store: FolderParts, now_ms: Callable[[], int]) -> Router:
    """The door of parts into `store`."""
    doors = Router(prefix="/uploads", tags=["uploads"], responses=REFUSALS | NO_ROOM)

    @doors.put("/{upload}/parts/{number}", status_code=204)
    async def put(
        upload: str,
        number: int,
        request: Request,
        expires: Annotated[int, Query()],
        signature: Annotated[str, Query(max_length=64)],
        content_md5: Annotated[str, Header()],
        content_length: Annotated[int, Header()],
    ) -> Response:
        """Take the bytes of a part, at a URL that `POST /uploads/{upload}/parts` gave."""
        part = _part(number, content_md5)
        if not store.is_signed(upload, part, content_length, expires, signature):
            raise _refused("this URL was not signed for these bytes")
        if now_ms() >= expires * 1000:
            raise _refused("this URL has expired: ask for another")
        found = await run_in_threadpool(uploads.upload, upload)
        await _receive(request, store, found, part)
        return Response(status_code=HTTPStatus.NO_CONTENT, headers=_OPEN)

    @doors.options("/{upload}/parts/{number}", include_in_schema=False)
    async def preflight(upload: str, number: int) -> Response:
        del upload, number
        return Response(status_code=HTTPStatus.NO_CONTENT, headers=_PREFLIGHT)

    return doors


async def _receive(request: Request, store: FolderParts, upload: Upload, part: Part) -> None:
    with store.receiving(upload, part) as receiving:
        await _write(request, receiving)
        await run_in_threadpool(receiving.keep)


async def _write(request: Request, receiving: Receiving) -> None:
    waiting = bytearray()
    stream = request.stream()
    try:
        while data := await asyncio.wait_for(anext(stream, b""), _SILENCE_S):
            waiting += data
            if len(waiting) >= _WRITE_BYTES:
                await run_in_threadpool(receiving.write, bytes(waiting))
                waiting.clear()
    except (ClientDisconnect, TimeoutError):
        raise BadInput(f"part {receiving.part.number}: the connection was lost") from None
    await run_in_threadpool(receiving.write, bytes(waiting))


def _part(number: int, content_md5: str) -> Part:
    try:
        return Part(number=number, md5=base64.b64decode(content_md5, validate=True).hex())
    except (binascii.Error, ValueError):
        raise BadInput("Content-MD5: it is the base64 of an MD5, for a part from 1 on") from None


def _refused(message: str) -> HTTPException:
    return HTTPException(HTTPStatus.FORBIDDEN, message, dict(_OPEN))
