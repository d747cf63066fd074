"""The fleet's queue as whoever is no worker uses it: connected when first asked, and again when it was gone."""

import threading
from collections.abc import Callable
from contextlib import suppress

from storage import redis_clients, tickets
from storage.errors import Unavailable
from storage.jobs import Jobs
from storage.redis_clients import SyncClient
from storage.redis_url import read as place_of


class FleetQueue:
    """Jobs, and tickets for the workers. Blocks: async callers use threads.

    `check` raises Unavailable when Redis is known to be gone, so that nobody waits to find it out again.
    """

    def __init__(self, url: str, check: Callable[[], None] = lambda: None) -> None:
        self._url = url
        self.check = check
        self._place = str(place_of(url))
        self._lock = threading.Lock()
        self._client: SyncClient | None = None
        self._jobs: Jobs | None = None

    def jobs(self) -> Jobs:
        """The jobs. Raises Unavailable: the client of a cluster asks for its nodes at once."""
        with self._lock:
            self.check()  # here: who waits for the lock while another tries to connect need not try again
            if self._jobs is None:
                self._jobs = Jobs(self._connected(), self._place)
            return self._jobs

    def wake(self, count: int = 1) -> None:
        """Send tickets. One that cannot be sent is no loss: the workers look for what is pending by themselves."""
        with suppress(Unavailable):
            self.jobs()
            with self._lock:
                client = self._client
            if client is not None:
                tickets.send(tickets.broker(client), count)

    def say(self, kind: str, name: str) -> None:
        """Tell whoever listens to events. A word that cannot be said is no loss: pages can be loaded anew."""
        with suppress(Unavailable):
            self.jobs().say(f"{kind} {name}")

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            if self._client is not None:
                self._client.close()
            self._client = self._jobs = None

    def _connected(self) -> SyncClient:
        if self._client is None:
            try:
                self._client = redis_clients.synchronous(self._url)
            except redis_clients.FAILURES as error:
                raise Unavailable(f"Redis at {self._place} does not answer: {type(error).__name__}") from None
        return self._client
