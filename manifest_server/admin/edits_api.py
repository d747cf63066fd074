"""The API's edits on air: of everybody's lineup, of one, and of the one that a viewer is on."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Annotated

from fastapi import Path, Response
from pydantic import ConfigDict, Field, model_validator

from manifest_server.admin.changes import Effects
from manifest_server.admin.edit_views import EditedView, EditsView
from manifest_server.admin.edits import CLIPS_LIMIT, DROP_LIMIT, Edited, edit_all, edit_one, list_edits, undo_edit
from manifest_server.admin.moments_api import clip_records
from manifest_server.admin.parameters import Body, ChannelName, IfMatch, LineupName, ViewerName, tagged, version_of
from manifest_server.admin.reach import in_reach
from manifest_server.admin.refusals import REFUSALS, with_newer
from manifest_server.admin.reorder import reorder_one
from manifest_server.admin.routing import Router
from manifest_server.admin.trials import Trials, Trying, TryParameters
from manifest_server.onair.channels import Channels
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.errors import BadInput

_AD = "77b2c0de5a91438f9b6e2d4c8f10a3b5"

NOTICE_LIMIT_S = 7 * 86_400

EditName = Annotated[str, Path(description="the `id` of an edit", examples=["1f00912a"])]


class NewEdit(Body):
    """What airs next: `clips` come in, and `drop` of those that would air then are left out."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"clips": [_AD]}, {"drop": 1}, {"clips": [f"{_AD}:0:3"], "drop": 2}]}
    )

    clips: list[ClipRecord | str] = Field(
        default_factory=list, max_length=CLIPS_LIMIT, description='"ASSET", "ASSET:FIRST" or "ASSET:FIRST:LAST"'
    )
    drop: Annotated[int, Field(ge=0, le=DROP_LIMIT)] = 0
    notice_s: Annotated[float, Field(ge=0, le=NOTICE_LIMIT_S, description="so much later than as soon as can be")] = 0

    @property
    def notice_ms(self) -> int:
        """The notice in milliseconds."""
        return round(self.notice_s * 1000)


class NewEditOfAll(NewEdit):
    """What airs next for everybody."""

    @model_validator(mode="before")
    @classmethod
    def _ordered(cls, said: object) -> object:
        if isinstance(said, dict) and "order" in said:
            raise ValueError(
                "another order is of one lineup: POST it to /channels/CHANNEL/viewers/VIEWER/edits, or to "
                "/channels/CHANNEL/lineups/LINEUP/edits"
            )
        return said


