"""Who listens very often takes no listening from others."""

from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from manifest_server.admin import feed
from manifest_server.admin.tokens import create_token
from storage.catalogue import Catalogue
from tests.admin.listening import EVENTS, Site, ear, told
from tests.stage import Clock


def test_one_token_cannot_take_all_the_room_of_others(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "LISTENERS", 12)

    async def story(site: Site, catalogue: Catalogue) -> None:
        # Two of one name, as whoever makes them calls them what they like.
        greedy, other = [
            {"Authorization": f"Bearer {(await create_token(catalogue, 'read', Clock(), name='ci')).token}"}
            for _ in range(2)
        ]
        async with AsyncExitStack() as open_ears, httpx.AsyncClient(base_url=site.origin) as client:
            ears = [await open_ears.enter_async_context(ear(site, greedy)) for _ in range(10)]
            answer = await client.get(EVENTS, headers=greedy)
            assert (answer.status_code, answer.headers["Retry-After"]) == (429, "10")
            assert answer.json() == {"error": "you listen to events 10 times already: close a page that does"}
            async with ear(site, other) as one, ear(site) as owner:
                await one.until("hello")
                await owner.until("hello")
                full = await client.get(EVENTS, headers=other)
                assert (full.status_code, full.json()) == (503, {"error": "too many listen to events"})
                await ears[0].until("hello")

    told(redis_url, tmp_path, story)
