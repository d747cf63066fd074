"""Bytes that no player sends, to the real server: a 4xx or a closed connection, and it goes on answering."""

import json
import random
import signal
import socket
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from .conftest import MakeMachine
from .program import Machine, Program
from .watching import fetch

pytestmark = pytest.mark.slow

TIMEOUT_S = 10.0
SECRET = b"not for players"


@dataclass(frozen=True, slots=True)
class Target:
    """A server under fire."""

    machine: Machine
    program: Program

    def answer(self, request: bytes) -> bytes:
        """All that it sends until it closes; the request should ask for that."""
        with socket.create_connection(("127.0.0.1", self.machine.port), TIMEOUT_S) as line:
            got = b""
            try:
                line.sendall(request)
                while chunk := line.recv(65536):
                    got += chunk
            except (BrokenPipeError, ConnectionResetError):
                pass  # closed before it had read all
            return got

    def assert_well(self) -> None:
        assert fetch(f"{self.machine.origin}/healthz").json() == {"status": "ok"}
        assert self.program.process.poll() is None
        assert "Traceback" not in self.program.err


@pytest.fixture(scope="module")
def target(new_machine: MakeMachine) -> Iterator[Target]:
    machine = new_machine()
    records = machine.data / "objects" / "records"
    records.mkdir(parents=True)
    (records / "x.json").write_bytes(SECRET)
    with machine.running("serve", ready="serving on") as program:
        yield Target(machine, program)
        assert program.stop(signal.SIGTERM) == 0
        assert "Traceback" not in program.err


def get(path: bytes, *headers: bytes) -> bytes:
    lines = [b"GET " + path + b" HTTP/1.1", b"Host: x", b"Connection: close", *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n"


LONG = b"x" * 100_000
REQUESTS = {
    "out of the assets": get(b"/chunks/assets/../../records/x.json"),
    "out of the assets, encoded": get(b"/chunks/assets/%2e%2e/%2e%2e/records/x.json"),
    "out of the assets, twice encoded": get(b"/chunks/assets/%252e%252e/records/x.json"),
    "out of the assets to a segment": get(b"/chunks/assets/../records/x.m4s"),
    "out of the channel": get(b"/live/main/../../etc/passwd"),
    "out of the root": get(b"/chunks//etc/passwd"),
    "a record": get(b"/chunks/records/x.json"),
    "a path of 100 kB": get(b"/live/main/" + LONG + b"/index.m3u8"),
    "a query of 100 kB": get(b"/live/main/alice/index.m3u8?format=" + LONG),
    "a path of 10 kB": get(b"/live/main/" + LONG[:10_000] + b"/index.m3u8"),
    "a path that is not UTF-8": get(b"/live/main/\xff\xfe/index.m3u8"),
    "an encoded path that is not UTF-8": get(b"/live/main/%ff%fe/index.m3u8"),
    "a query that is not UTF-8": get(b"/live/main/alice/index.m3u8?format=\xff\xfe"),
    "an encoded query that is not UTF-8": get(b"/live/main/alice/index.m3u8?format=%ff%fe"),
    "a channel that is not UTF-8": get(b"/live/%c3%28/alice/index.m3u8"),
    "a NUL": get(b"/chunks/assets/%00.m4s"),
    "a line end in a key": get(b"/chunks/assets/a%0d%0aX-Mine:%20y.m4s"),
    "broken escapes": get(b"/live/%/%zz/index.m3u8"),
    "no path": get(b"*"),
    "headers that are not ASCII": get(b"/nowhere", b"If-None-Match: \xff", b"User-Agent: \xff", b"Range: \xff"),
    "random bytes": random.Random(1).randbytes(2_000),
    "random bytes in lines": random.Random(2).randbytes(2_000) + b"\r\n\r\n",
    "a TLS hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
    "a version to come": b"GET /time HTTP/9.9\r\nHost: x\r\n\r\n",
    "a proxy's request": b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n",
    "a length below zero": b"POST /time HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
}


@pytest.mark.parametrize("name", REQUESTS)
def test_no_bytes_break_it(target: Target, name: str) -> None:
    got = target.answer(REQUESTS[name])
    head, _, body = got.partition(b"\r\n\r\n")
    assert SECRET not in got
    assert b"X-Mine" not in head
    # Nothing at all is an answer too: the connection is closed.
    if got:
        assert 400 <= int(head.split()[1]) < 500, got[:300]
        if b"content-type: application/json" in head.lower():
            assert isinstance(json.loads(body)["error"], str)
            assert b"cache-control: no-store" in head.lower()
        else:
            assert b"connection: close" in head.lower(), got[:300]
    target.assert_well()


def test_headers_without_end_and_then_silence(target: Target) -> None:
    lines = [socket.create_connection(("127.0.0.1", target.machine.port), TIMEOUT_S) for _ in range(50)]
    try:
        for line in lines:
            line.sendall(b"GET /time HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        target.assert_well()
    finally:
        for line in lines:
            line.close()
    target.assert_well()


def test_a_client_that_leaves_in_the_middle_of_an_answer(target: Target) -> None:
    (target.machine.data / "objects" / "assets").mkdir(exist_ok=True)
    (target.machine.data / "objects" / "assets" / "big.m4s").write_bytes(bytes(8_000_000))
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", target.machine.port), TIMEOUT_S) as line:
            line.sendall(get(b"/chunks/assets/big.m4s"))
            assert line.recv(1000).startswith(b"HTTP/1.1 200 ")
    target.assert_well()


def test_many_requests_on_one_connection(target: Target) -> None:
    request = b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"
    got = target.answer(request * 200 + get(b"/time"))
    assert got.count(b"HTTP/1.1 404 ") == 200
    assert got.count(b"HTTP/1.1 200 ") == 1
    target.assert_well()
