"""The other server processes of a port: whether all are there, and what their metrics are.

Each listens at a Unix socket in a folder of theirs, named by its number, and sends its metrics to whoever connects.
"""

import asyncio
import logging
import os
import re
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

OK = "ok"
ANSWER_S = 1.0

_log = logging.getLogger("streamsync.fellows")
_SAMPLE = re.compile(rb"([a-zA-Z_:][a-zA-Z0-9_:]*)(\{?)")


class Fellows:
    """`count` processes, of which this is `number`."""

    def __init__(self, folder: Path, number: int, count: int) -> None:
        self.number = number
        self.count = count
        self.missing: frozenset[int] = frozenset()  # that are being started
        self._folder = folder

    def state(self) -> str:
        """ "ok", or how many are not there."""
        return f"{len(self.missing)} of {self.count} are not there" if self.missing else OK

    def succeed(self, name: str) -> str | None:
        """Note what this process is called elsewhere; how the one was called that had its number before."""
        note = self._folder / f"{self.number}.name"
        with suppress(OSError):
            before = note.read_text() if note.exists() else None
            note.write_text(name)
            return before
        return None

    @asynccontextmanager
    async def telling(self, metrics: Callable[[], bytes]) -> AsyncIterator[None]:
        """Send `metrics` to whoever asks until the block is left, or another process takes the number."""

        async def tell(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(ConnectionError):
                writer.write(metrics())
                await writer.drain()
            writer.close()

        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        made = self._folder / f"{self.number}.{os.getpid()}"
        try:
            listener.bind(str(made))
            server = await asyncio.start_unix_server(tell, sock=listener)
            made.rename(self._folder / str(self.number))  # whoever had the number is not found any more
        except OSError as error:  # the folder was removed, perhaps: playlists are answered without it
            listener.close()
            _log.warning("event=metrics_not_shared reason=%s", error.strerror or error)
            yield
            return
        async with server:
            yield

    async def gathered(self, own: bytes) -> bytes:
        """The metrics of all, told apart by the label `process`. Who does not answer in time is left out."""
        others = [number for number in range(self.count) if number != self.number]
        told = dict(zip(others, await asyncio.gather(*map(self._asked, others)), strict=True))
        return merged({str(number): text for number, text in sorted({**told, self.number: own}.items())})

    async def _asked(self, number: int) -> bytes:
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(ANSWER_S):
                reader, writer = await asyncio.open_unix_connection(str(self._folder / str(number)))
                try:
                    return await reader.read(-1)
                finally:
                    writer.close()
        return b""


def merged(texts: Mapping[str, bytes]) -> bytes:
    """Several expositions in Prometheus's text format as one; each sample has the name of its own as `process`."""
    families: dict[bytes, tuple[list[bytes], list[bytes]]] = {}
    for name, text in texts.items():
        label = b'{process="%b"' % name.encode()
        head: list[bytes] = []
        samples: list[bytes] = []
        for line in text.splitlines():
            if line.startswith(b"# HELP "):
                family = line.split(b" ", 3)[2]
                is_new = family not in families
                head, samples = families.setdefault(family, ([], []))
            if line.startswith(b"#"):
                if is_new:
                    head.append(line)
            elif found := _SAMPLE.match(line):
                rest = line[found.end() :]
                end = b"," if found[2] else b"}"
                samples.append(found[1] + label + end + rest)
    return b"".join(line + b"\n" for head, samples in families.values() for line in (*head, *samples))
