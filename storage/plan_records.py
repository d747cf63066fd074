"""What a plan is made from, said once for all who make it, and whoever explains it later. Pure."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from storage.metadata import Rating
from storage.programme import Rules
from storage.record import Record

HOURS_LIMIT = 7 * 24


class PlanDraft(Record):
    """The first object of a plan. With it, and the profiles, every shard is made; any that is there is as it stays.

    Of each of `assets`, which are those of the pool's revision at the tick `pool`: its tags, the age from which on
    one may see it, its ticks, and whether it is left out. `rules`: those of that revision. `span`: ticks that each
    lineup lasts at least.
    """

    schema_version: Literal[1] = 1
    channel: str
    version: Annotated[int, Field(ge=1)]
    run_msn: int
    pool: int
    rules: Rules = Rules()
    span: Annotated[int, Field(ge=1)]
    shards: Annotated[int, Field(ge=1, le=1 << 18)]
    scorer: str
    made_ms: int
    assets: Annotated[tuple[str, ...], Field(min_length=1)]
    tags: tuple[tuple[str, ...], ...]
    ratings: tuple[Rating, ...]
    lengths: tuple[Annotated[int, Field(ge=1)], ...]
    left_out: tuple[int, ...] = ()

    @model_validator(mode="after")
    def _of_one_length(self) -> "PlanDraft":
        count = len(self.assets)
        if {len(self.tags), len(self.ratings), len(self.lengths)} != {count}:
            raise ValueError("not as much is said of each asset")
        if self.shards & (self.shards - 1) or not all(0 <= index < count for index in self.left_out):
            raise ValueError("shards are a power of two, and what is left out is there")
        return self

    def same(self, other: "PlanDraft") -> bool:
        """Whether the other says the same, but for its number, its shards, and when it was made."""
        own = {"version", "shards", "made_ms"}
        return self.model_dump(exclude=own) == other.model_dump(exclude=own)
