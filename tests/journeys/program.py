"""The program `streamsync` as a process of its own, on a data folder and a port of its own."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

PROJECT = Path(__file__).parents[2]
COMMAND_S = 60.0  # more than any command here takes on a busy machine
STOP_S = 20.0

Completed = subprocess.CompletedProcess[str]


@dataclass(frozen=True, slots=True)
class Machine:
    """What one machine has: a data folder, a free port, and a clock that is so far ahead of the true one."""

    data: Path
    port: int
    ahead_ms: int = 0

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def records(self) -> list[str]:
        """The names of the asset records in the object store."""
        return sorted(path.name for path in (self.data / "objects" / "records").glob("*"))

    def environment(self, **settings: str) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("STREAMSYNC_")}
        own = {"STREAMSYNC_DATA": str(self.data), "STREAMSYNC_PORT": str(self.port)}
        debug = {"PYTHONPATH": str(PROJECT), "PYTHONFAULTHANDLER": "1", "COLUMNS": "80"}
        return {**clean, **debug, **own, **settings}

    def run(self, *words: str | Path, **settings: str) -> Completed:
        """One command to its end."""
        return subprocess.run(
            self._argv(words),
            env=self.environment(**settings),
            cwd=self.data.parent,
            capture_output=True,
            text=True,
            check=False,
            timeout=COMMAND_S,
        )

    def on_a_terminal(self, *words: str | Path) -> str:
        """What a command that ends well shows on a terminal's stderr."""
        ours, terminal = os.openpty()
        process = subprocess.Popen(
            self._argv(words),
            env=self.environment(TERM="xterm"),
            cwd=self.data.parent,
            stdout=subprocess.DEVNULL,
            stderr=terminal,
        )
        os.close(terminal)
        shown = b""
        try:
            while select.select([ours], [], [], COMMAND_S)[0]:
                shown += os.read(ours, 65536)
        except OSError:
            pass  # how Linux says that nobody writes any more
        finally:
            os.close(ours)
        with process:
            try:
                assert process.wait(STOP_S) == 0, shown
            finally:
                process.kill()
        return shown.decode()

    def json(self, *words: str | Path) -> Any:
        """What a command prints with --json."""
        done = self.run(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    @contextmanager
    def running(self, *words: str | Path, ready: str = "Ctrl-C stops", **settings: str) -> Iterator["Program"]:
        """A command that goes on, from the moment it has printed `ready`; stopped at the end of the block."""
        process = subprocess.Popen(
            self._argv(words),
            env=self.environment(**settings),
            cwd=self.data.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        program = Program(process)
        try:
            if ready:
                program.wait_for(ready)
            yield program
        finally:
            program.stop(signal.SIGTERM)

    def _argv(self, words: tuple[str | Path, ...]) -> list[str]:
        program = ("tests.journeys.ahead", str(self.ahead_ms)) if self.ahead_ms else ("streamsync",)
        return [sys.executable, "-W", "error", "-m", *program, *map(str, words)]


class Program:
    """A running command and all that it has printed."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self._heard = threading.Condition()
        self._lines: dict[str, list[str]] = {"out": [], "err": []}
        assert process.stdout is not None
        assert process.stderr is not None
        pipes = {"out": process.stdout, "err": process.stderr}
        self._open = len(pipes)
        self._readers = [threading.Thread(target=self._read, args=pair, daemon=True) for pair in pipes.items()]
        for reader in self._readers:
            reader.start()

    @property
    def out(self) -> str:
        return "".join(self._lines["out"])

    @property
    def err(self) -> str:
        return "".join(self._lines["err"])

    def wait_for(self, text: str) -> None:
        """Return when it has printed `text`, to either side."""
        with self._heard:
            self._heard.wait_for(lambda: self._open == 0 or text in self.out + self.err, COMMAND_S)
        assert text in self.out + self.err, f"never said {text!r}:\n{self.out}{self.err}"

    def stop(self, number: int) -> int:
        """Send a signal, unless it has ended; its exit code. Killed when the signal does not end it."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGABRT)  # it says where its threads are
            self.process.wait(STOP_S)
            for reader in self._readers:
                reader.join(STOP_S)
            raise AssertionError(f"signal {number} did not end it:\n{self.out}{self.err}") from None
        finally:
            for reader in self._readers:
                reader.join(STOP_S)
            for pipe in (self.process.stdout, self.process.stderr):
                assert pipe is not None
                pipe.close()

    def _read(self, name: str, pipe: IO[str]) -> None:
        for line in pipe:
            with self._heard:
                self._lines[name].append(line)
                self._heard.notify_all()
        with self._heard:
            self._open -= 1
            self._heard.notify_all()


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
