"""What the API answers with about a channel's rules."""

from typing import Self

from pydantic import BaseModel, ConfigDict

from manifest_server.admin.examples import RULED
from manifest_server.admin.rules import Ruled
from manifest_server.playout.ticks import date_text
from storage.programme import Rules


class OffsetView(BaseModel):
    """From `since` on (RFC 3339, UTC) a time zone is so many minutes ahead of UTC."""

    since: str
    offset_min: int


class RulesView(BaseModel):
    """A channel's rules, and what is kept of them with its newest pool, for every viewer and over every seam.

    `clips`: how many of the `pool` air in each cycle. `met`, `relaxed`: the rules that are kept in full, and those
    that are not, with the reason. `offsets`: of the time zone, as they were known when the rules were set; the day
    parts go by these.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [RULED]})

    channel: str
    version: int
    rules: Rules
    pool: int
    clips: int
    met: tuple[str, ...]
    relaxed: tuple[str, ...]
    offsets: tuple[OffsetView, ...]

    @classmethod
    def of(cls, ruled: Ruled) -> Self:
        """What was found."""
        channel, kept = ruled.channel, ruled.kept
        return cls(
            channel=channel.name,
            version=channel.version,
            rules=ruled.rules,
            pool=kept.pool,
            clips=kept.clips,
            met=kept.met,
            relaxed=kept.relaxed,
            offsets=tuple(OffsetView(since=date_text(since), offset_min=minutes) for since, minutes in ruled.offsets),
        )
