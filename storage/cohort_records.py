"""Who shares a lineup with whom: rules, and lineups for tastes of a kind. Pure."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from storage.keys import checked_name
from storage.metadata import Rating, tidy
from storage.profile_records import Like, Likes
from storage.record import Record

COHORTS_LIMIT = 1000


def _lineup(name: str) -> str:
    try:
        return checked_name("lineup", name)
    except Exception as error:
        raise ValueError(str(error)) from None


def _tag(tag: str) -> str:
    return tidy(tag)


LineupId = Annotated[str, AfterValidator(_lineup)]


class CohortRule(Record):
    """Viewers who like each of `likes` at least so much, and may see nothing rated above `most_rating`.

    With neither it is everybody of whom anything is known.
    """

    lineup: LineupId
    likes: dict[Annotated[str, AfterValidator(_tag)], Like] = Field(default_factory=dict, max_length=50)
    most_rating: Rating | None = None


class CohortTaste(Record):
    """A lineup for viewers whose likes are nearest to these."""

    lineup: LineupId
    likes: Likes


class Cohorts(Record):
    """How viewers of whom something is known are put on given lineups: by the first rule that fits, else by the taste
    that is nearest; `otherwise` is for those of whom nothing is known. None: the derived lineup.
    """

    rules: Annotated[tuple[CohortRule, ...], Field(max_length=COHORTS_LIMIT)] = ()
    tastes: Annotated[tuple[CohortTaste, ...], Field(max_length=COHORTS_LIMIT)] = ()
    otherwise: LineupId | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.lineups:
            raise ValueError("cohorts have rules, tastes, or a lineup for all others")
        return self

    @property
    def lineups(self) -> tuple[str, ...]:
        """The lineups that viewers may be put on, each once."""
        named = [one.lineup for one in self.rules] + [one.lineup for one in self.tastes]
        return tuple(dict.fromkeys(named if self.otherwise is None else [*named, self.otherwise]))
