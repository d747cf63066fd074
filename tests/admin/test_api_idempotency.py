"""`Idempotency-Key`: what is sent again is answered again, and done once."""

import asyncio
import json
from pathlib import Path

import httpx
import pytest
from redis import Redis
from starlette.types import Message, Receive, Scope, Send

from manifest_server.admin import actions
from manifest_server.admin.admission import Caller
from manifest_server.admin.idempotency import Idempotency
from storage import keys
from storage.catalogue import Catalogue
from storage.kept_answers import DOING_S, KEPT_S
from tests.admin.api_stories import CHANNELS, A, B, Tell, teller
from tests.storage.catalogues import told

KEY = {"Idempotency-Key": "5f1c"}
MAIN = {"name": "main", "assets": [A]}


@pytest.fixture
def tell(redis_url: str, tmp_path: Path) -> Tell:
    return teller(redis_url, tmp_path)


def test_the_first_answer_is_given_again(tell: Tell, redis_url: str) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        first = await client.post(CHANNELS, json=MAIN, headers=KEY)
        await client.put(f"{CHANNELS}/main/pool", json={"assets": [B]})
        again = await client.post(CHANNELS, json=MAIN, headers=KEY)
        assert (again.status_code, again.content) == (201, first.content)
        assert (first.headers["ETag"], again.headers["ETag"]) == ('"1"', '"1"')
        assert ("Idempotency-Replayed" in first.headers, again.headers["Idempotency-Replayed"]) == (False, "true")
        assert again.headers["Cache-Control"] == "no-store"
        assert (await catalogue.channel("main")).version == 2
        assert (await client.post(CHANNELS, json=MAIN)).status_code == 409

    tell(story)
    with Redis.from_url(redis_url) as redis:
        [kept] = redis.keys(keys.answer_key("*"))
        assert KEPT_S - 60 < redis.ttl(kept) <= KEPT_S
        assert b"secret" not in kept + redis.get(kept)


def test_a_refusal_is_an_answer_too(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        start = f"{CHANNELS}/main/start"
        first = await client.post(start, headers=KEY)
        assert (first.status_code, first.json()) == (404, {"error": "no channel 'main'"})
        await client.post(CHANNELS, json=MAIN)
        again = await client.post(start, headers=KEY)
        assert (again.status_code, again.headers["X-Error-Kind"]) == (404, "NotFound")

    tell(story)


@pytest.mark.parametrize(
    ("place", "more"),
    [
        ("", {"json": {"name": "main", "assets": [B]}}),
        ("", {"json": MAIN, "params": {"x": 1}}),
        ("/main/start", {"json": MAIN}),
        ("", {"json": MAIN, "headers": {**KEY, "If-Match": '"1"'}}),
    ],
)
def test_a_key_is_for_one_request(tell: Tell, place: str, more: dict[str, object]) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await client.post(CHANNELS, json=MAIN, headers=KEY)
        other = await client.post(CHANNELS + place, **{"headers": KEY, **more})  # type: ignore[arg-type]
        assert (other.status_code, "something else was asked" in other.json()["error"]) == (422, True)
        assert (await catalogue.channel("main")).version == 1

    tell(story)


def test_of_two_at_once_one_does_it(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()
    create = actions.create_channel

    async def slow(*args: object) -> object:
        begun.set()
        await may_end.wait()
        return await create(*args)  # type: ignore[arg-type]

    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        monkeypatch.setattr(actions, "create_channel", slow)
        first = asyncio.ensure_future(client.post(CHANNELS, json=MAIN, headers=KEY))
        await begun.wait()
        second = await client.post(CHANNELS, json=MAIN, headers=KEY)
        assert (second.status_code, second.headers["Retry-After"]) == (409, "1")
        may_end.set()
        assert (await first).status_code == 201
        assert (await client.post(CHANNELS, json=MAIN, headers=KEY)).json() == (await first).json()

    tell(story)


def test_what_failed_may_be_asked_again(tell: Tell, monkeypatch: pytest.MonkeyPatch, redis_url: str) -> None:
    async def broken(*_: object) -> object:
        with Redis.from_url(redis_url) as redis:
            [doing] = redis.keys(keys.answer_key("*"))
            assert 0 < redis.ttl(doing) <= DOING_S  # a server that is killed here locks nobody out for long
        raise RuntimeError("broken")

    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(actions, "create_channel", broken)
            assert (await client.post(CHANNELS, json=MAIN, headers=KEY)).status_code == 500
        assert (await client.post(CHANNELS, json=MAIN, headers=KEY)).status_code == 201

    tell(story)


def test_an_import_that_tells_how_far_it_is_is_done_and_told_again(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await client.post(CHANNELS, json=MAIN)
        lines = {**KEY, "Accept": "application/x-ndjson"}
        first, again = [
            await client.post(f"{CHANNELS}/main/import", content=f"viewer,clips\nalice,{A}\n".encode(), headers=lines)
            for _ in range(2)
        ]
        assert (first.status_code, json.loads(first.text.splitlines()[-1])["viewers"]) == (200, 1)
        assert (again.content, again.headers["Idempotency-Replayed"]) == (first.content, "true")
        assert await catalogue.viewer("main", "alice")

    tell(story)


def test_an_answer_that_broke_off_is_not_kept(redis_url: str) -> None:
    asked: list[bytes] = []

    async def cut(_scope: Scope, receive: Receive, send: Send) -> None:
        asked.append((await receive())["body"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": len(asked) == 1})

    async def ask(app: Idempotency) -> list[Message]:
        async def receive() -> Message:
            return {"type": "http.request", "body": b"{}"}

        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        state = {"caller": Caller("token 1", "edit")}
        head = {"type": "http", "method": "POST", "path": CHANNELS, "query_string": b"", "state": state}
        await app({**head, "headers": [(b"idempotency-key", b"5f1c")]}, receive, send)
        return sent

    async def story(catalogue: Catalogue) -> None:
        app = Idempotency(cut, catalogue)
        broken, whole, again = [(await ask(app))[-1] for _ in range(3)]
        assert (broken["more_body"], whole["more_body"]) == (True, False)
        assert (again["body"], asked) == (b"half", [b"{}"] * 2)

    told(redis_url, story)


def test_who_has_no_token_is_given_no_answer(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        await client.post(CHANNELS, json=MAIN, headers=KEY)
        stranger = await client.post(CHANNELS, json=MAIN, headers={**KEY, "Authorization": "Bearer other"})
        assert stranger.status_code == 401

    tell(story)


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
def test_a_key_is_a_word(tell: Tell, key: str) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        answer = await client.post(CHANNELS, json=MAIN, headers={"Idempotency-Key": key})
        assert (answer.status_code, answer.json()["error"][:16]) == (400, "Idempotency-Key:")
        assert await catalogue.channels() == []

    tell(story)
