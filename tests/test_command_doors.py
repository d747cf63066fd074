"""How the command line asks: in its own process message by message, of a server until it is answered, once."""

import asyncio
import itertools
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from manifest_server.admin.views import ChannelView
from manifest_server.viewer.app import application
from storage.catalogue import Catalogue
from storage.errors import BadInput, Conflict, NotFound, NotOnAir, Unavailable
from storage.settings import Settings
from streamsync.client import Client
from streamsync.doors import checked_server, place
from streamsync.here import Here
from tests.admin.uploading import served
from tests.stage import asset
from tests.storage.catalogues import told

CHUNK = b"x" * 65_536


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as found:
        yield found


def test_an_answer_is_made_no_faster_than_it_is_read(runner: asyncio.Runner) -> None:
    sent = 0

    async def endless(_scope: Scope, _receive: Receive, send: Send) -> None:
        nonlocal sent
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while True:
            await send({"type": "http.response.body", "body": CHUNK, "more_body": True})
            sent += 1

    with (
        httpx.Client(transport=Here(endless, runner), base_url="http://here") as client,
        client.stream("GET", "/") as answer,
    ):
        read = sum(map(len, itertools.islice(answer.iter_raw(), 50)))
    assert read == 50 * len(CHUNK)
    assert sent < 60


def test_a_body_is_read_no_faster_than_it_is_asked_for(runner: asyncio.Runner) -> None:
    taken = 0

    def chunks() -> Iterator[bytes]:
        nonlocal taken
        for _ in range(1000):
            taken += 1
            yield CHUNK

    async def impatient(_scope: Scope, receive: Receive, send: Send) -> None:
        for _ in range(3):
            assert (await receive())["body"] == CHUNK
        await send({"type": "http.response.start", "status": 413, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    with httpx.Client(transport=Here(impatient, runner), base_url="http://here") as client:
        assert client.post("/", content=chunks()).status_code == 413
    assert taken == 3


def test_a_fault_of_ours_comes_out_as_it_is(runner: asyncio.Runner) -> None:
    async def broken(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise ZeroDivisionError("a fault")

    client = Client(Settings(), here=Here(broken, runner))
    with pytest.raises(ZeroDivisionError, match="a fault"):
        client.ask(ChannelView, "GET", "channels/main")


class Lossy:
    """Something in between that loses the first answer to a POST."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.lost = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or self.lost:
            await self._app(scope, receive, send)
            return
        self.lost += 1

        async def nowhere(_: Message) -> None:
            pass

        await self._app(scope, receive, nowhere)
        await send({"type": "http.response.start", "status": 502, "headers": []})
        await send({"type": "http.response.body", "body": b"<html>Bad Gateway</html>"})


@pytest.fixture
def server(redis_url: str, tmp_path: Path) -> Iterator[tuple[Settings, Lossy]]:
    """A server with one asset, what is before it, and the settings of who asks it."""

    async def stocked(catalogue: Catalogue) -> None:
        await catalogue.index_asset(asset(1))

    told(redis_url, stocked)
    token = SecretStr("secret")
    lossy = Lossy(application(Settings(data=tmp_path, token=token), redis_url))
    with served(lossy) as origin:
        yield Settings(server=origin, token=token), lossy


def test_what_was_done_without_an_answer_is_not_done_again(server: tuple[Settings, Lossy]) -> None:
    settings, lossy = server
    with Client(settings) as client:
        made = client.ask(ChannelView, "POST", "channels", {"name": "main"})
        assert (made.version, lossy.lost) == (1, 1)
        with pytest.raises(Conflict, match="exists already"):
            client.ask(ChannelView, "POST", "channels", {"name": "main"})


def test_errors_come_back_as_what_they_were(server: tuple[Settings, Lossy]) -> None:
    settings, lossy = server
    lossy.lost = 1
    with Client(settings) as client:
        client.ask(ChannelView, "POST", "channels", {"name": "main"})
        cases = (
            (NotFound, "no channel 'other'", "GET", "channels/other", None, None),
            (BadInput, "colour: Extra", "POST", "channels", {"name": "x", "colour": 1}, None),
            (Conflict, "is at version 1, not 7", "PUT", "channels/main/pool", {"assets": [asset(1).id]}, 7),
            (NotOnAir, "main", "GET", "channels/main/viewers/a/preview", None, None),
        )
        for kind, says, method, path, body, version in cases:
            with pytest.raises(kind, match=says):
                client.ask(ChannelView, method, path, body, version=version)
        with pytest.raises(NotFound, match="no channel 'other'"), client.lines("channels/other/export"):
            pass
        with pytest.raises(NotFound, match="no channel 'other'"):
            client.send(ChannelView, "channels/other/import", [b"x"], {})


def test_what_is_no_streamsync_is_unavailable() -> None:
    async def other(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"<html>Hello</html>"})

    with (
        served(other) as origin,
        Client(Settings(server=origin, token=SecretStr("x")), patience_s=0) as client,
        pytest.raises(Unavailable, match="is it a StreamSync"),
    ):
        client.ask(ChannelView, "GET", "channels/main")


@pytest.mark.parametrize(
    "url", ["tv.example", "ftp://tv.example", "http://", "http://me:secret@tv.example", "http://a?t=b"]
)
def test_a_server_is_named_by_its_url(url: str) -> None:
    with pytest.raises(BadInput, match="STREAMSYNC_SERVER: it is http") as error:
        checked_server(url)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("name", ["a/b", "..", "é", "a?b", "a#b", "a%2Fb", "😀"])
def test_a_name_is_one_segment_of_a_path_whatever_it_holds(name: str) -> None:
    path = place("channels", name, "start")
    assert path.isascii()
    assert len(path.split("/")) == 3
    assert not set(path) & set("?# ")
