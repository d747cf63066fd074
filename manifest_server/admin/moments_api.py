"""The API's shared moments: add one, look at them, take one away; put a slate on."""

import secrets
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Annotated

from fastapi import Path, Response
from pydantic import ConfigDict, Field, ValidationError

from manifest_server.admin.changes import Effects
from manifest_server.admin.moment_views import MomentsView, MomentView
from manifest_server.admin.moments import add_moment, add_slate, remove_moment
from manifest_server.admin.parameters import Body, ChannelName, IfMatch, Instant, instant, tagged, version_of
from manifest_server.admin.reach import in_reach
from manifest_server.admin.refusals import REFUSALS, with_newer
from manifest_server.admin.routing import Router
from manifest_server.admin.trials import Trials, Trying
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.errors import NotFound
from storage.keys import checked_name
from storage.metadata import mistake
from storage.programme import Moment

_GOAL, _AD = "0f3a5d0c9b1e4f62a7d8c3b2e1f00912", "77b2c0de5a91438f9b6e2d4c8f10a3b5"
_AT = "2026-12-31T23:00:00Z"
CLIPS_LIMIT = 100
DAYS_LIMIT_S = 366 * 86_400

Clips = Annotated[
    list[ClipRecord | str],
    Field(min_length=1, max_length=CLIPS_LIMIT, description='"ASSET", "ASSET:FIRST" or "ASSET:FIRST:LAST"'),
]
Newer = Callable[[str], AbstractAsyncContextManager[None]]
Seconds = Annotated[float, Field(gt=0, le=DAYS_LIMIT_S)]
MomentName = Annotated[str, Path(description="1 to 64 letters, digits, '.', '_' or '-'", examples=["kick-off"])]


class NewBreak(Body):
    """A personal break: behind the clip number `after`, filled for each viewer from `pool`."""

    after: int
    length_s: Annotated[Seconds, Field(ge=1)]
    pool: Clips


class NewMoment(Body):
    """A moment to add."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"id": "kick-off", "at": _AT, "clips": [_GOAL], "title": "Kick-off"},
                {"at": _AT, "clips": [f"{_GOAL}:0:15"], "every_s": 3600, "until": "2027-01-31T00:00:00Z"},
                {"at": _AT, "clips": [_GOAL, _GOAL], "breaks": [{"after": 1, "length_s": 60, "pool": [_AD]}]},
            ]
        }
    )

    id: Annotated[str | None, Field(description="its name; one is made up without")] = None
    at: Instant
    clips: Clips
    title: Annotated[str, Field(max_length=200)] = ""
    every_s: Annotated[Seconds | None, Field(ge=300, description="it comes again and again")] = None
    until: Annotated[Instant | None, Field(description="it comes no more at or after this")] = None
    resumes: Annotated[bool, Field(description="a clip that was cut for it goes on where it was cut")] = True
    breaks: list[NewBreak] = Field(default_factory=list, max_length=CLIPS_LIMIT)

    def moment(self) -> Moment:
        """As it is stored. Raises BadInput."""
        said = {
            "id": checked_name("moment", f"moment-{secrets.token_hex(4)}" if self.id is None else self.id),
            "at_ms": instant(self.at, 0),
            "clips": self.clips,
            "title": self.title,
            "every_ms": None if self.every_s is None else round(self.every_s * 1000),
            "until_ms": None if self.until is None else instant(self.until, 0),
            "resumes": self.resumes,
            "breaks": [
                {"after": one.after, "length_ms": round(one.length_s * 1000), "pool": one.pool} for one in self.breaks
            ],
        }
        try:
            return Moment.model_validate(said)
        except ValidationError as error:
            raise mistake(error, "the moment") from None


class NewSlate(Body):
    """What all are to see as soon as can be, over and over."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"clips": [_GOAL], "for_s": 300, "title": "We will be back"}]}
    )

    clips: Clips
    for_s: Annotated[Seconds | None, Field(ge=4, description="for so long; without, until it is taken away")] = None
    title: Annotated[str, Field(max_length=200)] = ""


