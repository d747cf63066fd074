"""The place of one server process among several: its listener, those of its fellows, and the line to the supervisor.

On the line, a socket pair, the supervisor says `missing 1,3` (numbers whose processes are being started: others
accept their connections meanwhile) and `leave` (another has our place). We say `ready`, `alive` every second from the
event loop, and `deaf` when we no longer listen. Its end means that the supervisor is gone.
"""

import asyncio
import logging
import shutil
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel

from manifest_server.viewer.fellows import Fellows
from storage.errors import StreamSyncError
from storage.settings import load
from streamsync import server
from streamsync.exits import INTERRUPTED, exit_code

_log = logging.getLogger("streamsync.seat")

READY, ALIVE, DEAF, LEAVE, MISSING = "ready", "alive", "deaf", "leave", "missing"
BEAT_S = 1.0
LEAVING_S = 10.0  # players ask every few seconds: nearly all come once more, and are told to connect anew


class Place(BaseModel):
    """What a supervisor tells a process at its start: descriptors that it inherits, and where its fellows are."""

    number: int
    line: int
    listeners: list[int]
    folder: Path


class Seat:
    """Used once, in the event loop of the server that has it."""

    def __init__(self, place: Place) -> None:
        self.fellows = Fellows(place.folder, place.number, len(place.listeners))
        self.listeners = [socket.socket(fileno=one) for one in place.listeners]
        self._folder = place.folder
        self._line = socket.socket(fileno=place.line)
        for one in (*self.listeners, self._line):
            one.set_inheritable(False)
        self._told: asyncio.StreamWriter | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def own(self) -> socket.socket:
        """The listener that is ours for as long as we live."""
        return self.listeners[self.fellows.number]

    def take(self, serving: server.Server) -> None:
        """Begin to do as we are told."""
        self._tasks.add(asyncio.create_task(self._obey(serving)))

    def leave(self) -> None:
        """We listen no longer."""
        for one in self.listeners:
            one.close()
        self._say(DEAF)

    async def _obey(self, serving: server.Server) -> None:
        reader, self._told = await asyncio.open_connection(sock=self._line)
        self._say(READY)
        self._tasks.add(asyncio.create_task(self._live(self._told)))
        with suppress(ConnectionError):
            while line := (await reader.readline()).decode():
                word, _, rest = line.strip().partition(" ")
                if word == LEAVE:
                    serving.linger_s = LEAVING_S
                    serving.takes_queue = False
                    serving.should_exit = True
                elif word == MISSING and not serving.should_exit:
                    self.fellows.missing = frozenset(int(one) for one in rest.split(",") if one)
                    await self._listen(serving)
        serving.is_last = True
        serving.should_exit = True
        shutil.rmtree(self._folder, ignore_errors=True)  # as nobody else will

    async def _listen(self, serving: server.Server) -> None:
        try:
            await serving.listen_at([self.own, *(self.listeners[one] for one in self.fellows.missing)])
        except OSError as error:  # no descriptors are left: what we are told after that counts all the same
            _log.warning("event=not_listening reason=%s", error.strerror)

    async def _live(self, told: asyncio.StreamWriter) -> None:
        while not told.is_closing():
            if told.transport.get_write_buffer_size() == 0:  # else the supervisor is stopped, and has enough to read
                self._say(ALIVE)
            await asyncio.sleep(BEAT_S)

    def _say(self, word: str) -> None:
        if self._told is not None:
            self._told.write(f"{word}\n".encode())


def main() -> None:
    """A server process of a supervisor, who says which in the one argument. Loads less than the command line does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        settings = load()
        seat = Seat(Place.model_validate_json(sys.argv[1]))
        server.run(settings, settings.redis_url or "", [seat.own], seat)
    except StreamSyncError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(exit_code(error))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
