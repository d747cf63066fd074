"""What a server does for webhooks beside all else: it notices what happens, and sends what is queued."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from manifest_server.hooks.deliveries import Deliveries
from manifest_server.hooks.watch import Watch
from storage.catalogue import Catalogue
from storage.errors import StreamSyncError, Unavailable
from storage.redis_link import end

LOOK_S = 1.0
_AGAIN_S = 2.0

_log = logging.getLogger("streamsync.webhooks")


class Teller:
    """Tells webhooks what happens, for as long as it is running."""

    def __init__(
        self,
        catalogue: Catalogue,
        now_ms: Callable[[], int],
        check: Callable[[], None] = lambda: None,
        *,
        private: bool = False,
    ) -> None:
        """`check` raises Unavailable while the catalogue is known to be away; `private`: see Sender."""
        self._catalogue = catalogue
        self._now_ms = now_ms
        self._check = check
        self._watch = Watch(catalogue, now_ms)
        self._deliveries = Deliveries(catalogue, now_ms, check, private=private)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Tell until the block is left."""
        works = (self._look(), self._listen(), self._deliveries.run())
        tasks = {asyncio.create_task(work) for work in works}
        try:
            yield
        finally:
            await end(tasks)

    async def _look(self) -> None:
        while True:
            try:
                self._check()
                if await self._watch.look():
                    self._deliveries.wake()
            except StreamSyncError:
                self._watch.miss()  # a catalogue that is away is for /readyz to tell
            except Exception:
                self._watch.miss()
                _log.exception("event=fault")  # and the next look is another try
            await asyncio.sleep(self._pause_s())

    def _pause_s(self) -> float:
        """Until something happens that is known beforehand, or for LOOK_S or so: servers do not look together."""
        usual = LOOK_S * random.uniform(0.8, 1.2)  # noqa: S311
        next_ms = self._watch.next_ms()
        return usual if next_ms is None else min(usual, max(0.0, (next_ms - self._now_ms()) / 1000))

    async def _listen(self) -> None:
        while True:
            self._watch.miss()
            with suppress(Unavailable):
                async for word in self._catalogue.listen():
                    self._watch.hear(word)
            await asyncio.sleep(_AGAIN_S)
