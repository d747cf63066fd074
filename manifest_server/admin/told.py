"""The answer to long work, as lines of JSON: how far it is, once a second, and last what came of it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any, TypeVar

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from storage.errors import StreamSyncError

LINES = "application/x-ndjson"
_EVERY_S = 1.0

Done = TypeVar("Done")


def wants_lines(request: Request) -> bool:
    """Whether who asks wants to be told how far it is."""
    return LINES in request.headers.get("accept", "")


class Told(StreamingResponse):
    """Does the work while it is answered, and gives it up when nobody listens any more. Leaves `stack` at the end.

    The last line is the view of what was done, or `{"error": ..., "kind": ...}`; those before are what `far` gives.
    """

    def __init__(
        self,
        work: Coroutine[Any, Any, Done],
        view: Callable[[Done], BaseModel],
        far: Callable[[], dict[str, int]],
        stack: AsyncExitStack,
    ) -> None:
        self._task = asyncio.create_task(work)
        self._stack = stack
        super().__init__(self._lines(self._task, view, far), media_type=LINES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._task.cancel()
            await asyncio.wait({self._task})
            await self._stack.aclose()

    async def _lines(
        self, task: "asyncio.Task[Done]", view: Callable[[Done], BaseModel], far: Callable[[], dict[str, int]]
    ) -> AsyncIterator[bytes]:
        while not (await asyncio.wait({task}, timeout=_EVERY_S))[0]:
            yield json.dumps(far()).encode() + b"\n"
        try:
            last = view(task.result()).model_dump_json()
        except StreamSyncError as error:
            last = json.dumps({"error": str(error), "kind": type(error).__name__})
        yield last.encode() + b"\n"
