"""What viewers see, for their own pages, and what is on for a landing page."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from manifest_server.admin import actions
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.metadata import AssetMetadata
from storage.records import Thumbnails
from tests.admin.moment_stage import FILMS, GOAL, MOMENT_MS, with_moment
from tests.playout.builders import read, unix_ms
from tests.redis_servers import server
from tests.stage import EPOCH_MS, Clock, asset, on_air, visited

WATCH = "/api/v1/watch/main"

Json = dict[str, Any]
Story = Callable[[httpx.AsyncClient, Catalogue], Awaitable[None]]


async def guide(client: httpx.AsyncClient, query: str = "") -> list[Json]:
    """What the guide of whoever the client is has."""
    await client.post(WATCH)
    answer = await client.get(f"{WATCH}/guide{query}")
    assert answer.status_code == 200, answer.text
    found: list[Json] = answer.json()["entries"]
    return found


def test_an_entry_has_all_that_a_page_shows(redis_url: str) -> None:
    sheet = Thumbnails(key="assets/x/t.jpg", columns=3, rows=1, count=3, width=160, height=90, interval_s=4.0)
    film = asset(1).model_copy(update={"poster": "assets/x/p.jpg", "thumbnails": sheet})

    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await on_air(catalogue, film)
        said = AssetMetadata(
            asset=film.id,
            version=1,
            title="Der Film",
            description="Ein Film.",
            tags=("kids",),
            language="de",
            rating=6,
        )
        await catalogue.metadata.store(said)
        answer_of_now, after = await guide(client, "?limit=2")
        assert answer_of_now == {
            "kind": "clip", "starts": "2026-01-01T00:01:36.000Z", "ends": "2026-01-01T00:01:48.000Z",
            "title": "Der Film", "description": "Ein Film.", "asset": film.id, "asset_from_s": 0.0,
            "poster": "https://cdn.example/assets/x/p.jpg", "moment": None, "rating": 6, "language": "de",
            "tags": ["kids"],
            "thumbnails": {
                "url": "https://cdn.example/assets/x/t.jpg", "columns": 3, "rows": 1, "count": 3, "every_s": 4.0,
                "width": 160, "height": 90,
            },
        }  # fmt: skip
        assert after["starts"] == answer_of_now["ends"]
        answer = await client.get(f"{WATCH}/guide")
        assert len(answer.json()["entries"]) == 12
        assert answer.headers["cache-control"] == "private, max-age=5"
        assert answer.headers["vary"] == "Authorization, Cookie"

    visited(redis_url, story, media_url="https://cdn.example/")


def test_it_is_what_the_viewers_playlist_has_moments_and_all(redis_url: str) -> None:
    clock = Clock(MOMENT_MS - 60_000)

    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await with_moment(catalogue)
        film = FILMS[0]
        clips = [ClipRecord(asset=film.id)]
        await actions.give_lineup(catalogue, "main", "long", clips, repeats=True, clock=lambda: 0)
        viewer = (await client.post(WATCH)).json()["viewer"]
        await actions.assign_viewer(catalogue, "main", viewer, "long")
        entries = await guide(client, "?limit=24")
        kinds = [one["kind"] for one in entries]
        assert set(kinds) == {"clip", "filler", "moment"}
        at = kinds.index("moment")
        assert (entries[at]["asset"], entries[at]["moment"]) == (GOAL.id, "goal")
        assert entries[at]["starts"] == "2026-01-01T00:05:00.040Z"
        # The rest of the clip that the moment cut goes on where it was cut.
        assert entries[at + 1]["asset"] == film.id
        assert 0 < entries[at + 1]["asset_from_s"] < film.duration_s
        told = {(unix_ms(one["starts"]), one["asset"]) for one in entries}
        seen = set[tuple[float, str]]()
        for second in range(0, 140, 20):
            clock.now_ms = MOMENT_MS - 60_000 + second * 1000
            personal = await client.get(f"/live/main/{viewer}/index.m3u8?format=ts")
            line = next(one for one in personal.text.splitlines() if "240p" in one)
            listed = read((await client.get(str(personal.url.join(line)))).text)
            begun = [
                one for number, one in listed.items() if number - 1 in listed and one.dsn > listed[number - 1].dsn
            ]
            seen |= {(one.date_ms, one.uri.split("/")[3]) for one in begun if one.date_ms >= MOMENT_MS - 60_000}
        assert len(seen) >= 5
        assert seen <= told

    visited(redis_url, story, clock=clock)


def test_it_begins_when_it_is_asked_to_and_tells_of_the_past(redis_url: str) -> None:
    clock = Clock(EPOCH_MS + 90_000_000)

    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await on_air(catalogue, asset(1), asset(2))
        now = await guide(client)
        before = await guide(client, "?from=2026-01-01T02:00:05Z&limit=1")
        assert before[0]["starts"] == "2026-01-01T02:00:00.000Z"
        assert [one["starts"] for one in now] == sorted(one["starts"] for one in now)
        assert len(await guide(client, "?from=2026-01-03T00:59:59Z")) == 12

    visited(redis_url, story, clock=clock)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("from=2026-01-09", "a viewer's guide begins at most a day from now, or ago"),
        ("from=2025-12-30", "a viewer's guide begins at most a day from now, or ago"),
        ("from=noon", "instant 'noon'"),
        ("limit=0", "limit: "),
        ("limit=25", "limit: "),
        ("limit=x", "limit: "),
    ],
)
def test_what_it_cannot_tell_it_says(redis_url: str, query: str, says: str) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await on_air(catalogue, asset(1))
        await client.post(WATCH)
        answer = await client.get(f"{WATCH}/guide?{query}")
        assert (answer.status_code, says in answer.json()["error"]) == (400, True), answer.text

    visited(redis_url, story)


def test_who_is_on_a_given_lineup_sees_that(redis_url: str) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await on_air(catalogue, asset(1), asset(2))
        clips = [ClipRecord(asset=asset(2).id, first=1)]
        await actions.give_lineup(catalogue, "main", "kids", clips, repeats=True, clock=lambda: 0)
        viewer = (await client.post(WATCH)).json()["viewer"]
        await actions.assign_viewer(catalogue, "main", viewer, "kids")
        entries = await guide(client, "?limit=3")
        assert [(one["asset"], one["asset_from_s"]) for one in entries] == [(asset(2).id, 4.0)] * 3

    visited(redis_url, story)


def test_the_landing_page_is_told_of_channels_and_of_moments(redis_url: str) -> None:
    clock = Clock(MOMENT_MS + 5000)
    film = FILMS[0].model_copy(update={"poster": "assets/x/p.jpg"})

    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await with_moment(catalogue)
        await catalogue.index_asset(film)
        await actions.create_channel(catalogue, "later", [film.id])
        answer = await client.get("/api/v1/watch")
        assert answer.headers["cache-control"] == "public, max-age=2"
        assert answer.json() == {
            "now_ms": clock.now_ms,
            "channels": [
                {
                    "name": "later", "title": "later", "description": "", "state": "not started",
                    "on_air_from": None, "on_air_until": None, "poster": "/chunks/assets/x/p.jpg", "now": None,
                },
                {
                    "name": "main", "title": "main", "description": "", "state": "on air",
                    "on_air_from": "2026-01-01T00:00:00.000Z", "on_air_until": None, "poster": None,
                    "now": {
                        "title": "The Goal", "starts": "2026-01-01T00:05:00.040Z", "ends": "2026-01-01T00:05:20.040Z",
                    },
                },
            ],
        }  # fmt: skip

    visited(redis_url, story, clock=clock)


@pytest.mark.slow
def test_without_redis_viewers_still_come_and_see_what_is_on(tmp_path: Path) -> None:
    with server(tmp_path) as redis:

        async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
            await on_air(catalogue, asset(1))
            await catalogue.metadata.store(AssetMetadata(asset=asset(1).id, version=1, title="Der Film"))
            assert (await guide(client, "?limit=1"))[0]["title"] == "Der Film"
            listed = (await client.get("/api/v1/watch")).json()
            redis.kill()
            client.cookies.clear()
            assert (await client.post(WATCH)).json()["registered"]
            assert (await client.get("/api/v1/watch")).json() == listed
            # What is said of an asset is in Redis; its record is remembered.
            assert (await guide(client, "?limit=1"))[0]["title"] == "Film 1"

        visited(redis.url, story)
