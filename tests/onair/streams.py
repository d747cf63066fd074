"""A stream of changes in memory, to be followed, that can be cut, hang or break."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from manifest_server.onair.follow import Follower
from manifest_server.onair.reach import Reach
from storage.changes import Changes
from storage.errors import Unavailable


class Stream:
    """Streams of changes as lists, and a way to each that can fail."""

    def __init__(self) -> None:
        self.logs: dict[str, list[tuple[str, str]]] = {}
        self.nudges: asyncio.Queue[str | None] = asyncio.Queue()
        self.gone = False
        self.broken: set[str] = set()
        self.open = asyncio.Event()
        self.open.set()
        self.reads: list[str] = []
        self.pings = self.listeners = self.at_once = self.most_at_once = 0
        self.told: list[tuple[str, str, str]] = []
        self.heard: list[str] = []
        self.happened = asyncio.Condition()
        self.reach = Reach()

    def follower(self, wanted: Callable[[str], bool] = lambda _: True) -> Follower:
        return Follower(
            self,
            self.reach,
            wanted=wanted,
            changed=lambda *change: self.told.append(change),
            heard=self.heard.append,
        )

    def write(self, channel: str, kind: str, name: str, *, nudge: bool = True) -> None:
        self.logs.setdefault(channel, []).append((kind, name))
        if nudge:
            self.nudges.put_nowait(channel)

    async def ping(self) -> None:
        self.pings += 1
        await self.note()
        await self.open.wait()
        self.check()

    async def last_change(self, channel: str) -> str:
        self.check()
        return str(len(self.logs.get(channel, ())))

    async def changes(self, channel: str, after: str) -> Changes:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            log = list(self.logs.get(channel, ()))
            await self.open.wait()
            self.check()
        finally:
            self.at_once -= 1
            self.reads.append(channel)
            await self.note()
        if channel in self.broken:
            self.broken.discard(channel)
            return Changes((), str(len(log)), complete=False)
        return Changes(tuple(log[int(after) :]), str(len(log)), complete=True)

    async def listen(self) -> AsyncIterator[str]:
        self.check()
        self.listeners += 1
        while (channel := await self.nudges.get()) is not None:
            yield channel
        raise Unavailable("the connection broke")

    def check(self) -> None:
        if self.gone:
            raise Unavailable("gone")

    async def note(self) -> None:
        async with self.happened:
            self.happened.notify_all()

    async def until(self, true: Callable[[], bool]) -> None:
        async with self.happened:
            await asyncio.wait_for(self.happened.wait_for(true), 10)


async def until(true: Callable[[], bool]) -> None:
    """Return once it is true; nobody tells."""
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


def told(story: Callable[[Stream], Awaitable[None]]) -> None:
    async def whole() -> None:
        await asyncio.wait_for(story(Stream()), 20)

    asyncio.run(whole())
