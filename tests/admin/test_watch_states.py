"""What a viewer's page is told of a channel that is not on air: when it begins, or until when it was."""

import httpx

from manifest_server.admin import actions
from manifest_server.admin.descriptions import describe_channel
from storage.catalogue import Catalogue
from tests.stage import Clock, asset, on_air, visited

WATCH = "/api/v1/watch/main"


def test_states_and_texts_of_a_channel_are_told(redis_url: str) -> None:
    clock = Clock()

    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await catalogue.index_asset(asset(1))
        await actions.create_channel(catalogue, "later", [asset(1).id])
        said = {"title": "Later", "description": "Not yet.", "timeshift_s": 3600}
        await describe_channel(catalogue, "later", said, clock)
        answer = (await client.post("/api/v1/watch/later")).json()
        assert (answer["state"], answer["on_air_from"]) == ("not started", None)
        assert (answer["title"], answer["description"], answer["timeshift_s"]) == ("Later", "Not yet.", 3600)
        guide = await client.get("/api/v1/watch/later/guide")
        assert guide.json() == {"now_ms": clock.now_ms, "entries": []}

    visited(redis_url, story, clock=clock)


def test_a_channel_that_is_to_begin_says_when_and_one_that_was_stopped_until_when(redis_url: str) -> None:
    clock = Clock()

    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await on_air(catalogue, asset(1), epoch_ms=clock.now_ms + 60_000)
        found = (await client.post(WATCH)).json()
        assert (found["state"], found["on_air_from"]) == ("to begin", "2026-01-01T00:02:40.000Z")
        entries = (await client.get(f"{WATCH}/guide?limit=2")).json()["entries"]
        assert [one["starts"] for one in entries] == ["2026-01-01T00:02:40.000Z", "2026-01-01T00:02:52.000Z"]

    visited(redis_url, story, clock=clock)


def test_a_channel_that_was_stopped_says_until_when(redis_url: str) -> None:
    clock = Clock()

    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await on_air(catalogue, asset(1))
        await actions.stop_channel(catalogue, "main", clock)
        clock.now_ms += 600_000
        found = (await client.post(WATCH)).json()
        assert (found["state"], found["on_air_until"]) == ("stopped", "2026-01-01T00:01:49.000Z")
        assert (await client.get(f"{WATCH}/guide")).json()["entries"] == []

    visited(redis_url, story, clock=clock)
