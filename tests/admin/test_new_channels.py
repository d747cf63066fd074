"""A channel is made with all that is said of it at once, or not at all."""

from pathlib import Path

import httpx
import pytest

from storage.catalogue import Catalogue
from tests.admin.api_stories import CHANNELS, A, B, Tell, teller
from tests.stage import EPOCH_MS, Clock

KIDS = {"tags": ["kids"]}


@pytest.fixture
def tell(redis_url: str, tmp_path: Path) -> Tell:
    return teller(redis_url, tmp_path, Clock(EPOCH_MS + 3_600_000))


def test_its_title_is_said_and_its_pool_follows_a_query(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        for asset in (A, B):
            (await client.patch(f"/api/v1/assets/{asset}", json=KIDS)).raise_for_status()
        answer = await client.post(CHANNELS, json={"name": "kids", "title": " For kids ", "query": KIDS})
        assert (answer.status_code, answer.json()["title"]) == (201, "For kids")
        kept = await catalogue.channel("kids")
        assert kept.revisions[-1].assets == (A, B)
        assert kept.query is not None
        assert kept.query.tags == ("kids",)
        told = (await client.get(f"{CHANNELS}/kids/audit")).json()["entries"]
        assert [(one["verb"], one["version"]) for one in told] == [("create_channel", kept.version)]

    tell(story)


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"query": {"tags": ["cats"]}}, 409, "its pool would be empty: of 5 assets it would leave 0 by tags"),
        ({"query": KIDS, "assets": [A]}, 400, "assets and query: a pool is named, or follows a query"),
        ({"query": {"tagz": ["kids"]}}, 400, "query.tagz: "),
        ({"query": {"tags": ["a"], "no_tags": ["a"]}}, 400, "tag 'a' is asked for and ruled out"),
        ({"title": "x" * 201}, 400, "title: "),
        ({"title": "two\nlines"}, 400, "title: "),
        ({"title": None}, 400, "title: "),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_made(
    tell: Tell, body: dict[str, object], status: int, says: str
) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        answer = await client.post(CHANNELS, json={"name": "new", **body})
        assert (answer.status_code, says in answer.json()["error"]) == (status, True), answer.text
        assert "new" not in await catalogue.channel_names()

    tell(story)
