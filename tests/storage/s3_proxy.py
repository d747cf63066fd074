"""A real HTTP proxy in front of an S3 server that gives chosen requests trouble, on the loopback."""

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

END_S = 30.0

# What becomes of a request: (answer of the server: status, headers, body) -> what the client gets.
Headers = list[tuple[str, str]]
Trouble = Callable[["Proxied"], None]


@dataclass
class Proxy:
    """Where it listens, what it has seen, and what is to go wrong with the next requests of a method."""

    endpoint: str = ""
    seen: list[tuple[str, str, str | None]] = field(default_factory=list)  # method, path, Range
    sent_bytes: int = 0  # of bodies, to the client
    ended: threading.Event = field(default_factory=threading.Event)
    always: Trouble | None = None  # what all other requests get
    _troubles: list[tuple[str, Trouble]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def trouble(self, method: str, what: Trouble, times: int = 1) -> None:
        """Let the next `times` requests of `method` have this trouble."""
        self._troubles += [(method, what)] * times

    def next(self, method: str) -> Trouble:
        """What the request that has come is to get."""
        with self._lock:
            for number, (wanted, what) in enumerate(self._troubles):
                if wanted == method:
                    del self._troubles[number]
                    return what
        return self.always or none

    def count(self, method: str) -> int:
        """How many requests of `method` there were."""
        return sum(seen == method for seen, _, _ in self.seen)


class Proxied(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    proxy: Proxy
    upstream: str

    def handle_any(self) -> None:
        """Note the request, and give it its trouble."""
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.proxy.seen.append((self.command, self.path, self.headers.get("Range")))
        try:
            self.proxy.next(self.command)(self)
        except ConnectionError:  # the server is gone, or whoever asked
            self.close_connection = True

    do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = handle_any  # noqa: N815

    def forwarded(self) -> tuple[int, Headers, bytes]:
        """The server's answer."""
        line = http.client.HTTPConnection(self.upstream, timeout=END_S)
        try:
            # The host that the client has signed is the proxy's.
            line.request(self.command, self.path, self.body, dict(self.headers.items()))
            answer = line.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            line.close()

    def answer(self, status: int, headers: Headers, body: bytes, length: int | None = None) -> None:
        """Send an answer; `length` is said instead of the body's."""
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in {"content-length", "transfer-encoding", "connection"}:
                self.send_header(name, value)
        said = dict(headers).get("Content-Length", "0") if self.command == "HEAD" else len(body)
        self.send_header("Content-Length", str(said if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
            self.proxy.sent_bytes += len(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def s3_proxy(endpoint: str) -> Iterator[Proxy]:
    """A proxy to `endpoint`. On leaving, whoever stalls is let go, and all has ended."""
    proxy = Proxy()
    parts = {"proxy": proxy, "upstream": urlsplit(endpoint).netloc}
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Proxied", (Proxied,), parts))
    server.daemon_threads = True
    proxy.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield proxy
    finally:
        proxy.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()


def none(request: Proxied) -> None:
    """No trouble."""
    request.answer(*request.forwarded())


def error(status: int, code: str) -> Trouble:
    """The server answers an error, and the request has not reached it."""

    def trouble(request: Proxied) -> None:
        body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>in trouble</Message></Error>".encode()
        request.answer(status, [("Content-Type", "application/xml")], body)

    return trouble


def cut(after_bytes: int) -> Trouble:
    """The connection breaks in the midst of the answer's body."""

    def trouble(request: Proxied) -> None:
        status, headers, body = request.forwarded()
        request.answer(status, headers, body[:after_bytes], length=len(body))
        request.wfile.flush()
        request.close_connection = True

    return trouble


def damaged(request: Proxied) -> None:
    """A bit of the answer's body is another."""
    status, headers, body = request.forwarded()
    middle = len(body) // 2
    request.answer(status, headers, body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :])


def answer_lost(request: Proxied) -> None:
    """The server does what it is asked, but the connection breaks before the answer."""
    request.forwarded()
    request.close_connection = True


def silence(request: Proxied) -> None:
    """No answer ever."""
    request.proxy.ended.wait(END_S)
    request.close_connection = True
