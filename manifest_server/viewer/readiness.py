"""Whether the parts that a server needs answer: the catalogue and the objects; and its fellows, if it has any."""

import asyncio
import time
from collections.abc import Callable

from manifest_server.onair.reach import Reach
from manifest_server.viewer.fellows import Fellows
from storage.errors import StreamSyncError
from storage.keys import record_key
from storage.objects import Objects

OK = "ok"
ANSWER_S = 1.0
KEPT_S = 2.0  # anybody may ask, and the store is not to be asked each time

_NO_ASSET = record_key("0" * 32)


class Readiness:
    """What is known of the catalogue, and whether the store answered when it was last asked. Of one event loop.

    `objects` gives the store; it is called in a thread, and only once.
    """

    def __init__(
        self,
        reach: Reach,
        objects: Callable[[], Objects],
        fellows: Fellows | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reach = reach
        self._made = objects
        self._fellows = fellows
        self._objects: Objects | None = None
        self._clock = clock
        self._asking: asyncio.Task[str] | None = None
        self._asked = 0.0

    async def parts(self) -> dict[str, str]:
        """Each part and "ok", or what is wrong with it. Takes at most twice ANSWER_S."""
        parts = {"catalogue": await self._reach.state(ANSWER_S) or OK, "objects": await self._objects_state()}
        return parts if self._fellows is None else {**parts, "processes": self._fellows.state()}

    async def _objects_state(self) -> str:
        if self._asking is None or (self._asking.done() and self._clock() - self._asked >= KEPT_S):
            self._asked = self._clock()
            self._asking = asyncio.create_task(asyncio.to_thread(self._asked_objects))
        # One question at a time: a store that hangs does not take a thread for each.
        await asyncio.wait((self._asking,), timeout=ANSWER_S)
        return self._asking.result() if self._asking.done() else f"no answer within {ANSWER_S:g} s"

    def _asked_objects(self) -> str:
        try:
            if self._objects is None:
                self._objects = self._made()
            self._objects.exists(_NO_ASSET)
        except StreamSyncError as error:
            return str(error)
        return OK
