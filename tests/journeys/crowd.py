"""A crowd: clients that ask at a steady rate whatever becomes of the answers, and how long each answer took."""

import asyncio
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

LIMIT_S = 30.0

_Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; `began` is monotonic. Status 0: the connection broke, or there was none within LIMIT_S."""

    kind: str
    url: str
    began: float
    seconds: float
    status: int


class Crowd:
    """Asks for `next_url()`, a kind and a URL, `per_second` times a second while it is entered.

    Of a thread of its own, and as lean as can be: what it measures is to be the server's time.
    """

    def __init__(self, next_url: Callable[[], tuple[str, str]], per_second: float) -> None:
        self.answers: list[Answer] = []
        self.late_s = 0.0  # by how much it was behind its rate at most
        self._next = next_url
        self._pause_s = 1 / per_second
        self._enough = threading.Event()
        self._at_once: list[tuple[str, str]] = []
        self._idle: defaultdict[str, list[_Line]] = defaultdict(list)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._ask_all()))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._enough.set()
        self._thread.join()

    def also(self, urls: Iterable[tuple[str, str]]) -> None:
        """Ask for these too, all at once."""
        self._at_once += urls

    def between(self, start: float, end: float, kind: str = "") -> list[Answer]:
        """The answers to what was asked from `start` until `end`, of one kind or all."""
        return [one for one in self.answers if start <= one.began < end and kind in {"", one.kind}]

    async def _ask_all(self) -> None:
        async with asyncio.TaskGroup() as group:
            due = time.monotonic()
            while not self._enough.is_set():
                asked, self._at_once = [*self._at_once, self._next()], []
                for kind, url in asked:
                    group.create_task(self._ask(kind, url))
                due += self._pause_s
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                self.late_s = max(self.late_s, time.monotonic() - due)
        for _, writer in (line for lines in self._idle.values() for line in lines):
            writer.close()
            await writer.wait_closed()

    async def _ask(self, kind: str, url: str) -> None:
        began = time.monotonic()
        try:
            async with asyncio.timeout(LIMIT_S):
                status = await self._fetched(url)
        except (OSError, EOFError):
            status = 0
        self.answers.append(Answer(kind, url, began, time.monotonic() - began, status))

    async def _fetched(self, url: str) -> int:
        """The status of the answer, once all of it is here."""
        place = urlsplit(url)
        idle = self._idle[place.netloc]
        line = idle.pop() if idle else await asyncio.open_connection(place.hostname, place.port)
        reader, writer = line
        try:
            writer.write(f"GET {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\n\r\n".encode())
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            length = next(one for one in head.split("\r\n") if one.startswith("content-length:"))
            await reader.readexactly(int(length.partition(":")[2]))
        except BaseException:
            writer.close()
            raise
        idle.append(line)
        return int(head.split(" ")[1])


def figures(answers: Sequence[Answer]) -> str:
    """How long answers took: 50th and 99th percentile and the longest."""
    taken = sorted(one.seconds * 1000 for one in answers)
    if not taken:
        return "none"
    part = [taken[int(len(taken) * share)] for share in (0.5, 0.99)]
    return f"p50 {part[0]:.1f} ms, p99 {part[1]:.1f} ms, longest {taken[-1]:.1f} ms of {len(taken)}"
