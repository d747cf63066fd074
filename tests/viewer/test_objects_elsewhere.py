"""Where a playlist says that segments are: with this server, in a bucket, or with a CDN."""

from pathlib import Path

import httpx
import pytest

from storage.catalogue import Catalogue
from storage.keys import segment_key
from tests.stage import asset, on_air, store, visited

SEAWEED = "s3://media/tv?endpoint=http://127.0.0.1:8333"


@pytest.mark.parametrize(
    ("objects_url", "media_url", "base"),
    [
        (None, None, "/chunks/"),
        (None, "https://cdn.example/x", "https://cdn.example/x/"),
        (SEAWEED, None, "http://127.0.0.1:8333/media/tv/"),
        (SEAWEED, "https://cdn.example/x", "https://cdn.example/x/"),
    ],
)
def test_every_segment_and_initialisation_section_is_where_the_settings_say(
    redis_url: str, objects_url: str | None, media_url: str | None, base: str
) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> str:
        await on_air(catalogue, asset(1))
        multivariant = (await client.get("/live/main/alice/index.m3u8")).text
        media = next(line for line in multivariant.splitlines() if line.endswith("cmaf-240p.m3u8"))
        return (await client.get(str(httpx.URL("http://test/live/main/alice/index.m3u8").join(media)))).text

    playlist = visited(redis_url, story, objects_url=objects_url, media_url=media_url)
    segments = [line for line in playlist.splitlines() if line.endswith(".m4s")]
    assert segments
    assert {line for line in segments if not line.startswith(f"{base}assets/{asset(1).id}/cmaf/240p/")} == set()
    assert f'#EXT-X-MAP:URI="{base}assets/{asset(1).id}/cmaf/240p/init.mp4"' in playlist


def test_with_a_bucket_this_server_has_no_segments(redis_url: str, tmp_path: Path) -> None:
    store(tmp_path / "objects", asset(1))
    key = segment_key(asset(1).id, "cmaf", "240p", 0)

    async def story(client: httpx.AsyncClient, _: Catalogue) -> tuple[int, str]:
        answer = await client.get(f"/chunks/{key}")
        return answer.status_code, answer.json()["error"]

    status, error = visited(redis_url, story, data=tmp_path, objects_url=SEAWEED)
    assert (status, error) == (404, f"no object {key!r} here: players take objects from the store itself")
    assert visited(redis_url, lambda client, _: client.get(f"/chunks/{key}"), data=tmp_path).status_code == 200
