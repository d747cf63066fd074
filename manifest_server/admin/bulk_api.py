"""The API's doors for a whole channel's programming: export it, import it."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Annotated

from fastapi import Query, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from manifest_server.admin.bulk import export_channel, import_channel
from manifest_server.admin.bulk_check import Import
from manifest_server.admin.bulk_lines import LINE_LIMIT
from manifest_server.admin.examples import NOT_IMPORTED
from manifest_server.admin.parameters import ChannelName
from manifest_server.admin.reach import in_reach
from manifest_server.admin.refusals import REFUSALS, Refusal
from manifest_server.admin.routing import Router
from manifest_server.admin.spooled import spooled
from manifest_server.admin.told import LINES, Told, wants_lines
from manifest_server.admin.views import BadRow, ImportView
from storage.catalogue import Catalogue
from storage.errors import Conflict
from storage.keys import checked_name

TOLD_LIMIT = 100  # bad rows that an answer tells of
AT_ONCE = 2

_EXAMPLE = """{"kind":"pool","query":{"tags":["kids"]}}
{"kind":"lineup","id":"kids","clips":["0f3a5d0c9b1e4f62a7d8c3b2e1f00912"],"repeats":true}
{"kind":"viewer","name":"alice","lineup":"kids"}
"""
_CSV = """viewer,lineup,clips,repeats
,kids,0f3a5d0c9b1e4f62a7d8c3b2e1f00912;77b2c04e8d5f4a63b1c9d2e7f6a80345:0:3,yes
alice,kids,,
bob,,77b2c04e8d5f4a63b1c9d2e7f6a80345,no
"""
_BODY = {LINES: {"example": _EXAMPLE}, "text/csv": {"example": _CSV}}


def router(catalogue: Catalogue, now_ms: Callable[[], int], check: Callable[[], None]) -> Router:
    """The routes of export and import. `check` raises Unavailable while Redis is known to be away."""

    routes = Router(
        prefix="/channels/{channel}", tags=["channels"], dependencies=[in_reach(check)], responses=REFUSALS
    )
    turns = asyncio.Semaphore(AT_ONCE)

    @routes.get(
        "/export",
        summary="A channel's programming as lines of JSON, the last of which says that it is whole",
        operation_id="export_channel",
        response_class=StreamingResponse,
        responses={200: {"content": {LINES: {"example": _EXAMPLE}}}},
    )
    async def export(channel: ChannelName) -> Response:
        return StreamingResponse(await export_channel(catalogue, channel), media_type=LINES)

    @routes.post(
        "/import",
        summary="Let a channel play what lines of JSON, or CSV, say: all of them, or none if one is bad",
        operation_id="import_channel",
        openapi_extra={"requestBody": {"required": True, "content": _BODY}},
        responses={
            400: {
                "model": ImportView | Refusal,
                "description": "Some rows are bad, and nothing was changed",
                "content": {"application/json": {"example": NOT_IMPORTED}},
            }
        },
    )
    async def take_in(
        channel: ChannelName,
        request: Request,
        skip_bad: Annotated[bool, Query(description="apply the others although some rows are bad")] = False,
    ) -> ImportView:
        checked_name("channel", channel)
        await catalogue.channel(channel)
        if turns.locked():
            raise Conflict(f"{AT_ONCE} imports are under way: try again")
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(turns)
            lines = await stack.enter_async_context(spooled(request, LINE_LIMIT))
            done = Import()
            work = import_channel(catalogue, channel, lines, now_ms, skip_bad=skip_bad, done=done)
            if wants_lines(request):
                far = lambda: {"looked_at": done.rows, "applied": done.passed}  # noqa: E731
                return Told(work, _view, far, stack.pop_all())  # type: ignore[return-value]
            view = _view(await work)
        return view if done.applied else JSONResponse(view.model_dump(), 400)  # type: ignore[return-value]

    return routes


def _view(done: Import) -> ImportView:
    bad = [BadRow(row=row, why=why) for row, why in sorted(done.bad.items())]
    shown = "; ".join(f"row {one.row}: {one.why}" for one in bad[:3])
    more = f"; and {len(bad) - 3} more" if len(bad) > 3 else ""
    return ImportView(
        applied=done.applied,
        rows=done.rows,
        bad_rows=len(bad),
        bad=bad[:TOLD_LIMIT],
        changed=sorted(done.changed),
        lineups_given=done.lineups_given,
        lineups_edited=done.lineups_edited,
        viewers=done.viewers,
        left_out=[BadRow(row=row, why=why) for row, why in sorted(done.left_out.items())],
        error=None if done.applied else f"nothing was changed: {len(bad)} of {done.rows} rows are bad: {shown}{more}",
    )
