"""Long work that tells how far it is: line by line, to whoever listens, and given up when nobody does."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from pydantic import BaseModel
from starlette.types import ASGIApp, Receive, Scope, Send

from manifest_server.admin import told
from manifest_server.admin.told import Told
from storage.catalogue import Catalogue
from storage.errors import Conflict, StreamSyncError, Unavailable
from storage.settings import Settings
from streamsync.client import Client
from streamsync.here import Here
from tests.admin.api_stories import CHANNELS, A, Tell, teller

LINES = {"Accept": "application/x-ndjson"}


class View(BaseModel):
    done: int


@pytest.fixture
def tell(redis_url: str, tmp_path: Path) -> Tell:
    return teller(redis_url, tmp_path)


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> Iterator[asyncio.Runner]:
    monkeypatch.setattr(told, "_EVERY_S", 0.001)
    with asyncio.Runner() as found:
        yield found


class Work:
    """Goes on until it was asked `asked` times how far it is; None: for ever."""

    def __init__(self, asked: int | None, error: StreamSyncError | None = None) -> None:
        self.left, self.error = asked, error
        self.over = asyncio.Event()
        self.ended = ""

    def far(self) -> dict[str, int]:
        if self.left is not None:
            self.left -= 1
            if not self.left:
                self.over.set()
        return {"left": self.left or 0}

    async def work(self) -> int:
        try:
            await self.over.wait()
        except asyncio.CancelledError:
            self.ended = "given up"
            raise
        if self.error is not None:
            raise self.error
        return 7

    def app(self) -> ASGIApp:
        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            stack = AsyncExitStack()
            stack.callback(lambda: setattr(self, "ended", f"{self.ended}, left"))
            await Told(self.work(), lambda done: View(done=done), self.far, stack)(scope, receive, send)

        return answer


def client(runner: asyncio.Runner, work: Work, tmp_path: Path) -> Client:
    return Client(Settings(data=tmp_path), here=Here(work.app(), runner))


def test_who_listens_is_told_how_far_it_is_and_what_came_of_it(runner: asyncio.Runner, tmp_path: Path) -> None:
    work = Work(3)
    heard: list[dict[str, int]] = []
    with client(runner, work, tmp_path) as door:
        assert door.send(View, "x", [b"body"], {}, heard.append) == View(done=7)
    assert heard == [{"left": 2}, {"left": 1}, {"left": 0}]
    assert work.ended == ", left"


def test_an_error_on_the_way_is_of_its_kind(runner: asyncio.Runner, tmp_path: Path) -> None:
    work = Work(1, Conflict("somebody else"))
    with client(runner, work, tmp_path) as door, pytest.raises(Conflict, match=r"^somebody else$"):
        door.send(View, "x", [b""], {})


def test_work_is_given_up_when_nobody_listens_any_more(runner: asyncio.Runner, tmp_path: Path) -> None:
    work = Work(None)

    def leave(_: object) -> None:
        raise KeyboardInterrupt

    with client(runner, work, tmp_path) as door, pytest.raises(KeyboardInterrupt):
        door.send(View, "x", [b""], {}, leave)
    assert work.ended == "given up, left"


def test_an_answer_that_breaks_off_is_told(runner: asyncio.Runner, tmp_path: Path) -> None:
    async def cut(_scope: Scope, _receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/x-ndjson")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"left":1}\n'})

    with (
        Client(Settings(data=tmp_path), here=Here(cut, runner)) as door,
        pytest.raises(Unavailable, match="broke off"),
    ):
        door.send(View, "x", [b""], {})


def test_an_import_may_be_told_as_lines(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await client.post(CHANNELS, json={"name": "main"})
        where = f"{CHANNELS}/main/import"
        good = await client.post(where, content=f"viewer,clips\nalice,{A}\n".encode(), headers=LINES)
        assert (good.status_code, good.headers["Content-Type"]) == (200, "application/x-ndjson")
        last = json.loads(good.text.splitlines()[-1])
        assert (last["applied"], last["lineups_given"], last["viewers"]) == (True, 1, 1)
        bad = await client.post(where, content=b"viewer,clips\nalice,x\n", headers=LINES)
        last = json.loads(bad.text.splitlines()[-1])
        assert (bad.status_code, last["applied"], last["bad"][0]["row"]) == (200, False, 2)
        none = await client.post(where, content=b"", headers=LINES)
        assert json.loads(none.text.splitlines()[-1]) == {"error": "there is no row", "kind": "BadInput"}

    tell(story)
