"""What a server process counts of its own work: plain integers, made into metrics only when somebody asks.

Times are counted by the bit length of their nanoseconds: each bucket of a histogram is twice as wide as the one
before, and to count one is an addition in a list.
"""

import asyncio
import re
import time
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from storage.redis_link import end

# Kinds of requests, told by their paths; the first that fits.
KINDS = {
    "media": r"/live/[^/]+/lineups/[^/]+/[^/]+\.m3u8",
    "personal": r"/live/[^/]+/[^/]+/index\.m3u8",
    "steering": r"/live/.*",
    "admission": r"/playback/.*",
    "chunk": r"/chunks/.*",
    "time": r"/time",
    "beacon": r"/beacon",
    "api": r"/api/.*",
    "page": r"/|/(?:watch|admin|docs)(?:/.*)?|/site/.*|/embed\.js",
}
OTHER = "other"
BROKEN_OFF = "none"  # the class of status of what was not answered, as nobody waited any longer

LOOK_S = 0.25  # between two looks at how late the event loop is
MINUTE_S = 60.0
LATE_LIMIT_MS = 60_000  # later than that it was not the edge that was late, but nobody who asked

UNTIMED = 63  # in the fast lane one in 64 is timed: two looks at the clock cost a tenth of what it does

_KIND = re.compile("|".join(f"(?P<{kind}>{path})" for kind, path in KINDS.items()), re.DOTALL)
_BITS = 64


class Times:
    """How often something took how long: `counts[n]` times under 2 ** n nanoseconds and not under the half of it."""

    __slots__ = ("counts", "total_ns")

    def __init__(self) -> None:
        self.counts = [0] * _BITS
        self.total_ns = 0

    def note(self, took_ns: int) -> None:
        """Once, so long."""
        self.counts[took_ns.bit_length()] += 1
        self.total_ns += took_ns


class Served:
    """What the fast lane did with media playlists."""

    __slots__ = ("answered", "answering", "late", "looked_up", "made", "making", "passed", "unchanged")

    def __init__(self) -> None:
        self.answered = 0
        self.unchanged = 0  # of these, with a 304
        self.made = 0
        self.looked_up = 0  # lineups that were not known to be ready any more
        self.passed = 0  # requests under /live/ that were left to the application
        self.answering = Times()  # from a request's last byte until its answer is written
        self.making = Times()
        self.late = Times()  # from when an edge moved until it was asked for

    @property
    def full(self) -> int:
        """Answered with a 200."""
        return self.answered - self.unchanged


class Measures:
    """The counts of one process. `answering` and `requests` are the application's, `beacons` the fast lane's."""

    def __init__(self) -> None:
        self.served = Served()
        self.beacons: Counter[str] = Counter()  # by class of status
        self.requests: Counter[tuple[str, str]] = Counter()  # by kind and class of status
        self.answering = {kind: Times() for kind in (*KINDS, OTHER)}
        self.connections = 0  # open now
        self.lag = Lag()


class Measuring:
    """ASGI middleware: counts what the application answers, when its first byte is there."""

    def __init__(self, app: ASGIApp, measures: Measures) -> None:
        self._app = app
        self._measures = measures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began_ns, kind, status = time.perf_counter_ns(), kind_of(scope["path"]), BROKEN_OFF

        async def send_counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = status_class(message["status"])
                self._count(kind, status, began_ns)
            await send(message)

        try:
            await self._app(scope, receive, send_counted)
        except Exception:
            if status == BROKEN_OFF:  # whoever is around us makes a 500 of it
                status = "5xx"
                self._count(kind, status, began_ns)
            raise
        finally:
            if status == BROKEN_OFF:
                self._measures.requests[kind, BROKEN_OFF] += 1

    def _count(self, kind: str, status: str, began_ns: int) -> None:
        self._measures.requests[kind, status] += 1
        self._measures.answering[kind].note(time.perf_counter_ns() - began_ns)


class Lag:
    """How late the event loop is: how much later than asked for it goes on after a short sleep."""

    def __init__(self) -> None:
        self.times = Times()
        self._since_s = 0.0
        self._late: deque[tuple[float, float]] = deque(maxlen=int(MINUTE_S / LOOK_S))

    def lately_s(self) -> float:
        """The worst of the last minute."""
        begin = time.monotonic() - MINUTE_S
        return max((late_s for at, late_s in self._late if at >= begin), default=0.0)

    def taken_s(self) -> float:
        """The worst since this was last asked."""
        late_s, self._since_s = self._since_s, 0.0
        return late_s

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Look at it until the block is left."""
        task = asyncio.create_task(self._look_on())
        try:
            yield
        finally:
            await end({task})

    async def _look_on(self) -> None:
        while True:
            began = time.monotonic()
            await asyncio.sleep(LOOK_S)
            now = time.monotonic()
            late_s = max(now - began - LOOK_S, 0.0)  # a loop may wake a little early
            self.times.note(round(late_s * 1e9))
            self._late.append((now, late_s))
            self._since_s = max(self._since_s, late_s)


def kind_of(path: str) -> str:
    """What a request is for, by its path."""
    found = _KIND.fullmatch(path)
    return OTHER if found is None else found.lastgroup or OTHER


def status_class(status: int) -> str:
    """200 is of "2xx"."""
    return f"{status // 100}xx"
