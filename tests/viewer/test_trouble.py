"""Bad input and missing parts: a JSON error with the right status, never a traceback."""

import asyncio
import threading
from pathlib import Path

import httpx
import pytest

from manifest_server.admin import actions
from storage.catalogue import Catalogue
from storage.private_valkey import PrivateValkey
from storage.settings import Settings
from tests.stage import EPOCH_MS, Clock, asset, on_air, store, visited

LINEUP = "d-e502acd69dfe1a8922a06ebb"
LONG = "x" * 3000


@pytest.mark.parametrize(
    ("url", "status", "error"),
    [
        ("/live/nope/alice/index.m3u8", 404, "no channel 'nope'"),
        ("/live/main/a%20b/index.m3u8", 400, "viewer 'a b': a name is"),
        ("/live/main/%F0%9F%8E%AC/index.m3u8", 400, "a name is"),
        ("/live/main/%FF%FE/index.m3u8", 400, "a name is"),
        (f"/live/main/{LONG}/index.m3u8", 400, "a name is"),
        (f"/live/main/{LONG}{LONG}/index.m3u8", 414, "the URL is over 4096 bytes long"),
        ("/live/../etc/passwd/index.m3u8", 404, "nothing is at"),
        ("/live/..%2F..%2Fetc/alice/index.m3u8", 404, "nothing is at"),
        ("/live/main/alice/index.m3u8?format=dash", 400, "format 'dash': it is one of cmaf, ts"),
        ("/live/main/alice/index.m3u8?at=soon", 400, "instant 'soon': give Unix seconds or RFC 3339"),
        ("/live/main/alice/index.m3u8?at=999999999999", 400, "not between 1970 and 9998"),
        ("/live/main/alice/index.m3u8?at=%FF", 400, "give Unix seconds"),
        ("/live/main/alice/index.m3u8?at=1-1-1", 400, "give Unix seconds"),
        (f"/live/main/lineups/{LINEUP}~20454/cmaf-999p.m3u8", 404, "no rendition 'cmaf-999p' on channel 'main'"),
        (f"/live/main/lineups/{LINEUP}~20454/240p.m3u8", 404, "no rendition '240p'"),
        ("/live/main/lineups/nope~20454/cmaf-240p.m3u8", 404, "no lineup 'nope' of channel 'main'"),
        (f"/live/main/lineups/{LINEUP}/cmaf-240p.m3u8", 404, "no lineup"),  # no day
        ("/live/main/lineups/..%2e~20454/cmaf-240p.m3u8", 400, "lineup '...'"),
        (f"/live/main/lineups/{LINEUP}~/cmaf-240p.m3u8", 404, "no lineup"),
        (f"/live/main/lineups/{LINEUP}~x/cmaf-240p.m3u8", 404, "no lineup"),
        (f"/live/main/lineups/{LINEUP}~20455/cmaf-240p.m3u8", 404, "no lineup"),  # tomorrow
        (f"/live/main/lineups/{LINEUP}~9/cmaf-240p.m3u8", 404, "no lineup"),  # 1970
        ("/live/main/alice", 404, "nothing is at"),
        ("/nowhere", 404, "nothing is at"),
        ("/chunks/records/00000000000000000000000000000001.json", 404, "no object"),
        ("/chunks/assets/%2e%2e/%2e%2e/etc/passwd.m4s", 400, "object key"),
        ("/chunks/assets/%00.m4s", 400, "object key"),
        (f"/chunks/assets/{LONG}.m4s", 400, "object key"),
        ("/chunks/assets/none/cmaf/240p/0.m4s", 404, "no object"),
        ("/chunks/", 404, "no object"),
    ],
)
def test_bad_requests(redis_url: str, tmp_path: Path, url: str, status: int, error: str) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await on_air(catalogue, asset(1))
        # httpx would tidy the path; a bad client does not.
        answer = await client.send(client.build_request("GET", httpx.URL("http://test", raw_path=url.encode())))
        assert answer.status_code == status, answer.text
        assert error in answer.json()["error"]
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["access-control-allow-origin"] == "*"

    visited(redis_url, story, preview=True, data=tmp_path)


def test_before_the_epoch_a_player_is_told_when_to_come_back(redis_url: str) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await on_air(catalogue, asset(1))
        answer = await client.get("/live/main/alice/index.m3u8")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "91")
        assert answer.json() == {"error": "channel 'main' begins at 2026-01-01T00:00:00.000Z"}

    visited(redis_url, story, clock=Clock(EPOCH_MS - 90_500))


