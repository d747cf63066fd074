"""The API's assets: pages, one, and what is said of it."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from storage.catalogue import Catalogue
from storage.folder_objects import FolderObjects
from storage.metadata_copies import stored_metadata
from storage.settings import Settings
from tests.stage import asset, visited

FILMS = [asset(number) for number in range(1, 6)]
A, B = FILMS[:2]
PLACE = "/api/v1/assets"

Story = Callable[[httpx.AsyncClient, Catalogue], Awaitable[object]]
Tell = Callable[[Story], object]


@pytest.fixture
def tell(redis_url: str, tmp_path: Path) -> Tell:
    """Tell a story of an API with five assets, by somebody who has the token."""

    def told(story: Story) -> object:
        async def with_token(client: httpx.AsyncClient, catalogue: Catalogue) -> object:
            client.headers["Authorization"] = "Bearer secret"
            for film in FILMS:
                await catalogue.index_asset(film)
            return await story(client, catalogue)

        return visited(redis_url, with_token, data=tmp_path, token="secret")  # noqa: S106

    return told


def test_assets_come_in_pages(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await catalogue.put_asset_state(B.id, "retired")
        seen, after = [], None
        while True:
            page = (await client.get(PLACE, params={"limit": 2} | ({"after": after} if after else {}))).json()
            seen += page["assets"]
            after = page["next"]
            if after is None:
                break
        assert [one["id"] for one in seen] == [film.id for film in FILMS]
        assert [one["state"] for one in seen] == ["live", "retired", "live", "live", "live"]
        assert seen[0]["title"] == "Film 1"
        assert seen[0]["duration_s"] == 12

    tell(story)


def test_what_is_said_comes_back_and_stays_until_it_is_taken_back(tell: Tell, tmp_path: Path) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        said = {
            "title": "The Film",
            "tags": ["Kids"],
            "rights_until": "2027-01-31T23:00:00Z",
            "more": {"Series": "P"},
        }
        answer = await client.patch(f"{PLACE}/{A.id}", json=said)
        assert answer.headers["ETag"] == '"1"'
        assert answer.json()["rights_until"] == "2027-01-31T23:00:00.000Z"
        answer = await client.patch(f"{PLACE}/{A.id}", json={"title": None, "rating": 6}, headers={"If-Match": '"1"'})
        one = await client.get(f"{PLACE}/{A.id}")
        assert one.json() == answer.json()
        assert one.headers["ETag"] == '"2"'
        assert (one.json()["title"], one.json()["tags"], one.json()["rating"]) == ("Film 1", ["kids"], 6)
        assert one.json()["more"] == {"series": "P"}
        stored = stored_metadata(FolderObjects(Settings(data=tmp_path).objects_root), A.id)
        assert stored == await catalogue.metadata.of(A.id)

    tell(story)


@pytest.mark.parametrize(
    ("method", "place", "more", "status", "says"),
    [
        ("PATCH", A.id, {"json": {"colour": "red"}}, 400, "colour: "),
        ("PATCH", A.id, {"json": {"rating": 99}}, 400, "rating: "),
        ("PATCH", A.id, {"json": {"tags": "kids"}}, 400, "tags: "),
        ("PATCH", A.id, {"json": {"rights_from": "soon"}}, 400, "instant 'soon'"),
        ("PATCH", A.id, {"content": b"{"}, 400, "body: "),
        ("PATCH", A.id, {"json": {"title": "x"}, "headers": {"If-Match": '"7"'}}, 409, "is at version 0, not 7"),
        ("PATCH", A.id, {"json": {"title": "x"}, "headers": {"If-Match": "x"}}, 400, "If-Match 'x'"),
        ("PATCH", "f" * 32, {"json": {"title": "x"}}, 404, "no asset"),
        ("GET", "f" * 32, {}, 404, "no asset"),
        ("GET", "..%2Fx", {}, 404, ""),
        ("GET", "x" * 32, {}, 400, "an asset id is"),
        ("GET", "", {"params": {"limit": 0}}, 400, "limit: "),
        ("GET", "", {"params": {"after": "x"}}, 400, "an asset id is"),
        ("GET", A.id, {"headers": {"Authorization": "Bearer other"}}, 401, "Authorization"),
    ],
)
def test_what_cannot_be_is_said(
    tell: Tell, method: str, place: str, more: dict[str, object], status: int, says: str
) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        answer = await client.request(method, f"{PLACE}/{place}".rstrip("/"), **more)  # type: ignore[arg-type]
        assert (answer.status_code, says in answer.json()["error"]) == (status, True), answer.text
        assert (await catalogue.metadata.of(A.id)).version == 0

    tell(story)
