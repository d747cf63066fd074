"""What the API answers with about edits on air."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

from manifest_server.admin.actions import MARGIN_TICKS
from manifest_server.admin.airing_examples import EDITED, EDITS
from manifest_server.admin.edits import Edited, Edits
from manifest_server.playout.ticks import date_ms, date_text, position
from manifest_server.programming.edits import horizon
from storage.programme import Edit
from storage.records import ChannelRecord

State = Literal["to come", "to come, fixed", "next, on air or over"]


class EditView(BaseModel):
    """An edit: at a viewer's first clip boundary from `starts` on `clips` air, and `drop` of those to come do not.

    `pending`: no player has listed any of it, so it can be taken back. `state`: what is fixed cannot; from
    `starts` on it is "next" for who has had no clip boundary yet.
    """

    id: str
    starts: str
    clips: list[str]
    drop: int
    pending: bool
    state: State

    @classmethod
    def of(cls, record: ChannelRecord, edit: Edit, now_ms: int) -> Self:
        """An edit in a channel's run, at an instant."""
        epoch_ms = record.epoch_ms or 0
        now = position(now_ms, epoch_ms)
        pending = edit.tick >= horizon(now, record.lookahead_ticks, MARGIN_TICKS)
        return cls(
            id=edit.id,
            starts=date_text(date_ms(epoch_ms, edit.tick)),
            clips=[clip.stored() for clip in edit.clips],
            drop=edit.drop,
            pending=pending,
            state="to come" if pending else "to come, fixed" if edit.tick > now else "next, on air or over",
        )


class EditsView(BaseModel):
    """The edits of everybody's lineup (`lineup` is null), or of one; `version`: of the channel, or that lineup."""

    model_config = ConfigDict(json_schema_extra={"examples": [EDITS]})

    channel: str
    lineup: str | None
    version: int
    edits: list[EditView]

    @classmethod
    def of(cls, found: Edits, now_ms: int) -> Self:
        """Those of a lineup, or of all."""
        edits = [EditView.of(found.channel, one, now_ms) for one in found.edits]
        return cls(channel=found.channel.name, lineup=found.lineup, version=found.version, edits=edits)


class EditedView(EditView):
    """An edit that was made. `version`: of the channel, or of the `lineup` that it is of."""

    model_config = ConfigDict(json_schema_extra={"examples": [EDITED]})

    channel: str
    lineup: str | None
    version: int

    @classmethod
    def made(cls, record: ChannelRecord, edited: Edited, now_ms: int) -> Self:
        """One that was made."""
        view = EditView.of(record, edited.edit, now_ms)
        return cls(**view.model_dump(), channel=edited.channel, lineup=edited.lineup, version=edited.version)
