"""A session that nobody uses ends, although a page that was left open listens to events."""

from pathlib import Path

import httpx
import pytest

from manifest_server.admin import events_api
from manifest_server.admin.sign_in import IDLE_MS
from storage.catalogue import Catalogue
from tests.admin.listening import EVENTS, Site, ear, serving
from tests.admin.people import COOKIE, SESSION, joined, signed_in
from tests.stage import EPOCH_MS, Clock, asset
from tests.storage.catalogues import told


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch, cheap_passwords: None) -> None:
    """Whether somebody may go on listening is asked all the time."""
    monkeypatch.setattr(events_api, "STILL_S", 0.01)


async def arrived(site: Site, catalogue: Catalogue) -> dict[str, str]:
    """The cookie of somebody who has just signed in."""
    await joined(catalogue)
    async with httpx.AsyncClient(base_url=site.origin) as client:
        await signed_in(client)
        return {"Cookie": f"{COOKIE}={client.cookies[COOKIE]}"}


def test_listening_is_no_use_of_a_session_and_ends_with_it(redis_url: str, tmp_path: Path) -> None:
    async def story(catalogue: Catalogue) -> None:
        clock = Clock(EPOCH_MS)
        async with serving(redis_url, tmp_path, clock) as site:
            cookie = await arrived(site, catalogue)
            clock.now_ms += IDLE_MS - 1
            async with ear(site, cookie) as before, ear(site, cookie) as again:
                await before.until("hello")
                await again.until("hello")
                clock.now_ms += 1
                await before.end()
                await again.end()
            async with httpx.AsyncClient(base_url=site.origin, headers=cookie) as client:
                assert [(await client.get(path)).status_code for path in (EVENTS, SESSION)] == [401, 401]

    told(redis_url, story)


def test_who_uses_a_session_goes_on_listening(redis_url: str, tmp_path: Path) -> None:
    async def story(catalogue: Catalogue) -> None:
        clock = Clock(EPOCH_MS)
        async with serving(redis_url, tmp_path, clock) as site:
            cookie = await arrived(site, catalogue)
            async with ear(site, cookie) as one, httpx.AsyncClient(base_url=site.origin, headers=cookie) as client:
                await one.until("hello")
                for number in (2, 3, 4):
                    clock.now_ms += IDLE_MS - 1
                    assert (await client.get(SESSION)).status_code == 200
                    await catalogue.index_asset(asset(number))
                    await one.until("asset", name=asset(number).id)

    told(redis_url, story)


def test_what_a_page_asks_while_nobody_is_there_is_no_use(redis_url: str, tmp_path: Path) -> None:
    async def story(catalogue: Catalogue) -> None:
        clock = Clock(EPOCH_MS)
        async with serving(redis_url, tmp_path, clock) as site:
            cookie = await arrived(site, catalogue)
            async with httpx.AsyncClient(base_url=site.origin, headers=cookie) as client:
                clock.now_ms += IDLE_MS - 1
                asked = await client.get("/api/v1/channels", headers={"X-Unattended": "1"})
                assert asked.status_code == 200
                clock.now_ms += 1
                assert (await client.get(SESSION)).status_code == 401

    told(redis_url, story)
