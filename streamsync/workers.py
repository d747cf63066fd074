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
from streamsync.session import err, redis_url

STOP_S = 40.0
_RESTART_S = (1.0, 2.0, 5.0, 15.0, 30.0)
_STEADY_S = 60.0  # who ran for so long did not die of how it was started


def worker(
    processes: Annotated[
        int | None, typer.Option("--processes", "-p", min=1, max=256, help="How many. Default: one for each core.")
    ] = None,
    supervised: Annotated[bool, typer.Option(hidden=True)] = False,
) -> None:
    """Package what was uploaded: take tasks from the queue until stopped.

    Run it on as many machines as there are; a long video is encoded by all of them at once. It may be killed at any
    time: what it was doing is taken over by another. Ctrl-C and SIGTERM give it back at once.

    Examples:

        streamsync worker

        STREAMSYNC_REDIS_URL=redis://10.0.0.5 STREAMSYNC_OBJECTS_URL=s3://films streamsync worker --processes 4
    """
    settings = load()
    count = processes or settings.workers or os.cpu_count() or 1
    with redis_url(settings) as url:
        if count == 1 or supervised:
            from streamsync.work import run_one  # noqa: PLC0415  dramatiq takes its time

            run_one(settings, url, supervised=supervised)
        else:
            err.print(f"{count} packaging processes; Ctrl-C stops")
            with Crew(settings, url, count) as crew:
                crew.supervise(threading.Event())


class Crew:
    """Worker processes, started again when they die, stopped with us."""

    def __init__(self, settings: Settings, url: str, count: int) -> None:
        self._environment = os.environ | {
            "STREAMSYNC_REDIS_URL": url,
            "STREAMSYNC_DATA": str(settings.data.absolute()),
        }
        self._count = count
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        self._began: dict[int, float] = {}
        self._failures: dict[int, int] = {}

    def __enter__(self) -> "Crew":
        for number in range(self._count):
            self._start(number)
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes.values():
            process.terminate()
        deadline = time.monotonic() + STOP_S
        for process in self._processes.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def supervise(self, stopped: threading.Event) -> None:
        """Start anew whoever dies, less and less often, until `stopped` is set or we are interrupted."""
        with suppress(KeyboardInterrupt):
            while not stopped.wait(0.5):
                for number, process in list(self._processes.items()):
                    if process.poll() is not None:
                        self._again(number, process.returncode)

    def _again(self, number: int, code: int) -> None:
        lived_s = time.monotonic() - self._began[number]
        failures = 0 if lived_s > _STEADY_S else self._failures.get(number, 0)
        if lived_s < _RESTART_S[min(failures, len(_RESTART_S) - 1)]:
            return
        self._failures[number] = failures + 1
        err.print(f"a packaging process ended with {code}: starting another")
        self._start(number)

    def _start(self, number: int) -> None:
        argv = [sys.executable, "-m", "streamsync", "worker", "--supervised"]
        # A session of its own: a Ctrl-C in our terminal is for us to pass on.
        self._processes[number] = subprocess.Popen(argv, env=self._environment, start_new_session=True)
        self._began[number] = time.monotonic()
