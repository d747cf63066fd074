"""`streamsync serve`: the manifest server alone, its port, and how it ends."""

import signal
import socket

import pytest

from storage.settings import Settings
from streamsync.server import origin

from .conftest import Films
from .processes import at_work_in, linux_only
from .program import Machine, free_port
from .watching import ask, fetch, media_urls

pytestmark = pytest.mark.slow

READY = "serving on"


def test_without_a_channel_there_is_nothing_to_play(empty: Machine) -> None:
    with empty.running("serve", ready=READY) as serve:
        assert serve.err == f"serving on {empty.origin}; Ctrl-C stops\n"
        answer = ask(f"{empty.origin}/live/main/alice/index.m3u8")
        assert (answer.status_code, answer.json()) == (404, {"error": "no channel 'main'"})
        assert answer.headers["content-type"] == "application/json"
        assert fetch(f"{empty.origin}/readyz").json() == {"status": "ready", "catalogue": "ok", "objects": "ok"}


@linux_only
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_it_and_all_that_it_started(empty: Machine, number: signal.Signals) -> None:
    with empty.running("serve", ready=READY) as serve:
        fetch(f"{empty.origin}/healthz")
        assert at_work_in(empty.data)
        assert serve.stop(number) == 0
    assert at_work_in(empty.data) == {}
    assert "Traceback" not in serve.err


def test_a_request_that_never_ends_does_not_hold_it_up(empty: Machine) -> None:
    with (
        empty.running("serve", ready=READY) as serve,
        socket.create_connection(("127.0.0.1", empty.port), timeout=20) as silent,
    ):
        silent.sendall(b"GET /time HTTP/1.1\r\nHost: ")
        fetch(f"{empty.origin}/time")
        assert serve.stop(signal.SIGTERM) == 0
        assert silent.recv(1) == b""


def test_an_address_of_ipv6_stands_in_brackets() -> None:
    assert origin(Settings(host="::1", port=8001)) == "http://[::1]:8001"
    assert origin(Settings(host="0.0.0.0", port=8001)) == "http://0.0.0.0:8001"  # noqa: S104


def test_two_servers_of_one_folder_give_the_same_bytes(stocked: Machine, films: Films) -> None:
    second = Machine(stocked.data, free_port())
    with stocked.running("up", films.one, films.two) as first, second.running("serve", ready=READY):
        for _ in range(3):  # the window may move between the two requests, but not three times in a row
            pairs = [
                [fetch(url.replace(stocked.origin, one.origin)).content for one in (stocked, second)]
                for url in media_urls(stocked)
            ]
            if all(ours == theirs for ours, theirs in pairs):
                break
        else:
            raise AssertionError(pairs)
        assert first.stop(signal.SIGINT) == 0
        # The private Valkey now belongs to the other.
        assert fetch(f"{second.origin}/readyz").json() == {"status": "ready", "catalogue": "ok", "objects": "ok"}
        assert media_urls(second, "somebody-new")


@pytest.mark.parametrize("command", ["serve", "up"])
def test_a_taken_port_is_named_before_any_work_is_done(empty: Machine, films: Films, command: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", empty.port))
        taken.listen()
        done = empty.run(command, *([films.one] if command == "up" else []))
    assert (done.returncode, done.stdout) == (7, "")
    assert done.stderr == (
        f"error: cannot listen on 127.0.0.1:{empty.port}: Address already in use; "
        "set STREAMSYNC_PORT to another port\n"
    )
    assert not empty.data.exists()
