"""Values loaded from the catalogue, kept until it says that they changed, and used on when it is gone."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from manifest_server.onair.reach import Reach
from storage.errors import NotFound, Unavailable

Key = TypeVar("Key")
Value = TypeVar("Value")

# How long a request waits for what has changed, before it goes on with what is remembered.
PATIENCE_S = 0.5
# How long it waits for what nothing is remembered of.
FIRST_LOAD_S = 3.0
# How long a name is taken to be unknown, and a value that could not be loaded anew is used without a new attempt.
PAUSE_S = 1.0
MISSING_KEPT = 10_000
LOADS_WAITING = 10_000
_PAST = float("-inf")
_ATTEMPTS = 5  # at a value that changes each time while it is being loaded


class Term:
    """Until when (monotonic seconds) a value is known to be the catalogue's. This one is never prolonged."""

    __slots__ = ("good_until", "used")

    def __init__(self, good_until: float) -> None:
        self.good_until = good_until
        self.used = True  # since somebody last looked

    @property
    def ended(self) -> bool:
        """Whether what was loaded under it is known to be out of date, or no longer watched."""
        return self.good_until == _PAST

    async def prolonged(self) -> bool:
        """Whether it was found to hold on from now. Raises Unavailable."""
        return False


ENDED = Term(_PAST)


class Kept(Generic[Value]):
    """A value and its term, which has ended once the value is no longer kept."""

    __slots__ = ("term", "value")

    def __init__(self, value: Value, term: Term) -> None:
        self.value = value
        self.term = term


class Remembered(Generic[Key, Value]):
    """At most `limit` loaded values, the least recently used given up first; each is loaded anew after its term.

    Several that ask for one key at once cause one load, and all keys together no more loads at once than `gate` lets
    through. When the catalogue is gone, or a load takes longer than PATIENCE_S, the value that is remembered goes on
    being used. A value that is loaded anew and equal to the one before stays the same object, so what was made of it
    can be told by identity. A name that is not found is not asked for again within PAUSE_S. Of one event loop.
    """

    def __init__(
        self,
        load: Callable[[Key], Awaitable[Value]],
        term: Callable[[Key], Awaitable[Term]],
        *,
        limit: int,
        reach: Reach,
        gate: asyncio.Semaphore,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`term` is asked before each load, and counts from before that load."""
        self._load = load
        self._term = term
        self._limit = limit
        self._reach = reach
        self._gate = gate
        self._clock = clock
        self._values: OrderedDict[Key, Kept[Value]] = OrderedDict()
        self._missing: OrderedDict[Key, tuple[float, str]] = OrderedDict()
        self._loading: dict[Key, asyncio.Task[Value]] = {}
        self._changed: set[Key] = set()  # of those that are being loaded

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, key: Key) -> bool:
        """Whether it is remembered, or will be in a moment."""
        return key in self._values or key in self._loading

    def known(self, key: Key) -> Value | None:
        """What is remembered of it, however old."""
        kept = self._values.get(key)
        return None if kept is None else kept.value

    def good_until(self, key: Key) -> float:
        """Until when (monotonic seconds) what is remembered is known to be true; in the past while it is loaded."""
        kept = self._values.get(key)
        return _PAST if kept is None or key in self._loading else kept.term.good_until

    async def get(self, key: Key) -> Value:
        """The value of `key`. Raises what loading raises, but not Unavailable while a value is remembered."""
        known = self._values.get(key)
        if known is None:
            return await self._first(key)
        self._values.move_to_end(key)
        term = known.term
        term.used = True
        if self._clock() < term.good_until or self._reach.gone:
            return known.value
        try:
            return await self._reach.within(self._refresh(key), PATIENCE_S)
        except Unavailable:
            return known.value

    def good(self, key: Key) -> Kept[Value] | None:
        """What `get` would give at once, without a wait."""
        kept = self._values.get(key)
        if kept is None or (self._clock() >= kept.term.good_until and not self._reach.gone):
            return None
        self._values.move_to_end(key)
        kept.term.used = True
        return kept

    def changed(self, key: Key) -> None:
        """It is no longer what was loaded: the next use loads it anew; what is being loaded now does not count."""
        self.appeared(key)
        if key in self._values:
            self._values[key].term = ENDED
        if key in self._loading:
            self._changed.add(key)

    def changed_where(self, concerned: Callable[[Value], bool]) -> None:
        """The same for all values that are `concerned`, and for all that are being loaded."""
        for kept in self._values.values():
            if concerned(kept.value):
                kept.term = ENDED
        self._changed |= self._loading.keys()

    def appeared(self, key: Key) -> None:
        """Perhaps it is there now: its absence is not taken for granted."""
        self._missing.pop(key, None)

    async def _first(self, key: Key) -> Value:
        self._reach.check()
        until, reason = self._missing.get(key, (0.0, ""))
        if self._clock() < until:
            raise NotFound(reason)
        return await self._reach.within(self._refresh(key), FIRST_LOAD_S)

    def _refresh(self, key: Key) -> "asyncio.Task[Value]":
        task = self._loading.get(key)
        if task is None:
            if len(self._loading) >= LOADS_WAITING:
                raise Unavailable("the catalogue is asked for too much at once")
            task = self._loading[key] = asyncio.create_task(self._refreshed(key))
            # Whoever waited may have left; an error nobody collects is no news.
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return task

    async def _refreshed(self, key: Key) -> Value:
        known = self._values.get(key)
        try:
            if known is not None and await known.term.prolonged() and self._clock() < known.term.good_until:
                return known.value
            return await self._loaded(key)
        except NotFound as error:
            if known is not None:
                known.term = ENDED
            self._values.pop(key, None)
            self._missing[key] = (self._clock() + PAUSE_S, str(error))
            while len(self._missing) > MISSING_KEPT:
                self._missing.popitem(last=False)
            raise
        except Unavailable:
            if known is not None and known.term.ended:
                # When Redis hangs, not every request may wait for it.
                known.term = Term(self._clock() + PAUSE_S)
            raise
        finally:
            del self._loading[key]
            self._changed.discard(key)

    async def _loaded(self, key: Key) -> Value:
        for _ in range(_ATTEMPTS):
            async with self._gate:
                self._reach.check()  # perhaps it went while we waited
                self._changed.discard(key)
                term = await self._term(key)
                value = await self._load(key)
            known = self._values.get(key)
            if known is not None and known.value == value:
                value = known.value
            if known is not None:
                known.term = ENDED
            self._values[key] = kept = Kept(value, ENDED if key in self._changed else term)
            self._values.move_to_end(key)
            while len(self._values) > self._limit:
                self._values.popitem(last=False)[1].term = ENDED
            if not kept.term.ended:
                break
        return value
