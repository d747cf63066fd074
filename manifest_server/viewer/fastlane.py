"""The fast lane: beacons are answered while their request is being read, before ASGI is entered.

That is the half of what they would cost: there are a thousand of them a second (`python -m benchmarks beacons`). What
is out of the common, such as one that waits for the answer to another request, goes the way of all requests.
"""

from collections.abc import Iterable

from manifest_server.analytics.beacon import BODY_LIMIT
from manifest_server.viewer.beacons import PATH, BeaconDoor, Refusal
from manifest_server.viewer.protocol import HEAD_S, BoundedProtocol

STATE = "beacons"  # the name of the door in the state of the application's lifespan

_PATH = PATH.encode()
_TAKEN = b"HTTP/1.1 204 No Content\r\naccess-control-allow-origin: *\r\n"


class Fastlane(BoundedProtocol):
    """Answers `POST /beacon` by itself."""

    _body: list[bytes] | None = None  # of a beacon that is being read
    _size = 0

    def data_received(self, data: bytes) -> None:
        """Parse; a beacon's body has to come as soon as a head."""
        super().data_received(data)
        if self._body is not None and self._deadline is None:
            self._deadline = self.loop.call_later(HEAD_S, self.transport.close)

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
