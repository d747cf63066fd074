"""A server that is stopped and started, with films on air whose frames tell when they are due."""

import time
from contextlib import ExitStack
from pathlib import Path

from storage.settings import Settings
from tests.journeys.program import Machine, free_port
from tests.journeys.stream import Stream, make_videos

from .seats import Error, Seat, apart, errors


class House:
    """A server that can be stopped and started, and the truth about what it has on air."""

    def __init__(self, folder: Path) -> None:
        self._machine = Machine(folder / "data", free_port())
        self._machine.data.mkdir()
        self._films = make_videos(folder)
        self._running = ExitStack()
        self.stream = Stream(self._machine.origin, Settings(data=self._machine.data))

    def start(self) -> None:
        """Serve; the films are made assets by the first start."""
        self._running.enter_context(self._machine.running("up", *self._films))
        self._films = []

    def stop(self) -> None:
        """Serve no more; connections are refused."""
        self._running.close()

    def errors(self, seat: Seat, since_ms: float) -> list[Error]:
        """Of all frames that came on screen since a Unix ms."""
        viewer, since_s = seat.viewer, time.time() - since_ms / 1000 + 30
        truth = apart(lambda: self.stream.truth(viewer, seconds=30, since_s=since_s))
        return [one for one in errors(seat.sightings(), truth) if one.wall_ms >= since_ms]
