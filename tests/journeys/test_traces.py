"""Traces of real servers and workers: of a packaging, of each process, and when nobody takes them."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.redis_servers import until
from tests.traces.receiver import Receiver, receiving

from .conftest import Films
from .processes import linux_only
from .program import Machine
from .test_serve_workers import READY, children, until_whole
from .uploads import new_site
from .watching import ask, fetch, media_urls

pytestmark = [pytest.mark.slow, linux_only]

TRACED = {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}
SOON = {"OTEL_BSP_SCHEDULE_DELAY": "50"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


def to(receiver: Receiver) -> dict[str, str]:
    return {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url, **SOON}


def test_a_packaging_is_part_of_the_trace_of_its_upload(
    tmp_path: Path, redis_url: str, s3_url: str, films: Films, receiver: Receiver
) -> None:
    site = new_site(tmp_path, redis_url, s3_url)
    settings = site.server | to(receiver)
    with (
        site.machine.running("serve", ready=READY, **settings),
        site.machine.running("worker", "--processes", "1", ready="event=started", **settings) as worker,
    ):
        site.upload(films.one)
        worker.wait_for("task=whole seconds=")
        receiver.wait_for("package whole")
    ids = {one.id: one for one in receiver.spans}
    completed = receiver.named("POST /api/v1/uploads/{upload}/complete")
    tasks = [one for one in receiver.spans if one.kind == "consumer"]
    assert [one.name for one in tasks] == ["package analyse", "package whole"]
    assert {(one.trace, one.parent, one.failed) for one in tasks} == {(completed.trace, completed.id, False)}
    assert {one.resource["process.pid"] for one in tasks} == {worker.process.pid}
    whole = tasks[1]
    stages = [one.name for one in receiver.spans if one.parent == whole.id and one.kind == "internal"]
    assert stages == ["hash", "probe", "loudness", "encode", "mux", "check", "publish"]
    all_of_it = [one for one in receiver.spans if one.trace == completed.trace]
    asked = {(ids[one.parent].name, one.name) for one in all_of_it if one.parent}
    assert ("publish", "S3 PutObject") in asked
    assert (completed.name, "redis submit") in asked
    # Playlists and the record, not each segment.
    assert len([one for one in all_of_it if one.name == "S3 PutObject"]) < 20
    sent = b"".join(receiver.bodies)
    for word in (site.server["STREAMSYNC_TOKEN"], films.one.name):
        assert word.encode() not in sent


def test_each_process_sends_its_own_and_the_fast_lane_goes_on(
    stocked: Machine, films: Films, receiver: Receiver
) -> None:
    settings = {"STREAMSYNC_SERVE_WORKERS": "2", "STREAMSYNC_WORKERS": "0", **to(receiver)}
    with stocked.running("up", films.one, **settings) as up:
        until_whole(stocked)
        pids = set(children(up.process.pid))

        def senders() -> set[object]:
            ask(f"{stocked.origin}/time")
            return {one.resource["process.pid"] for one in list(receiver.spans)}

        until(lambda: senders() == pids, "spans of both processes")
        url = media_urls(stocked)[0]
        # Both know the lineup soon. tests/traces/test_lane.py has what is the lane's and what is not.
        until(lambda: _by_lane(stocked, url) >= 40, "answers by the fast lane")
        assert up.stop(signal.SIGTERM) == 0
    assert "Traceback" not in up.err


def test_who_takes_no_traces_disturbs_nobody(stocked: Machine, films: Films, receiver: Receiver) -> None:
    receiver.goes_on.clear()
    settings = {"STREAMSYNC_WORKERS": "0", **to(receiver)}
    with stocked.running("up", films.one, **settings) as up:
        urls = media_urls(stocked)
        assert receiver.asked.wait(20)
        assert all(fetch(url).text.startswith("#EXTM3U") for url in urls)
        assert up.stop(signal.SIGTERM) == 0
        assert not receiver.spans
    assert "Traceback" not in up.err


@pytest.mark.parametrize("words", [("serve",), ("serve", "--workers", "2"), ("up",), ("worker",)])
def test_what_is_wrong_is_said_before_anything_begins(empty: Machine, words: tuple[str, ...]) -> None:
    done = empty.run(*words, OTEL_EXPORTER_OTLP_ENDPOINT="127.0.0.1:4318")
    assert done.returncode == 2
    assert done.stderr == "error: OTEL_EXPORTER_OTLP_ENDPOINT: it has the form http://HOST:PORT, or https\n"
    assert not empty.data.exists()


def _by_lane(machine: Machine, url: str) -> float:
    """How many media playlists the fast lanes have answered, after one more, which is part of a trace."""
    fetch(url, **TRACED)
    lines = fetch(f"{machine.origin}/metrics").text.splitlines()
    return sum(float(one.split()[1]) for one in lines if 'by="lane"' in one and 'kind="media"' in one)
