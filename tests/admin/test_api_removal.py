"""The API's removal of assets: retire, restore, what stands against deleting one, delete."""

from pathlib import Path

import httpx
import pytest

from manifest_server.admin import removal
from storage.catalogue import Catalogue
from tests.admin.api_stories import CHANNELS, A, B, C, Tell, media, teller

PLACE = "/api/v1/assets"


@pytest.fixture
def tell(redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tell:
    media(tmp_path)
    # Ten seconds in which others store what they had begun; here is nobody else.
    monkeypatch.setattr(removal.Ways, "__init__", _hasty(removal.Ways.__init__))
    return teller(redis_url, tmp_path)


def _hasty(begun: object) -> object:
    def made(self: object, **values: object) -> None:
        begun(self, **{**values, "settle_s": 0.0})  # type: ignore[operator]

    return made


def test_a_retired_asset_takes_no_new_place_until_it_is_restored(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        await client.post(CHANNELS, json={"name": "main", "assets": [A, B]})
        done = await client.post(f"{PLACE}/retire", json={"assets": [A]})
        assert done.json() == {"channels": ["main"], "kept": [], "lineups": []}
        assert (await client.get(f"{PLACE}/{A}")).json()["state"] == "retired"
        assert (await client.get(f"{CHANNELS}/main")).json()["revisions"][-1]["assets"] == [B]
        again = await client.put(f"{CHANNELS}/main/pool", json={"assets": [A]})
        assert (again.status_code, again.json()["error"]) == (409, f"asset {A} is retired: it takes no new place")
        assert (await client.post(f"{PLACE}/restore", json={"assets": [A, A]})).status_code == 204
        assert (await client.put(f"{CHANNELS}/main/pool", json={"assets": [A]})).is_success

    tell(story)


def test_who_retired_an_asset_is_kept(tell: Tell, tmp_path: Path) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        await client.post(f"{PLACE}/retire", json={"assets": [C]})
        assert '"by":"owner"' in (tmp_path / "objects" / "states" / f"{C}.json").read_text()

    tell(story)


def test_what_is_listed_is_deleted_only_by_force(tell: Tell, tmp_path: Path) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        await client.post(CHANNELS, json={"name": "main", "assets": [A, B]})
        stands = (await client.get(f"{PLACE}/{A}/places")).json()
        assert stands["places"] == [
            {
                "channel": "main",
                "lineup": None,
                "why": "it is in the pool: streamsync asset retire takes it out",
                "free_at": None,
            }
        ]
        assert (stands["state"], stands["objects"] > 10, stands["size_bytes"] > 100) == ("live", True, True)
        refused = await client.delete(f"{PLACE}/{A}")
        assert (refused.status_code, "can be listed: channel 'main'" in refused.json()["error"]) == (409, True)
        done = await client.delete(f"{PLACE}/{A}", params={"force": True})
        assert done.json() == {
            "asset": A,
            "state": "deleted",
            "objects": stands["objects"],
            "size_bytes": stands["size_bytes"],
            "kept_record": False,
        }
        assert not list((tmp_path / "objects" / "assets" / A).rglob("*.ts"))
        again = await client.delete(f"{PLACE}/{A}")
        assert (again.status_code, again.json()["error"]) == (404, f"no asset '{A}'")

    tell(story)


@pytest.mark.parametrize(
    ("method", "place", "more", "status", "says"),
    [
        ("POST", "retire", {"json": {"assets": []}}, 400, "assets: List should have at least 1 item"),
        ("POST", "retire", {"json": {"assets": ["x"]}}, 400, "an asset id is"),
        ("POST", "retire", {"json": {"assets": ["f" * 32]}}, 404, "no asset"),
        ("POST", "retire", {"json": {"assets": [A, "f" * 32]}}, 404, "no asset"),
        ("POST", "retire", {"json": {"assets": [A] * 1001}}, 400, "at most 1000"),
        ("POST", "retire", {"json": {"asset": A}}, 400, "assets: Field required"),
        ("POST", "retire", {"json": {"assets": [A, B]}}, 409, "its pool holds nothing else"),
        ("POST", "restore", {"json": {"assets": ["f" * 32]}}, 404, "no asset"),
        ("GET", "f" * 32 + "/places", {}, 404, "no asset"),
        ("GET", "x/places", {}, 400, "an asset id is"),
        ("DELETE", "f" * 32, {}, 404, "no asset"),
        ("DELETE", "%F0%9F%98%80", {}, 400, "asset '😀'"),
        ("DELETE", A, {"params": {"force": "perhaps"}}, 400, "force: "),
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(
    tell: Tell, method: str, place: str, more: dict[str, object], status: int, says: str
) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await client.post(CHANNELS, json={"name": "main", "assets": [A, B]})
        answer = await client.request(method, f"{PLACE}/{place}", **more)  # type: ignore[arg-type]
        assert (answer.status_code, says in answer.json()["error"]) == (status, True), answer.text
        assert await catalogue.asset_states() == {}

    tell(story)
