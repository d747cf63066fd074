"""Signing in and out by password: what a session opens, what it must come with, and when it ends."""

import json
from pathlib import Path

import httpx
import pytest

from manifest_server.admin.sign_in import WRONG
from storage.account_records import SCOPES_OF
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
)
from tests.stage import EPOCH_MS, Clock, asset

TOKENS = "/api/v1/tokens"
FILM = asset(1)
MAIN = {"name": "main", "assets": [FILM.id]}
NO_CSRF = "a change needs the header X-CSRF-Token: what /session calls `csrf`"
MISSING = "this needs the header Authorization: Bearer TOKEN"
FOREIGN = "this comes from a page of another site"


@pytest.fixture
def tell(redis_url: str, tmp_path: Path, cheap_passwords: None) -> Tell:
    return teller(redis_url, tmp_path, Clock(EPOCH_MS))


def test_a_session_is_in_a_cookie_that_no_script_and_no_other_site_has(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await joined(catalogue)
        assert (await client.get(SESSION)).status_code == 401
        answer = await sign_in(client)
        told = answer.json()
        assert (answer.status_code, told["name"], told["role"], told["sign_in"]) == (200, "ann", "owner", "password")
        assert told["expires_at"] == "2026-01-01T12:00:00.000Z"
        assert answer.headers["cache-control"] == "no-store"
        parts = [part.strip().lower() for part in answer.headers["set-cookie"].split(";")]
        assert parts[1:] == ["httponly", "max-age=604800", "path=/", "samesite=strict"]
        again = await client.get(SESSION)
        assert (again.status_code, again.json()) == (200, told)
        assert told["csrf"] not in client.cookies[COOKIE]
        secure = await client.post(f"https://test{SESSION}", json={"name": "ann", "password": PASSWORD})
        assert "; secure" in secure.headers["set-cookie"].lower()

    tell(story)


@pytest.mark.parametrize("role", ["viewer", "editor", "owner"])
def test_a_role_opens_what_the_scope_opens(tell: Tell, role: str) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await joined(catalogue, role=role)
        csrf = await signed_in(client)
        looks = await client.get("/api/v1/assets")
        changes = await client.post("/api/v1/channels", json=MAIN, headers=csrf)
        owns = await client.post(ACCOUNTS, json={"name": "mine", "role": "owner"}, headers=csrf)
        raised = await client.patch(f"{ACCOUNTS}/ann", json={"role": "owner"}, headers=csrf)
        token = await client.post(TOKENS, json={"scope": "own"}, headers=csrf)
        opens = {
            "read": [200, 403, 403, 403, 403],
            "edit": [200, 201, 403, 403, 403],
            "own": [200, 201, 201, 200, 201],
        }
        found = [one.status_code for one in (looks, changes, owns, raised, token)]
        assert found == opens[SCOPES_OF[role]]  # type: ignore[index]
        if role == "viewer":
            assert changes.json() == {"error": "this account may not do that"}
        if role == "editor":
            entries, _ = await catalogue.audit.page("main", None, 1)
            assert (entries[0].who, entries[0].verb) == ("account ann", "create_channel")
        stored = await catalogue.accounts.account("ann")
        assert stored is not None
        assert stored.role == role

    tell(story)


CHANGES: list[tuple[dict[str, str], str | None]] = [
    ({}, NO_CSRF),
    ({"X-CSRF-Token": ""}, NO_CSRF),
    ({"X-CSRF-Token": "0" * 64}, NO_CSRF),
    ({"X-CSRF-Token": "\xff"}, NO_CSRF),
    ({"X-CSRF-Token": "right", "Origin": "http://evil.example"}, FOREIGN),
    ({"X-CSRF-Token": "right", "Origin": "null"}, FOREIGN),
    ({"X-CSRF-Token": "right", "Origin": "http://test:81"}, FOREIGN),
    ({"X-CSRF-Token": "right", "Sec-Fetch-Site": "cross-site"}, FOREIGN),
    ({"X-CSRF-Token": "right", "Sec-Fetch-Site": "same-site"}, FOREIGN),
    ({"X-CSRF-Token": "right", "Sec-Fetch-Site": "none"}, FOREIGN),
    ({"X-CSRF-Token": "right", "Origin": "http://test"}, None),
    ({"X-CSRF-Token": "right", "Sec-Fetch-Site": "same-origin"}, None),
    ({"X-CSRF-Token": "right"}, None),
]


def test_a_change_by_cookie_must_come_from_a_page_of_ours(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await joined(catalogue)
        csrf = await signed_in(client)
        for number, (headers, says) in enumerate(CHANGES):
            sent = {name: csrf["X-CSRF-Token"] if value == "right" else value for name, value in headers.items()}
            raw = [(name.encode(), value.encode("latin-1")) for name, value in sent.items()]
            answer = await client.post("/api/v1/channels", json={**MAIN, "name": f"c{number}"}, headers=raw)
            if says is None:
                assert answer.status_code == 201, headers
            else:
                assert (answer.status_code, answer.json()) == (403, {"error": says}), headers
            # Looking changes nothing.
            assert (await client.get("/api/v1/channels", headers=raw)).status_code == 200
        assert len(await catalogue.channel_names()) == len([one for one in CHANGES if one[1] is None])

    tell(story)


def test_another_session_s_token_opens_no_change(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await joined(catalogue)
        await signed_in(client)
        async with at(client) as other:
            csrf = await signed_in(other)
        assert (await client.delete(SESSION, headers=csrf)).status_code == 403

    tell(story)


def test_no_other_site_signs_anybody_in(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await joined(catalogue)
        for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            answer = await client.post(SESSION, json={"name": "ann", "password": PASSWORD}, headers=headers)
            assert (answer.status_code, answer.json()) == (403, {"error": FOREIGN})
            assert "set-cookie" not in answer.headers

    tell(story)


WRONGS = [
    ("ann", OTHER),
    ("ann", ""),
    ("ann", PASSWORD + " "),
    ("ann", "x" * 200_000),
    ("ann", "\ud83d"),  # half an emoji
    ("nobody", PASSWORD),
    ("", PASSWORD),
    ("<script>alert(1)</script>", PASSWORD),
    ("\U0001f600" * 20, PASSWORD),
    ("x" * 10_240, PASSWORD),
    ("invited", ""),
    ("disabled", PASSWORD),
]


def test_whatever_is_wrong_is_told_with_the_same_words(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await joined(catalogue)
        await client.post(ACCOUNTS, json={"name": "invited", "role": "owner"}, headers=OWNER)
        await joined(catalogue, "disabled")
        await client.patch(f"{ACCOUNTS}/disabled", json={"disabled": True}, headers=OWNER)
        for name, password in WRONGS:
            content = json.dumps({"name": name, "password": password})
            answer = await client.post(SESSION, content=content, headers={"Content-Type": "application/json"})
            assert (answer.status_code, answer.json()) == (401, {"error": WRONG}), name
            assert not answer.headers.keys() & {"set-cookie", "www-authenticate"}

    tell(story)


NO_SIGN_INS = [
    (b'{"name": "ann", "password": "' + b"x" * (1 << 20) + b'"}', 413, "the body is over 262144 bytes long"),
    (b"{no json", 400, "body: "),
    (b'{"name": "ann"}', 400, "password: "),
    (b'{"name": ["ann"], "password": "secretsecret"}', 400, "name: "),
    (b'{"name": "ann", "password": {"secretsecret": 1}}', 400, "password: "),
    (b'{"name": "ann", "password": "secretsecret", "role": "owner"}', 400, "role: "),
    (b"[]", 400, ""),
]


def test_what_is_no_sign_in_is_refused_without_repeating_it(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        for body, status, says in NO_SIGN_INS:
            answer = await client.post(SESSION, content=body, headers={"Content-Type": "application/json"})
            assert (answer.status_code, says in answer.json()["error"]) == (status, True), answer.text
            assert "secretsecret" not in answer.text

    tell(story)


FORGED = ["", "x", "0" * 64, "0" * 63, "0" * 65, "A" * 64, "\xff" * 64, "0" * 12_000, "../../x", "'; DROP"]


def test_a_cookie_that_is_forged_opens_nothing(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await joined(catalogue)
        for cookie in FORGED:
            raw = [(b"cookie", f"{COOKIE}={cookie}".encode("latin-1"))]
            answer = await client.get("/api/v1/assets", headers=raw)
            assert (answer.status_code, answer.json()) == (401, {"error": MISSING})

    tell(story)


def test_a_wrong_bearer_is_not_let_in_by_the_cookie_beside_it(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await joined(catalogue)
        await signed_in(client)
        assert (await client.get("/api/v1/assets", headers={"Authorization": "Bearer x"})).status_code == 401
        # With the owner's, no page is asked for its token: a cookie does nothing there.
        assert (await client.post("/api/v1/channels", json=MAIN, headers=OWNER)).status_code == 201
        own = await client.get(SESSION, headers=OWNER)
        assert (own.status_code, own.json()["error"]) == (
            401,
            "this is for who has signed in; a token needs no session",
        )

    tell(story)
