"""Accounts, by owners and by one-time links: who may be made what, and which link opens when."""

import asyncio
from pathlib import Path

import httpx
import pytest

from manifest_server.admin.accounts import INVITED_MS, RESET_MS, setup_link
from storage.catalogue import Catalogue
from tests.admin.people import ACCOUNTS, COOKIE, OTHER, OWNER, PASSWORD, SESSION, Tell, at, joined, sign_in, teller
from tests.stage import EPOCH_MS, Clock

NO_LINK = "this one-time link is not of this server, was used or has expired: ask an owner for a new one"


@pytest.fixture
def clock() -> Clock:
    return Clock(EPOCH_MS)


@pytest.fixture
def tell(redis_url: str, tmp_path: Path, clock: Clock, cheap_passwords: None) -> Tell:
    return teller(redis_url, tmp_path, clock)


async def invited(client: httpx.AsyncClient, name: str = "bob", role: str = "editor") -> str:
    """The code of an invitation."""
    answer = await client.post(ACCOUNTS, json={"name": name, "role": role}, headers=OWNER)
    assert answer.status_code == 201, answer.text
    return code_of(answer)


def code_of(answer: httpx.Response) -> str:
    path, _, code = answer.json()["link"].partition("#")
    assert path == "/admin/link"
    return str(code)


async def use(client: httpx.AsyncClient, code: str, password: str = PASSWORD, **more: str) -> httpx.Response:
    return await client.post(f"{SESSION}/link", json={"link": code, "password": password, **more})


async def check(client: httpx.AsyncClient, code: str) -> httpx.Response:
    return await client.post(f"{SESSION}/link/check", json={"link": code})


