"""What values are loaded from, in tests: it counts, hangs and fails."""

import asyncio
from collections.abc import Awaitable, Callable

from manifest_server.onair.reach import Reach
from manifest_server.onair.remembered import Remembered, Term


class Source:
    """A catalogue of one value that can go away, with a clock. What is loaded is good for a second."""

    def __init__(self) -> None:
        self.value, self.loads, self.now_s = "one", 0, 0.0
        self.error: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.reach = Reach(lambda: self.now_s)
        self.at_once = self.most_at_once = 0

    async def load(self, key: str) -> str:
        self.loads += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        value = self.value
        await self.gate.wait()
        self.at_once -= 1
        if self.error is not None:
            raise self.error
        return f"{key}:{value}"

    async def term(self, _: str) -> Term:
        return Term(self.now_s + 1)

    def remembered(self, limit: int = 10, gate: int = 100) -> Remembered[str, str]:
        return Remembered(
            self.load,
            self.term,
            limit=limit,
            reach=self.reach,
            gate=asyncio.Semaphore(gate),
            clock=lambda: self.now_s,
        )


def told(story: Callable[[Source], Awaitable[None]]) -> None:
    async def whole() -> None:
        await story(Source())

    asyncio.run(whole())
