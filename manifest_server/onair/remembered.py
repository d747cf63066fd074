"""Values loaded from the catalogue, kept a while, and used on when the catalogue is gone."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from storage.errors import NotFound, Unavailable

Key = TypeVar("Key")
Value = TypeVar("Value")

# How long a request waits for a refresh before it goes on with what is remembered.
PATIENCE_S = 0.5
# How long it waits for what nothing is remembered of.
FIRST_LOAD_S = 3.0


class Remembered(Generic[Key, Value]):
    """At most `limit` loaded values, the least recently used given up first; each is loaded anew after `fresh_s`.

    Several that ask for one key at once cause one load. When a refresh fails because the catalogue is gone, or takes
    longer than PATIENCE_S, the value that is remembered goes on being used. A value that is loaded anew and equal to
    the one before stays the same object, so what was made of it can be told by identity. Belongs to one event loop.
    """

    def __init__(
        self,
        load: Callable[[Key], Awaitable[Value]],
        *,
        limit: int,
        fresh_s: float = float("inf"),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load = load
        self._limit = limit
        self._fresh_s = fresh_s
        self._clock = clock
        self._values: OrderedDict[Key, tuple[float, Value]] = OrderedDict()
        self._loading: dict[Key, asyncio.Task[Value]] = {}

    def __len__(self) -> int:
        return len(self._values)

    async def get(self, key: Key) -> Value:
        """The value of `key`. Raises what loading raises, but not Unavailable while a value is remembered."""
        known = self._values.get(key)
        if known is None:
            try:
                return await asyncio.wait_for(asyncio.shield(self._refresh(key)), FIRST_LOAD_S)
            except TimeoutError:
                raise Unavailable(f"the catalogue did not answer within {FIRST_LOAD_S:.0f} s") from None
        checked, value = known
        self._values.move_to_end(key)
        if self._clock() - checked < self._fresh_s:
            return value
        refresh = self._refresh(key)
        try:
            return await asyncio.wait_for(asyncio.shield(refresh), PATIENCE_S)
        except (Unavailable, TimeoutError):
            # Asked again only after `fresh_s`: when Redis hangs, not every request may wait for it.
            if self._values.get(key) is known:
                self._keep(key, value, self._clock())
            return value

    def _refresh(self, key: Key) -> asyncio.Task[Value]:
        task = self._loading.get(key)
        if task is None:
            task = self._loading[key] = asyncio.create_task(self._loaded(key))
            # Whoever waited may have left; an error nobody collects is no news.
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return task

    async def _loaded(self, key: Key) -> Value:
        asked = self._clock()  # as old as the question, not as the answer
        try:
            value = await self._load(key)
        except NotFound:
            self._values.pop(key, None)
            raise
        finally:
            del self._loading[key]
        known = self._values.get(key)
        if known is not None and known[1] == value:
            value = known[1]
        self._keep(key, value, asked)
        return value

    def _keep(self, key: Key, value: Value, checked: float) -> None:
        self._values[key] = (checked, value)
        self._values.move_to_end(key)
        while len(self._values) > self._limit:
            self._values.popitem(last=False)
