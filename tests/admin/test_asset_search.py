"""Looking for assets: by words, tags and state, by ids or the newest first; and how one is looked at."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from storage.catalogue import Catalogue
from storage.records import AssetRecord, Thumbnails
from tests.admin.api_stories import CHANNELS, FILMS, A, B, C, Tell, teller
from tests.admin.moment_stage import GOAL, MOMENT_MS, with_moment
from tests.stage import EPOCH_MS, Clock

PLACE = "/api/v1/assets"
SAID = {"title": "Die Straße", "description": "A road\nin winter", "tags": ["Sport", "ski jump"]}


@pytest.fixture
def tell(redis_url: str, tmp_path: Path) -> Tell:
    return teller(redis_url, tmp_path, Clock(EPOCH_MS + 3_600_000))


async def found(client: httpx.AsyncClient, **params: object) -> list[str]:
    """The ids that are found, page by page."""
    ids: list[str] = []
    after: str | None = None
    while True:
        more = {} if after is None else {"after": after}
        asked: dict[str, Any] = {**params, "limit": 2, **more}
        page = (await client.get(PLACE, params=asked)).raise_for_status().json()
        ids += [one["id"] for one in page["assets"]]
        after = page["next"]
        if after is None:
            return ids


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"text": "strasse"}, [A]),
        ({"text": "WINTER road"}, [A]),
        ({"text": "winter summer"}, []),
        ({"text": "film"}, [film.id for film in FILMS[1:]]),
        ({"text": "3.mp4"}, [C]),
        ({"text": C}, [C]),
        ({"tag": "SPORT"}, [A]),
        ({"tag": ["sport", "Ski  Jump"]}, [A]),
        ({"tag": ["sport", "sea"]}, []),
        ({"no_tag": "SPORT", "text": "film"}, [film.id for film in FILMS[1:]]),
        ({"no_tag": ["sea", "Ski  Jump"], "text": "winter"}, []),
        ({"tag": "sport", "no_tag": "sea"}, [A]),
        ({"state": "retired"}, [B]),
        ({"state": ["live", "retired"], "text": "film"}, [film.id for film in FILMS[1:]]),
        ({"state": "live", "sort": "newest"}, [FILMS[4].id, FILMS[3].id, C, A]),
        ({"sort": "newest"}, [B, FILMS[4].id, FILMS[3].id, C, A]),
    ],
)
def test_what_is_looked_for_is_found_page_by_page(tell: Tell, params: dict[str, object], expected: list[str]) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        (await client.patch(f"{PLACE}/{A}", json=SAID)).raise_for_status()
        await catalogue.index_asset(FILMS[1].model_copy(update={"packaged_at": "2026-02-01T00:00:00Z"}))
        await catalogue.put_asset_state(B, "retired")
        assert await found(client, **params) == expected

    tell(story)


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({"sort": "oldest"}, "sort: "),
        ({"state": "gone"}, "state.0: "),
        ({"text": "x" * 201}, "text: "),
        ({"tag": ["x"] * 51}, "tag: "),
        ({"no_tag": ["x"] * 51}, "no_tag: "),
        ({"sort": "newest", "after": A}, "it is the `next` of the page before"),
    ],
)
def test_what_cannot_be_looked_for_is_refused(tell: Tell, params: dict[str, object], says: str) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        answer = await client.get(PLACE, params=params)  # type: ignore[arg-type]
        assert answer.status_code == 400
        assert says in answer.json()["error"]

    tell(story)


def test_an_asset_tells_where_its_pictures_and_its_own_playlist_are(tell: Tell) -> None:
    sheet = Thumbnails(key=f"assets/{A}/t.jpg", columns=2, rows=3, count=5, width=160, height=90, interval_s=10.0)
    pictured: AssetRecord = FILMS[0].model_copy(update={"poster": f"assets/{A}/poster.jpg", "thumbnails": sheet})

    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await catalogue.index_asset(pictured)
        one = (await client.get(f"{PLACE}/{A}")).json()
        assert one["poster"] == f"/chunks/assets/{A}/poster.jpg"
        assert one["vod"] == f"/chunks/assets/{A}/cmaf/index.m3u8"
        assert one["thumbnails"] == {
            "url": f"/chunks/assets/{A}/t.jpg", "columns": 2, "rows": 3, "count": 5, "every_s": 10.0, "width": 160,
            "height": 90,
        }  # fmt: skip
        await catalogue.put_asset_state(A, "deleted")
        one = (await client.get(f"{PLACE}/{A}")).json()
        assert (one["poster"], one["thumbnails"], one["vod"]) == (None, None, None)

    tell(story)


def test_channels_tell_what_is_on_when_they_are_asked(redis_url: str, tmp_path: Path) -> None:
    clock = Clock(MOMENT_MS - 60_000)

    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await with_moment(catalogue)
        (await client.post(CHANNELS, json={"name": "quiet", "assets": [A, B]})).raise_for_status()
        line = (await client.get(CHANNELS)).json()["channels"][0]
        assert (line["state"], line["now"]) == ("on air", None)
        main, quiet = (await client.get(CHANNELS, params={"now": True})).json()["channels"]
        assert (quiet["state"], quiet["now"]) == ("not started", None)
        assert main["now"] == {
            "kind": "personal", "title": "main", "starts": None, "ends": "2026-01-01T00:05:00.040Z", "moment": None,
            "asset": None, "poster": None,
        }  # fmt: skip
        clock.now_ms = MOMENT_MS + 1000
        main, _ = (await client.get(CHANNELS, params={"now": True})).json()["channels"]
        assert main["now"] == {
            "kind": "moment", "title": "The Goal", "starts": "2026-01-01T00:05:00.040Z",
            "ends": "2026-01-01T00:05:20.040Z", "moment": "goal", "asset": GOAL.id, "poster": None,
        }  # fmt: skip
        clock.now_ms = MOMENT_MS + 60_000
        main, _ = (await client.get(CHANNELS, params={"now": True})).json()["channels"]
        assert (main["now"]["kind"], main["now"]["ends"]) == ("personal", None)

    teller(redis_url, tmp_path, clock)(story)
