"""What is out of rights takes no new place, whichever way it is to be put on air."""

from pathlib import Path

import httpx
import pytest

from storage.catalogue import Catalogue
from storage.metadata import AssetMetadata
from tests.admin.api_stories import CHANNELS, A, B, C, Tell, teller

MAIN = f"{CHANNELS}/main"
ENDED = {"rights_until_ms": 1_700_000_000_000}  # 2023-11-14T22:13:20Z
TO_COME = {"rights_from_ms": 4_102_444_800_000}  # 2100

PLACES = [
    ("PUT", "/pool", {"assets": [A, B]}),
    ("POST", "/lineups", {"id": "late", "clips": [B]}),
    ("PUT", "/lineups/kids", {"clips": [A, B]}),
    ("POST", "/edits", {"clips": [B]}),
    ("POST", "/viewers/alice/edits", {"clips": [B]}),
    ("POST", "/import", f"viewer,clips\nalice,{A}\nbob,{B}\n".encode()),
]


@pytest.fixture
def tell(redis_url: str, tmp_path: Path) -> Tell:
    return teller(redis_url, tmp_path)


@pytest.mark.parametrize(
    ("rights", "says"),
    [
        (ENDED, "its rights ended at 2023-11-14T22:13:20.000Z: it takes no new place"),
        (TO_COME, "its rights begin at 2100-01-01T00:00:00.000Z: until then it takes no place"),
    ],
)
def test_what_is_out_of_rights_is_refused_and_nothing_changes(tell: Tell, rights: dict[str, int], says: str) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await client.post(CHANNELS, json={"name": "main", "assets": [A, B, C]})
        await client.post(f"{MAIN}/start", json={"at": "2026-01-01"})
        assert (await client.post(f"{MAIN}/lineups", json={"id": "kids", "clips": [A]})).status_code == 201
        known = await catalogue.metadata.of(B)
        said = AssetMetadata.model_validate({**known.model_dump(), **rights, "version": known.version + 1})
        await catalogue.metadata.store(said)
        before = await catalogue.channel("main"), await catalogue.lineup("main", "kids")
        for method, path, body in PLACES:
            sent = {"content": body} if isinstance(body, bytes) else {"json": body}
            answer = await client.request(method, MAIN + path, **sent)
            assert answer.status_code in {400, 409}, (path, answer.text)
            assert f"asset {B}: {says}" in answer.text
        assert (await catalogue.channel("main"), await catalogue.lineup("main", "kids")) == before
        assert [one.id for one in (await catalogue.lineups_page("main", None, 9))[0]] == ["kids"]

    tell(story)
