"""All servers gone behind the shipped edge: lists go on while that is safe, then it says so, until they are back."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from storage.records import TICKS_PER_SECOND, ChannelRecord
from tests.journeys.program import free_port
from tests.stage import asset, store

from .asking import ask, media_url, numbers, wait_until
from .conftest import MOVES_EVERY_MS, ODD_MS, PER_MOVE
from .crowd import Answer, polled, request
from .edge import DEPLOY, Edge, edge, needs_nginx
from .origins import Origin, broadcast, epoch_of_a_move_at, served

pytestmark = [needs_nginx, pytest.mark.slow]

STALE_S = 8
DOWN_S = 6  # what is kept ends meanwhile, after 4 s, and is stale for less than that
CROWD = 100
KEPT = {"HIT", "UPDATING", "STALE"}  # what the edge says of an answer for which no server gave it anything


@dataclass(slots=True)
class House:
    """An edge and two servers that go and come."""

    edge: Edge
    origins: tuple[Origin, Origin]
    move_ms: int
    stack: ExitStack
    redis_url: str
    data: Path

    def down(self) -> None:
        self.stack.close()

    def up(self) -> None:
        for origin in self.origins:
            origin.asked.clear()
            self.stack.enter_context(served(origin, self.redis_url, self.data))

    def asked(self) -> int:
        """How often a media playlist was asked for since they last came."""
        return sum("/lineups/" in path for origin in self.origins for _, path, _ in origin.asked)


@pytest.fixture
def house(redis_url: str, tmp_path: Path) -> Iterator[House]:
    """The list moves every MOVES_EVERY_MS. Of several workers of an edge two may ask for one move: it has one."""
    store(tmp_path / "data" / "objects", asset(1))
    origins = Origin(free_port()), Origin(free_port())
    ports = origins[0].port, origins[1].port
    with edge(tmp_path / "edge", ports, workers=1) as front, ExitStack() as stack:
        whole = House(front, origins, 0, stack, redis_url, tmp_path / "data")
        whole.up()
        whole.move_ms = (int(time.time()) + 2) * 1000
        broadcast(redis_url, asset(1), asset(2), epoch_ms=epoch_of_a_move_at(whole.move_ms + ODD_MS))
        yield whole


def test_the_bound_is_the_lookahead_less_a_segment_and_a_target_duration() -> None:
    channel = ChannelRecord(name="main", revisions=())
    target_s = channel.target_duration_s
    assert channel.lookahead_ticks // TICKS_PER_SECOND - target_s - target_s == STALE_S
    text = (DEPLOY / "nginx" / "streamsync.conf").read_text()
    assert re.findall(r"stale-[a-z-]+=\d+", text) == [
        f"stale-while-revalidate={STALE_S}", f"stale-if-error={STALE_S}"
    ]  # fmt: skip


def test_without_any_server_playlists_go_on_for_the_bound_and_then_say_so(house: House) -> None:
    url = media_url(house.edge.origin)
    wait_until(house.move_ms)
    last = ask(url)
    ends_s = _next_move_s(house, last) + STALE_S
    house.down()
    asked_s = time.time()
    while (answer := ask(url)).status_code == 200:
        assert answer.text == last.text
        assert asked_s < ends_s, "that is more than is safe"
        if answer.headers["x-cache"] == "STALE":
            assert answer.headers["cache-control"] == "public, max-age=0, s-maxage=0"
        time.sleep(0.05)  # as a player does, but more often
        asked_s = time.time()
    # By the edge's own clock, as whoever asks may stand still at the end.
    assert _dated_s(answer) >= ends_s, "that is less than is promised"
    for path in ("", "/live/main/alice/index.m3u8", "/time", "/readyz"):
        answer = ask(f"{house.edge.origin}{path}") if path else ask(url)
        assert (answer.status_code, answer.json()) == (502, {"error": "no server answers"})
        assert answer.headers["retry-after"] == "2"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["cache-control"] == "no-store"
    assert ask(f"{house.edge.origin}/healthz").json() == {"status": "ok"}
    house.up()
    deadline = time.time() + 10
    while (answer := ask(url)).status_code != 200:
        assert time.time() < deadline, answer.text
        time.sleep(0.05)
    assert numbers(answer.text)[1] > numbers(last.text)[1]


def _dated_s(answer: httpx.Response) -> int:
    """In which second the edge answered."""
    return int(parsedate_to_datetime(answer.headers["date"]).timestamp())


def _next_move_s(house: House, answer: httpx.Response) -> int:
    """The second in which the list moves that was answered."""
    first_s, every_s = house.move_ms // 1000, MOVES_EVERY_MS // 1000
    return first_s + ((_dated_s(answer) - first_s) // every_s + 1) * every_s


def test_servers_that_come_back_are_asked_by_one_for_all(house: House) -> None:
    path = urlsplit(media_url(house.edge.origin)).path
    wait_until(house.move_ms)
    old = numbers(ask(house.edge.origin + path).text)[1]
    house.down()
    down_ms = int(time.time() * 1000)

    async def crowd() -> list[Answer]:
        back = asyncio.create_task(asyncio.to_thread(_up_again, house, down_ms + DOWN_S * 1000))
        answers: list[Answer] = []
        while not back.done() or numbers(answers[-1].body.decode())[1] == old:
            answers += await polled(house.edge.port, [request(path, house.edge.port)] * CROWD * 2, CROWD)
        await back
        return answers

    answers = asyncio.run(crowd())
    assert {answer.status for answer in answers} == {200}
    assert {answer.cache for answer in answers} >= {"STALE", "UPDATING"}
    # All that came while it was renewed got what was there. It may have moved once more by the end.
    lists = {numbers(answer.body.decode())[1] for answer in answers} - {old}
    fetched = Counter(numbers(one.body.decode())[1] for one in answers if one.cache not in KEPT)
    assert fetched == dict.fromkeys(lists, PER_MOVE)
    # A server that stood still for as long as the edge waits for it is asked in vain, and counts that nevertheless.
    in_vain = sum(bool(re.search(r'answers="[^"]*504', line)) for line in house.edge.inner_lines())
    assert fetched.total() <= house.asked() <= fetched.total() + in_vain
    assert min(lists) > old


def _up_again(house: House, at_ms: int) -> None:
    wait_until(at_ms)
    house.up()
