"""The supervisor: several server processes on one port. They are started again when they die or hang, and one after
another when they are to be renewed; the listeners are ours, so that who waits in their queues is not lost with them.
"""

import asyncio
import fcntl
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from storage.errors import BadInput, Unavailable
from storage.settings import Settings
from streamsync import exits
from streamsync.child import Child
from streamsync.listeners import refuse_new
from streamsync.seat import BEAT_S, LEAVE, LEAVING_S, MISSING, Place
from streamsync.session import err

STOP_S = 12.0  # for one to end: it gives requests 6 s, and what it still has to tell Redis some more
TRIES = 5  # starts in a row that fail, while nobody serves, until we give up
PAUSES_S = (0.0, 0.0, 1.0, 2.0, 5.0, 15.0, 30.0)  # before the first start, and after 1, 2... short lives in a row
STEADY_S = 60.0  # who lived so long did not die of how it was started
# Beats of ours, one a second, in which a process has not said that it lives. No search for garbage nor edit takes
# nearly so long.
QUIET_BEATS = 5  # the others accept at its listener, too
HUNG_BEATS = 20  # it is killed
_DEAF_S = 2.0
_FOLDER_LIMIT = 75  # bytes of $TMPDIR: a socket's path has 108, and what is behind that takes 32


class _Seat:
    def __init__(self, number: int) -> None:
        self.number = number
        self.child: Child | None = None
        self.lock = asyncio.Lock()  # held by who puts another there
        self.short_lives = 0

    def pause_s(self) -> float:
        return PAUSES_S[min(self.short_lives, len(PAUSES_S) - 1)]


