"""Running one manifest server until it is told to stop: whoever asks it meanwhile is answered, and told to go."""

import asyncio
import logging
import resource
import socket
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING

import uvicorn

from manifest_server.viewer.app import application
from manifest_server.viewer.garbage import short_collections
from manifest_server.viewer.protocol import BoundedProtocol
from manifest_server.viewer.selfcheck import protocol
from storage.settings import Settings
from streamsync import logs, traces
from streamsync.listeners import BACKLOG, has_unread, refuse_new, waiting

if TYPE_CHECKING:
    from streamsync.seat import Seat

KEEP_ALIVE_S = 75  # longer than nginx keeps an idle upstream connection, so that it never meets a closed one
FILES = 1 << 20  # open at once, at most
GRACE_S = 5  # for what is being answered when we end
FORCED_S = 1.0  # for what is to be told to Redis when we end at once
LINGER_S = 1.0  # for one more request on each open connection, whose answer says that it was the last
_HANDSHAKE_S = 0.05
_LOOK_S = 0.02
_LOOKS_A_SECOND = 50


def origin(settings: Settings) -> str:
    """The start of every URL here."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{settings.port}"


class Server(uvicorn.Server):
    """Ends without breaking a request off.

    A connection on which nothing is asked cannot be closed without a race: a request may be on its way. So each is
    first left open for a while: what is asked then is answered with `Connection: close`.
    """

    def __init__(self, config: uvicorn.Config, seat: "Seat | None" = None) -> None:
        """`seat`: the place among several server processes."""
        super().__init__(config)
        self.linger_s = LINGER_S
        self.is_last = seat is None  # nobody listens after us
        self.takes_queue = True  # who waits in the queues of our listeners is ours
        self._seat = seat
        self._pauses = 0
        self._open: dict[socket.socket, asyncio.Server] = {}

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn has it; then accept at `sockets`."""
        await super().startup([])
        await self.listen_at(sockets or [])
        if self._seat is not None:
            self._seat.take(self)

    async def listen_at(self, listeners: list[socket.socket]) -> None:
        """Accept at these, and nowhere else. Listeners are not closed by that."""
        for one in set(self._open) - set(listeners):
            self._open.pop(one).close()
        loop = asyncio.get_running_loop()
        for one in listeners:
            if one not in self._open:
                self._open[one] = await loop.create_server(self._protocol, sock=one.dup(), backlog=BACKLOG)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal: end; a second: at once."""
        if self._captured_signals:
            self.force_exit = True
        self.linger_s = min(self.linger_s, LINGER_S)
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no new connection, answer what is asked, then end as uvicorn does."""
        self.config.app.state.leave()  # type: ignore[union-attr]  # who listens to events would never go
        if not self.force_exit:
            await self._empty_queues()
        await self.listen_at([])
        for listener in sockets or []:
            listener.close()
        if self._seat is not None:
            self._seat.leave()
        await self._say_close()
        await self._linger()
        if self.force_exit:
            for connection in list(self.server_state.connections):
                connection.transport.abort()
        await super().shutdown([])
        if self.force_exit:
            await self._break_off()

    async def _break_off(self) -> None:
        """uvicorn leaves the application running, to be cancelled with its loop."""
        with suppress(TimeoutError):
            async with asyncio.timeout(FORCED_S):
                await self.lifespan.shutdown()
        # A traceback for each thing that is now cancelled would tell of what was asked for.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)

    async def _empty_queues(self) -> None:
        listeners = list(self._open)
        if self.is_last:
            refuse_new(listeners)
        if self.takes_queue:
            await asyncio.sleep(_HANDSHAKE_S)
        await self.listen_at([])
        loop = asyncio.get_running_loop()
        for connection in (one for listener in listeners if self.takes_queue for one in waiting(listener)):
            await loop.connect_accepted_socket(self._protocol, connection)

    async def _say_close(self) -> None:
        """Every answer from now on says that it is the last of its connection."""
        self.config.encoded_headers = [*self.config.encoded_headers, (b"connection", b"close")]
        await self.on_tick(0)
        idle = self._idle()
        for connection in list(self.server_state.connections):
            if connection not in idle:
                connection.shutdown()

    async def _linger(self) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        # uvicorn tells nobody of its connections, nor of signals.
        while self.server_state.connections and not self.force_exit and loop.time() < began + self.linger_s:
            await self._pause()
        until = loop.time() + GRACE_S
        while (idle := self._idle()) and not self.force_exit and loop.time() < until:
            for transport in (one.transport for one in idle):
                if not transport.is_closing() and not has_unread(transport.get_extra_info("socket").fileno()):
                    transport.close()
            await self._pause()  # what was unread is read

    async def _pause(self) -> None:
        await asyncio.sleep(_LOOK_S)
        self._pauses += 1
        if self._pauses % _LOOKS_A_SECOND == 0:
            await self.on_tick(0)  # the `Date` of what is still answered, by which caches reckon ages

    def _idle(self) -> list[BoundedProtocol]:
        """The connections on which nothing is being answered."""
        found = (one for one in self.server_state.connections if isinstance(one, BoundedProtocol))
        return [one for one in found if one.cycle is None or one.cycle.response_complete]

    def _protocol(self) -> asyncio.Protocol:
        return self.config.http_protocol_class(  # type: ignore[call-arg]  # as in uvicorn
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )


def _open_many() -> None:
    """As many connections as the system lets us have, not the few that a shell begins with."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def run(settings: Settings, redis_url: str, listeners: list[socket.socket], seat: "Seat | None" = None) -> None:
    """Serve until SIGINT or SIGTERM; what is asked until then is answered. A second signal: at once."""
    if settings.log == "json":
        logs.write(logs.JsonLines(), logging.WARNING)
    with traces.collected():
        _run(settings, redis_url, listeners, seat)


def _run(settings: Settings, redis_url: str, listeners: list[socket.socket], seat: "Seat | None") -> None:
    config = uvicorn.Config(
        application(settings, redis_url, fellows=None if seat is None else seat.fellows),
        http=protocol(),
        ws="none",
        log_level="warning",
        access_log=settings.access_log,
        log_config=None if settings.log == "json" else uvicorn.config.LOGGING_CONFIG,
        lifespan="on",
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S,
        server_header=False,
    )
    _open_many()
    if settings.access_log:
        logs.with_access()
    try:
        with short_collections():
            Server(config, seat).run(sockets=listeners)
    except KeyboardInterrupt:
        pass  # uvicorn has shut down and passes the Ctrl-C on
    finally:
        for listener in listeners:
            listener.close()