def test_a_channel_that_was_never_started_is_not_on_air(redis_url: str) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await catalogue.index_asset(asset(1))
        await actions.create_channel(catalogue, "main", [asset(1).id])
        answer = await client.get("/live/main/alice/index.m3u8")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
        assert answer.json() == {"error": "channel 'main' has not been started"}

    visited(redis_url, story)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_other_methods_are_refused(redis_url: str, method: str) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        answer = await client.request(method, "/live/main/alice/index.m3u8")
        assert answer.status_code == 405
        assert "GET" in answer.headers["allow"]

    visited(redis_url, story)


@pytest.mark.slow
def test_playlists_go_on_without_the_catalogue(tmp_path: Path) -> None:
    """For what was seen before, and for viewers nobody has seen: their lineup needs no catalogue."""
    clock = Clock()
    valkey = PrivateValkey(Settings(data=tmp_path))
    url = valkey.__enter__()
    gone = threading.Event()

    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await on_air(catalogue, asset(1), asset(2))
        assert (await client.get("/readyz")).status_code == 200
        before = (await client.get("/live/main/alice/index.m3u8")).text
        lineup = before[before.index("../lineups/") + 11 :].split("/")[0]
        await asyncio.to_thread(valkey.__exit__, None, None, None)
        gone.set()
        await asyncio.sleep(1.1)  # what is remembered is no longer fresh
        clock.now_ms += 5_000
        for path in ("alice/index.m3u8", f"lineups/{lineup}/cmaf-240p.m3u8", "somebody-new/index.m3u8"):
            assert (await client.get(f"/live/main/{path}")).status_code == 200, path
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.headers["retry-after"]) == (503, "2")
        assert (await client.get("/healthz")).status_code == 200
        unseen = await client.get("/live/other/alice/index.m3u8")
        assert (unseen.status_code, unseen.headers["retry-after"]) == (503, "2")

    try:
        visited(url, story, clock=clock)
    finally:
        if not gone.is_set():
            valkey.__exit__(None, None, None)


def test_chunks_are_served_whole_and_in_ranges(redis_url: str, tmp_path: Path) -> None:
    store(Settings(data=tmp_path).objects_root, asset(1))
    key = f"assets/{asset(1).id}/cmaf/240p/0.m4s"
    body = key.encode() * 10

    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        whole = await client.get(f"/chunks/{key}")
        assert (whole.status_code, whole.content) == (200, body)
        assert whole.headers["content-type"] == "video/iso.segment"
        assert whole.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert whole.headers["accept-ranges"] == "bytes"
        part = await client.get(f"/chunks/{key}", headers={"Range": "bytes=10-19"})
        assert (part.status_code, part.content) == (206, body[10:20])
        assert part.headers["content-range"] == f"bytes 10-19/{len(body)}"
        tail = await client.get(f"/chunks/{key}", headers={"Range": "bytes=-5"})
        assert (tail.status_code, tail.content) == (206, body[-5:])
        beyond = await client.get(f"/chunks/{key}", headers={"Range": f"bytes={len(body)}-"})
        assert beyond.status_code == 416
        head = await client.head(f"/chunks/{key}")
        assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(body)))
        init = await client.get(f"/chunks/assets/{asset(1).id}/cmaf/240p/init.mp4")
        assert init.headers["content-type"] == "video/mp4"
        ts = await client.get(f"/chunks/assets/{asset(1).id}/ts/240p/0.ts")
        assert ts.headers["content-type"] == "video/mp2t"

    visited(redis_url, story, data=tmp_path)


@pytest.mark.parametrize("path", ["/time", "/live/main/alice/index.m3u8", "/chunks/assets/x.ts", "/nowhere"])
def test_any_origin_may_read(redis_url: str, path: str) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        # Also without an Origin: a shared cache may give a browser what it fetched for somebody else.
        assert (await client.get(path)).headers["access-control-allow-origin"] == "*"
        asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}
        preflight = await client.options(path, headers=asked)
        assert preflight.status_code == 204
        assert preflight.headers["access-control-allow-origin"] == "*"
        assert preflight.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"
        assert (await client.options(path)).headers["allow"] == "GET, HEAD, OPTIONS"

    visited(redis_url, story)


def test_the_time_is_the_clocks(redis_url: str) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        answer = await client.get("/time")
        assert answer.json() == {"now_ms": 123_456}
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["timing-allow-origin"] == "*"

    visited(redis_url, story, clock=Clock(123_456))


def test_a_range_of_a_playlist_is_answered_with_all_of_it(redis_url: str) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await on_air(catalogue, asset(1))
        answer = await client.get("/live/main/alice/index.m3u8", headers={"Range": "bytes=0-"})
        assert answer.status_code == 200
        assert answer.text.startswith("#EXTM3U")
        head = await client.head("/live/main/alice/index.m3u8")
        assert (head.status_code, head.content) == (200, b"")

    visited(redis_url, story)
