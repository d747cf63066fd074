"""The feed: one follower in each server hears what changed, and tells whoever listens to events.

It follows from when somebody first listens; while nobody has for LINGER_S, what changed is not looked at. What is
told is that something changed, not what it is now, but for jobs. docs/events.md.
"""

import asyncio
import random
import secrets
import time
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress

from fastapi.sse import format_sse_event
from pydantic import BaseModel

from manifest_server.admin.happened import Happened, of_source
from storage.catalogue import Catalogue
from storage.errors import NotFound, Unavailable
from storage.fleet_queue import FleetQueue
from storage.job_records import JobAnswer
from storage.redis_link import end

LISTENERS = 100
LISTENERS_OF_ONE = 10  # of one account, or token: the rest is for others
WAITING = 500  # events for one listener, of some 150 bytes each
KEPT = 1000  # that who was cut off may have missed
LINGER_S = 60.0  # in which who was cut off can go on where they were
RETRY_S = 1.0
SOURCES_S, JOBS_S = 0.2, 1.0  # between two looks at what changed: many changes are one event
_DIRTY = 1000  # sources, or jobs, that wait to be looked at; with more, everything is to be loaded anew
_MARGIN_MS = 1000  # by which the clocks of a cluster's nodes may differ
_BACKOFF_S = (0.1, 2.0)

KINDS = frozenset({"channel", "asset", "job", "upload", "token", "account", "webhook", "analytics", "health"})
OWNERS = frozenset({"token", "account"})  # what the lists of are the owner's


class Crowded(Exception):
    """So many listen already, or the server is about to end. `is_own`: so many of the one who asks."""

    def __init__(self, *, is_own: bool) -> None:
        super().__init__()
        self.is_own = is_own


