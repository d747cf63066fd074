"""Children: ffmpeg and ffprobe, run so that none outlives us, hangs, or fills our memory."""

import ctypes
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO

from storage.errors import NoRoom, Unavailable

STALL_S = 120.0

_BEAT_S = 0.5
_TAIL_LINES = 40
_LINE_LIMIT = 4096
_CHUNK = 65536
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended: its exit code (negative: the signal) and the last lines that it complained with."""

    code: int
    tail: tuple[str, ...]

    @property
    def reason(self) -> str:
        """One line for a person: the first error of the last lines, which the later ones follow from."""
        errors = [line for line in self.tail if "[error]" in line or "[fatal]" in line]
        first = (errors or list(self.tail[-1:]) or [f"exit code {self.code}"])[0]
        return first.rpartition("] ")[2][:300]


class Stalled(Exception):
    """The child showed no progress for the time allowed, and was killed."""


def run(
    argv: Sequence[str],
    *,
    out: Callable[[str], bool],
    err: Callable[[str], None] | None = None,
    stall_s: float = STALL_S,
    stop: threading.Event | None = None,
    beat: Callable[[], None] | None = None,
) -> Ended:
    """Run to the end, giving each line of stdout to `out`, which says whether it shows progress.

    `beat` is called about twice a second, whatever the child says: ffmpeg is silent until its first picture is
    encoded. The child dies with this thread, when one of these raises, and when `stop` is set. Raises Stalled, NoRoom
    when it ran out of disk, Unavailable when it cannot be started.
    """
    tail: deque[str] = deque(maxlen=_TAIL_LINES)
    full = False

    def complain(line: str) -> None:
        nonlocal full
        if err is not None:
            err(line)
        full = full or "No space left on device" in line
        if "[verbose]" not in line and "[info]" not in line:
            tail.append(line[:_LINE_LIMIT])

    child = _start(argv)
    try:
        _pump(child, out, complain, stall_s, stop, beat)
        if stop is not None and stop.is_set():
            child.kill()
        code = child.wait()
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
        for pipe in (child.stdout, child.stderr):
            if pipe is not None:
                pipe.close()
    if code < 0 and not (stop is not None and stop.is_set()):
        raise Unavailable(f"{os.path.basename(argv[0])} was ended by {signal.Signals(-code).name}")
    # Whatever the exit code: the hls muxer goes on after a segment that it could not write.
    if full:
        raise NoRoom("the disk is full")
    return Ended(code, tuple(tail))


def make(
    argv: Sequence[str],
    what: str,
    *,
    out: Callable[[str], bool] | None = None,
    beat: Callable[[], None] | None = None,
) -> None:
    """Run an ffmpeg that only we can make fail. Raises Unavailable, saying that it could not `what`, and NoRoom."""
    try:
        ended = run(argv, out=out or Moving().heard, beat=beat)
    except Stalled as error:
        raise Unavailable(f"ffmpeg could not {what}: {error}") from None
    if ended.code != 0:
        raise Unavailable(f"ffmpeg could not {what}: {ended.reason}")


def _start(argv: Sequence[str]) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # Unsafe with threads if it took locks; the hook only makes two system calls.
            preexec_fn=_die_with_parent(),  # noqa: PLW1509
        )
    except OSError as error:
        raise Unavailable(f"cannot start {argv[0]}: {error.strerror}") from None


def _die_with_parent() -> Callable[[], None] | None:
    """A hook by which Linux kills the child when the thread that started it ends, SIGKILL included.

    Elsewhere the child goes on, into a folder that no other packaging uses, until that is swept.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def hook() -> None:
        prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
        if os.getppid() != parent:  # it died before the call
            os._exit(1)

    return hook


def _pump(
    child: "subprocess.Popen[bytes]",
    out: Callable[[str], bool],
    err: Callable[[str], None],
    stall_s: float,
    stop: threading.Event | None,
    beat: Callable[[], None] | None,
) -> None:
    def heard(line: str) -> bool:
        err(line)
        return False

    assert child.stdout is not None  # noqa: S101  both are pipes: see _start
    assert child.stderr is not None  # noqa: S101
    moved = beaten = time.monotonic()
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ, _Lines(out))
        selector.register(child.stderr, selectors.EVENT_READ, _Lines(heard))
        while selector.get_map():
            for key, _ in selector.select(timeout=_BEAT_S):
                pipe: IO[bytes] = key.fileobj  # type: ignore[assignment]
                chunk = os.read(pipe.fileno(), _CHUNK)
                if key.data.feed(chunk):
                    moved = time.monotonic()
                if not chunk:
                    selector.unregister(pipe)
            if stop is not None and stop.is_set():
                return
            if beat is not None and time.monotonic() - beaten > _BEAT_S:
                beat()
                beaten = time.monotonic()
            if time.monotonic() - moved > stall_s:
                raise Stalled(f"no progress for {stall_s:.0f} s")


class _Lines:
    """Cuts what a pipe gives into lines. Lines without end are cut off, so memory stays bounded."""

    def __init__(self, take: Callable[[str], bool]) -> None:
        self._take = take
        self._rest = b""

    def feed(self, chunk: bytes) -> bool:
        """Whether a line of `chunk` (empty: the end) showed progress."""
        *whole, rest = (self._rest + chunk).split(b"\n")
        if not chunk and rest:
            whole.append(rest)
            rest = b""
        self._rest = rest[:_CHUNK]
        moved = False
        for line in whole:
            moved = self._take(line.decode(errors="replace").rstrip("\r")) or moved
        return moved


class Moving:
    """Reads `-progress`: lines come also while ffmpeg is stuck, so only a higher count is progress."""

    def __init__(self) -> None:
        self.frame = 0
        self.out_us = 0
        self.speed: float | None = None

    def heard(self, line: str) -> bool:
        """Take one line; whether ffmpeg has moved."""
        name, _, value = line.partition("=")
        value = value.strip()
        if name == "speed":
            self.speed = float(value[:-1]) if value[:-1].replace(".", "", 1).isdecimal() else None
        if name not in {"frame", "out_time_us"} or not value.lstrip("-").isdecimal():
            return False
        before = self.frame, self.out_us
        if name == "frame":
            self.frame = int(value)
        else:
            self.out_us = int(value)
        return before != (self.frame, self.out_us)
