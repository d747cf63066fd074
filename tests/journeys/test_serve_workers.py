"""`streamsync serve --workers`: several processes on one port, renewed, killed and ended under load."""

import asyncio
import json
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.redis_servers import until

from .askers import Crowd
from .conftest import Films
from .processes import at_work_in, linux_only
from .program import Machine
from .uploads import patched
from .watching import ask, fetch, media_urls

pytestmark = [pytest.mark.slow, linux_only]

READY = "serving on"
WHOLE = {"status": "ready", "catalogue": "ok", "objects": "ok", "processes": "ok"}


def children(pid: int) -> list[int]:
    """The server processes of a supervisor."""
    found = []
    for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        with suppress(FileNotFoundError, ProcessLookupError):  # it ended while we looked
            if b"streamsync.seat" in Path(f"/proc/{one}/cmdline").read_bytes():
                found.append(int(one))
    return sorted(found)


def connections(machine: Machine) -> list[float]:
    """How many each process has open, that on which it was asked among them."""
    families = text_string_to_metric_families(fetch(f"{machine.origin}/metrics").text)
    return [one.value for family in families if family.name == "streamsync_connections" for one in family.samples]


def healthy(machine: Machine) -> list[int]:
    """The servers that are well, by what they say of themselves, when there are no others."""
    found = json.loads(machine.run("health", "--json").stdout)["servers"]
    assert {one["state"] for one in found} <= {"ok", "warn"}, found
    return sorted(one["pid"] for one in found)


def until_whole(machine: Machine) -> None:
    until(lambda: ask(f"{machine.origin}/readyz").json() == WHOLE, "all processes")


def last_answers(connections: list[HTTPConnection]) -> bool:
    """Whether no other request is wanted on any of them; they are left out one by one."""
    for one in list(connections):
        with suppress(ConnectionError, HTTPException):
            one.request("GET", "/time")
            with one.getresponse() as answer:
                answer.read()
            if answer.headers["Connection"] != "close":
                continue
        connections.remove(one)
    return not connections


def asked_while(crowd: Crowd, story: Callable[[], Awaitable[None]]) -> None:
    """A crowd that asks until the story is told."""

    async def whole() -> None:
        asking = asyncio.create_task(crowd.run())
        await asyncio.to_thread(until, lambda: crowd.seen["answered"] > 3 * crowd.count, "answers")
        await story()
        before = crowd.seen["answered"]
        if not asking.done():
            await asyncio.to_thread(
                until, lambda: asking.done() or crowd.seen["answered"] > before + crowd.count, "more"
            )
        crowd.leaving = True
        await asking

    asyncio.run(whole())


def test_connections_are_dealt_out(empty: Machine) -> None:
    with empty.running("serve", "--workers", "2", ready=READY) as serve:
        assert serve.err == f"serving on {empty.origin} with 2 processes; Ctrl-C stops\n"
        until_whole(empty)
        made = [socket.create_connection(("127.0.0.1", empty.port)) for _ in range(64)]
        try:
            for one in made:
                one.sendall(b"GET /time HTTP/1.1\r\nHost: x\r\n\r\n")
                assert one.recv(15) == b"HTTP/1.1 200 OK"
            until(lambda: sum(connections(empty)) == 64 + 1, "the connections of before to be closed")
            assert min(connections(empty)) > 10  # by chance once in a thousand million times
        finally:
            for one in made:
                one.close()


def test_metrics_are_of_all_processes_whichever_answers(empty: Machine) -> None:
    with empty.running("serve", "--workers", "2", ready=READY) as serve:
        until_whole(empty)
        for _ in range(3):
            assert ask(f"{empty.origin}/beacon").status_code == 405
        families = {one.name: one for one in text_string_to_metric_families(fetch(f"{empty.origin}/metrics").text)}
        refused = families["streamsync_beacons_refused"].samples
        assert sum(one.value for one in refused if one.name.endswith("_total")) == 3
        started = families["process_start_time_seconds"].samples
        assert [one.labels for one in started] == [{"process": "0"}, {"process": "1"}]
        pids = children(serve.process.pid)
        assert healthy(empty) == pids
        assert serve.stop(signal.SIGTERM) == 0
    assert [pid for pid in pids if Path(f"/proc/{pid}").exists()] == []
    assert at_work_in(empty.data) == {}


def test_up_serves_with_several_processes_and_leaves_nothing(stocked: Machine, films: Films) -> None:
    with stocked.running("up", films.one, STREAMSYNC_SERVE_WORKERS="2", STREAMSYNC_WORKERS="0") as up:
        until_whole(stocked)
        assert len(children(up.process.pid)) == 2
        urls = media_urls(stocked)
        assert urls
        assert all(fetch(url).text.startswith("#EXTM3U") for url in urls for _ in range(4))
        assert up.stop(signal.SIGINT) == 0
    assert at_work_in(stocked.data) == {}
    assert "Traceback" not in up.err