def clip_records(clips: list[ClipRecord | str]) -> list[ClipRecord]:
    """Clips that were sent, as they are stored. Raises BadInput."""
    try:
        return [ClipRecord.model_validate(clip) for clip in clips]
    except ValidationError as error:
        raise mistake(error, "clips") from None


def router(
    catalogue: Catalogue, read: Callable[[str], bytes], now_ms: Callable[[], int], check: Callable[[], None]
) -> Router:
    """The routes under /channels/CHANNEL. `read`: the bytes of an object; `check`: see pools_api."""

    def newer(channel: str) -> AbstractAsyncContextManager[None]:
        async def now() -> tuple[MomentsView, int]:
            record = await catalogue.channel(channel)
            return MomentsView.of(record, now_ms()), record.version

        return with_newer(now)

    routes = Router(
        prefix="/channels/{channel}", tags=["moments"], dependencies=[in_reach(check)], responses=REFUSALS
    )
    trials = Trials(catalogue, read, now_ms)
    _reading(routes, catalogue, now_ms)
    _slate(routes, trials, newer)

    @routes.post("/moments", status_code=201, summary="Let all see the same at an instant", operation_id="add_moment")
    async def add(
        channel: ChannelName, body: NewMoment, answer: Response, trying: Trying, if_match: IfMatch = None
    ) -> MomentView | Effects:
        moment, version = body.moment(), version_of(if_match)
        async with newer(channel):
            return await trials.done(
                answer, channel, trying,
                lambda on: add_moment(on, channel, moment, now_ms, version),
                lambda added: tagged(answer, MomentView.added(added, now_ms()), added.channel.version),
            )  # fmt: skip

    @routes.delete("/moments/{moment}", summary="Take a moment away, or end it", operation_id="remove_moment")
    async def remove(
        channel: ChannelName, moment: MomentName, answer: Response, trying: Trying, if_match: IfMatch = None
    ) -> MomentsView | Effects:
        version = version_of(if_match)
        async with newer(channel):
            return await trials.done(
                answer, channel, trying,
                lambda on: remove_moment(on, channel, moment, now_ms, version),
                lambda record: tagged(answer, MomentsView.of(record, now_ms()), record.version),
            )  # fmt: skip

    return routes


def _slate(routes: Router, trials: Trials, newer: Newer) -> None:
    @routes.post(
        "/slate", status_code=201, summary="Let all see a slate, as soon as can be", operation_id="add_slate"
    )
    async def slate(
        channel: ChannelName, body: NewSlate, answer: Response, trying: Trying, if_match: IfMatch = None
    ) -> MomentView | Effects:
        clips, version = clip_records(body.clips), version_of(if_match)
        lasts_ms = None if body.for_s is None else round(body.for_s * 1000)
        put = partial(
            add_slate,
            name=channel,
            clips=clips,
            clock=trials.now_ms,
            lasts_ms=lasts_ms,
            title=body.title,
            version=version,
        )
        async with newer(channel):
            return await trials.done(
                answer, channel, trying, put,
                lambda added: tagged(answer, MomentView.added(added, trials.now_ms()), added.channel.version),
            )  # fmt: skip


def _reading(routes: Router, catalogue: Catalogue, now_ms: Callable[[], int]) -> None:
    @routes.get(
        "/moments", summary="All moments; of those that overlap the first counts", operation_id="list_moments"
    )
    async def listed(channel: ChannelName, answer: Response) -> MomentsView:
        record = await catalogue.channel(checked_name("channel", channel))
        return tagged(answer, MomentsView.of(record, now_ms()), record.version)

    @routes.get("/moments/{moment}", summary="One moment", operation_id="show_moment")
    async def one(channel: ChannelName, moment: MomentName, answer: Response) -> MomentView:
        record = await catalogue.channel(checked_name("channel", channel))
        found = next((each for each in record.moments if each.id == moment), None)
        if found is None:
            raise NotFound(f"no moment {moment[:80]!r} on channel {channel!r}")
        return tagged(answer, MomentView.of(record, found, now_ms()), record.version)
