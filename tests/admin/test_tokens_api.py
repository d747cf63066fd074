"""The API's machine tokens: who may do what with one, and how they are made and revoked."""

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from redis import Redis

from manifest_server.admin import tokens
from manifest_server.admin.tokens import create_token, revoke_token
from storage import keys
from storage.catalogue import Catalogue
from storage.errors import BadInput, Conflict
from storage.token_record import SCOPES, Scope, digest
from tests.stage import EPOCH_MS, Clock, asset, visited

PLACE = "/api/v1/tokens"
FILM = asset(1)
MISSING = "this needs the header Authorization: Bearer TOKEN"

Story = Callable[[httpx.AsyncClient, Catalogue], Awaitable[object]]
Tell = Callable[[Story], object]


@pytest.fixture
def tell(redis_url: str, tmp_path: Path) -> Tell:
    """Tell a story of a server without STREAMSYNC_TOKEN."""
    return lambda story: visited(redis_url, story, data=tmp_path, clock=Clock(EPOCH_MS))


async def made(catalogue: Catalogue, scope: Scope, lasts_ms: int | None = None) -> dict[str, str]:
    """The header of a new token."""
    new = await create_token(catalogue, scope, Clock(EPOCH_MS), lasts_ms=lasts_ms)
    return {"Authorization": f"Bearer {new.token}"}


def test_without_the_owner_s_token_the_api_opens_to_machine_tokens(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        assert (await client.get("/api/v1/assets")).status_code == 401
        answer = await client.get("/api/v1/assets", headers=await made(catalogue, "read"))
        assert (answer.status_code, answer.json()) == (200, {"assets": [], "next": None})

    tell(story)


DOORS = [
    ("GET", "/api/v1/assets", {}, "read"),
    ("HEAD", "/api/v1/nowhere", {}, "read"),
    ("PATCH", f"/api/v1/assets/{FILM.id}", {"json": {"title": "x"}}, "edit"),
    ("POST", "/api/v1/nowhere", {}, "edit"),
    ("DELETE", "/api/v1/nowhere", {}, "edit"),
    ("OPTIONS", "/api/v1/assets", {}, "edit"),
    ("GET", PLACE, {}, "own"),
    ("POST", PLACE, {"json": {"scope": "own"}}, "own"),
    ("POST", PLACE, {"content": b"{no json"}, "own"),
    ("DELETE", f"{PLACE}/{'0' * 16}", {}, "own"),
]


@pytest.mark.parametrize(("method", "path", "more", "needs"), DOORS, ids=lambda one: str(one)[:40])
def test_each_door_opens_to_its_scope_and_those_above(
    tell: Tell, method: str, path: str, more: dict[str, object], needs: Scope
) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await catalogue.index_asset(FILM)
        for scope in SCOPES:
            answer = await client.request(method, path, headers=await made(catalogue, scope), **more)  # type: ignore[arg-type]
            opens = SCOPES.index(scope) >= SCOPES.index(needs)
            assert (answer.status_code != 403) == opens, (scope, answer.text)
            assert answer.status_code != 401
            if not opens and method != "HEAD" and b"{no json" not in more.values():
                assert answer.json() == {"error": "this token may not do that"}
        assert len([one for one in await catalogue.tokens.tokens() if one.scope == "own"]) <= 2

    tell(story)


def test_a_token_is_told_once_listed_without_its_secret_and_revoked(tell: Tell, redis_url: str) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        own = await made(catalogue, "own")
        answer = await client.post(PLACE, headers=own, json={"scope": "edit", "name": "ci", "expires": "30d"})
        assert answer.status_code == 201
        assert answer.headers["cache-control"] == "no-store"
        new = answer.json()
        assert (new["scope"], new["name"], new["created"]) == ("edit", "ci", "2026-01-01T00:00:00.000Z")
        assert (new["expires"], new["expired"]) == ("2026-01-31T00:00:00.000Z", False)
        token, secret = new.pop("token"), answer.json()["token"].rpartition("_")[2]
        listed = await client.get(PLACE, headers=own)
        assert new in listed.json()
        assert secret not in listed.text
        assert digest(token) not in listed.text
        with Redis.from_url(redis_url, decode_responses=True) as redis:
            assert secret not in str(redis.hgetall(keys.TOKENS))
        used = {"Authorization": f"Bearer {token}"}
        assert (await client.get("/api/v1/assets", headers=used)).status_code == 200
        assert (await client.delete(f"{PLACE}/{new['id']}", headers=own)).status_code == 204
        again = await client.delete(f"{PLACE}/{new['id']}", headers=own)
        assert (again.status_code, again.json()) == (404, {"error": f"no token '{new['id']}'"})

    tell(story)


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ({"scope": "all"}, "scope: "),
        ({}, "scope: "),
        ({"scope": "read", "expires": "soon"}, "span 'soon': it is a whole number and one of s, m, h or d"),
        ({"scope": "read", "expires": "0d"}, "span '0d'"),
        ({"scope": "read", "expires": "99999999d"}, "a token lasts from one second to ten years"),
        ({"scope": "read", "name": "x" * 65}, "name: "),
        ({"scope": "read", "name": "bell\a"}, "name: it has characters that do not print"),
        ({"scope": "read", "token": "sst_mine"}, "token: "),
    ],
    ids=str,
)
def test_what_cannot_be_made_is_said(tell: Tell, wish: dict[str, object], says: str) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        answer = await client.post(PLACE, headers=await made(catalogue, "own"), json=wish)
        assert (answer.status_code, says in answer.json()["error"]) == (400, True), answer.text
        assert await catalogue.tokens.count() == 1

    tell(story)