def test_an_invitation_is_taken_up_once_and_by_one(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        code = await invited(client, "Bob")
        expected = {"kind": "invitation", "name": "bob", "expires_at": "2026-01-04T00:00:00.000Z"}
        assert (await check(client, code)).json() == expected
        poor = await use(client, code, "short")
        assert (poor.status_code, poor.json()["error"]) == (
            400,
            "a password has 10 to 256 characters, and this has 5",
        )
        other = await use(client, code, name="ann")
        assert (other.status_code, other.json()["error"]) == (400, "name: this link is of account 'bob'")
        answers = await asyncio.gather(*(use(client, code, f"{PASSWORD} {n}") for n in range(5)))
        assert sorted(answer.status_code for answer in answers) == [200, 404, 404, 404, 404]
        [won] = [n for n, answer in enumerate(answers) if answer.status_code == 200]
        assert {answer.json()["error"] for answer in answers if answer.status_code == 404} == {NO_LINK}
        fits = [(await sign_in(client, "bob", f"{PASSWORD} {n}")).status_code for n in range(5)]
        assert [n for n, status in enumerate(fits) if status == 200] == [won]
        assert (await check(client, code)).status_code == 404

    tell(story)


def test_a_link_ends_with_its_hour_its_account_and_the_password_it_is_for(tell: Tell, clock: Clock) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await joined(catalogue, "eve")
        await joined(catalogue, "ann")
        for lasts_ms, code in ((INVITED_MS, await invited(client)), (RESET_MS, await reset(client))):
            clock.now_ms = EPOCH_MS + lasts_ms - 1
            assert (await check(client, code)).status_code == 200
            clock.now_ms += 1
            assert (await use(client, code)).json() == {"error": NO_LINK}
            clock.now_ms = EPOCH_MS
        first, second = await reset(client), await reset(client)
        assert (await use(client, second, OTHER)).status_code == 200
        assert (await use(client, first)).status_code == 404
        assert (await sign_in(client, "ann")).status_code == 401
        third = await reset(client)
        for change in ({"disabled": True}, {"disabled": False}):
            assert (await client.patch(f"{ACCOUNTS}/ann", json=change, headers=OWNER)).status_code == 200
            assert (await use(client, third)).status_code == 404
        fourth = await reset(client)
        assert (await client.delete(f"{ACCOUNTS}/ann", headers=OWNER)).status_code == 204
        await joined(catalogue, "ann", "viewer")
        assert (await use(client, fourth)).status_code == 404, "it was of another account of that name"

    tell(story)


async def reset(client: httpx.AsyncClient) -> str:
    answer = await client.post(f"{ACCOUNTS}/ann/link", headers=OWNER)
    assert answer.status_code == 201, answer.text
    return code_of(answer)


def test_what_is_no_link_is_told_the_same(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        for code in ("", "x", "0" * 64, "0" * 63, "<script>", "\U0001f600", "x" * 10_000, "*"):
            for answer in (await check(client, code), await use(client, code)):
                assert (answer.status_code, answer.json()) == (404, {"error": NO_LINK})

    tell(story)


def test_a_setup_link_makes_the_first_owner_and_no_second(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        links = [await setup_link(catalogue, lambda: EPOCH_MS) for _ in range(3)]
        codes = [link.code for link in links if link is not None]
        assert codes[0] not in repr(links)
        assert (await client.get(f"{SESSION}/options")).json()["setup"] is True
        assert (await check(client, codes[0])).json()["kind"] == "setup"
        nameless = await use(client, codes[0])
        assert (nameless.status_code, "choose a name" in nameless.json()["error"]) == (400, True)
        for name in ("<script>", "\U0001f600", "x" * 10_240, ""):
            refused = await use(client, codes[0], name=name)
            assert (refused.status_code, "a name is 1 to 64" in refused.json()["error"]) == (400, True)
        answers = await asyncio.gather(*(use(client, code, name=f"o{n}") for n, code in enumerate(codes)))
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
        assert len([one for one in await catalogue.accounts.accounts() if one.is_owner]) == 1
        assert await setup_link(catalogue, lambda: EPOCH_MS) is None
        assert (await client.get(f"{SESSION}/options")).json()["setup"] is False

    tell(story)


def test_the_last_owner_stays(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await joined(catalogue)
        await invited(client, "bob", "owner")
        asked = [("PATCH", {"role": "viewer"}), ("PATCH", {"disabled": True}), ("DELETE", None)]
        for method, body in asked:
            answer = await client.request(method, f"{ACCOUNTS}/ann", json=body, headers=OWNER)
            assert answer.status_code == 409
            assert (
                answer.json()["error"] == "account 'ann': this is the last owner who can sign in: make another first"
            )
        await joined(catalogue, "eve")
        for method, body in asked:
            assert (await client.request(method, f"{ACCOUNTS}/ann", json=body, headers=OWNER)).status_code in {
                200,
                204,
            }

    tell(story)


WRONG_WISHES = [
    ({"name": "a b", "role": "viewer"}, "account 'a b': a name is"),
    ({"name": "<script>alert(1)</script>", "role": "viewer"}, "a name is"),
    ({"name": "\U0001f600", "role": "viewer"}, "a name is"),
    ({"name": "x" * 10_240, "role": "viewer"}, "a name is"),
    ({"name": "bob", "role": "king"}, "role: "),
    ({"name": "bob"}, "role: "),
    ({"name": "bob", "role": "owner", "password": "secret-9"}, "a password has 10 to 256 characters"),
    ({"name": "bob-the-owner", "role": "owner", "password": "Bob-The-Owner"}, "a password is not the name"),
    ({"name": "bob", "role": "owner", "seal": "0" * 16}, "seal: "),
]


def test_what_cannot_be_made_is_said_and_not_made(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        for wish, says in WRONG_WISHES:
            answer = await client.post(ACCOUNTS, json=wish, headers=OWNER)
            assert (answer.status_code, says in answer.json()["error"]) == (400, True), answer.text
            assert len(answer.text) < 500
            assert "secret-9" not in answer.text
        assert await catalogue.accounts.count() == 0
        for method in ("PATCH", "DELETE"):
            assert (await client.request(method, f"{ACCOUNTS}/nobody", json={}, headers=OWNER)).status_code == 404

    tell(story)


def test_a_disabled_or_removed_account_s_session_ends_within_seconds(
    tell: Tell, redis_url: str, tmp_path: Path
) -> None:
    """Another server hears of it when it looks the session up again: here, one that has never seen it."""

    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await joined(catalogue, "eve")
        await joined(catalogue)
        await sign_in(client)
        secret = client.cookies[COOKIE]
        await client.patch(f"{ACCOUNTS}/ann", json={"disabled": True}, headers=OWNER)
        await client.patch(f"{ACCOUNTS}/ann", json={"disabled": False}, headers=OWNER)
        kept.append(secret)

    kept: list[str] = []
    tell(story)

    async def elsewhere(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        async with at(client) as other:
            assert (await other.get(SESSION, headers={"Cookie": f"{COOKIE}={kept[0]}"})).status_code == 401

    tell(elsewhere)