def test_processes_are_renewed_and_no_client_notices(empty: Machine) -> None:
    with empty.running("serve", "--workers", "2", ready=READY) as serve:
        until_whole(empty)
        before = children(serve.process.pid)
        crowd = Crowd(empty.port, 60)

        async def story() -> None:
            serve.process.send_signal(signal.SIGHUP)
            await asyncio.to_thread(serve.wait_for, "all server processes are new")

        asked_while(crowd, story)
        assert set(crowd.seen) == {"answered", "told to go"}
        assert len(children(serve.process.pid)) == 2
        assert not set(children(serve.process.pid)) & set(before)
        until_whole(empty)


def test_a_process_that_is_killed_is_missed_by_its_connections_alone(empty: Machine, tmp_path: Path) -> None:
    # Another is begun so late that somebody asks before it is there, whoever stands still.
    slow = patched(tmp_path / "slow", "from streamsync import supervisor\nsupervisor.PAUSES_S = (0.0, 3.0)")
    with empty.running("serve", "--workers", "2", ready=READY, **slow) as serve:
        until_whole(empty)
        crowd = Crowd(empty.port, 60, "/readyz")

        async def story() -> None:
            os.kill(killed, signal.SIGKILL)
            await asyncio.to_thread(serve.wait_for, "ended with -9: starting another")
            await asyncio.to_thread(until_whole, empty)

        killed = children(serve.process.pid)[1]
        asked_while(crowd, story)
        lost = crowd.seen["broken"] + crowd.seen["unsent"]  # that with a request on its way, and without
        assert set(crowd.seen) - {"unsent", "broken"} == {"answered"}
        assert 0 < lost < 60  # the other's connections went on
        # New connections were served before there was another process.
        assert any(b"1 of 2 are not there" in body for body in crowd.bodies)
        until(lambda: healthy(empty) == children(serve.process.pid), "nothing to be left of the killed one")
        assert killed not in healthy(empty)


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_is_asked_until_the_end_is_answered(
    empty: Machine, tmp_path: Path, workers: str, number: signal.Signals
) -> None:
    # It waits for longer than this crowd may stand still; no longer than until the last was told to go.
    patient = patched(tmp_path / "patient", "from streamsync import server\nserver.LINGER_S = 8")
    with empty.running("serve", "--workers", workers, ready=READY, **patient) as serve:
        until(lambda: ask(f"{empty.origin}/readyz").json()["status"] == "ready", "all processes")
        crowd = Crowd(empty.port, 300)

        async def story() -> None:
            assert await asyncio.to_thread(serve.stop, number) == 0

        asked_while(crowd, story)
        assert set(crowd.seen) == {"answered", "told to go", "refused"}
        assert crowd.seen["refused"] == 300
        assert "Traceback" not in serve.err


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_it_at_once(empty: Machine, workers: str, number: signal.Signals) -> None:
    with empty.running("serve", "--workers", workers, ready=READY) as serve, ExitStack() as made:
        until(lambda: ask(f"{empty.origin}/readyz").json()["status"] == "ready", "all processes")
        said = serve.err
        slow = made.enter_context(socket.create_connection(("127.0.0.1", empty.port)))
        others = [HTTPConnection("127.0.0.1", empty.port, timeout=20) for _ in range(32)]
        assert not last_answers(others)  # all are open now
        slow.sendall(b"POST /beacon HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n")
        serve.process.send_signal(number)
        # Both processes have heard it before the second, or the system makes one of two.
        until(lambda: last_answers(others), "all processes to be about to end")
        assert serve.stop(number) == 0
    # Not that what is slow was waited for, nor what was broken off.
    assert serve.err == said


def test_bad_settings_are_said_once(empty: Machine) -> None:
    done = empty.run("serve", "--workers", "3", STREAMSYNC_OBJECTS_URL="http://films")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"serving on {empty.origin} with 3 processes; Ctrl-C stops",
        "error: STREAMSYNC_OBJECTS_URL: it has the form s3://BUCKET[/PREFIX]?endpoint=URL&region=NAME",
        "error: no server process starts with these settings",
    ]


@pytest.mark.parametrize("count", ["0", "-1", "257", "many", ""])
def test_a_number_of_processes_that_is_none_is_refused(empty: Machine, count: str) -> None:
    done = empty.run("serve", "--workers", count)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--workers" in done.stderr
    assert not empty.data.exists()