class NewOrder(NewEdit):
    """Likewise; or the next clips in another `order`: [3, 1, 2] is the third first. Then nothing else."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"clips": [_AD]}, {"drop": 1}, {"clips": [_AD], "drop": 2}, {"order": [3, 1, 2]}]
        }
    )

    order: Annotated[list[int] | None, Field(max_length=DROP_LIMIT)] = None


@dataclass(frozen=True, slots=True)
class _Door:
    """How the doors of edits do their work. `read`: the bytes of an object."""

    catalogue: Catalogue
    read: Callable[[str], bytes]
    now_ms: Callable[[], int]

    async def lineup_of(self, channel: str, viewer: str) -> str:
        """The lineup that a viewer is on."""
        channels = Channels(self.catalogue)
        return await channels.lineup_id(await channels.channel(channel), viewer)

    def newer(self, channel: str, lineup: str | None) -> AbstractAsyncContextManager[None]:
        """A conflict inside shows the edits as they are now."""

        async def now() -> tuple[EditsView, int]:
            found = await list_edits(self.catalogue, channel, lineup)
            return EditsView.of(found, self.now_ms()), found.version

        return with_newer(now)

    async def listed(self, answer: Response, channel: str, lineup: str | None) -> EditsView:
        """The edits of a lineup, or of all."""
        found = await list_edits(self.catalogue, channel, lineup)
        return tagged(answer, EditsView.of(found, self.now_ms()), found.version)

    async def made(
        self,
        answer: Response,
        channel: str,
        lineup: str | None,
        trying: TryParameters,
        verb: Callable[[Catalogue], Awaitable[Edited]],
    ) -> EditedView | Effects:
        """An edit that is made, or tried."""
        async with self.newer(channel, lineup):
            if trying.dry_run:
                return await self.trial(answer, channel, trying, verb, lineup)
            edited = await verb(self.catalogue)
            record = await self.catalogue.channel(channel)
            return tagged(answer, EditedView.made(record, edited, self.now_ms()), edited.version)

    async def one(
        self, answer: Response, channel: str, lineup: str, body: NewOrder, trying: TryParameters, if_match: str | None
    ) -> EditedView | Effects:
        """An edit of one lineup."""
        clips, version = clip_records(body.clips), version_of(if_match)
        if body.order is None:
            return await self.made(
                answer, channel, lineup, trying,
                lambda on: edit_one(
                    on, channel, lineup, clips, self.now_ms,
                    drop=body.drop, notice_ms=body.notice_ms, version=version,
                ),
            )  # fmt: skip
        if body.clips or body.drop:
            raise BadInput("order: another order of the clips to come is an edit by itself")
        order = body.order
        return await self.made(
            answer, channel, lineup, trying,
            lambda on: reorder_one(
                on, self.read, channel, lineup, order, self.now_ms, notice_ms=body.notice_ms, version=version
            ),
        )  # fmt: skip

    async def undone(
        self,
        answer: Response,
        channel: str,
        lineup: str | None,
        edit: str,
        trying: TryParameters,
        if_match: str | None,
    ) -> EditsView | Effects:
        """The edits without one that is taken back; or what that would do."""
        version = version_of(if_match)
        async with self.newer(channel, lineup):
            if trying.dry_run:
                return await self.trial(
                    answer, channel, trying,
                    lambda on: undo_edit(on, channel, lineup, edit, self.now_ms, version, self.read), lineup,
                )  # fmt: skip
            await undo_edit(self.catalogue, channel, lineup, edit, self.now_ms, version, self.read)
        return await self.listed(answer, channel, lineup)

    async def trial(
        self,
        answer: Response,
        channel: str,
        trying: TryParameters,
        verb: Callable[[Catalogue], Awaitable[object]],
        lineup: str | None,
    ) -> Effects:
        """What a verb would do."""
        return await Trials(self.catalogue, self.read, self.now_ms).of(answer, channel, trying, verb, lineup)


def router(
    catalogue: Catalogue, read: Callable[[str], bytes], now_ms: Callable[[], int], check: Callable[[], None]
) -> Router:
    """The routes under /channels/CHANNEL. `read`: the bytes of an object; `check`: see pools_api."""

    routes = Router(prefix="/channels/{channel}", tags=["edits"], dependencies=[in_reach(check)], responses=REFUSALS)
    door = _Door(catalogue, read, now_ms)
    _of_all(routes, door)
    _of_lineup(routes, door)
    _of_viewer(routes, door)
    return routes


def _of_all(routes: Router, door: _Door) -> None:
    @routes.get("/edits", summary="The edits of everybody's lineup", operation_id="list_edits")
    async def listed(channel: ChannelName, answer: Response) -> EditsView:
        return await door.listed(answer, channel, None)

    @routes.post("/edits", status_code=201, summary="Edit everybody's lineup", operation_id="edit_all")
    async def make(
        channel: ChannelName, body: NewEditOfAll, answer: Response, trying: Trying, if_match: IfMatch = None
    ) -> EditedView | Effects:
        clips, version = clip_records(body.clips), version_of(if_match)
        return await door.made(
            answer, channel, None, trying,
            lambda on: edit_all(
                on, channel, clips, door.now_ms, drop=body.drop, notice_ms=body.notice_ms, version=version
            ),
        )  # fmt: skip

    @routes.delete("/edits/{edit}", summary="Take an edit of all back", operation_id="undo_edit")
    async def undo(
        channel: ChannelName, edit: EditName, answer: Response, trying: Trying, if_match: IfMatch = None
    ) -> EditsView | Effects:
        return await door.undone(answer, channel, None, edit, trying, if_match)


def _of_lineup(routes: Router, door: _Door) -> None:
    @routes.get("/lineups/{lineup}/edits", summary="The edits of one lineup", operation_id="list_lineup_edits")
    async def listed(channel: ChannelName, lineup: LineupName, answer: Response) -> EditsView:
        return await door.listed(answer, channel, lineup)

    @routes.post("/lineups/{lineup}/edits", status_code=201, summary="Edit one lineup", operation_id="edit_one")
    async def make(
        channel: ChannelName,
        lineup: LineupName,
        body: NewOrder,
        answer: Response,
        trying: Trying,
        if_match: IfMatch = None,
    ) -> EditedView | Effects:
        return await door.one(answer, channel, lineup, body, trying, if_match)

    @routes.delete(
        "/lineups/{lineup}/edits/{edit}", summary="Take an edit of a lineup back", operation_id="undo_lineup_edit"
    )
    async def undo(
        channel: ChannelName,
        lineup: LineupName,
        edit: EditName,
        answer: Response,
        trying: Trying,
        if_match: IfMatch = None,
    ) -> EditsView | Effects:
        return await door.undone(answer, channel, lineup, edit, trying, if_match)


def _of_viewer(routes: Router, door: _Door) -> None:
    @routes.get("/viewers/{viewer}/edits", summary="The edits of a viewer's lineup", operation_id="list_viewer_edits")
    async def listed(channel: ChannelName, viewer: ViewerName, answer: Response) -> EditsView:
        return await door.listed(answer, channel, await door.lineup_of(channel, viewer))

    @routes.post(
        "/viewers/{viewer}/edits", status_code=201, summary="Edit the lineup of a viewer", operation_id="edit_viewer"
    )
    async def make(
        channel: ChannelName,
        viewer: ViewerName,
        body: NewOrder,
        answer: Response,
        trying: Trying,
        if_match: IfMatch = None,
    ) -> EditedView | Effects:
        return await door.one(answer, channel, await door.lineup_of(channel, viewer), body, trying, if_match)

    @routes.delete(
        "/viewers/{viewer}/edits/{edit}", summary="Take an edit of a viewer's back", operation_id="undo_viewer_edit"
    )
    async def undo(
        channel: ChannelName,
        viewer: ViewerName,
        edit: EditName,
        answer: Response,
        trying: Trying,
        if_match: IfMatch = None,
    ) -> EditsView | Effects:
        return await door.undone(answer, channel, await door.lineup_of(channel, viewer), edit, trying, if_match)
