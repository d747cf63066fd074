"""A steady load from a process of its own: playlists asked for at a fixed rate, whatever becomes of the answers.

Each answer's time counts from when it was due to be asked for, so a server that stalls is charged for all that it
kept waiting. How late a request was sent is told too: that is the fault of this process, or of the machine.
"""

import asyncio
import gc
import json
import random
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from manifest_server.programming.pool import derived_id

CHANNEL = "main"
RENDITION = "cmaf-240p"
LIMIT_S = 30.0
DAY_MS = 86_400_000


class Answer(NamedTuple):
    """When it was due (monotonic seconds, which all processes of a machine share), and how much later it was sent and
    was there. Status 0: the connection broke, or there was none within LIMIT_S."""

    due: float
    sent_ms: float
    took_ms: float
    status: int


class Lines:
    """Kept connections to the servers of this machine at these ports."""

    def __init__(self) -> None:
        self._idle: defaultdict[int, list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]] = defaultdict(list)

    async def fetch(self, port: int, path: str) -> tuple[int, bytes]:
        """Status and body. Raises OSError, EOFError."""
        idle = self._idle[port]
        reader, writer = idle.pop() if idle else await asyncio.open_connection("127.0.0.1", port)
        try:
            async with asyncio.timeout(LIMIT_S):
                writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
                body = await reader.readexactly(length)
        except BaseException:
            writer.close()
            raise
        idle.append((reader, writer))
        return int(head[9:12]), body

    def close(self) -> None:
        """Close them all."""
        for _, writer in (one for lines in self._idle.values() for one in lines):
            writer.close()
        self._idle.clear()


def path_of(number: int, at_ms: int | None = None) -> str:
    """The media playlist of the viewer of this number; at an instant, for who joined on its day."""
    day = (int(time.time() * 1000) if at_ms is None else at_ms) // DAY_MS
    at = "" if at_ms is None else f"?at={at_ms / 1000:.3f}"
    return f"/live/{CHANNEL}/lineups/{derived_id(CHANNEL, f'viewer-{number}')}~{day}/{RENDITION}.m3u8{at}"


class Load:
    """A process that asks servers for playlists of the viewers 0 to `lineups`, `rate` a second for `seconds`."""

    def __init__(self, ports: Sequence[int], lineups: int, rate: float, seconds: float) -> None:
        argv = [sys.executable, "-m", "benchmarks.steady", json.dumps([ports, lineups, rate, seconds])]
        self._process = subprocess.Popen(argv, stdout=subprocess.PIPE)

    def begun(self) -> None:
        """Return when the first request is due."""
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"begun\n"

    def answers(self) -> list[Answer]:
        """All of them, once it has ended."""
        said, _ = self._process.communicate()
        assert self._process.returncode == 0
        return [Answer(*one) for one in json.loads(said)]


async def _load(ports: list[int], lineups: int, rate: float, seconds: float) -> list[Answer]:
    lines, answers, draw = Lines(), list[Answer](), random.Random(3)  # noqa: S311 - a fixed draw
    wanted = [(draw.choice(ports), path_of(draw.randrange(lineups))) for _ in range(int(rate * seconds))]
    await asyncio.gather(*(lines.fetch(port, "/time") for port in ports * 8))  # it is not to be about connections
    gc.freeze()
    gc.disable()
    print("begun", flush=True)
    began = time.monotonic() + 0.1

    async def one(due: float, port: int, path: str) -> None:
        sent = time.monotonic()
        try:
            status, _ = await lines.fetch(port, path)
        except (OSError, EOFError):
            status = 0
        answers.append(Answer(due, (sent - due) * 1000, (time.monotonic() - due) * 1000, status))

    async with asyncio.TaskGroup() as group:
        for number, (port, path) in enumerate(wanted):
            due = began + number / rate
            await asyncio.sleep(max(due - time.monotonic(), 0))
            group.create_task(one(due, port, path))
    lines.close()
    return answers


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_load(*json.loads(sys.argv[1])))))
