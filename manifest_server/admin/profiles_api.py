"""The API's doors for what is known of viewers: show it, change it, take it in and give it out."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Self

from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema
from starlette.responses import JSONResponse, Response, StreamingResponse

from manifest_server.admin import profiles
from manifest_server.admin.examples import NO_PROFILES_STORED, PROFILE, PROFILES_STORED
from manifest_server.admin.parameters import Body, ChannelName, ViewerName
from manifest_server.admin.profile_lines import LINE_LIMIT
from manifest_server.admin.profiles import ProfileImport
from manifest_server.admin.reach import in_reach
from manifest_server.admin.refusals import REFUSALS, Refusal
from manifest_server.admin.routing import Router
from manifest_server.admin.spooled import spooled
from manifest_server.admin.tastes import apply_profile
from manifest_server.admin.told import LINES
from manifest_server.admin.views import BadRow
from manifest_server.programming.pool import derived_id
from storage.catalogue import Catalogue
from storage.errors import Conflict
from storage.profile_records import ProfileRecord
from storage.record import NotBool

AT_ONCE = 2

# As a list of two, for clients that do not know the places of a tuple apart.
_WATCHED = WithJsonSchema(
    {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "number"}]}, "minItems": 2, "maxItems": 2}
)
_EXAMPLE = """{"viewer":"alice","likes":{"kids":0.8,"sport":-1},"most_rating":12}
{"viewer":"bob","history":[["0f3a5d0c9b1e4f62a7d8c3b2e1f00912",0.9]]}
"""


class ProfileView(BaseModel):
    """What is known of a viewer, and which lineup is made of it. `version` is the same for the same profile."""

    model_config = ConfigDict(json_schema_extra={"examples": [PROFILE]})

    viewer: str
    lineup: str
    version: int
    likes: dict[str, float]
    no_tags: list[str]
    without: list[str]
    most_rating: int
    history: list[Annotated[tuple[str, float], _WATCHED]]

    @classmethod
    def of(cls, channel: str, viewer: str, record: ProfileRecord) -> Self:
        """The view of a profile."""
        told = {**record.model_dump(), "version": record.version}
        return cls(viewer=viewer, lineup=derived_id(channel, viewer), **told)


class ProfileChanges(Body):
    """What to know instead. Of `likes` those that are named change; null takes one back."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"likes": {"kids": 0.8, "news": None}}]})

    likes: dict[str, Annotated[float, NotBool] | None] | None = None
    no_tags: list[str] | None = None
    without: list[str] | None = None
    most_rating: int | None = None


class Watched(Body):
    """What a viewer has seen of an asset."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"asset": "0f3a5d0c9b1e4f62a7d8c3b2e1f00912", "part": 0.9}]}
    )

    asset: str
    part: Annotated[float, Field(ge=0, le=1)]


class ProfileImportView(BaseModel):
    """What an import did, or why it did nothing (`error`). `bad`: the first 100 of the bad rows."""

    model_config = ConfigDict(json_schema_extra={"examples": [PROFILES_STORED]})

    applied: bool
    rows: int
    bad_rows: int
    bad: list[BadRow]
    stored: int
    error: str | None = None

    @classmethod
    def of(cls, done: ProfileImport) -> Self:
        """The view of an import."""
        bad = [BadRow(row=row, why=why) for row, why in sorted(done.bad.items())]
        shown = "; ".join(f"row {one.row}: {one.why}" for one in bad[:3])
        more = f"; and {done.bad_rows - 3} more" if done.bad_rows > 3 else ""
        error = f"nothing was changed: {done.bad_rows} of {done.rows} rows are bad: {shown}{more}"
        return cls(
            applied=done.applied,
            rows=done.rows,
            bad_rows=done.bad_rows,
            bad=bad,
            stored=done.stored,
            error=None if done.applied else error,
        )


def router(catalogue: Catalogue, now_ms: Callable[[], int], check: Callable[[], None]) -> Router:
    """The routes under /channels/CHANNEL/profiles. `check`: Unavailable while Redis is known to be away."""

    routes = Router(
        prefix="/channels/{channel}/profiles", tags=["viewers"], dependencies=[in_reach(check)], responses=REFUSALS
    )
    _whole(routes, catalogue)

    @routes.get("/{viewer}", summary="What is known of a viewer", operation_id="show_profile")
    async def one(channel: ChannelName, viewer: ViewerName) -> ProfileView:
        return ProfileView.of(channel, viewer, await profiles.show_profile(catalogue, channel, viewer))

    @routes.patch(
        "/{viewer}", summary="Know something else; it counts from the next plan on", operation_id="change_profile"
    )
    async def change(channel: ChannelName, viewer: ViewerName, body: ProfileChanges) -> ProfileView:
        changes = {name: value for name, value in body.model_dump(exclude_unset=True).items() if value is not None}
        return ProfileView.of(channel, viewer, await profiles.change_profile(catalogue, channel, viewer, changes))

    @routes.post(
        "/{viewer}/watched", summary="Know that a viewer has seen a part of an asset", operation_id="note_watched"
    )
    async def watched(channel: ChannelName, viewer: ViewerName, body: Watched) -> ProfileView:
        known = await profiles.note_watched(catalogue, channel, viewer, body.asset, body.part)
        return ProfileView.of(channel, viewer, known)

    @routes.post(
        "/{viewer}/apply",
        summary="Let a viewer's own lineup follow it now, not with a plan",
        operation_id="apply_profile",
    )
    async def apply(channel: ChannelName, viewer: ViewerName) -> ProfileView:
        await apply_profile(catalogue, channel, viewer, now_ms)
        return ProfileView.of(channel, viewer, await profiles.show_profile(catalogue, channel, viewer))

    @routes.delete(
        "/{viewer}", summary="Know nothing of a viewer any more", operation_id="forget_profile", status_code=204
    )
    async def forget(channel: ChannelName, viewer: ViewerName) -> None:
        await profiles.forget_profile(catalogue, channel, viewer)

    return routes


def _whole(routes: Router, catalogue: Catalogue) -> None:
    """The doors for all profiles of a channel."""
    turns = asyncio.Semaphore(AT_ONCE)

    @routes.get(
        "",
        summary="All profiles as lines of JSON, in no order",
        operation_id="export_profiles",
        response_class=StreamingResponse,
        responses={200: {"content": {LINES: {"example": _EXAMPLE}}}},
    )
    async def export(channel: ChannelName) -> Response:
        return StreamingResponse(await profiles.export_profiles(catalogue, channel), media_type=LINES)

    @routes.post(
        "",
        summary="Take in profiles, as lines of JSON or CSV: all of them, or none if one is bad",
        operation_id="import_profiles",
        openapi_extra={"requestBody": {"content": {LINES: {"example": _EXAMPLE}}}},
        responses={
            400: {
                "model": ProfileImportView | Refusal,
                "description": "Some rows are bad, and nothing was changed",
                "content": {"application/json": {"example": NO_PROFILES_STORED}},
            }
        },
    )
    async def take_in(
        channel: ChannelName,
        request: Request,
        skip_bad: Annotated[bool, Query(description="store the others although some rows are bad")] = False,
    ) -> ProfileImportView:
        if turns.locked():
            raise Conflict(f"{AT_ONCE} imports are under way: try again")
        async with turns, spooled(request, LINE_LIMIT) as lines:
            done = await profiles.import_profiles(catalogue, channel, lines, skip_bad=skip_bad)
        view = ProfileImportView.of(done)
        return view if done.applied else JSONResponse(view.model_dump(), 400)  # type: ignore[return-value]
