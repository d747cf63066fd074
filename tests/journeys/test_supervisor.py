"""Whoever watches server processes: when it gives up, and what ends it."""

import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import threading
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from storage.errors import Unavailable
from storage.settings import Settings
from streamsync import supervisor
from streamsync.listeners import listening
from streamsync.supervisor import Supervisor
from tests.redis_servers import until

from .processes import linux_only, no_more_files, wait_ended
from .program import Machine, free_port
from .test_serve_workers import READY, children, until_whole
from .watching import ask

pytestmark = [pytest.mark.slow, linux_only]


def test_it_gives_up_when_processes_die_at_their_start_again_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(supervisor, "PAUSES_S", (0.0,))
    here, over = Path(f"/proc/self/task/{threading.get_native_id()}/children"), threading.Event()

    def kill_them() -> None:
        while not over.wait(0.01):
            for one in here.read_text().split():
                with suppress(FileNotFoundError, ProcessLookupError):  # it ended while we looked
                    if b"streamsync.seat" in Path(f"/proc/{one}/cmdline").read_bytes():
                        os.kill(int(one), signal.SIGKILL)

    killer = threading.Thread(target=kill_them)
    settings = Settings(data=tmp_path, port=free_port())
    with listening(settings, 2) as listeners:
        killer.start()
        try:
            with pytest.raises(Unavailable, match="no server process gets ready, 5 tries in a row"):
                Supervisor(settings, "redis://127.0.0.1:1", listeners).run()
        finally:
            over.set()
            killer.join()
    assert capfd.readouterr().err.count("server process 0 ended with -9 before it was ready\n") == 5


def test_processes_end_when_nobody_watches_them_any_more(empty: Machine) -> None:
    with empty.running("serve", "--workers", "2", ready=READY) as serve:
        until_whole(empty)
        pids = children(serve.process.pid)
        folder = json.loads(Path(f"/proc/{pids[0]}/cmdline").read_bytes().split(b"\0")[-2])["folder"]
        assert Path(folder).is_dir()
        serve.process.kill()
        for pid in pids:
            wait_ended(pid, 20)
        assert not Path(folder).exists()
        with pytest.raises(httpx.ConnectError):
            ask(f"{empty.origin}/time")
    empty.run("channel", "list")  # whoever comes next ends the Valkey that was left


def test_it_is_renewed_by_a_signal_on_a_terminal_and_ends_with_it(empty: Machine) -> None:
    ours, terminal = os.openpty()

    def on_it() -> None:
        os.setsid()
        fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)

    process = subprocess.Popen(
        [sys.executable, "-m", "streamsync", "serve", "--workers", "2"],
        env=empty.environment(), cwd=empty.data.parent, stdin=terminal, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, preexec_fn=on_it,  # noqa: PLW1509 - the only way to be given a terminal
    )  # fmt: skip
    os.close(terminal)
    try:
        until(lambda: _answers(empty), "a server")
        until_whole(empty)
        old = set(children(process.pid))
        process.send_signal(signal.SIGHUP)
        until(lambda: len(found := children(process.pid)) == 2 and not old & set(found), "new processes")
        os.close(ours)
        ours = -1
        assert process.wait(20) == 0
    finally:
        if ours >= 0:
            os.close(ours)
        process.kill()
        process.wait()


def test_who_cannot_be_started_is_tried_again_and_the_others_go_on(empty: Machine) -> None:
    with empty.running("serve", "--workers", "2", ready=READY) as serve:
        until_whole(empty)
        one, other = children(serve.process.pid)
        with no_more_files(serve.process.pid):
            os.kill(one, signal.SIGKILL)
            serve.wait_for("cannot be started: Too many open files")
            assert ask(f"{empty.origin}/time").status_code == 200
        until_whole(empty)
        assert other in children(serve.process.pid)
        assert serve.stop(signal.SIGTERM) == 0
        assert "Traceback" not in serve.err


def test_who_could_open_no_more_files_obeys_all_the_same(empty: Machine) -> None:
    with empty.running("serve", "--workers", "2", ready=READY) as serve:
        until_whole(empty)
        one, other = children(serve.process.pid)
        with no_more_files(one):
            os.kill(other, signal.SIGKILL)
            serve.wait_for("event=not_listening reason=Too many open files")
        until_whole(empty)
        serve.process.kill()
        wait_ended(one, 20)  # as nobody watches it any more
    empty.run("channel", "list")  # whoever comes next ends the Valkey that was left


def test_its_folder_is_not_taken_for_old_and_may_be_lost(empty: Machine) -> None:
    with empty.running("serve", "--workers", "2", ready=READY) as serve:
        until_whole(empty)
        one, other = children(serve.process.pid)
        folder = json.loads(Path(f"/proc/{one}/cmdline").read_bytes().split(b"\0")[-2])["folder"]
        held = os.open(folder, os.O_RDONLY)
        with pytest.raises(BlockingIOError):  # as systemd-tmpfiles tries before it cleans
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(held)
        shutil.rmtree(folder)
        os.kill(one, signal.SIGKILL)
        serve.wait_for("event=metrics_not_shared reason=No such file or directory")
        until_whole(empty)
        assert other in children(serve.process.pid)


def test_a_folder_for_all_that_is_temporary_may_have_a_long_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / ("x" * 80)))
    with supervisor._sockets_folder() as folder:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(folder / "255.4194304"))
        listener.close()
    assert not folder.exists()


def _answers(machine: Machine) -> bool:
    try:
        return ask(f"{machine.origin}/time").status_code == 200
    except httpx.ConnectError:
        return False
