"""Signing in by an OpenID provider on the loopback: who gets in as what, and what a forged answer gets."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import OctKey, RSAKey
from pydantic import SecretStr

from manifest_server.admin import throttle
from manifest_server.admin.oidc import Oidc
from manifest_server.admin.oidc_roles import Roles
from storage.catalogue import Catalogue
from storage.errors import BadInput
from storage.settings import Settings
from tests.admin.openid import CLIENT, NOW_S, SECRET, Provider, provider
from tests.admin.people import ACCOUNTS, COOKIE, OWNER, SESSION, Tell, at, joined, teller, trail
from tests.stage import EPOCH_MS, Clock

BEGIN = "/api/v1/session/oidc"
ROLES = "groups:admins=owner, groups:staff=editor,email:eve@example.org=owner"
STATE = "streamsync_oidc"


@pytest.fixture(scope="module")
def _provider() -> Iterator[Provider]:
    with provider() as one:
        yield one


@pytest.fixture
def there(_provider: Provider) -> Provider:
    """The provider, honest again."""
    fresh = Provider(key=_provider.key)
    for name in ("said", "lies", "issuer", "status", "alg", "signs_with", "codes", "refused"):
        setattr(_provider, name, getattr(fresh, name))
    return _provider


@pytest.fixture
def clock() -> Clock:
    return Clock(EPOCH_MS)


@pytest.fixture
def tell(redis_url: str, tmp_path: Path, clock: Clock, there: Provider, cheap_passwords: None) -> Tell:
    more = {
        "oidc_url": there.url, "oidc_client": CLIENT, "oidc_secret": SecretStr(SECRET), "oidc_title": "Company",
        "oidc_roles": ROLES,
    }  # fmt: skip
    return teller(redis_url, tmp_path, clock, more)


async def sent(client: httpx.AsyncClient) -> str:
    """Where the provider sends a browser back to that has begun to sign in."""
    begun = await client.get(BEGIN)
    assert begun.status_code == 303
    async with httpx.AsyncClient() as browser:
        return (await browser.get(begun.headers["location"])).headers["location"]


async def came_back(client: httpx.AsyncClient) -> str:
    """Where a browser ends that signs in."""
    answer = await client.get(await sent(client))
    assert answer.status_code == 303
    return answer.headers["location"]


def test_who_the_provider_knows_is_signed_in_with_the_role_that_it_gives(tell: Tell, there: Provider) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        options = await client.get(f"{SESSION}/options")
        assert options.json() == {"password": True, "setup": True, "oidc": {"title": "Company", "url": BEGIN}}
        begun = await client.get(BEGIN)
        cookie = begun.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert "max-age=600" in cookie
        assert SECRET not in begun.headers["location"]
        assert await came_back(client) == "/admin"
        told = (await client.get(SESSION)).json()
        assert (told["name"], told["role"], told["sign_in"]) == ("ann", "editor", "oidc")
        assert told["expires_at"] == "2026-01-01T12:00:00.000Z"
        [account] = (await client.get(ACCOUNTS, headers=OWNER)).json()
        assert (account["state"], account["sign_in"]) == ("active", "oidc")
        raised = await client.patch(f"{ACCOUNTS}/ann", json={"role": "owner"}, headers=OWNER)
        assert (raised.status_code, "comes from the OpenID provider" in raised.json()["error"]) == (409, True)
        link = await client.post(f"{ACCOUNTS}/ann/link", headers=OWNER)
        assert (link.status_code, "has no password here" in link.json()["error"]) == (409, True)
        # Another name there is the same person, and another role counts from the next sign-in on.
        there.said |= {"preferred_username": "Anna", "groups": ["admins", "staff"]}
        assert await came_back(client) == "/admin"
        assert (await client.get(SESSION)).json()["role"] == "owner"
        there.said |= {"groups": []}
        assert await came_back(client) == "/admin?oidc=no-role"
        async with at(client) as other:
            assert (await other.get(SESSION, headers={"Cookie": f"{COOKIE}=x"})).status_code == 401
        stored = await catalogue.accounts.account("ann")
        assert stored is not None
        assert await catalogue.accounts.count() == 1
        texts = [text for _, _, text in await trail(client)]
        assert texts[:2] == ["account ann made: editor", "signed in by the OpenID provider"]
        assert texts[-1] == "sign-in refused: by the OpenID provider: account ann has no role there"

    tell(story)


LIES: list[tuple[str, dict[str, Any]]] = [
    ("nonce", {"lies": {"nonce": "another"}}),
    ("no nonce", {"lies": {"nonce": None}}),
    ("issuer", {"lies": {"iss": "https://evil.example"}}),
    ("audience", {"lies": {"aud": "another"}}),
    ("one audience of two, for another", {"lies": {"aud": [CLIENT, "another"], "azp": "another"}}),
    ("expired", {"lies": {"exp": NOW_S - 61}}),
    ("no end", {"lies": {"exp": None}}),
    ("of the future", {"lies": {"iat": NOW_S + 120}}),
    ("nobody", {"lies": {"sub": None}}),
    ("a subject that is none", {"lies": {"sub": 42}}),
    ("another key", {"signs_with": RSAKey.generate_key(2048)}),
    ("the client's secret as key", {"signs_with": OctKey.import_key(SECRET * 2), "alg": "HS256"}),
    ("another access token", {"lies": {"at_hash": "x"}}),
]


def test_a_forged_id_token_signs_nobody_in(tell: Tell, there: Provider) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        for what, wrong in LIES:
            there.lies, there.signs_with, there.alg = {}, None, "RS256"
            for name, value in wrong.items():
                setattr(there, name, value)
            assert await came_back(client) == "/admin?oidc=refused", what
            assert COOKIE not in client.cookies, what
        assert await catalogue.accounts.count() == 0
        assert len(await trail(client)) == len(LIES)

    tell(story)


def test_what_comes_to_nothing_is_asked_of_the_provider_only_so_often(
    tell: Tell, there: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "OF_ADDRESS", 3)

    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        for _ in range(3):
            assert await came_back(client) == "/admin"  # who is let in is not counted
        there.status = 400
        for _ in range(3):
            assert await came_back(client) == "/admin?oidc=refused"
        there.status = 200
        assert await came_back(client) == "/admin?oidc=busy"
        async with at(client, "10.0.0.7") as elsewhere:
            assert await came_back(elsewhere) == "/admin"

    tell(story)


def test_an_answer_counts_once_in_time_and_in_the_browser_that_began(
    tell: Tell, there: Provider, clock: Clock
) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        back = await sent(client)
        kept = client.cookies[STATE]
        async with at(client) as other:
            assert (await other.get(back)).headers["location"] == "/admin?oidc=expired"
            await sent(other)
            assert (await other.get(back)).headers["location"] == "/admin?oidc=expired"
        assert (await client.get(back)).headers["location"] == "/admin"
        assert STATE not in client.cookies
        client.cookies.delete(COOKIE)
        for forged in (kept, kept[:-2], "", "x.y.z", "x" * 9000):
            again = await client.get(back, headers={"Cookie": f"{STATE}={forged}"})
            assert again.headers["location"] == "/admin?oidc=expired"
        late = await sent(client)
        clock.now_ms += 600_000
        assert (await client.get(late)).headers["location"] == "/admin?oidc=expired"
        clock.now_ms = EPOCH_MS
        refused = (await sent(client)).partition("&state=")[2]
        answer = await client.get(f"{BEGIN}/callback?error=access_denied&state={refused}")
        assert answer.headers["location"] == "/admin?oidc=refused"
        made_up = (await sent(client)).partition("&state=")[2]
        answer = await client.get(f"{BEGIN}/callback?code=made-up&state={made_up}")
        assert answer.headers["location"] == "/admin?oidc=refused"
        assert there.refused == ["made-up"]
        assert COOKIE not in client.cookies

    tell(story)


def test_a_name_that_somebody_has_opens_nothing_of_theirs(tell: Tell, there: Provider) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        mine = await joined(catalogue, "ann")
        assert await came_back(client) == "/admin?oidc=taken"
        assert await catalogue.accounts.account("ann") == mine
        there.said = {"sub": "43", "preferred_username": "<script>", "groups": ["staff"]}
        assert await came_back(client) == "/admin"
        assert (await client.get(SESSION)).json()["name"] == "43"
        await client.patch(f"{ACCOUNTS}/43", json={"disabled": True}, headers=OWNER)
        assert await came_back(client) == "/admin?oidc=disabled"

    tell(story)


@pytest.mark.parametrize("wrong", [{"status": 500}, {"issuer": "https://evil.example"}], ids=str)
def test_a_provider_that_is_away_or_another_is_said_to_be(tell: Tell, there: Provider, wrong: dict[str, Any]) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        for name, value in wrong.items():
            setattr(there, name, value)
        assert (await client.get(BEGIN)).headers["location"] == "/admin?oidc=away"
        assert STATE not in client.cookies

    tell(story)


def test_without_a_provider_there_is_no_such_door(redis_url: str, tmp_path: Path) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        assert (await client.get(f"{SESSION}/options")).json()["oidc"] is None
        assert (await client.get(BEGIN)).status_code == 404

    teller(redis_url, tmp_path, Clock(EPOCH_MS))(story)


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        ({"groups": ["staff", "admins"]}, "owner"),
        ({"groups": "staff"}, "editor"),
        ({"groups": ["staffing"]}, None),
        ({"groups": {"staff": 1}}, None),
        ({"groups": 1}, None),
        ({}, None),
        ({"email": "eve@example.org"}, None),
        ({"email": "eve@example.org", "email_verified": "true"}, None),
        ({"email": "eve@example.org", "email_verified": True}, "owner"),
    ],
    ids=str,
)
def test_the_greatest_role_that_is_true_counts(claims: dict[str, object], role: str | None) -> None:
    assert Roles.of(ROLES).role(claims) == role
    assert Roles.of(f"{ROLES},*=viewer").role(claims) == (role or "viewer")


def test_claims_may_be_urls_and_values_may_have_colons() -> None:
    rules = Roles.of("https://x.example/roles:a:b=owner,groups:urn:x=viewer")
    assert rules.role({"https://x.example/roles": ["a:b"]}) == "owner"
    assert rules.role({"groups": ["urn:x"]}) == "viewer"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"oidc_url": "http://sso.example"}, "STREAMSYNC_OIDC_URL: it is https://"),
        ({"oidc_url": "sso.example"}, "STREAMSYNC_OIDC_URL: it is https://"),
        ({"oidc_client": None}, "STREAMSYNC_OIDC_CLIENT is not set"),
        ({"oidc_roles": None}, "STREAMSYNC_OIDC_ROLES is not set"),
        ({"oidc_roles": "groups=owner"}, "STREAMSYNC_OIDC_ROLES: rule 1 is not"),
        ({"oidc_roles": "*=viewer,groups:x=king"}, "STREAMSYNC_OIDC_ROLES: rule 2 is not"),
    ],
    ids=str,
)
def test_settings_that_make_no_sense_are_told(changed: dict[str, object], says: str) -> None:
    good = Settings(
        oidc_url="https://sso.example", oidc_client="x", oidc_secret=SecretStr("hush"), oidc_roles="*=viewer"
    )
    assert isinstance(Oidc.of(good), Oidc)
    with pytest.raises(BadInput, match=says) as error:
        Oidc.of(good.model_copy(update=changed))
    assert "hush" not in str(error.value)
