"""Cookies by https are others than by plain http: none that was planted there counts."""

from pathlib import Path

import httpx
import pytest

from manifest_server.admin.actions import create_channel
from storage.catalogue import Catalogue
from tests.admin.people import PASSWORD, SESSION, Tell, joined, teller
from tests.stage import EPOCH_MS, Clock, asset

SIGN_IN = {"name": "ann", "password": PASSWORD}
PLAIN, SECURE = "streamsync_session", "__Host-streamsync_session"


@pytest.fixture
def tell(redis_url: str, tmp_path: Path, cheap_passwords: None) -> Tell:
    return teller(redis_url, tmp_path, Clock(EPOCH_MS))


async def asked(client: httpx.AsyncClient, scheme: str, cookie: str) -> int:
    """What is answered to who has signed in, as the cookie says."""
    client.cookies.clear()
    return (await client.get(f"{scheme}://test{SESSION}", headers={"Cookie": cookie})).status_code


def test_by_https_a_session_is_in_a_cookie_of_this_very_host(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await joined(catalogue)
        answer = await client.post(f"https://test{SESSION}", json=SIGN_IN)
        name, *rest = answer.headers["set-cookie"].split("; ")
        assert name.startswith(f"{SECURE}=")
        assert set(rest) == {"HttpOnly", "Max-Age=604800", "Path=/", "SameSite=strict", "Secure"}
        assert (await client.get(f"https://test{SESSION}")).status_code == 200
        csrf = {"X-CSRF-Token": answer.json()["csrf"]}
        gone = await client.delete(f"https://test{SESSION}", headers=csrf)
        name, *rest = gone.headers["set-cookie"].split("; ")
        assert name == f'{SECURE}=""'
        assert {"Path=/", "Secure", "Max-Age=0"} <= set(rest)
        assert SECURE not in client.cookies

    tell(story)


def test_a_cookie_of_plain_http_opens_nothing_by_https(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await joined(catalogue)
        planted, own = [
            (await client.post(f"{scheme}://test{SESSION}", json=SIGN_IN)).headers["set-cookie"].split(";")[0]
            for scheme in ("http", "https")
        ]
        assert await asked(client, "http", planted) == 200
        assert await asked(client, "https", planted) == 401
        assert await asked(client, "https", f"{planted}; {own}") == 200
        assert await asked(client, "https", own) == 200
        assert await asked(client, "http", own) == 401

    tell(story)


def test_a_viewer_by_https_is_who_the_cookie_of_https_says(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await catalogue.index_asset(asset(1))
        await create_channel(catalogue, "main", [asset(1).id])
        planted = await client.post("http://test/api/v1/watch/main")
        mine = await client.post("https://test/api/v1/watch/main")
        client.cookies.clear()
        for cookies, viewer in (((planted,), None), ((planted, mine), mine.json()["viewer"])):
            cookie = "; ".join(one.headers["set-cookie"].split(";")[0] for one in cookies)
            answer = await client.post("https://test/api/v1/watch/main", headers={"Cookie": cookie})
            client.cookies.clear()
            assert answer.json()["viewer"] != planted.json()["viewer"]
            assert answer.json()["registered"] is (viewer is None)
            assert viewer is None or answer.json()["viewer"] == viewer

    tell(story)
