"""A channel's programming as lines of JSON: what it plays, its given lineups, its viewers. Pure.

The format of `channel export` and `import`. The first line says what it is, the last that it is whole; rows that
somebody wrote need neither. A lineup comes before the viewers who are on it.

    {"kind":"head","format":"streamsync programming","version":1,"channel":"main"}
    {"kind":"pool","assets":["0f3a..."]}                or {"kind":"pool","query":{"tags":["kids"]}}
    {"kind":"filler","assets":["5b1c..."]}
    {"kind":"rules","rules":{"order":"shuffled","spacing":{"news":3}}}
    {"kind":"access","public":false}
    {"kind":"texts","title":"Channel One","description":"Films.","timeshift_s":7200}
    {"kind":"lineup","id":"kids","clips":["0f3a...","77b2...:0:3"],"repeats":true}
    {"kind":"viewer","name":"alice","lineup":"kids"}
    {"kind":"cohorts","cohorts":{"otherwise":"kids"}}
    {"kind":"moment","moment":{"id":"news","at_ms":1767225600000,"clips":["0f3a..."],"every_ms":3600000}}
    {"kind":"epoch","at_ms":1767225600000}              only told: whoever imports it starts the channel
    {"kind":"left","what":"plans","count":1}            only told: what is not in the file
    {"kind":"end","lines":3}
"""

import json
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from storage.clips import ClipRecord
from storage.cohort_records import Cohorts
from storage.errors import BadInput
from storage.keys import checked_asset, checked_name
from storage.metadata import Description, Heading, PoolQuery
from storage.programme import Moment, Rules
from storage.record import Record, first_fault
from storage.records import TimeShift

LINE_LIMIT = 1 << 20  # bytes


class Head(Record):
    """The first line. `channel` is where it was exported from; it may be imported into another."""

    kind: Literal["head"] = "head"
    format: Literal["streamsync programming"] = "streamsync programming"
    version: Literal[1] = 1
    channel: str = ""


class PoolLine(Record):
    """The pool: a query that it follows, or its assets."""

    kind: Literal["pool"] = "pool"
    query: PoolQuery | None = None
    assets: Annotated[tuple[str, ...], Field(max_length=10_000)] = ()


class RulesLine(Record):
    """The rules of the pool's order."""

    kind: Literal["rules"] = "rules"
    rules: Rules


class FillerLine(Record):
    """The idents that fill the time before moments."""

    kind: Literal["filler"] = "filler"
    assets: Annotated[tuple[str, ...], Field(min_length=1, max_length=1000)]


class AccessLine(Record):
    """Whether anybody may watch, or who has a playback token."""

    kind: Literal["access"] = "access"
    public: bool


class TextsLine(Record):
    """What viewers are told of the channel, and how far back they may go."""

    kind: Literal["texts"] = "texts"
    title: Heading = ""
    description: Description = ""
    timeshift_s: TimeShift = 0


class LineupLine(Record):
    """A given lineup, as it plays from now on."""

    kind: Literal["lineup"] = "lineup"
    id: str
    clips: Annotated[tuple[ClipRecord, ...], Field(min_length=1, max_length=5000)]
    repeats: bool = True


class ViewerLine(Record):
    """A viewer and the given lineup they are on; None: the one derived from their name."""

    kind: Literal["viewer"] = "viewer"
    name: str
    lineup: str | None = None


class CohortsLine(Record):
    """Who shares which of the lineups before."""

    kind: Literal["cohorts"] = "cohorts"
    cohorts: Cohorts


class MomentLine(Record):
    """A shared moment. What is over is left out; one that comes again comes the next time that it can."""

    kind: Literal["moment"] = "moment"
    moment: Moment


class EpochLine(Record):
    """Since when the channel has been on air: started then, and called the same, another lists the same."""

    kind: Literal["epoch"] = "epoch"
    at_ms: int


class LeftLine(Record):
    """What the channel has, and the file has not."""

    kind: Literal["left"] = "left"
    what: str
    count: int


class End(Record):
    """The last line. `lines`: how many there are, this one and the first not counted."""

    kind: Literal["end"] = "end"
    lines: Annotated[int, Field(ge=0)]


ChannelLine = PoolLine | RulesLine | FillerLine | AccessLine | TextsLine | MomentLine  # what can be tried beforehand
ToldLine = EpochLine | LeftLine
Line = Head | ChannelLine | LineupLine | ViewerLine | CohortsLine | ToldLine | End
_ANY: TypeAdapter[Line] = TypeAdapter(Annotated[Line, Field(discriminator="kind")])


def read_line(text: bytes) -> Line:
    """One line. Raises BadInput, naming what is wrong with it."""
    if len(text) > LINE_LIMIT:
        raise BadInput(f"the line is over {LINE_LIMIT} bytes long")
    try:
        line = _ANY.validate_json(text)
    except ValidationError as error:
        raise BadInput(first_fault(error)[:300]) from None
    if isinstance(line, PoolLine) and (line.query is None) == (not line.assets):
        raise BadInput("a pool has assets, or a query")
    for asset in _assets(line):
        checked_asset(asset)
    if isinstance(line, LineupLine):
        checked_name("lineup", line.id)
    elif isinstance(line, MomentLine):
        checked_name("moment", line.moment.id)
    elif isinstance(line, ViewerLine):
        checked_name("viewer", line.name)
        if line.lineup is not None:
            checked_name("lineup", line.lineup)
    return line


def _assets(line: Line) -> Iterable[str]:
    match line:
        case PoolLine() | FillerLine():
            return line.assets
        case LineupLine():
            return (clip.asset for clip in line.clips)
        case MomentLine():
            return (clip.asset for clip in line.moment.everything)
    return ()


def written(line: Line) -> bytes:
    """The line, with its end. A clip is one word."""
    told = line.model_dump(mode="json")
    if isinstance(line, LineupLine):
        told["clips"] = [clip.stored() for clip in line.clips]
    if isinstance(line, PoolLine):
        told = {name: value for name, value in told.items() if value}
    if isinstance(line, MomentLine):
        told["moment"] = _moment(line.moment)
    if isinstance(line, CohortsLine):
        told["cohorts"] = line.cohorts.model_dump(mode="json", exclude_defaults=True)
    return json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def _moment(moment: Moment) -> dict[str, object]:
    """What of a moment is no default, with each clip as one word."""
    told = moment.model_dump(mode="json", exclude_defaults=True)
    told["clips"] = [clip.stored() for clip in moment.clips]
    if moment.breaks:
        told["breaks"] = [
            {**one.model_dump(exclude={"pool"}), "pool": [clip.stored() for clip in one.pool]}
            for one in moment.breaks
        ]
    return told
