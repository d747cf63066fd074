"""Channels that have changed are loaded beforehand: meanwhile playlists go on with what may be listed still."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from manifest_server.onair.channel import Channel
from storage.errors import NotFound, Unavailable
from storage.records import ChannelRecord
from storage.redis_link import end

KEPT = 100


class Renewals:
    """`load` gives a channel as it is now with all that it needs; `changed` is told when that was done."""

    def __init__(self, load: Callable[[str], Awaitable[Channel]], changed: Callable[[str], None]) -> None:
        self._load = load
        self._changed = changed
        self._again: dict[str, bool] = {}  # of those that are being loaded: whether they have changed since
        self._loaded: dict[str, Channel] = {}
        self._forgotten = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, name: str, until: float) -> None:
        """A channel has changed. What was loaded of it before counts until `until` (monotonic seconds) at most."""
        if name in self._again:
            self._again[name] = True
            return
        self._again[name] = False
        task = asyncio.create_task(self._renewed(name, until))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def taken(self, record: ChannelRecord) -> Channel | None:
        """The channel of this record, if it was loaded beforehand. Whoever asks keeps it."""
        found = self._loaded.pop(record.name, None)
        return found if found is not None and found.record == record else None

    def forget(self) -> None:
        """Assets have changed: what was loaded, or is being loaded, may be of what they were."""
        self._forgotten += 1
        self._loaded.clear()

    async def aclose(self) -> None:
        """Load no more."""
        await end(self._tasks)

    async def _renewed(self, name: str, until: float) -> None:
        try:
            # What goes wrong here is told to whoever asks for the channel.
            with suppress(NotFound, Unavailable, TimeoutError):
                async with asyncio.timeout(until - time.monotonic()):
                    await self._load_last(name)
        finally:
            del self._again[name]
            self._changed(name)

    async def _load_last(self, name: str) -> None:
        while True:
            self._again[name] = False
            forgotten = self._forgotten
            channel = await self._load(name)
            if not self._again[name]:
                break
        if forgotten == self._forgotten:
            self._loaded[name] = channel
            while len(self._loaded) > KEPT:  # nobody has asked for the first
                del self._loaded[next(iter(self._loaded))]