class Listener:
    """Somebody who listens: what they have not been sent yet. Ends when they do not keep up."""

    def __init__(self, who: str, *, is_owner: bool) -> None:
        self.who = who
        self.is_owner = is_owner
        self.greeted = False
        self.ended = False
        self._waiting: deque[bytes] = deque()
        self._woken = asyncio.Event()

    def offer(self, message: bytes) -> None:
        """Something to send."""
        if len(self._waiting) >= WAITING:
            self.end()
        else:
            self._waiting.append(message)
            self._woken.set()

    def end(self) -> None:
        """Send no more."""
        self.ended = True
        self._woken.set()

    async def next(self, seconds: float) -> bytes:
        """All that waits; nothing when it has ended, or there was nothing for so long."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), seconds)
        self._woken.clear()
        found = b"".join(self._waiting)
        self._waiting.clear()
        return b"" if self.ended else found


class Feed:
    """Events of one server, for those who have joined. Belongs to one event loop."""

    def __init__(self, catalogue: Catalogue, queue: FleetQueue, clock: Callable[[], float] = time.monotonic) -> None:
        self._catalogue = catalogue
        self._queue = queue
        self._clock = clock
        self._listeners: set[Listener] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False
        self._left_at = 0.0
        self._ready = False
        self._began: tuple[int, float] | None = None  # Redis's clock and ours, when following began
        self._woken = {"sources": asyncio.Event(), "jobs": asyncio.Event()}
        self._renew()

    def _renew(self) -> None:
        """What was before is not known any more."""
        self._run = secrets.token_hex(4)
        self._count = 0
        self._kept: deque[tuple[str, bytes]] = deque(maxlen=KEPT)
        self._positions: dict[str, str] = {}
        self._sources: dict[str, None] = {}
        self._jobs: dict[str, None] = {}
        self._news_at = self._clock()

    def join(self, who: str, last: str | None, *, is_owner: bool) -> Listener:
        """Listen from now on, or from the event `last` on; `who`: an account or a token. Raises Crowded."""
        if self._closed or len(self._listeners) >= LISTENERS:
            raise Crowded(is_own=False)
        if sum(one.who == who for one in self._listeners) >= LISTENERS_OF_ONE:
            raise Crowded(is_own=True)
        if self._is_idle():
            self._renew()
        if not self._tasks:
            for doing in (self._listen(), self._look_at_sources(), self._look_at_jobs()):
                self._start(doing)
        listener = Listener(who, is_owner=is_owner)
        self._listeners.add(listener)
        if last is not None:
            missed = [message for kind, message in self._missed(last) if is_owner or kind not in OWNERS]
            if missed:
                listener.offer(b"".join(missed))  # as one: they may be more than may wait for who does not read
        if self._ready:
            self._greet(listener)
        return listener

    def leave(self, listener: Listener) -> None:
        """Listen no more."""
        self._listeners.discard(listener)
        self._left_at = self._clock()

    def tell(self, kind: str, what: BaseModel) -> None:
        """Tell all who may hear it."""
        self._count += 1
        message = self._message(kind, what)
        self._kept.append((kind, message))
        for listener in self._listeners:
            if listener.is_owner or kind not in OWNERS:
                listener.offer(message)

    def close(self) -> None:
        """Everybody is to leave, and nobody to come: the server is about to end."""
        self._closed = True
        for listener in self._listeners:
            listener.end()

    async def aclose(self) -> None:
        """The same, and stop following."""
        self.close()
        await end(self._tasks)

    def _start(self, doing: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(doing)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _message(self, kind: str, what: BaseModel) -> bytes:
        data = what.model_dump_json(exclude_unset=True)
        return format_sse_event(data_str=data, event=kind, id=f"{self._run}-{self._count}")

    def _missed(self, last: str) -> list[tuple[str, bytes]]:
        """What came after the event `last`; if nobody knows, that everything is to be loaded anew."""
        run, _, number = last.partition("-")
        if run == self._run and number.isascii() and number.isdecimal() and len(number) < 16:
            count = self._count - int(number)
            if 0 <= count <= len(self._kept):
                return list(self._kept)[len(self._kept) - count :]
        return [("reset", self._message("reset", Happened()))]

    def _is_idle(self) -> bool:
        return not self._listeners and self._clock() - self._left_at >= LINGER_S

    def _greet(self, listener: Listener) -> None:
        listener.greeted = True
        listener.offer(self._message("hello", Happened()))

    # Following --------------------------------------------------------------

    async def _listen(self) -> None:
        pause_s = _BACKOFF_S[0]
        while True:
            with suppress(Unavailable):
                if self._began is None:
                    self._began = await self._catalogue.redis_ms(), self._clock()
                async for kind, name in self._catalogue.words.heard(self._subscribed):
                    pause_s = _BACKOFF_S[0]
                    self._note(kind, name)
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))  # noqa: S311 - no secret
            pause_s = min(pause_s * 2, _BACKOFF_S[1])

    def _subscribed(self) -> None:
        if self._ready:  # nobody knows what was said while we could not hear it
            self.tell("reset", Happened())
        self._ready = True
        for listener in self._listeners:
            if not listener.greeted:
                self._greet(listener)

    def _note(self, kind: str, name: str) -> None:
        if self._is_idle():
            return
        if kind and kind != "job":
            if kind in KINDS:
                self.tell(kind, Happened(name=name or None))
            return
        dirty, woken = (self._jobs, "jobs") if kind else (self._sources, "sources")
        if len(dirty) >= _DIRTY:
            dirty.clear()
            self.tell("reset", Happened())
        dirty[name] = None
        self._woken[woken].set()

    def _position(self, source: str) -> str:
        """The last change of a source that was told of; of one that was not heard of yet, from when on it is news."""
        if len(self._positions) >= _DIRTY:
            self._positions.clear()
        redis_ms, at = self._began or (0, self._clock())
        news_ms = redis_ms + round((self._news_at - at) * 1000) - _MARGIN_MS
        return self._positions.get(source, f"{max(news_ms, 0)}-0")

    async def _look_at_sources(self) -> None:
        while True:
            await self._woken["sources"].wait()
            self._woken["sources"].clear()
            try:
                while self._sources:
                    await self._look_at(next(iter(self._sources)))
                await asyncio.sleep(SOURCES_S)
            except Unavailable:
                await asyncio.sleep(RETRY_S)
                self._woken["sources"].set()

    async def _look_at(self, source: str) -> None:
        run, after = self._run, self._position(source)
        del self._sources[source]  # before: what is said meanwhile may not be in the answer
        try:
            changes = await self._catalogue.changes(source, after)
        except Unavailable:
            self._sources[source] = None
            raise
        if run != self._run:
            return
        self._positions[source] = changes.last or after
        for kind, what in of_source(source, changes.entries):
            if kind in KINDS:
                self.tell(kind, what)

    async def _look_at_jobs(self) -> None:
        while True:
            await self._woken["jobs"].wait()
            self._woken["jobs"].clear()
            names, run = list(self._jobs), self._run
            self._jobs.clear()
            try:
                found = await asyncio.to_thread(self._read, names)
            except Unavailable:
                self._jobs |= dict.fromkeys(names)
                self._woken["jobs"].set()
            else:
                for name in names if run == self._run else ():
                    self.tell("job", Happened(name=name, job=found[name]))
            await asyncio.sleep(JOBS_S)

    def _read(self, names: list[str]) -> dict[str, JobAnswer | None]:
        found: dict[str, JobAnswer | None] = {}
        jobs = self._queue.jobs()
        for name in names:
            try:
                found[name] = JobAnswer.of(jobs.job(name), tasks=False)
            except NotFound:  # forgotten
                found[name] = None
        return found
