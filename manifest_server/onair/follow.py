"""Following: one reader in each process hears of every change and says which remembered values it concerns.

Redis keeps a stream of changes for each channel, and says a word when it grows. The word is only a nudge: the streams
are read every second too. Whoever loads something has its channel's place in the stream taken first, so that no
change can fall between.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Protocol

from manifest_server.onair.patience import patience
from manifest_server.onair.reach import Reach
from manifest_server.onair.remembered import Term
from storage.changes import Changes
from storage.errors import Unavailable
from storage.keys import ALL_ASSETS
from storage.redis_link import end

# What was loaded is true for so long from the moment the last reading of the stream that found no change was begun.
# It is what admin/actions.py counts on. Two readings fit into it, so that nobody waits for one while Redis is well.
GOOD_S = 2.0
EVERY_S = 1.0
READ_S = 1.0
READS_AT_ONCE = 16
LOST_READS_AT_ONCE = 4  # of streams that could not be read last time, while Redis itself answers
IDLE_ROUNDS = 15  # without use, until a channel is only read when it is used again
_BACKOFF_S = (0.1, 2.0)  # shortest and longest, while Redis is gone


class Stream(Protocol):
    """What is followed: the catalogue."""

    async def ping(self) -> None:
        """Return if it answers. Raises Unavailable."""
        ...

    async def changes(self, channel: str, after: str) -> Changes:
        """What changed after a place in the channel's stream. Raises Unavailable."""
        ...

    async def last_change(self, channel: str) -> str:
        """The place where the channel's stream ends now. Raises Unavailable."""
        ...

    def listen(self) -> AsyncIterator[str]:
        """The names of channels as they change. Raises Unavailable when the connection breaks."""
        ...


class Follow(Term):
    """A channel's stream of changes, read up to `position`. `lost`: it could not be read last time."""

    __slots__ = ("_read", "again", "channel", "idle", "lost", "position", "reading")

    def __init__(self, channel: str, position: str, good_until: float, read: "Callable[[Follow], Reading]") -> None:
        super().__init__(good_until)
        self.channel = channel
        self.position = position
        self.idle = 0
        self.lost = False
        self.again = False  # it grew since the reading under way was begun
        self.reading: Reading | None = None
        self._read = read

    async def prolonged(self) -> bool:
        """Whether the stream was read to its end, unbroken. Raises Unavailable."""
        if not self.ended:
            if self.lost:
                raise Unavailable(f"the changes of channel {self.channel!r} cannot be read")
            await asyncio.shield(self._read(self))
        return not self.ended

    def due(self) -> bool:
        """Whether it is to be read this round; what is said of assets always is."""
        if self.channel == ALL_ASSETS:
            return True
        self.idle = 0 if self.used else self.idle + 1
        self.used = False
        return self.idle < IDLE_ROUNDS

    def end(self) -> None:
        """It is no longer read: what was loaded under it has to be loaded anew."""
        self.good_until = float("-inf")


Reading = asyncio.Task[None]


