"""What opens doors, looked up at most once in some seconds and trusted no longer. Belongs to one event loop."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from manifest_server.onair.reach import Reach
from manifest_server.onair.remembered import Remembered, Term
from storage.errors import NotFound, Unavailable

# For so long something is not looked up again: that is how late a server may hear that it was revoked. What is older
# opens nothing, whether Redis answers or not.
REMEMBERED_S = 3.0
KEPT = 1000  # at under 1 kB each
# What has the right form costs a look-up, and junk may have it: no more of them at once, of some 70 connections. As
# many are for what was found before, which so never waits for junk.
LOOKUPS_AT_ONCE = 8
STRANGERS = 256  # who wait for a look-up of what was not found before; who comes then is told to come again

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class _Seen(Generic[Found]):
    """What was looked up at `at_s` (monotonic). Never equal to another look, so that each counts anew."""

    found: Found
    at_s: float


class Fresh(Generic[Found]):
    """What `load` finds, for REMEMBERED_S."""

    def __init__(
        self,
        load: Callable[[str], Awaitable[Found | None]],
        reach: Reach,
        what: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`what`: what cannot be looked up without the catalogue, for people."""
        self._load = load
        self._clock = clock
        self._what = what
        self._known, self._unknown = asyncio.Semaphore(LOOKUPS_AT_ONCE), asyncio.Semaphore(LOOKUPS_AT_ONCE)
        self._strangers = 0
        self._seen = Remembered[str, _Seen[Found]](
            self._look, self._term, limit=KEPT, reach=reach, gate=asyncio.Semaphore(KEPT + STRANGERS), clock=clock
        )

    async def find(self, key: str) -> Found | None:
        """What there is under a key. Raises Unavailable."""
        try:
            seen = await (self._seen.get(key) if self._is_known(key) else self._of_stranger(key))
        except NotFound:
            return None
        if self._clock() - seen.at_s > REMEMBERED_S:
            # Remembered goes on being used when Redis is away: right for playlists, wrong for what opens doors.
            raise Unavailable(f"the catalogue does not answer, and without it {self._what} cannot be looked up")
        return seen.found

    def changed(self, key: str) -> None:
        """It is no longer what was found: here it counts at once."""
        self._seen.changed(key)

    def _is_known(self, key: str) -> bool:
        return self._seen.known(key) is not None

    async def _of_stranger(self, key: str) -> _Seen[Found]:
        if self._strangers >= STRANGERS:
            raise Unavailable(f"very many ask with {self._what} that is not known here yet")
        self._strangers += 1
        try:
            return await self._seen.get(key)
        finally:
            self._strangers -= 1

    async def _look(self, key: str) -> _Seen[Found]:
        async with self._known if self._is_known(key) else self._unknown:
            at_s = self._clock()
            found = await self._load(key)
        if found is None:
            raise NotFound(f"no such {self._what}")
        return _Seen(found, at_s)

    async def _term(self, _: str) -> Term:
        return Term(self._clock() + REMEMBERED_S)
