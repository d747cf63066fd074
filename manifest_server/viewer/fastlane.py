"""The fast lane: media playlists and beacons are answered before ASGI is entered.

A playlist from the very bytes that come in, if these are one whole request and the connection is at rest; a beacon
while its request is being parsed. What is out of the common, such as a request that waits for the answer to another,
goes the way of all requests. docs/fastlane.md tells what it is worth.
"""

import asyncio
import logging
import time
from collections.abc import Iterable
from http import HTTPStatus

from manifest_server.analytics.beacon import BODY_LIMIT
from manifest_server.viewer.asking import NO_WISHES, Wishes
from manifest_server.viewer.beacons import PATH, BeaconDoor, Refusal
from manifest_server.viewer.hotlane import Lane
from manifest_server.viewer.measures import UNTIMED, Measures, status_class
from manifest_server.viewer.protocol import HEAD_S, BoundedProtocol

STATE = "beacons"  # the name of the door in the state of the application's lifespan
LANE = "lane"  # likewise, of what answers playlists
MEASURES = "measures"  # likewise, of the process's counts

_log = logging.getLogger("streamsync.fastlane")

_PATH = PATH.encode()
_TAKEN = b"HTTP/1.1 204 No Content\r\naccess-control-allow-origin: *\r\n"


class Fastlane(BoundedProtocol):
    """Answers playlists and `POST /beacon` by itself."""

    _body: list[bytes] | None = None  # of a beacon that is being read
    _size = 0
    _at_rest = True  # the parser stands between two requests
    _answered_s = 0.0  # when the lane last answered, by the loop's clock
    _idle_watch: asyncio.TimerHandle | None = None
    _lane: Lane | None = None
    _seen: Wishes = NO_WISHES  # what the lane last read here
    _measures: Measures | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin to wait for the first request."""
        super().connection_made(transport)
        # An access log is written, and connections are counted, on the way of all requests.
        if not self.access_log and self.limit_concurrency is None:
            self._lane = self.app_state.get(LANE)
        self._measures = self.app_state.get(MEASURES)
        if self._measures is not None:
            self._measures.connections += 1

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the time-outs."""
        if self._idle_watch is not None:
            self._idle_watch.cancel()
        if self._measures is not None:
            self._measures.connections -= 1
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Answer, or parse; a beacon's body has to come as soon as a head."""
        if self._at_rest and self._lane is not None and self._is_answered(self._lane, data):
            return
        super().data_received(data)
        if self._body is not None and self._deadline is None:
            self._deadline = self.loop.call_later(HEAD_S, self.transport.close)

    def _is_answered(self, lane: Lane, data: bytes) -> bool:
        """Whether the lane has answered."""
        begin = 4 if data[:10] == b"GET /live/" else 5 if data[:11] == b"HEAD /live/" else 0
        if not begin or self.flow.write_paused or self.transport.is_closing():
            return False
        if self.cycle is not None and not self.cycle.response_complete:
            return False  # its answer comes first
        served = lane.served
        began_ns = 0 if served.answered & UNTIMED else time.perf_counter_ns()
        try:
            answer = lane.answer(data, begin, self.server_state.default_headers, self._seen)
        except Exception:
            _log.exception("event=fault")
            return False  # whatever it is, the application may do better
        if answer is None:
            served.passed += 1
            return False
        self._seen = lane.read
        self.transport.write(answer)
        if began_ns:
            served.answering.note(time.perf_counter_ns() - began_ns)
        served.answered += 1  # not in uvicorn's count, too, which is for a limit that we do not set
        if self._deadline is not None:
            self._stop_waiting()
        if self.timeout_keep_alive_task is not None:
            self._unset_keepalive_if_required()
        # One timer that looks now and then when the last answer was, not one that is set anew with each.
        self._answered_s = self.loop.time()
        if self._idle_watch is None:
            self._idle_watch = self.loop.call_later(self.timeout_keep_alive, self._look_whether_idle)
        return True

    def _look_whether_idle(self) -> None:
        self._idle_watch = None
        waits = self._deadline is not None or self.timeout_keep_alive_task is not None
        if waits or not self._at_rest or self.transport.is_closing():
            return  # since then a request came by the other way, which has its own time-outs
        if self.cycle is not None and not self.cycle.response_complete:
            return
        left = self._answered_s + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._idle_watch = self.loop.call_later(left, self._look_whether_idle)
        else:
            self.transport.close()

    def on_message_begin(self) -> None:
        """A head begins."""
        self._at_rest = False
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """A head is complete: perhaps a beacon's."""
        if self.url == _PATH and self._is_plain():
            self._in_head, self._body, self._size = False, [], 0
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Some of a body."""
        if self._body is None:
            if not self.transport.is_closing():
                super().on_body(body)
            return
        self._size += len(body)
        if self._size > BODY_LIMIT:
            self._body = None
            self._answer(self._door().too_long())
        else:
            self._body.append(body)

    def on_message_complete(self) -> None:
        """A request has been read: a beacon is answered here."""
        self._completed = True
        self._at_rest = not self.parser.should_upgrade()  # what comes after that is not looked at
        if self._body is None:
            if not self.transport.is_closing():
                super().on_message_complete()
            return
        body, self._body = b"".join(self._body), None
        self._stop_waiting()
        self._answer(self._door().heard(self.headers, body))

    def _is_plain(self) -> bool:
        return (
            self.parser.get_method() == b"POST"
            and (self.cycle is None or self.cycle.response_complete)
            and not self.expect_100_continue
            and not self.parser.should_upgrade()
            and STATE in self.app_state
        )

    def _door(self) -> BeaconDoor:
        door = self.app_state[STATE]
        assert isinstance(door, BeaconDoor)  # noqa: S101 - nobody else sets it
        return door

    def _answer(self, refusal: Refusal | None) -> None:
        if self.transport.is_closing():
            return
        if self._measures is not None:
            status = HTTPStatus.NO_CONTENT if refusal is None else refusal.status
            self._measures.beacons[status_class(status)] += 1
        if refusal is not None:
            self._refuse(*refusal)
            return
        keep = self.parser.get_http_version() != "1.0" and self.parser.should_keep_alive()
        end = b"\r\n" if keep else b"connection: close\r\n\r\n"
        self.transport.write(b"".join([_TAKEN, *_lines(self.server_state.default_headers), end]))
        if self.flow.write_paused:
            self.transport.abort()  # whoever sends on and on reads no answers
        elif not keep:
            self.transport.close()
        self.on_response_complete()


def _lines(headers: Iterable[tuple[bytes, bytes]]) -> Iterable[bytes]:
    return (b"%b: %b\r\n" % header for header in headers)
