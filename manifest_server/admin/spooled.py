"""The body of a request as lines that can be read more than once: on the disk, if it is long."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import IO

from fastapi import Request

from storage.errors import NoRoom

_IN_MEMORY = 1 << 20  # bytes


@asynccontextmanager
async def spooled(request: Request, line_limit: int) -> AsyncIterator[Callable[[], Iterator[bytes]]]:
    """What gives the lines from the first on, without their ends; of one that is too long just its beginning.

    Raises NoRoom.
    """
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
        async for chunk in request.stream():
            try:
                await asyncio.to_thread(file.write, chunk)
            except OSError as error:
                raise NoRoom(f"what was sent cannot be kept: {error.strerror}") from None
        yield lambda: lines(file, line_limit)


def lines(file: "IO[bytes]", limit: int) -> Iterator[bytes]:
    """The lines of a file from its beginning, likewise."""
    file.seek(0)
    while line := file.readline(limit + 2):
        yield line.rstrip(b"\r\n")
        while line and not line.endswith(b"\n"):
            line = file.readline(limit + 2)
