"""How doors let a change be tried first: `?dry_run=true` tells what it would do, and stores nothing."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Query, Response

from manifest_server.admin.changes import SAMPLE, Effects, Verb, Whom, tried
from storage.catalogue import Catalogue

COUNT_LIMIT = 100

Done = TypeVar("Done")
View = TypeVar("View")


@dataclass(frozen=True)
class TryParameters:
    """What a query says of it."""

    dry_run: Annotated[bool, Query(description="only tell what it would do, for whom and from when on")] = False
    sample: Annotated[
        list[str] | None,
        Query(max_length=SAMPLE, description="dry run: viewers to look at first", examples=[["alice"]]),
    ] = None
    clips: Annotated[int, Query(ge=1, le=COUNT_LIMIT, description="dry run: how many clips to tell of")] = 8


Trying = Annotated[TryParameters, Depends()]


@dataclass(frozen=True, slots=True)
class Trials:
    """Tries verbs. `read` gives the bytes of an object."""

    catalogue: Catalogue
    read: Callable[[str], bytes]
    now_ms: Callable[[], int]

    async def of(
        self, answer: Response, channel: str, trying: TryParameters, verb: Verb, lineup: str | None = None
    ) -> Effects:
        """What a verb would do to a channel, or to a lineup of it."""
        answer.status_code = 200
        whom = Whom(lineup, tuple(trying.sample or ()))
        return await tried(self.catalogue, self.read, channel, verb, whom, self.now_ms, trying.clips)

    async def done(
        self,
        answer: Response,
        channel: str,
        trying: TryParameters,
        verb: Callable[[Catalogue], Awaitable[Done]],
        view: Callable[[Done], View],
        lineup: str | None = None,
    ) -> View | Effects:
        """What a verb did, as `view` tells it; or, where it is only to be tried, what it would do."""
        if trying.dry_run:
            return await self.of(answer, channel, trying, verb, lineup)
        return view(await verb(self.catalogue))
