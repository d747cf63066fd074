"""The API's audit trail of a channel: who changed what, when and why; and taking a change back."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Response
from pydantic import ConfigDict, Field

from manifest_server.admin.audit_views import AuditLine, AuditPage, UndoneView
from manifest_server.admin.changes import Effects
from manifest_server.admin.channel_answers import ChannelAnswers
from manifest_server.admin.parameters import PAGE, After, Body, ChannelName, IfMatch, Limit, version_of
from manifest_server.admin.reach import in_reach
from manifest_server.admin.refusals import REFUSALS
from manifest_server.admin.routing import Router
from manifest_server.admin.trials import Trials, Trying
from manifest_server.admin.undo import changed_lineup, undo_change
from storage.catalogue import Catalogue
from storage.keys import checked_name


class UndoWish(Body):
    """What to take back."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}, {"entry": "1767225600000-0"}]})

    entry: Annotated[str | None, Field(description="an entry of the audit trail; else the newest change")] = None


def router(
    catalogue: Catalogue, read: Callable[[str], bytes], now_ms: Callable[[], int], check: Callable[[], None]
) -> Router:
    """The routes under /channels/CHANNEL. `read`: the bytes of an object; `check`: see pools_api."""

    routes = Router(
        prefix="/channels/{channel}", tags=["channels"], dependencies=[in_reach(check)], responses=REFUSALS
    )
    told, trials = ChannelAnswers(catalogue, now_ms), Trials(catalogue, read, now_ms)

    @routes.get("/audit", summary="Who changed what, when and why, the newest first", operation_id="list_audit")
    async def listed(channel: ChannelName, after: After = None, limit: Limit = PAGE) -> AuditPage:
        await catalogue.channel(checked_name("channel", channel))
        found, then = await catalogue.audit.page(channel, after, limit)
        return AuditPage(entries=[AuditLine.of(entry) for entry in found], next=then)

    @routes.post("/undo", summary="Take a change back that nobody has seen", operation_id="undo_change")
    async def undo(
        channel: ChannelName,
        answer: Response,
        trying: Trying,
        body: UndoWish | None = None,
        if_match: IfMatch = None,
    ) -> UndoneView | Effects:
        entry, version = None if body is None else body.entry, version_of(if_match)
        async with told.newer(channel):
            if trying.dry_run:
                whose = await changed_lineup(catalogue, channel, entry)
                return await trials.of(
                    answer, channel, trying, lambda on: undo_change(on, channel, now_ms, entry, version, read), whose
                )
            return UndoneView.of(await undo_change(catalogue, channel, now_ms, entry, version, read))

    return routes
