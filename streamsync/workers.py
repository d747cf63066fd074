"""`streamsync worker`: packaging processes of this machine, as many as it has cores."""

import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import Annotated

import typer

from storage.settings import Settings, load
from streamsync import traces
from streamsync.session import err, redis_url

STOP_S = 40.0
_RESTART_S = (1.0, 2.0, 5.0, 15.0, 30.0)
_STEADY_S = 60.0  # who ran for so long did not die of how it was started


def worker(
    processes: Annotated[
        int | None, typer.Option("--processes", "-p", min=1, max=256, help="How many. Default: one for each core.")
    ] = None,
    supervised: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Package what was uploaded: take tasks from the queue until stopped.

    Run it on as many machines as there are; a long video is encoded by all of them at once. It may be killed at any
    time: what it was doing is taken over by another. Ctrl-C and SIGTERM give it back at once.

    Examples:

        streamsync worker

        STREAMSYNC_REDIS_URL=redis://10.0.0.5 STREAMSYNC_OBJECTS_URL=s3://films streamsync worker --processes 4
    """
    settings = load()
    traces.are_wanted()  # or somebody is to hear what is wrong with them
    count = processes or crew_size(settings)
    with redis_url(settings) as url:
        if count == 1 or supervised is not None:
            from streamsync.work import run_one  # noqa: PLC0415  dramatiq takes its time

            run_one(settings, url, supervised=supervised)
        else:
            err.print(f"{count} packaging processes; Ctrl-C stops")
            with Crew(settings, url, count), suppress(KeyboardInterrupt):
                threading.Event().wait()


def crew_size(settings: Settings) -> int:
    """How many processes this machine is to have."""
    return settings.workers if settings.workers is not None else os.cpu_count() or 1


class Crew:
    """Worker processes while it is entered: started again when they die, less and less often; stopped with us."""

    def __init__(self, settings: Settings, url: str, count: int) -> None:
        data = str(settings.data.absolute())
        self._environment = os.environ | {"STREAMSYNC_REDIS_URL": url, "STREAMSYNC_DATA": data}
        self._members = [_Member() for _ in range(count)]
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._supervise, name="crew", daemon=True)

    def __enter__(self) -> "Crew":
        for member in self._members:
            member.start(self._environment)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._leaving.set()
        self._thread.join()
        processes = [member.process for member in self._members if member.process is not None]
        for process in processes:
            process.terminate()
        deadline = time.monotonic() + STOP_S
        for process in processes:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _supervise(self) -> None:
        while not self._leaving.wait(0.5):
            for member in self._members:
                code = member.ended()
                if code is not None:
                    err.print(f"a packaging process ended with {code}: starting another")
                    member.start(self._environment)


class _Member:
    """One process of a crew, and how often it has died of late."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self._began = 0.0
        self._failures = 0

    def start(self, environment: dict[str, str]) -> None:
        argv = [sys.executable, "-m", "streamsync", "worker", "--supervised", str(os.getpid())]
        # A session of its own: a Ctrl-C in our terminal is for us to pass on.
        self.process = subprocess.Popen(argv, env=environment, start_new_session=True)
        self._began = time.monotonic()

    def ended(self) -> int | None:
        """With which code it ended, when it is time to start another."""
        if self.process is None or self.process.poll() is None:
            return None
        lived_s = time.monotonic() - self._began
        if lived_s > _STEADY_S:
            self._failures = 0
        if lived_s < _RESTART_S[min(self._failures, len(_RESTART_S) - 1)]:
            return None
        self._failures += 1
        return self.process.returncode
