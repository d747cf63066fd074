"""Servers that go away behind the shipped edge, a real nginx; and what is written down meanwhile."""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.journeys.program import Machine, Program, free_port
from tests.stage import asset, store

from .asking import ask, media_url, wait_until
from .conftest import OnAir
from .edge import NGINX, Edge, configured, edge, needs_nginx
from .origins import broadcast, epoch_of_a_move_at

pytestmark = [needs_nginx, pytest.mark.slow]

OUT_MS = 1500  # a server that failed is asked again after fail_timeout, a second


@dataclass(slots=True)
class Fleet:
    """An edge and two servers, processes of their own."""

    edge: Edge
    machines: tuple[Machine, Machine]
    programs: list[Program]
    redis_url: str
    stack: ExitStack

    def kill(self, number: int) -> None:
        self.programs[number].process.kill()
        self.programs[number].process.wait(10)

    def start(self, number: int) -> None:
        running = self.machines[number].running("serve", ready="serving on", STREAMSYNC_REDIS_URL=self.redis_url)
        self.programs[number : number + 1] = [self.stack.enter_context(running)]


@pytest.fixture
def fleet(redis_url: str, tmp_path: Path) -> Iterator[Fleet]:
    data = tmp_path / "data"
    store(data / "objects", asset(1))
    broadcast(redis_url, asset(1), asset(2), epoch_ms=epoch_of_a_move_at(int(time.time() * 1000)))
    machines = (Machine(data, free_port()), Machine(data, free_port()))
    with ExitStack() as stack:
        ports = (machines[0].port, machines[1].port)
        front = stack.enter_context(edge(tmp_path / "edge", ports))
        whole = Fleet(front, machines, [], redis_url, stack)
        for number in (0, 1):
            whole.start(number)
        yield whole


def test_the_shipped_configuration_is_one(tmp_path: Path) -> None:
    configuration = configured(tmp_path, (8000, 8001), 8080)
    done = subprocess.run(
        [str(NGINX), "-t", "-p", str(tmp_path), "-c", str(configuration)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr


def test_a_killed_server_costs_no_request(fleet: Fleet) -> None:
    urls = [media_url(fleet.edge.origin, f"viewer{n}") for n in range(10)]
    personal = [f"{fleet.edge.origin}/live/main/viewer{n}/index.m3u8" for n in range(10)]
    answers = []
    for turn in range(6):
        if turn == 2:
            fleet.kill(0)
        if turn == 4:
            fleet.start(0)
            wait_until(int(time.time() * 1000) + OUT_MS)
            fleet.kill(1)
        answers += [ask(url) for url in [*urls, *personal, f"{fleet.edge.origin}/time"]]
    assert [answer.status_code for answer in answers] == [200] * 6 * 21


def test_the_token_is_written_nowhere(fleet: Fleet) -> None:
    token = "of-a-viewer-and-nobody-else"  # noqa: S105
    paths = ("/time", "/nowhere", "/api/v1/x", "/live/main/x/index.m3u8")
    asked = [
        media_url(fleet.edge.origin, query=f"?t={token}") + f"?t={token}",
        f"{fleet.edge.origin}/chunks/{'assets/' + asset(1).id}/cmaf/240p/0.m4s?t={token}",
        *(f"{fleet.edge.origin}{path}?t={token}" for path in paths),
    ]
    for url in asked:
        ask(url, Referer=f"http://player.example/?t={token}")
    for number in (0, 1):
        fleet.kill(number)
    for url in asked:
        ask(url)
    written = [path for path in fleet.edge.folder.rglob("*") if path.is_file()]
    assert {"streamsync.log", "streamsync-inner.log", "streamsync-error.log"} <= {path.name for path in written}
    assert '/live/main/x/index.m3u8" status=502' in fleet.edge.logs()
    assert [path for path in written if token.encode() in path.read_bytes()] == []


def test_channels_that_are_not_on_air_take_no_server_out(on_air: OnAir) -> None:
    for n in range(20):
        assert ask(f"{on_air.edge.origin}/live/none{n}/alice/index.m3u8").status_code == 404
    assert ask(f"{on_air.edge.origin}/live/main/alice/index.m3u8").status_code == 200


def test_nginx_stops_when_told(fleet: Fleet) -> None:
    assert fleet.programs[0].stop(signal.SIGTERM) == 0
    assert ask(f"{fleet.edge.origin}/time").status_code == 200
