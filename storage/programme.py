"""What a programme is made of beside its pool: rules, shared moments, edits, and what a viewer likes. Pure."""

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from storage.clips import ClipRecord
from storage.metadata import OLDEST, Rating, Tags, tidy
from storage.record import NotBool, Record

RULED_TAGS_LIMIT = 20
DAY_PARTS_LIMIT = 24
OFFSETS_LIMIT = 250
FARTHEST_MIN = 14 * 60  # ahead of UTC, or behind

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


Minutes = Annotated[int, NotBool, Field(ge=-FARTHEST_MIN, le=FARTHEST_MIN)]


def _whole_minutes(offsets: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    if any(b[0] <= a[0] for a, b in pairwise(offsets)) or any(since % 60_000 for since, _ in offsets):
        raise ValueError("offsets are in the order of time, each from a whole minute on")
    return offsets


# From which Unix ms on a clock is how many minutes ahead of UTC.
Offsets = Annotated[tuple[tuple[int, Minutes], ...], Field(max_length=OFFSETS_LIMIT), AfterValidator(_whole_minutes)]


class DayPart(Record):
    """From `minute` of each day on, up to the next part: of the pool those with one of `any_tags` (all, if there are
    none) and none of `no_tags`, rated from `least_rating` to `most_rating` (one that nobody rated is the highest)."""

    minute: Annotated[int, Field(ge=0, lt=1440)]
    any_tags: Tags = ()
    no_tags: Tags = ()
    least_rating: Rating = 0
    most_rating: Rating = OLDEST

    @property
    def clock(self) -> str:
        """When it begins: "06:00"."""
        return f"{self.minute // 60:02d}:{self.minute % 60:02d}"


class Rules(Record):
    """How the clips of a pool are put in order. Those that cannot all be met are relaxed, the last named first.

    `order`: "fixed" is that of the pool, "shuffled" a new one in every cycle and for every viewer, "weighted" one in
    which what a viewer likes comes earlier and more often. Between two airings of an asset are at least
    `repeat_clips` others, which last at least `repeat_s`; between two clips with a tag of `spacing` at least so many
    without it. In each cycle at most so many clips of a tag of `limits` air. Of `day_parts` each begins to the tick
    for everybody, by the clock of `time_zone` (IANA), or one that is always `utc_offset_min` minutes ahead of UTC.
    """

    order: Literal["fixed", "shuffled", "weighted"] = "shuffled"
    limits: TagCounts = Field(default_factory=dict)
    spacing: TagCounts = Field(default_factory=dict)
    repeat_s: Annotated[int, NotBool, Field(ge=0, le=7 * 86_400)] = 0
    repeat_clips: Annotated[int, NotBool, Field(ge=1, le=10_000)] = 1
    day_parts: Annotated[tuple[DayPart, ...], Field(max_length=DAY_PARTS_LIMIT)] = ()
    utc_offset_min: Minutes = 0
    time_zone: Annotated[str, Field(max_length=64)] | None = None

    @model_validator(mode="after")
    def _satisfiable(self) -> Self:
        minutes = [part.minute for part in self.day_parts]
        begins = [*minutes, *(minute + 1440 for minute in minutes[:1])]
        for number, (minute, after) in enumerate(pairwise(begins)):
            if after - minute < 5:
                one, other = self.day_parts[number], self.day_parts[(number + 1) % len(minutes)]
                raise ValueError(
                    f"day part {other.clock} is told after {one.clock}: they are in the order of the day, and last 5 "
                    "minutes or more"
                )
        for part in self.day_parts:
            if set(part.any_tags) & set(part.no_tags) or part.least_rating > part.most_rating:
                raise ValueError(f"the day part at {part.clock} leaves nothing")
        if self.time_zone is not None and self.utc_offset_min:
            raise ValueError("a clock is that of a time zone, or an offset ahead of UTC: not both")
        if self.order == "fixed" and (self.spacing or self.repeat_s or self.repeat_clips > 1):
            raise ValueError("a fixed order is that of the pool: it has no spacing and no repeat but its own")
        return self

    @property
    def tags(self) -> set[str]:
        """The tags that they name."""
        return {
            *self.limits,
            *self.spacing,
            *(tag for one in self.day_parts for tag in (*one.any_tags, *one.no_tags)),
        }


SOONEST_MS = 300_000  # after so long a moment may come again


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
    every_ms: Annotated[int, Field(ge=SOONEST_MS)] | None = None
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
        after, clips = [one.after for one in self.breaks], len(self.clips)
        if after and max(after) >= clips:
            many = "1 clip" if clips == 1 else f"{clips} clips"
            raise ValueError(f"a break is between two clips, and one is behind clip {max(after)} of {many}")
        wrong = next((one for last, one in pairwise(after) if one <= last), None)
        if wrong is not None:
            raise ValueError(f"breaks are in order, one in each place: that behind clip {wrong} is not")
        return self

    @property
    def everything(self) -> tuple[ClipRecord, ...]:
        """Its clips, and those of its breaks' pools."""
        return (*self.clips, *(clip for one in self.breaks for clip in one.pool))


class Outlook(Record):
    """Up to the tick `until`, at clip boundaries, clips were chosen for what was to begin at these ticks after it.

    `spans`: when each was to begin, and to end. What is to come was changed then.
    """

    until: int
    spans: tuple[tuple[int, int], ...] = ()


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
    not count any more; nor from the first with other rules on, if it `keeps_rules`. One that `resets` takes over to
    the tick, as a day part does, and what airs from there on does not depend on any plan that has ended by then.
    """

    version: Annotated[int, Field(ge=1)]
    tick: int
    until: int
    pool: int
    shards: Annotated[int, Field(ge=1, le=1 << 18)]
    left_out: tuple[int, ...] = ()
    keeps_rules: bool = False
    resets: bool = False
