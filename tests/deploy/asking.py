"""Players at an edge: many requests at once, and what a media playlist says."""

import asyncio
import re
import time
from collections.abc import Sequence
from urllib.parse import urljoin

import httpx

ASK_S = 20.0


def ask(url: str, method: str = "GET", **headers: str) -> httpx.Response:
    """One request with exactly these headers, as they stand (underscores for hyphens); the body unpacked."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    with httpx.Client(timeout=ASK_S) as client:
        client.headers.clear()
        return client.request(method, url, headers=given)


def ask_at_once(urls: Sequence[str]) -> list[httpx.Response]:
    """The answers to requests that are all under way together, in order."""

    async def asked() -> list[httpx.Response]:
        limits = httpx.Limits(max_connections=len(urls), max_keepalive_connections=0)
        async with httpx.AsyncClient(timeout=ASK_S, limits=limits) as client:
            return list(await asyncio.gather(*(client.get(url) for url in urls)))

    return asyncio.run(asked())


def media_url(edge: str, viewer: str = "alice", rendition: str = "cmaf-240p", query: str = "") -> str:
    """The URL of a media playlist, as the viewer's own playlist has it."""
    answer = ask(f"{edge}/live/main/{viewer}/index.m3u8{query}")
    assert answer.status_code == 200, answer.text
    found = re.search(rf'[^"\n]+/{rendition}\.m3u8', answer.text)
    assert found is not None, answer.text
    return urljoin(str(answer.url), found[0])


def numbers(text: str) -> tuple[int, int]:
    """The first listed MSN and the last."""
    found = re.search(r"#EXT-X-MEDIA-SEQUENCE:(\d+)", text)
    assert found is not None, text
    first = int(found[1])
    return first, first + text.count("#EXTINF:") - 1


def wait_until(unix_ms: int) -> None:
    """Return at that instant: what these tests wait for is the time itself."""
    left_s = unix_ms / 1000 - time.time()
    assert left_s < ASK_S
    time.sleep(max(left_s, 0))
