"""The API, loaded when it is first asked for: few servers are asked, and all start sooner without."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Receive, Scope, Send

if TYPE_CHECKING:
    from manifest_server.admin.v1 import V1


class Later:
    """An ASGI application that `load` gives. It is called in a thread, so that playlists go on meanwhile, and once.

    If it raises, the next request is another try.
    """

    def __init__(self, load: "Callable[[], V1]") -> None:
        self._load = load
        self._v1: V1 | None = None
        self._app: ASGIApp | None = None
        self._loading: asyncio.Task[ASGIApp] | None = None
        self._stack: AsyncExitStack | None = None

    def load_now(self) -> None:
        """Load it here and now: for a server that is surely asked."""
        self._v1 = self._load()
        self._app = self._v1.app()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """What goes on beside the API goes on from when it is loaded until the block is left."""
        async with AsyncExitStack() as stack:
            self._stack = stack
            if self._v1 is not None:
                await stack.enter_async_context(self._v1.running())
            try:
                yield
            finally:
                if self._loading is not None:
                    await asyncio.wait({self._loading})
                self._stack = None

    def leave(self) -> None:
        """The server is about to end: who would stay connected is sent away."""
        if self._v1 is not None:
            self._v1.feed.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await (self._app or await self._loaded())(scope, receive, send)

    async def _loaded(self) -> ASGIApp:
        if self._loading is None:
            self._loading = asyncio.create_task(self._load_beside())
        # Whoever asked first may leave: the others wait on.
        return await asyncio.shield(self._loading)

    async def _load_beside(self) -> ASGIApp:
        try:
            v1, app = await asyncio.to_thread(self._made)
            self._v1 = v1
            if self._stack is not None:
                await self._stack.enter_async_context(v1.running())
            self._app = app
            return app
        finally:
            self._loading = None

    def _made(self) -> "tuple[V1, ASGIApp]":
        v1 = self._load()
        return v1, v1.app()