class Follower:
    """Reads the changes of the channels that are `wanted` and tells `changed` of each: channel, kind and name.

    Without kind and name, anything of the channel may have changed. `heard` is told the name of every channel that
    something was said of, wanted or not. All assets together are a channel here too (keys.ALL_ASSETS).
    """

    def __init__(
        self,
        stream: Stream,
        reach: Reach,
        *,
        wanted: Callable[[str], bool],
        changed: Callable[[str, str, str], None],
        heard: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream = stream
        self._reach = reach
        self._wanted = wanted
        self._changed = changed
        self._heard = heard
        self._clock = clock
        self._running = False
        self._follows: dict[str, Follow] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._doubted = asyncio.Event()
        self._gates = (asyncio.Semaphore(READS_AT_ONCE), asyncio.Semaphore(LOST_READS_AT_ONCE))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Follow until the block is left."""
        self._running = True
        self._start(self._rounds())
        self._start(self._listen())
        try:
            yield
        finally:
            self._running = False
            await end(self._tasks)

    async def follow(self, channel: str) -> Term:
        """The term of what is loaded from the channel from now on. Raises Unavailable."""
        follow = self._follows.get(channel)
        if follow is None or not self._running:
            began = self._clock()
            if not self._running:
                return Term(began + GOOD_S)
            position = await self._stream.last_change(channel)
            # Of several at once the first counts; what they load comes after it.
            follow = self._follows.setdefault(channel, Follow(channel, position, began + GOOD_S, self._read))
        return follow

    def leave(self, channel: str) -> None:
        """Follow the channel no more."""
        follow = self._follows.pop(channel, None)
        if follow is not None:
            follow.end()

    async def _listen(self) -> None:
        pauses = _pauses()
        while True:
            try:
                async for channel in self._stream.listen():
                    pauses = _pauses()
                    self._nudge(channel)
            except Unavailable:
                self._doubted.set()
            await asyncio.sleep(next(pauses))

    def _nudge(self, channel: str) -> None:
        self._heard(channel)
        follow = self._follows.get(channel)
        if follow is not None and not follow.lost:
            follow.again = True
            self._read(follow)

    async def _rounds(self) -> None:
        pauses = _pauses()
        while True:
            began = self._clock()
            self._doubted.clear()
            try:
                async with patience(READ_S):
                    await self._stream.ping()
            except (Unavailable, TimeoutError):
                self._reach.lost()
                await asyncio.sleep(next(pauses))
                continue
            self._reach.found()
            pauses = _pauses()
            await self._round()
            # Never later than EVERY_S, and not all servers at one moment.
            pause_s = EVERY_S * random.uniform(0.8, 1.0) - (self._clock() - began)  # noqa: S311 - no secret
            with suppress(TimeoutError):
                await asyncio.wait_for(self._doubted.wait(), max(pause_s, 0.05))

    async def _round(self) -> None:
        for channel in [channel for channel in self._follows if not self._wanted(channel)]:
            self.leave(channel)
        due = [follow for follow in self._follows.values() if follow.due()]
        readings = [(follow.lost, self._read(follow)) for follow in due]
        # Those that could not be read are tried, but nobody waits for them.
        await asyncio.gather(*(reading for lost, reading in readings if not lost), return_exceptions=True)

    def _read(self, follow: Follow) -> Reading:
        """The reading that is under way, or one that is begun now."""
        if follow.reading is None:
            follow.reading = self._start(self._read_to_end(follow))
        return follow.reading

    def _start(self, doing: Coroutine[None, None, None]) -> "asyncio.Task[None]":
        task = asyncio.create_task(doing)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # Of a reading that fails everybody hears who waits for it.
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return task

    async def _read_to_end(self, follow: Follow) -> None:
        try:
            follow.again = True
            while follow.again and not follow.ended:
                async with self._gates[follow.lost]:
                    self._reach.check()
                    follow.again = False
                    await self._read_once(follow)
        finally:
            follow.reading = None

    async def _read_once(self, follow: Follow) -> None:
        began = self._clock()
        try:
            async with patience(READ_S):
                changes = await self._stream.changes(follow.channel, follow.position)
        except (Unavailable, TimeoutError):
            if not follow.lost:
                follow.lost = True
                # Until the next ping says otherwise: nobody is to wait for a Redis that hangs.
                self._reach.lost()
                self._doubted.set()
            raise Unavailable(f"the changes of channel {follow.channel!r} cannot be read") from None
        follow.lost = False
        follow.position = changes.last
        if not changes.complete:
            self.leave(follow.channel)  # everything is loaded anew, when it is next used
            self._changed(follow.channel, "", "")
            return
        for kind, name in changes.entries:
            self._changed(follow.channel, kind, name)
        if not follow.ended:  # by somebody else meanwhile
            follow.good_until = began + GOOD_S


def _pauses() -> Iterator[float]:
    """Seconds between attempts: ever longer, and not the same in every process."""
    shortest, longest = _BACKOFF_S
    pause_s = shortest
    while True:
        yield pause_s * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
        pause_s = min(pause_s * 2, longest)
