"""When a session ends, and what is kept and told of it."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from redis import Redis

from manifest_server.admin.accounts import change_account
from manifest_server.admin.admission import Admission
from manifest_server.admin.passwords import WAITING, Passwords
from manifest_server.admin.sign_in import IDLE_MS, LONGEST_MS, SignIn
from storage.catalogue import Catalogue
from tests.admin.people import (
    ACCOUNTS,
    COOKIE,
    OTHER,
    OWNER,
    PASSWORD,
    SESSION,
    Tell,
    at,
    joined,
    sign_in,
    signed_in,
    teller,
    trail,
)
from tests.stage import EPOCH_MS, Clock
from tests.storage.catalogues import told

TOKENS = "/api/v1/tokens"


@pytest.fixture
def tell(redis_url: str, tmp_path: Path, cheap_passwords: None) -> Tell:
    return teller(redis_url, tmp_path, Clock(EPOCH_MS))


def test_signing_out_ends_this_session_and_no_other(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await joined(catalogue)
        csrf = await signed_in(client)
        secret = client.cookies[COOKIE]
        async with at(client) as other:
            await signed_in(other)
            answer = await client.delete(SESSION, headers=csrf)
            assert (answer.status_code, client.cookies.get(COOKIE)) == (204, None)
            assert (await client.get(SESSION, headers={"Cookie": f"{COOKIE}={secret}"})).status_code == 401
            assert (await other.get(SESSION)).status_code == 200

    tell(story)


def test_a_session_ends_when_it_is_not_used_and_in_any_case_after_a_week(
    redis_url: str, cheap_passwords: None
) -> None:
    async def story(catalogue: Catalogue) -> None:
        clock = Clock(EPOCH_MS)
        people = SignIn(catalogue, Passwords(), clock)
        account = await joined(catalogue)

        def server() -> Admission:
            """One that has not looked the session up yet."""
            return Admission(None, now_ms=clock, session=people.signed_in, used=people.used)

        secret = (await people.begun(account, "for a test")).secret
        seen = server()
        clock.now_ms += IDLE_MS - 1
        assert await seen.signed_in(secret) is not None  # and so it is prolonged
        clock.now_ms += IDLE_MS - 1
        assert await server().signed_in(secret) is not None
        clock.now_ms += IDLE_MS
        assert await server().signed_in(secret) is None
        clock.now_ms = EPOCH_MS
        secret = (await people.begun(account, "for a test")).secret
        for _ in range(2 * LONGEST_MS // IDLE_MS - 1):
            clock.now_ms += IDLE_MS // 2
            assert await server().signed_in(secret) is not None
        clock.now_ms = EPOCH_MS + LONGEST_MS - 1
        assert await server().signed_in(secret) is not None
        clock.now_ms += 1
        assert await server().signed_in(secret) is None

    told(redis_url, story)


def test_what_was_ended_elsewhere_is_over_within_three_seconds(redis_url: str, cheap_passwords: None) -> None:
    async def story(catalogue: Catalogue) -> None:
        people = SignIn(catalogue, Passwords(), Clock(EPOCH_MS))
        ann, bob, eve = [await joined(catalogue, name) for name in ("ann", "bob", "eve")]
        seconds = [1000.0]
        server = Admission(None, now_ms=Clock(EPOCH_MS), clock=lambda: seconds[0], session=people.signed_in)
        signed = [await people.begun(one, "for a test") for one in (ann, bob, eve)]
        for one in signed:
            assert await server.signed_in(one.secret) is not None
        await people.ended(signed[0])
        await change_account(catalogue, "bob", disabled=True)
        await change_account(catalogue, "eve", role="viewer")
        seconds[0] += 3.0
        found = [await server.signed_in(one.secret) for one in signed]
        assert found[:2] == [None, None]
        assert found[2] is not None
        assert found[2].scope == "read"

    told(redis_url, story)


def test_a_password_is_kept_as_argon2id_of_the_strength_that_the_page_says() -> None:
    async def story() -> None:
        passwords = Passwords()
        stored = await passwords.hashed(SecretStr(PASSWORD))
        assert stored.startswith("$argon2id$v=19$m=32768,t=3,p=1$")
        assert await passwords.fits(SecretStr(PASSWORD), stored)
        assert not await passwords.fits(SecretStr(OTHER), stored)
        assert not await passwords.fits(SecretStr(PASSWORD), None)
        assert not await passwords.fits(SecretStr(PASSWORD), "damaged")
        # A letter with its accent is the same, however a keyboard sends it.
        composed = await passwords.hashed(SecretStr("caf\u00e9 caf\u00e9 caf\u00e9"))
        assert await passwords.fits(SecretStr("cafe\u0301 cafe\u0301 cafe\u0301"), composed)

    asyncio.run(story())


def test_very_many_sign_ins_at_once_are_told_to_wait(cheap_passwords: None) -> None:
    async def story() -> None:
        passwords = Passwords()
        some = await asyncio.gather(
            *(passwords.fits(SecretStr(PASSWORD), None) for _ in range(WAITING + 3)), return_exceptions=True
        )
        assert [type(one).__name__ for one in some].count("Unavailable") == 3

    asyncio.run(story())


def test_another_password_ends_all_sessions_but_the_one_that_is_answered(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await joined(catalogue)
        csrf = await signed_in(client)
        before = client.cookies[COOKIE]
        wrong = await client.put(f"{SESSION}/password", json={"old": OTHER, "new": "x" * 12}, headers=csrf)
        assert (wrong.status_code, wrong.json()) == (400, {"error": "old: the password is wrong"})
        for new, says in (("short", "10 to 256"), ("x" * 257, "10 to 256"), ("ann", "10 to 256")):
            poor = await client.put(f"{SESSION}/password", json={"old": PASSWORD, "new": new}, headers=csrf)
            assert (poor.status_code, says in poor.json()["error"]) == (400, True)
        answer = await client.put(f"{SESSION}/password", json={"old": PASSWORD, "new": OTHER}, headers=csrf)
        assert answer.status_code == 200
        assert client.cookies[COOKIE] != before
        assert (await client.get(SESSION)).json() == answer.json()
        assert (await client.get(SESSION, headers={"Cookie": f"{COOKIE}={before}"})).status_code == 401
        assert (await sign_in(client)).status_code == 401
        assert (await sign_in(client, password=OTHER)).status_code == 200

    tell(story)


def test_no_secret_is_stored_told_or_logged(
    tell: Tell, redis_url: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    seen: list[str] = []

    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await joined(catalogue)
        csrf = await signed_in(client)
        secret = client.cookies[COOKIE]
        await sign_in(client, password="another wrong one")  # noqa: S106
        await sign_in(client, name="my password in the wrong field")
        listed = await client.get(ACCOUNTS)
        told = await client.get("/api/v1/audit")
        with Redis.from_url(redis_url, decode_responses=True) as redis:
            stored = str([_value(redis, key) for key in redis.scan_iter()])
        for text in (PASSWORD, secret, csrf["X-CSRF-Token"], "another wrong one", "in the wrong field"):
            for where in (stored, listed.text, told.text, caplog.text.replace(f"{COOKIE}=", "")):
                assert text not in where
        assert "argon2id" in stored
        assert "argon2" not in listed.text + told.text + repr(await catalogue.accounts.account("ann"))
        seen.append(secret)

    tell(story)
    assert seen[0] not in "".join(capfd.readouterr())


def _value(redis: Redis, key: str) -> object:
    kind = redis.type(key)
    ways: dict[object, Callable[[str], object]] = {
        "string": redis.get,
        "hash": redis.hgetall,
        "stream": redis.xrange,
        "set": redis.smembers,
    }
    return ways[kind](key) if kind in ways else redis.zrange(key, 0, -1)


def test_the_trail_has_who_signed_in_and_who_was_refused(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await client.post(ACCOUNTS, json={"name": "ann", "role": "owner", "password": PASSWORD}, headers=OWNER)
        await sign_in(client, password=OTHER)
        await sign_in(client, name="nobody")
        csrf = await signed_in(client)
        await client.post(TOKENS, json={"scope": "read", "name": "ci"}, headers=csrf)
        await client.delete(SESSION, headers=csrf)
        found = await trail(client)
        token = found.pop(4)
        assert found == [
            ("owner", "ann", "account ann made: owner"),
            ("somebody", "ann", "sign-in refused: the password is wrong"),
            ("somebody", "", "sign-in refused: there is no such account"),
            ("account ann", "ann", "signed in by password"),
            ("account ann", "ann", "signed out"),
        ]
        assert (token[0], token[2]) == ("account ann", f"token {token[1]} (ci) made: read")

    tell(story)