class Supervisor:
    """Runs one server process for each of `listeners`."""

    def __init__(self, settings: Settings, url: str, listeners: list[socket.socket]) -> None:
        data = str(settings.data.absolute())
        self._environment = os.environ | {"STREAMSYNC_REDIS_URL": url, "STREAMSYNC_DATA": data}
        self._listeners = listeners
        self._seats: list[_Seat] = []
        self._children: set[Child] = set()
        self._folder = Path()
        self._stopping = asyncio.Event()
        self._renewing: asyncio.Task[None] | None = None
        self._again = False
        self._told_missing = ""
        self._had_terminal = _has_terminal()

    def run(self) -> None:
        """Serve until SIGINT or SIGTERM; SIGHUP renews the processes. Raises Unavailable when they cannot start."""
        with _sockets_folder() as self._folder, _handlers_kept():
            asyncio.run(self._run())

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        told: dict[signal.Signals, Callable[[], None]] = {
            signal.SIGTERM: self._stop, signal.SIGINT: self._stop, signal.SIGHUP: self._hang_up
        }  # fmt: skip
        for number, does in told.items():
            if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup has SIGHUP
                loop.add_signal_handler(number, does)
        self._seats = [_Seat(number) for number in range(len(self._listeners))]
        serving = asyncio.create_task(self._serve())
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                await serving
        finally:
            tasks = [one for one in (serving, stopping, self._renewing) if one is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._end()

    async def _serve(self) -> None:
        # The first alone: what is wrong with the settings is said once. It serves for all until the others are there.
        await self._taken(self._seats[0])
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._watch())
                for seat in self._seats:
                    group.create_task(self._keep(seat))
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None

    async def _keep(self, seat: _Seat) -> None:
        """Somebody is at the seat, always."""
        while True:
            child = await self._taken(seat)
            code = await child.ended()
            if seat.child is not child:  # another has its place
                continue
            self._children.discard(child)
            seat.child = None
            self._tell()
            is_short = time.monotonic() - child.began < STEADY_S
            seat.short_lives = seat.short_lives + 1 if is_short else 1
            err.print(f"server process {seat.number} ended with {code}: starting another")

    async def _watch(self) -> None:
        """Kill who hangs. Counted in beats of ours: while we, or the whole machine, are stopped, nothing counts."""
        while True:
            await asyncio.sleep(BEAT_S)
            for seat in self._seats:
                if seat.child is None:
                    continue
                seat.child.silent_beats += 1
                if seat.child.silent_beats == HUNG_BEATS:
                    err.print(f"server process {seat.number} has hung for {HUNG_BEATS * BEAT_S:.0f} s: killing it")
                    seat.child.signal(signal.SIGKILL)
            if self._missing() != self._told_missing:
                self._tell()

    async def _taken(self, seat: _Seat) -> Child:
        """Who is at the seat; started if need be. Raises Unavailable when there is no hope for that."""
        async with seat.lock:
            failures = 0
            while seat.child is None:
                await asyncio.sleep(seat.pause_s())
                seat.child = await self._started(seat)
                if seat.child is None:
                    failures += 1
                    seat.short_lives += 1
                    self._check_hope(failures)
            self._tell()
            return seat.child

    def _check_hope(self, failures: int) -> None:
        if failures >= TRIES and not any(seat.child for seat in self._seats):
            raise Unavailable(f"no server process gets ready, {failures} tries in a row; what they said is above")

    async def _started(self, seat: _Seat) -> Child | None:
        """A new process for the seat, ready; None if it ended before. Raises BadInput if the settings are bad."""
        try:
            child = await self._spawned(seat)
        except OSError as error:  # no room for another: those that are there go on
            err.print(f"server process {seat.number} cannot be started: {error.strerror or error}")
            return None
        self._children.add(child)
        if await child.is_ready():
            return child
        self._children.discard(child)
        code = await child.ended()
        if code == exits.CODES[BadInput] and not any(one.child for one in self._seats):
            raise BadInput("no server process starts with these settings")
        err.print(f"server process {seat.number} ended with {code} before it was ready")
        return None

    async def _spawned(self, seat: _Seat) -> Child:
        ours, theirs = socket.socketpair()
        inherited = [theirs.fileno(), *(one.fileno() for one in self._listeners)]
        place = Place(number=seat.number, line=inherited[0], listeners=inherited[1:], folder=self._folder)
        with theirs, ExitStack() as undo:
            undo.enter_context(ours)
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "streamsync.seat", place.model_dump_json()),
                env=self._environment,
                stdin=subprocess.DEVNULL,
                pass_fds=inherited,
                start_new_session=True,  # a Ctrl-C in our terminal is for us to pass on
            )
            undo.pop_all()
        return Child(process, *await asyncio.open_connection(sock=ours))

    def _missing(self) -> str:
        found = (one for one in self._seats if one.child is None or one.child.silent_beats >= QUIET_BEATS)
        return ",".join(str(seat.number) for seat in found)

    def _tell(self) -> None:
        self._told_missing = self._missing()
        for seat in self._seats:
            if seat.child is not None:
                seat.child.say(MISSING, self._told_missing)

    async def _renew(self) -> None:
        """A new process at each seat, one after another; the old one leaves when the new one serves."""
        self._again = True
        while self._again:
            self._again = False
            for seat in self._seats:
                if not await self._renewed(seat):
                    err.print("the processes are not renewed: those that are there go on")
                    return
        err.print("all server processes are new")

    async def _renewed(self, seat: _Seat) -> bool:
        async with seat.lock:
            old = seat.child
            try:
                new = await self._started(seat)
            except BadInput:
                new = None
            if new is None:
                return False
            seat.child = new
            seat.short_lives = 0
            self._tell()
        if old is not None:
            old.say(LEAVE)
            await self._seen_off(old, STOP_S + LEAVING_S)
        return True

    def _stop(self) -> None:
        """A signal: all are to end; a second: at once."""
        refuse_new(self._listeners)
        self._stopping.set()
        for child in self._children:
            child.signal(signal.SIGTERM)

    def _hang_up(self) -> None:
        if self._had_terminal and not _has_terminal():
            self._stop()
        elif self._renewing is not None and not self._renewing.done():
            self._again = True
        else:
            self._renewing = asyncio.create_task(self._renew())

    async def _end(self) -> None:
        """Close the listeners when nobody accepts any more; return when all processes have ended."""
        if not self._stopping.is_set():
            self._stop()
        deaf = [child.deaf for child in self._children if child.deaf is not None]
        if deaf:
            await asyncio.wait(deaf, timeout=_DEAF_S)
        for listener in self._listeners:
            listener.close()
        await asyncio.gather(*(self._seen_off(child, STOP_S) for child in list(self._children)))

    async def _seen_off(self, child: Child, within_s: float) -> None:
        try:
            async with asyncio.timeout(within_s):
                await child.ended()
        except TimeoutError:
            child.signal(signal.SIGKILL)
            await child.ended()
        self._children.discard(child)


@contextmanager
def _sockets_folder() -> Iterator[Path]:
    """A folder of our own. While it is locked, systemd-tmpfiles takes nothing in it for old (tmpfiles.d(5))."""
    short = len(os.fsencode(tempfile.gettempdir())) <= _FOLDER_LIMIT
    with tempfile.TemporaryDirectory(prefix="streamsync-", dir=None if short else "/tmp") as folder:  # noqa: S108
        held = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(held, fcntl.LOCK_SH)
            yield Path(folder)
        finally:
            os.close(held)


@contextmanager
def _handlers_kept() -> Iterator[None]:
    """asyncio takes the default for what it found."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _has_terminal() -> bool:
    """Whether a terminal controls this process. When it is closed there is none, and a SIGHUP tells of that."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True
