"""HTTP/1.1 with bounds: uvicorn's httptools protocol has none on the size of a request's head, nor on waiting for it
or for a body."""

import asyncio
import json
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_LIMIT = 16_384  # bytes; a browser sends under 2,000
HEAD_S = 10.0
BODY_S = 30.0  # in which some of a body comes; also how long the rest of one is waited for that nobody wants any more
ABORT = "streamsync.abort"  # among a request's extensions: closes its connection, whatever is still to be sent


class BoundedProtocol(HttpToolsProtocol):
    """Closes a connection whose request head is too long, is no HTTP, or has not come within HEAD_S, or whose body
    does not go on for BODY_S."""

    _in_head = True
    _in_body = False
    _goes_on = False  # whether some of the body has come since it was last looked at
    _body_watch: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _completed = False  # whether a request was, in what has just come
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._deadline = self.loop.call_later(HEAD_S, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadline."""
        self._stop_waiting()
        if self._body_watch is not None:
            self._body_watch.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, and count what belongs to a head that is not complete yet."""
        self._completed = False
        super().data_received(data)
        if not self._in_head or self.transport.is_closing():
            self._goes_on = True
            if self._in_body and self._body_watch is None:
                self._body_watch = self.loop.call_later(BODY_S, self._look_at_body, False)
            return
        # Behind the end of a request, how much of this is the next one's is not known; what is more of it counts.
        self._head_bytes += 0 if self._completed else len(data)
        if self._head_bytes > HEAD_LIMIT:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, f"the request's head is over {HEAD_LIMIT} bytes")
        elif self._deadline is None:
            self._deadline = self.loop.call_later(HEAD_S, self.transport.close)

    def on_message_begin(self) -> None:
        """A head begins."""
        self._in_head, self._head_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """A head is complete."""
        self._in_head, self._in_body = False, True
        self._stop_waiting()
        # As the specification has it, it is a dictionary of dictionaries; uvicorn has none.
        self.scope["extensions"] = {ABORT: {"abort": self.transport.abort}}
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """A request is complete."""
        self._in_body, self._completed = False, True
        super().on_message_complete()

    def _look_at_body(self, answered: bool) -> None:
        """Close if no more of the body comes, or only what nobody has wanted since the look before."""
        self._body_watch = None
        if not self._in_body or self.transport.is_closing():
            return
        if answered or not (self._goes_on or self.flow.read_paused):
            self.transport.close()
            return
        self._goes_on = False
        answered = self.cycle is not None and self.cycle.response_complete
        self._body_watch = self.loop.call_later(BODY_S, self._look_at_body, answered)

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP is answered as every other error is."""
        self._refuse(HTTPStatus.BAD_REQUEST, msg)

    def _unsupported_upgrade_warning(self) -> None:
        """Nothing: anybody could fill the log with it. The request is answered as if it had not asked to upgrade."""

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _refuse(self, status: HTTPStatus, message: str) -> None:
        body = json.dumps({"error": message}).encode()
        self.transport.write(
            b"HTTP/1.1 %d %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
            b"Access-Control-Allow-Origin: *\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n%b"
            % (status, status.phrase.encode(), len(body), body)
        )
        self.transport.close()
