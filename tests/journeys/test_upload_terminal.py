"""`streamsync upload` as a person sees it, on a terminal of its own; and as a script does, without one."""

import os
import re
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from .program import COMMAND_S, STOP_S
from .uploads import PART, TOKEN, Held, Site, film, new_site

pytestmark = pytest.mark.slow

PARTS = 10
CTRL_C = b"\x03"
# Makes the terminal that it has on all three sides its own, so that a Ctrl-C there reaches it.
OWN = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); from streamsync.__main__ import main; main()"


class Terminal:
    """A terminal with the program on it, and somebody who reads and types."""

    def __init__(self, ours: int, process: "subprocess.Popen[bytes]") -> None:
        self._ours = ours
        self._raw = b""
        self.process = process
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    @property
    def raw(self) -> str:
        """All that the program has written."""
        return self._raw.decode(errors="replace")

    @property
    def shown(self) -> str:
        """The same without colours and what moves the cursor."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.raw)

    def wait_for(self, pattern: str) -> None:
        deadline = time.monotonic() + COMMAND_S
        while not re.search(pattern, self.shown):
            assert time.monotonic() < deadline, f"never showed {pattern!r}: {self.shown}"
            assert self.reader.is_alive() or re.search(pattern, self.shown), f"no {pattern!r}: {self.shown}"
            time.sleep(0.02)  # nobody tells when a pattern is there

    def type(self, keys: bytes) -> None:
        os.write(self._ours, keys)

    def echoes(self) -> bool:
        """Whether it shows what is typed."""
        return bool(termios.tcgetattr(self._ours)[3] & termios.ECHO)

    def end(self) -> int:
        """The exit code, when all is read."""
        self.reader.join(COMMAND_S)
        return self.process.wait(STOP_S)

    def _read(self) -> None:
        with suppress(OSError):  # how Linux says that nobody writes any more
            while data := os.read(self._ours, 65536):
                self._raw += data


@contextmanager
def terminal(site: Site, *words: str | Path, **settings: str) -> Iterator[Terminal]:
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", OWN, *map(str, words)],
        env=site.machine.environment(TERM="xterm", **settings),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    at = Terminal(ours, process)
    os.close(theirs)
    try:
        yield at
    finally:
        process.kill()
        process.wait()
        at.reader.join()
        os.close(ours)


@pytest.fixture
def site(tmp_path: Path, redis_url: str) -> Site:
    return new_site(tmp_path, redis_url)


def test_a_bar_moves_until_a_ctrl_c_and_the_next_run_goes_on(site: Site, tmp_path: Path) -> None:
    path, held = film(tmp_path / "film.mp4", PARTS * PART), Held(tmp_path / "held", 2)
    with site.machine.running("serve", **site.server):
        with terminal(site, "upload", "--no-wait", path, **site.client, **held.client) as at:
            at.wait_for(r"film\.mp4 \S+ +33\.6/167\.8 MB +[0-9.]+ MB/s +0:")
            site.wait_parts(2)
            held.let(6)
            at.wait_for(r"(?s) 33\.6/167\.8 MB.* (?!33\.6/)[1-9][0-9.]*/167\.8 MB")
            at.type(CTRL_C)
            assert at.end() == 130
            done_mb = [float(text) for text in re.findall(r"([0-9.]+)/167\.8 MB", at.shown)]
            assert done_mb[0] == 0 < len(set(done_mb)) - 2
            assert max(done_mb) < 167.8
            assert at.shown.splitlines()[-1] == "interrupted; the same command goes on where it was"
            assert at.raw.rindex("\x1b[?25h") > at.raw.rindex("\x1b[?25l"), "the cursor stays hidden"
        there = site.parts_done()
        assert 2 <= there < PARTS
        [sent] = site.upload(path)
        assert (sent["sent_bytes"], sent["kept_bytes"]) == ((PARTS - there) * PART, there * PART)
        assert site.stored(sent["upload"]) == path.read_bytes()


def test_the_token_is_asked_for_and_not_shown(site: Site, tmp_path: Path) -> None:
    path, server = film(tmp_path / "film.mp4", 1000), {"STREAMSYNC_SERVER": site.machine.origin}
    with site.machine.running("serve", **site.server), terminal(site, "upload", "--no-wait", path, **server) as at:
        at.wait_for("token: ")
        assert not at.echoes()
        at.type(TOKEN.encode() + b"\n")
        assert at.end() == 0, at.shown
        assert at.echoes()
    assert "film.mp4" in at.shown
    assert TOKEN not in at.shown


def test_a_ctrl_c_at_the_token_is_an_interruption(site: Site, tmp_path: Path) -> None:
    path, server = film(tmp_path / "film.mp4", 1000), {"STREAMSYNC_SERVER": site.machine.origin}
    with terminal(site, "upload", path, **server) as at:
        at.wait_for("token: ")
        at.type(CTRL_C)
        assert at.end() == 130
        assert at.echoes()


def test_a_ctrl_c_does_not_wait_for_a_server_that_is_away(site: Site, tmp_path: Path) -> None:
    path, held = film(tmp_path / "film.mp4", PARTS * PART), Held(tmp_path / "held", 2)
    with (
        site.machine.running("serve", **site.server) as server,
        terminal(site, "upload", "--no-wait", path, **site.client, **held.client) as at,
    ):
        site.wait_parts(1)
        server.stop(signal.SIGKILL)
        held.let(PARTS)
        time.sleep(3)  # by now all that is under way waits for it, for five minutes
        assert at.process.poll() is None
        at.type(CTRL_C)
        began_s = time.monotonic()
        assert at.end() == 130
        assert time.monotonic() - began_s < 30
    assert "interrupted" in at.shown


def test_without_a_terminal_there_are_plain_lines(site: Site, tmp_path: Path) -> None:
    path = film(tmp_path / "fi\x1b[31mlm.mp4", 3 * PART)
    with site.machine.running("serve", **site.server):
        done = site.machine.run("upload", "--no-wait", path, **site.client)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        heading, line = done.stdout.splitlines()
        assert heading.split() == ["asset", "file", "state"]
        assert re.fullmatch(r"[0-9a-f]{32}  fi\\x1b\[31mlm\.mp4  queued *", line)
        two, held = film(tmp_path / "two.mp4", PARTS * PART), Held(tmp_path / "held", 2)
        words = ("upload", "--no-wait", two)
        with site.machine.running(*words, ready="", **site.client, **held.client) as program:
            site.wait_parts(1)
            assert program.stop(signal.SIGINT) == 130
    assert (program.out, program.err) == ("", "interrupted; the same command goes on where it was\n")
