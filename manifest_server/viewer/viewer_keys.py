"""The key of viewer tokens as this process knows it: looked at now and then, and used on when Redis is away."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable

from manifest_server.onair.reach import Reach
from manifest_server.onair.remembered import Remembered, Term
from storage.viewer_key import BYTES

GOOD_S = 60.0
KEPT = 4  # a Redis that was lost may come back with another, and those of before are still in cookies


class ViewerKeys:
    """`shared` gives the key of the catalogue, or makes it the one it is given. Of one event loop."""

    def __init__(self, shared: Callable[[str], Awaitable[str]], reach: Reach, good_s: float = GOOD_S) -> None:
        self._shared = shared
        self._good_s = good_s
        self._known: tuple[str, ...] = ()
        self._newest = Remembered[str, str](self._load, self._term, limit=1, reach=reach, gate=asyncio.Semaphore(1))

    async def keys(self) -> tuple[str, ...]:
        """The first signs, all verify. Raises Unavailable while none was ever known."""
        await self._newest.get("")
        return self._known

    async def _load(self, _: str) -> str:
        # What this process knows goes back to a Redis that has lost it, so that nobody becomes somebody else.
        found = await self._shared(self._known[0] if self._known else secrets.token_hex(BYTES))
        self._known = (found, *(one for one in self._known if one != found))[:KEPT]
        return found

    async def _term(self, _: str) -> Term:
        return Term(time.monotonic() + self._good_s)
