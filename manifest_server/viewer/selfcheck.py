"""Whether the fast lane fits the uvicorn that is installed: it stands on parts of it that no version promises."""

import asyncio
import logging
from collections.abc import Callable

import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from manifest_server.viewer.asking import NO_WISHES, Wishes
from manifest_server.viewer.fastlane import LANE, Fastlane
from manifest_server.viewer.measures import Served
from manifest_server.viewer.protocol import BoundedProtocol

_ASKED = b"GET /live/self-check HTTP/1.1\r\n\r\n"
_BY_LANE, _BY_APPLICATION = b"by the lane", b"by the application"

_log = logging.getLogger("streamsync.fastlane")


class _Wire(asyncio.Transport):
    """Where answers go that nobody reads."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        """There is nothing to read."""

    def resume_reading(self) -> None:
        """Likewise."""


class _Lane:
    """Answers every other request."""

    def __init__(self) -> None:
        self.served = Served()
        self.read = NO_WISHES
        self._turn = False

    def answer(self, data: bytes, begin: int, headers: list[tuple[bytes, bytes]], seen: Wishes) -> bytes | None:
        self._turn = not self._turn
        return _BY_LANE if self._turn and data == _ASKED else None


async def _application(scope: Scope, receive: Receive, send: Send) -> None:
    headers = [(b"content-length", b"%d" % len(_BY_APPLICATION))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": _BY_APPLICATION})


async def _answered(made: Callable[..., Fastlane]) -> str | None:
    """What is wrong; None: all is as it should be."""
    config = uvicorn.Config(_application, ws="none", lifespan="off", log_config=None, timeout_keep_alive=60)
    config.load()
    state, wire = ServerState(), _Wire()
    protocol = made(config, state, {LANE: _Lane()}, asyncio.get_running_loop())
    protocol.access_log = False
    protocol.connection_made(wire)
    for turn, answer in enumerate((_BY_LANE, _BY_APPLICATION, _BY_LANE, _BY_APPLICATION)):
        wire.written = b""
        protocol.data_received(_ASKED)
        if state.tasks:
            await asyncio.wait(list(state.tasks), timeout=5)
        if not wire.written.endswith(answer):
            return f"request {turn + 1} was not answered {answer.decode()}"
        if answer is _BY_LANE and protocol.timeout_keep_alive_task is not None:
            return "a time-out of uvicorn's goes on while the lane answers"
        if answer is _BY_APPLICATION and protocol.timeout_keep_alive_task is None:
            return "uvicorn has set no keep-alive time-out"
    protocol.connection_lost(None)
    return None


def protocol() -> type[BoundedProtocol]:
    """The protocol to serve with: the fast lane, if it fits. Runs a loop of its own, for some milliseconds."""
    try:
        wrong = asyncio.run(_answered(Fastlane))
    except Exception as error:  # whatever it is, a server without the lane serves
        wrong = repr(error)
    if wrong is None:
        return Fastlane
    _log.warning("event=no_fast_lane uvicorn=%s reason=%s", uvicorn.__version__, wrong)
    return BoundedProtocol
