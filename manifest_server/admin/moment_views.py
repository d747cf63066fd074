"""What the API answers with about shared moments."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

from manifest_server.admin.airing_examples import MOMENT, MOMENTS
from manifest_server.admin.moments import Added, earliest, unix_ms
from manifest_server.admin.views import date_or_none
from manifest_server.playout.ticks import date_text
from storage.programme import Moment
from storage.records import ChannelRecord

State = Literal["to come", "to come, fixed", "comes again", "on air or over"]


class BreakView(BaseModel):
    """A personal break: behind the clip number `after`, filled from `pool`."""

    after: int
    length_s: float
    pool: list[str]


class MomentView(BaseModel):
    """A moment. Times are RFC 3339; clips are "ASSET", "ASSET:FIRST" or "ASSET:FIRST:LAST".

    A `slate` is played over and over `until` then; of another that is when one comes no more that comes again
    `every_s`. `state`: what is fixed cannot be taken back, as players may have listed what leads to it; what
    "comes again" has been on air. `version`: of the channel.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [MOMENT]})

    channel: str
    version: int
    id: str
    title: str
    at: str
    clips: list[str]
    slate: bool
    every_s: float | None
    until: str | None
    resumes: bool
    breaks: list[BreakView]
    state: State

    @classmethod
    def of(cls, record: ChannelRecord, moment: Moment, now_ms: int) -> Self:
        """A moment of a channel, at an instant."""
        slate = moment.loops_until_ms is not None
        return cls(
            channel=record.name,
            version=record.version,
            id=moment.id,
            title=moment.title,
            at=date_text(moment.at_ms),
            clips=[clip.stored() for clip in moment.clips],
            slate=slate,
            every_s=None if moment.every_ms is None else moment.every_ms / 1000,
            until=date_or_none(moment.loops_until_ms if slate else moment.until_ms),
            resumes=moment.resumes,
            breaks=[
                BreakView(after=one.after, length_s=one.length_ms / 1000, pool=[clip.stored() for clip in one.pool])
                for one in moment.breaks
            ],
            state=_state(record, moment, now_ms),
        )

    @classmethod
    def added(cls, added: Added, now_ms: int) -> Self:
        """One that was added."""
        return cls.of(added.channel, added.moment, now_ms)


class MomentsView(BaseModel):
    """All moments of a channel: of those that overlap the first counts."""

    model_config = ConfigDict(json_schema_extra={"examples": [MOMENTS]})

    channel: str
    version: int
    moments: list[MomentView]

    @classmethod
    def of(cls, record: ChannelRecord, now_ms: int) -> Self:
        """Those of a channel, at an instant."""
        moments = [MomentView.of(record, one, now_ms) for one in record.moments]
        return cls(channel=record.name, version=record.version, moments=moments)


def _state(record: ChannelRecord, moment: Moment, now_ms: int) -> State:
    if record.epoch_ms is None or moment.at_ms >= unix_ms(record, earliest(record, now_ms)):
        return "to come"
    if moment.at_ms > now_ms:
        return "to come, fixed"
    if moment.every_ms is not None:
        next_ms = now_ms + (moment.at_ms - now_ms) % moment.every_ms
        if moment.until_ms is None or next_ms < moment.until_ms:
            return "comes again"
    return "on air or over"
