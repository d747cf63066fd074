"""Makes pools follow what is said of assets: in every server, in turns, so that one does it and any of them can."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from manifest_server.admin.pools import candidates, keep_up
from manifest_server.playout.ticks import date_text
from manifest_server.programming.query import Candidate
from storage.audit import Deed, doing
from storage.catalogue import Catalogue
from storage.errors import Conflict, NotFound, StreamSyncError
from storage.keys import ALL_ASSETS
from storage.redis_link import end

LOOK_S = 2.0  # how often each server looks whether something changed about assets
TURN_MS = 1500  # nobody else does it meanwhile
ROUND_S = 60.0  # how often pools are followed even so: rights are planned for a day, and a look may be lost

PROGRAMMER = "programmer"  # who it is that changes a channel, in its audit trail

_log = logging.getLogger("streamsync.programmer")


class Programmer:
    """Keeps the pools of all channels up with their queries, and with what is said of their assets."""

    def __init__(
        self, catalogue: Catalogue, now_ms: Callable[[], int], check: Callable[[], None] = lambda: None
    ) -> None:
        """`check` raises Unavailable while the catalogue is known to be away."""
        self._catalogue = catalogue
        self._now_ms = now_ms
        self._check = check
        self._seen: str | None = None
        self._followed_ms = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Follow until the block is left."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            await end({task})

    async def look(self) -> None:
        """Keep all pools up if something changed about assets, or nobody has for a while, and it is our turn."""
        last, now_ms = await self._catalogue.last_change(ALL_ASSETS), self._now_ms()
        if last == self._seen and now_ms - self._followed_ms < ROUND_S * 1000:
            return
        done = True
        if await self._catalogue.turn(TURN_MS):
            channels = await self._catalogue.channels()
            among = await candidates(self._catalogue) if any(one.query is not None for one in channels) else None
            for channel in channels:
                done &= await self._follow(channel.name, among)
        # Whose turn it is has seen what we have seen, or looks again.
        self._seen, self._followed_ms = last if done else None, now_ms

    async def _follow(self, channel: str, among: Sequence[Candidate] | None) -> bool:
        """Whether it need not be done again."""
        try:
            with doing(Deed(PROGRAMMER, "follow_query")):
                done = await keep_up(self._catalogue, channel, self._now_ms, among)
        except (Conflict, NotFound) as error:
            _log.info("event=postponed channel=%s reason=%s", channel, error)
            return False
        if done.changed:
            pool = done.channel.revisions[-1].assets
            _log.info("event=followed channel=%s assets=%d", channel, len(pool))
        if done.empty_ms is not None:
            _log.warning("event=empty channel=%s at=%s: the pool before stays", channel, date_text(done.empty_ms))
        return True

    async def _run(self) -> None:
        while True:
            # At random, so that servers that were started together do not ask together.
            await asyncio.sleep(LOOK_S * random.uniform(0.8, 1.2))  # noqa: S311
            try:
                self._check()
                await self.look()
            except StreamSyncError:
                pass  # a catalogue that is away is for /readyz to tell
            except Exception:
                _log.exception("event=fault")  # and the next look is another try
