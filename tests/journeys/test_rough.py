"""Who means harm, or does not know better: the rest of the audience does not notice.

While some people ask for their playlists again and again, others open connections and say nothing, begin requests and
never end them, send heads without end, garbage behind requests, or ask for whatever is not there.
"""

import asyncio
import resource
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis import Redis

from manifest_server.playout.days import day_of
from manifest_server.programming.pool import derived_id
from storage.catalogue import Catalogue
from tests.stage import asset, on_air
from tests.storage.catalogues import told

from .askers import Crowd
from .conftest import MakeMachine
from .program import Machine, Program

pytestmark = pytest.mark.slow

AUDIENCE = 20
SILENT = 10_000
OTHERS = 2_000  # files that this process may have open besides
GROWTH_MB = 150  # of a server, at most, whatever is asked for


@dataclass(frozen=True, slots=True)
class Station:
    """A server with a channel on air."""

    machine: Machine
    program: Program
    redis_url: str

    @property
    def playlist(self) -> str:
        return self.of(derived_id("main", "alice"))

    def of(self, lineup: str) -> str:
        return f"/live/main/lineups/{lineup}~{day_of(int(time.time() * 1000))}/cmaf-240p.m3u8"

    def rss_mb(self) -> float:
        lines = Path(f"/proc/{self.program.process.pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024

    def while_(self, story: Callable[[], Awaitable[None]]) -> None:
        """Tell a story while people watch; all that they ask for is answered."""

        async def whole() -> None:
            crowd = Crowd(self.machine.port, AUDIENCE, self.playlist)
            asking = asyncio.create_task(crowd.run())
            await _until_more(crowd)
            await story()
            await _until_more(crowd)
            crowd.leaving = True
            await asking
            assert set(crowd.seen) == {"answered"}, crowd.seen
            assert all(body.startswith(b"#EXTM3U") for body in crowd.bodies)

        asyncio.run(whole())
        assert "Traceback" not in self.program.err
        assert "event=fault" not in self.program.err


async def _until_more(crowd: Crowd) -> None:
    """Until each has been answered twice more, on average."""
    until = crowd.seen["answered"] + 2 * crowd.count
    async with asyncio.timeout(30):
        while crowd.seen["answered"] < until:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.02)


@pytest.fixture
def station(new_machine: MakeMachine, redis_url: str) -> Iterator[Station]:
    async def begun(catalogue: Catalogue) -> None:
        await on_air(catalogue, asset(1, 60.0), asset(2, 90.0), epoch_ms=int(time.time() * 1000) - 3_600_000)

    told(redis_url, begun)
    machine = new_machine()
    with machine.running("serve", ready="serving on", STREAMSYNC_REDIS_URL=redis_url) as program:
        yield Station(machine, program, redis_url)


@pytest.fixture
def silent() -> Iterator[int]:
    """How many connections this process may hold: SILENT, or what the system allows."""
    before = soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < SILENT + OTHERS:
        soft = SILENT + OTHERS if hard == resource.RLIM_INFINITY else min(SILENT + OTHERS, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    yield SILENT if soft == resource.RLIM_INFINITY else min(SILENT, soft - OTHERS)
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_thousands_who_say_nothing(station: Station, silent: int) -> None:
    assert silent > 1_000

    async def story() -> None:
        with ExitStack() as stack:
            for number in range(silent):
                line = stack.enter_context(socket.create_connection(("127.0.0.1", station.machine.port), 10))
                line.setblocking(False)
                if number % 200 == 0:
                    await asyncio.sleep(0)
            await asyncio.sleep(2)

    station.while_(story)


async def _sent(station: Station, count: int, send: Callable[[asyncio.StreamWriter], Awaitable[None]]) -> list[bytes]:
    """What so many connections are answered until they are closed, on each of which the same is sent."""

    async def one() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", station.machine.port)
        try:
            reading = asyncio.create_task(reader.read())
            await send(writer)
            async with asyncio.timeout(30):
                return await reading
        except ConnectionError:
            return b""
        finally:
            writer.close()

    return await asyncio.gather(*(one() for _ in range(count)))


def test_heads_that_come_letter_by_letter(station: Station) -> None:
    async def story() -> None:
        async def send(writer: asyncio.StreamWriter) -> None:
            for letter in f"GET {station.playlist} HTTP/1.1\r\nX: {'y' * 100}"[:60]:
                writer.write(letter.encode())
                await writer.drain()
                await asyncio.sleep(0.25)

        assert set(await _sent(station, 300, send)) == {b""}  # closed when HEAD_S were over

    station.while_(story)


def test_heads_without_end(station: Station) -> None:
    async def story() -> None:
        async def send(writer: asyncio.StreamWriter) -> None:
            writer.write(f"GET {station.playlist} HTTP/1.1\r\nX: {'y' * 65_536}".encode())
            await writer.drain()

        answers = await _sent(station, 200, send)
        assert {answer[:12] for answer in answers} <= {b"HTTP/1.1 431", b""}

    station.while_(story)


def test_garbage_behind_a_request(station: Station) -> None:
    async def story() -> None:
        async def send(writer: asyncio.StreamWriter) -> None:
            writer.write(f"GET {station.playlist} HTTP/1.1\r\n\r\n".encode() + b"\0\1garbage\r\n\r\n" * 100)
            await writer.drain()

        answers = await _sent(station, 300, send)
        assert {answer[:12] for answer in answers} <= {b"HTTP/1.1 200", b"HTTP/1.1 400", b""}

    station.while_(story)


def test_a_flood_of_what_is_not_there(station: Station) -> None:
    """Lineups that nobody has, channels that are none, viewers nobody knows: a name is looked up once a second."""

    def looked_up() -> int:
        with Redis.from_url(station.redis_url) as redis:
            stats = redis.info("commandstats")
            return sum(
                stats[name]["calls"] for name in stats if name.removeprefix("cmdstat_") in {"get", "mget", "hget"}
            )

    async def story() -> None:
        before_mb, before = station.rss_mb(), looked_up()
        names = [f"nobody-{number}" for number in range(200)]
        paths = [station.of(name) for name in names] + [f"/live/{name}/alice/index.m3u8" for name in names]
        paths += [station.of(derived_id("main", f"stranger-{number}")) for number in range(5_000)]
        requests = [f"GET {path} HTTP/1.1\r\n\r\n".encode() for path in paths]

        async def send(writer: asyncio.StreamWriter) -> None:
            for request in requests[:400] + requests:
                writer.write(request)
                await writer.drain()
            writer.write(b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n")

        answers = await _sent(station, 4, send)
        counts = [(answer.count(b"HTTP/1.1 404 "), answer.count(b"HTTP/1.1 200 ")) for answer in answers]
        assert counts == [(800, 5_001)] * 4
        assert station.rss_mb() - before_mb < GROWTH_MB
        # Four clients ask for each name twice; a name that is unknown is not asked for again within a second.
        assert looked_up() - before < 10 * 400

    station.while_(story)
