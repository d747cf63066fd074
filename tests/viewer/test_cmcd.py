"""CMCD changes no answer, in the query or in headers, and any origin may send it (docs/analytics.md)."""

from pathlib import Path

import httpx
import pytest

from storage.catalogue import Catalogue
from tests.stage import asset, on_air, store, visited

# As hls.js 1.7 sends it of a segment: CTA-5004, version 1.
SAID = 'bl=15900,br=480,bs,d=4000,mtp=48100,ot=v,sf=h,sid="6e2fb550-c457-11e9-bb97-0800200c9a66",st=l,su,tb=480'
QUERY = str(httpx.QueryParams({"CMCD": SAID}))
HEADERS = {
    "CMCD-Request": "bl=15900,mtp=48100,su",
    "CMCD-Object": "br=480,d=4000,ot=v,tb=480",
    "CMCD-Status": "bs",
    "CMCD-Session": 'sf=h,sid="6e2fb550-c457-11e9-bb97-0800200c9a66",st=l',
}


def test_it_changes_no_answer(redis_url: str, tmp_path: Path) -> None:
    store(tmp_path / "objects", asset(1))

    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await on_air(catalogue, asset(1))
        personal = "/live/main/alice/index.m3u8?format=cmaf"
        told = (await client.get(personal)).text
        media = str(httpx.URL("/live/main/alice/").join(next(one for one in told.splitlines() if one.endswith("u8"))))
        segment = (await client.get(media)).text.splitlines()[-1]
        for path in (personal, media, segment):
            plain = await client.get(path)
            asked = await client.get(f"{path}{'&' if '?' in path else '?'}{QUERY}")
            headed = await client.get(path, headers=HEADERS)
            for one in (asked, headed):
                assert (one.status_code, one.content) == (200, plain.content)
                assert one.headers.get("etag") == plain.headers.get("etag")
                assert "cmcd" not in one.text.lower()

    visited(redis_url, story, data=tmp_path)


@pytest.mark.parametrize("path", ["/live/main/lineups/x~1/cmaf-240p.m3u8", "/chunks/assets/x/cmaf/240p/1.m4s"])
def test_a_browser_may_send_the_headers(redis_url: str, tmp_path: Path, path: str) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        asked = {"Origin": "https://a.example", "Access-Control-Request-Headers": ", ".join(HEADERS).lower()}
        answer = await client.options(path, headers=asked)
        assert (answer.status_code, answer.headers["access-control-allow-headers"]) == (204, "*")

    visited(redis_url, story, data=tmp_path)
