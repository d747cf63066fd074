"""What a programme is made of beside its pool: rules, shared moments, edits, and what a viewer likes. Pure."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from storage.clips import ClipRecord
from storage.metadata import OLDEST, Rating, Tags, tidy
from storage.record import Record

RULED_TAGS_LIMIT = 20

Count = Annotated[int, Field(ge=1, le=10_000)]


def _tidied(counts: dict[str, int]) -> dict[str, int]:
    """The counts by tag, as tags are written. Raises ValueError for a tag that is there twice."""
    found: dict[str, int] = {}
    for tag, count in sorted((tidy(tag), count) for tag, count in counts.items()):
        if tag in found:
            raise ValueError(f"tag {tag!r} is there twice: with {found[tag]} and with {count}")
        found[tag] = count
    return found


TagCounts = Annotated[dict[str, Count], Field(max_length=RULED_TAGS_LIMIT), AfterValidator(_tidied)]


class Rules(Record):
    """How the clips of a pool are put in order. Those that cannot all be met are relaxed, the last named first.

    `order`: "fixed" is that of the pool, "shuffled" a new one in every cycle and for every viewer, "weighted" one in
    which what a viewer likes comes earlier and more often. Between two airings of an asset are at least
    `repeat_clips` others, which last at least `repeat_s`; between two clips with a tag of `spacing` at least so many
    without it. In each cycle at most so many clips of a tag of `limits` air.
    """

    order: Literal["fixed", "shuffled", "weighted"] = "shuffled"
    limits: TagCounts = Field(default_factory=dict)
    spacing: TagCounts = Field(default_factory=dict)
    repeat_s: Annotated[int, Field(ge=0, le=7 * 86_400)] = 0
    repeat_clips: Annotated[int, Field(ge=1, le=10_000)] = 1

    @model_validator(mode="after")
    def _satisfiable(self) -> Self:
        if self.order == "fixed" and (self.spacing or self.repeat_s or self.repeat_clips > 1):
            raise ValueError("a fixed order is that of the pool: it has no spacing and no repeat but its own")
        return self

    @property
    def tags(self) -> set[str]:
        """The tags that they name."""
        return {*self.limits, *self.spacing}


class Break(Record):
    """A personal break inside a moment: behind its clip number `after` (from 1), for `length_ms`.

    It is filled for each viewer from `pool`, in an order of their own.
    """

    after: Annotated[int, Field(ge=1)]
    length_ms: Annotated[int, Field(ge=1000)]
    pool: Annotated[tuple[ClipRecord, ...], Field(min_length=1)]


class Moment(Record):
    """From `at_ms` (Unix milliseconds) on, everybody's stream is `clips`, at the same position.

    With `every_ms` it comes again and again, up to but not including `until_ms`. `loops_until_ms`: the clips are
    played over and over until then (a slate). With `resumes`, a clip that was cut for it goes on where it was cut.
    Of moments that overlap the first of the channel's counts: a slate is put before the others.
    """

    id: str
    at_ms: int
    clips: Annotated[tuple[ClipRecord, ...], Field(min_length=1)]
    title: str = ""
    every_ms: Annotated[int, Field(ge=300_000)] | None = None
    until_ms: int | None = None
    loops_until_ms: int | None = None
    resumes: bool = True
    breaks: tuple[Break, ...] = ()

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.until_ms is not None and (self.every_ms is None or self.until_ms <= self.at_ms):
            raise ValueError("until_ms is the end of a moment that comes again, and later than at_ms")
        if self.loops_until_ms is not None:
            if self.every_ms is not None or self.breaks:
                raise ValueError("what is played over and over comes once, and has no breaks")
            if self.loops_until_ms - self.at_ms < 4000:
                raise ValueError("it is played over and over for 4 s or longer")
        after = [one.after for one in self.breaks]
        if after != sorted(set(after)) or any(one >= len(self.clips) for one in after):
            raise ValueError("breaks are between two clips, in order, one in each place")
        return self

    @property
    def everything(self) -> tuple[ClipRecord, ...]:
        """Its clips, and those of its breaks' pools."""
        return (*self.clips, *(clip for one in self.breaks for clip in one.pool))


class Edit(Record):
    """At the first clip boundary at or after `tick`, these clips air, and of those to come `drop` do not."""

    id: str
    tick: int
    clips: tuple[ClipRecord, ...] = ()
    drop: Annotated[int, Field(ge=0, le=1000)] = 0


class Taste(Record):
    """What a viewer likes, as version `version` of their profile has it.

    `likes`: by tag, from -1 (never) to 1. Assets of `without`, with a tag of `no_tags` or rated above `most_rating`
    are none of theirs.
    """

    version: int = 1
    likes: dict[str, Annotated[float, Field(ge=-1, le=1)]] = Field(default_factory=dict)
    without: Annotated[tuple[str, ...], Field(max_length=1000)] = ()
    no_tags: Tags = ()
    most_rating: Rating = OLDEST


class TasteRevision(Record):
    """From the first clip boundary at or after `tick` on, this is the viewer's taste."""

    tick: int
    taste: Taste


class PlanRecord(Record):
    """From the first clip boundary at or after `tick` on, up to `until`, the lineups of the audience as planned.

    What was planned are objects (plans.py), `shards` of them. They number the assets of the pool's revision at the
    tick `pool`, and name all but `left_out`. From the first later revision that lacks one of those on, the plan does
    not count any more.
    """

    version: Annotated[int, Field(ge=1)]
    tick: int
    until: int
    pool: int
    shards: Annotated[int, Field(ge=1, le=1 << 18)]
    left_out: tuple[int, ...] = ()
