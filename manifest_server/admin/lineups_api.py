"""The API's given lineups: give one, let other clips take over, take it away."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Annotated

from fastapi import Response
from pydantic import ConfigDict, Field

from manifest_server.admin import actions
from manifest_server.admin.changes import Effects
from manifest_server.admin.parameters import (
    PAGE,
    After,
    Body,
    ChannelName,
    IfMatch,
    Limit,
    LineupName,
    tagged,
    version_of,
)
from manifest_server.admin.reach import in_reach
from manifest_server.admin.refusals import REFUSALS, with_newer
from manifest_server.admin.routing import Router
from manifest_server.admin.trials import Trials, Trying
from manifest_server.admin.views import LineupLine, LineupPage, LineupView
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.keys import checked_asset, checked_name
from storage.records import LineupRecord

_FILM, _TRAILER = "0f3a5d0c9b1e4f62a7d8c3b2e1f00912", "77b2c0de5a91438f9b6e2d4c8f10a3b5"

CLIPS_LIMIT = 5000

Newer = Callable[[str, str], AbstractAsyncContextManager[None]]


class Clips(Body):
    """What is played: clips are runs of whole segments, of all without `first` and `last`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"clips": [{"asset": _FILM}, {"asset": _TRAILER, "first": 0, "last": 3}], "repeats": True}]
        }
    )

    clips: Annotated[list[ClipRecord], Field(max_length=CLIPS_LIMIT)]
    repeats: Annotated[bool, Field(description="from the beginning again; else it ends")] = True

    def checked(self) -> list[ClipRecord]:
        """The clips. Raises BadInput for one whose asset cannot be one."""
        for clip in self.clips:
            checked_asset(clip.asset)
        return self.clips


class NewLineup(Clips):
    """A lineup to give."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": "kids", "clips": [{"asset": _FILM}], "repeats": True}]}
    )

    id: str


def router(
    catalogue: Catalogue, read: Callable[[str], bytes], now_ms: Callable[[], int], check: Callable[[], None]
) -> Router:
    """The routes under /channels/CHANNEL/lineups. `read`: the bytes of an object; `check`: Unavailable while Redis is
    known to be away."""

    def newer(channel: str, lineup: str) -> AbstractAsyncContextManager[None]:
        return with_newer(lambda: _now(catalogue, channel, lineup))

    routes = Router(
        prefix="/channels/{channel}/lineups", tags=["lineups"], dependencies=[in_reach(check)], responses=REFUSALS
    )
    trials = Trials(catalogue, read, now_ms)
    _reading(routes, catalogue)
    _removing(routes, trials, newer)

    @routes.post(
        "", status_code=201, summary="Give a lineup, from the channel's epoch on", operation_id="give_lineup"
    )
    async def give(channel: ChannelName, body: NewLineup, answer: Response) -> LineupView:
        async with newer(channel, body.id):
            record = await actions.give_lineup(
                catalogue, channel, body.id, body.checked(), repeats=body.repeats, clock=now_ms
            )
            return tagged(answer, _view(record), record.version)

    @routes.put(
        "/{lineup}", summary="Let other clips take over, beyond the change horizon", operation_id="edit_lineup"
    )
    async def edit(
        channel: ChannelName, lineup: LineupName, body: Clips, answer: Response, if_match: IfMatch = None
    ) -> LineupView:
        checked_name("lineup", lineup)
        version = version_of(if_match)
        async with newer(channel, lineup):
            record = await actions.edit_lineup(
                catalogue, channel, lineup, body.checked(), repeats=body.repeats, clock=now_ms, version=version
            )
            return tagged(answer, _view(record), record.version)

    return routes


def _reading(routes: Router, catalogue: Catalogue) -> None:
    @routes.get("", summary="Given lineups, in no order", operation_id="list_lineups")
    async def listed(channel: ChannelName, after: After = None, limit: Limit = PAGE) -> LineupPage:
        await catalogue.channel(checked_name("channel", channel))
        found, then = await catalogue.lineups_page(channel, after, limit)
        return LineupPage(
            lineups=[_line(record) for record in found if record.parts and not record.removed], next=then
        )

    @routes.get("/{lineup}", summary="One given lineup", operation_id="show_lineup")
    async def one(channel: ChannelName, lineup: LineupName, answer: Response) -> LineupView:
        await catalogue.channel(checked_name("channel", channel))
        record = await catalogue.lineup(channel, checked_name("lineup", lineup))
        return tagged(answer, _view(record), record.version)


def _removing(routes: Router, trials: Trials, newer: Newer) -> None:
    @routes.delete(
        "/{lineup}",
        response_model=Effects,
        response_description="What it would do, with `dry_run`",
        responses={204: {"description": "It was taken away"}},
        summary="Take a lineup away; its viewers get their own",
        operation_id="remove_lineup",
    )
    async def remove(
        channel: ChannelName, lineup: LineupName, answer: Response, trying: Trying, if_match: IfMatch = None
    ) -> Effects | Response:
        checked_name("channel", channel)
        version = version_of(if_match)
        async with newer(channel, lineup):
            return await trials.done(
                answer, channel, trying,
                lambda on: actions.remove_lineup(on, channel, lineup, trials.now_ms, version),
                lambda _: Response(status_code=204), lineup,
            )  # fmt: skip


async def _now(catalogue: Catalogue, channel: str, lineup: str) -> tuple[LineupView, int]:
    record = await catalogue.lineup(channel, lineup)
    return _view(record), record.version


def _view(record: LineupRecord) -> LineupView:
    return LineupView.model_validate(record.model_dump())


def _line(record: LineupRecord) -> LineupLine:
    last = record.parts[-1]
    return LineupLine(id=record.id, version=record.version, clips=len(last.clips), repeats=last.repeats)
