"""The web pages as a server answers them: what browsers may keep, and what pages may do."""

import asyncio
import gzip
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from manifest_server.viewer.answers import failed
from manifest_server.viewer.site import Site, policy
from storage.errors import StreamSyncError
from storage.settings import Settings
from storage.stores import origins

PAGE = "<!doctype html>" + "<p>the same again</p>" * 50


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "site").mkdir()
    for name in ("index", "watch", "admin", "docs"):
        (tmp_path / f"{name}.html").write_text(f"{PAGE}{name}")
    (tmp_path / "site" / "watch-Ab12.js").write_text("let a = 1;" * 100)
    (tmp_path / "embed.js").write_text("1")
    (tmp_path / "secret.txt").write_text("not one of the pages")
    return tmp_path


def asked(site: Site, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    async def story() -> httpx.Response:
        app = Starlette(routes=site.routes(), exception_handlers={StreamSyncError: failed})
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            request = client.build_request(method, httpx.URL("http://test", raw_path=path.encode()), headers=headers)
            return await client.send(request)

    return asyncio.run(story())


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/", "index"), ("/watch", "watch"), ("/watch/main", "watch"), ("/docs", "docs"),
        ("/admin", "admin"), ("/admin/channels/main", "admin"), ("/admin/link", "admin"),
    ],
)  # fmt: skip
def test_every_address_of_a_page_gives_the_page(built: Path, path: str, page: str) -> None:
    answer = asked(Site(built), path)
    assert answer.status_code == 200
    assert answer.text == f"{PAGE}{page}"
    assert answer.headers["Cache-Control"] == "no-cache"


def test_a_page_runs_only_our_own_scripts(built: Path) -> None:
    rules = asked(Site(built, {"https://cdn.example"}), "/watch").headers["Content-Security-Policy"]
    assert "script-src 'self';" in rules
    assert "style-src 'self';" in rules
    assert "default-src 'none';" in rules
    assert "connect-src 'self' https://cdn.example;" in rules
    assert "unsafe" not in rules


def test_what_is_named_by_its_content_is_kept_for_ever(built: Path) -> None:
    answer = asked(Site(built), "/site/watch-Ab12.js")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert "Content-Security-Policy" not in answer.headers


def test_the_player_for_other_peoples_pages_may_be_loaded_by_them(built: Path) -> None:
    headers = asked(Site(built), "/embed.js").headers
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Access-Control-Allow-Origin" not in asked(Site(built), "/").headers


def test_whoever_has_it_is_told_so(built: Path) -> None:
    site = Site(built)
    tag = asked(site, "/").headers["ETag"]
    again = asked(site, "/", **{"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert asked(site, "/watch", **{"If-None-Match": tag}).status_code == 200


def test_it_is_compressed_for_who_takes_that(built: Path) -> None:
    site = Site(built)
    small, plain = (
        asked(site, "/", **{"Accept-Encoding": "gzip"}),
        asked(site, "/", **{"Accept-Encoding": "identity"}),
    )
    assert small.text == plain.text
    assert small.headers["Content-Encoding"] == "gzip"
    assert int(small.headers["Content-Length"]) == len(gzip.compress(plain.content, 9, mtime=0))
    assert "Content-Encoding" not in plain.headers


@pytest.mark.parametrize(
    "path",
    [
        "/site/../secret.txt", "/site/..%2fsecret.txt", "/site/%2e%2e/secret.txt", "/site/secret.txt", "/secret.txt",
        "/site/", "/site/%00", "/watch/a/b", "/index.html", "/site/site/watch-Ab12.js", "/site/watch-Ab12.js.map",
    ],
)  # fmt: skip
def test_nothing_else_is_answered(built: Path, path: str) -> None:
    answer = asked(Site(built), path)
    assert answer.status_code == 404
    assert "not one of" not in answer.text


def test_a_head_has_no_body(built: Path) -> None:
    answer = asked(Site(built), "/", "HEAD")
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_server_without_pages_says_how_to_get_them(tmp_path: Path) -> None:
    answer = asked(Site(tmp_path / "none"), "/watch")
    assert answer.status_code == 404
    assert answer.json() == {"error": "this server has no pages: `make web` builds them, with Node.js 20 or later"}


def test_the_origins_are_those_of_segments_and_uploads() -> None:
    assert origins(Settings()) == frozenset()
    url = "s3://films?endpoint=http://127.0.0.1:8333"
    assert origins(Settings(objects_url=url, media_url="https://cdn.example/x")) == {
        "http://127.0.0.1:8333", "https://cdn.example",
    }  # fmt: skip
    assert "img-src 'self' data: blob: a b;" in policy({"b", "a"})