def test_no_key_makes_redis_remember_a_secret(tell: Tell, redis_url: str) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        headers = {**await made(catalogue, "own"), "Idempotency-Key": "k"}
        told = [await client.post(PLACE, headers=headers, json={"scope": "read"}) for _ in range(2)]
        assert [answer.status_code for answer in told] == [201, 201]
        found = {answer.json()["token"] for answer in told}
        assert len(found) == 2  # it is done again; who heard no answer finds the other in the list
        with Redis.from_url(redis_url, decode_responses=True) as redis:
            assert list(redis.scan_iter("*answer*")) == []

    tell(story)


def test_missing_unknown_wrong_and_revoked_tokens_are_told_the_same(
    tell: Tell, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)

    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        good = await made(catalogue, "own")
        unknown = {"Authorization": f"Bearer sst_{'0' * 16}_{'0' * 64}"}
        wrong = {"Authorization": good["Authorization"][:-1] + ("0" if good["Authorization"][-1] != "0" else "1")}
        revoked = await made(catalogue, "own")
        await revoke_token(catalogue, revoked["Authorization"].split("_")[1])
        for headers in ({}, unknown, wrong, revoked):
            answer = await client.get(PLACE, headers=headers)
            assert (answer.status_code, answer.text) == (401, f'{{"error":"{MISSING}"}}')
        assert (await client.get(PLACE, headers=good)).status_code == 200
        for headers in (good, unknown, wrong, revoked):
            assert headers["Authorization"].rpartition("_")[2] not in caplog.text

    tell(story)
    assert "sst_" not in "".join(capfd.readouterr())


def test_an_expired_token_is_told_what_an_unknown_one_is(redis_url: str, tmp_path: Path) -> None:
    clock = Clock(EPOCH_MS)

    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        headers = await made(catalogue, "read", lasts_ms=1000)
        assert (await client.get("/api/v1/assets", headers=headers)).status_code == 200
        clock.now_ms += 1000
        answer = await client.get("/api/v1/assets", headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (401, MISSING)

    visited(redis_url, story, data=tmp_path, clock=clock)


def test_there_is_a_limit_and_what_has_expired_makes_room(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "TOKENS_LIMIT", 3)

    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        clock = Clock(EPOCH_MS)
        for lasts_ms in (None, 1000, 2000):
            await create_token(catalogue, "read", clock, lasts_ms=lasts_ms)
        with pytest.raises(Conflict, match="there are 3 tokens: revoke those that nobody needs"):
            await create_token(catalogue, "read", clock)
        clock.now_ms += 1000
        await create_token(catalogue, "read", clock, name="new")
        assert [one.name for one in await catalogue.tokens.tokens()] == ["", "", "new"]

    tell(story)


def test_who_revokes_by_the_token_itself_is_told_what_its_id_is(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        new = await create_token(catalogue, "read", Clock(EPOCH_MS))
        with pytest.raises(BadInput, match="16 hexadecimal digits") as error:
            await revoke_token(catalogue, new.token)
        assert new.token not in str(error.value)
        assert new.token not in repr(new)

    tell(story)
