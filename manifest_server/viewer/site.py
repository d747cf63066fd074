"""The web pages: files that `make web` built, and the headers that browsers hold them to."""

import gzip
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from http import HTTPStatus
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from manifest_server.viewer.asking import takes_gzip
from manifest_server.viewer.finished import matches
from storage.errors import NotFound

FOLDER = Path(__file__).parents[1] / "site"
PAGES = {"/": "index", "/watch": "watch", "/watch/{channel}": "watch", "/docs": "docs"} | {
    "/admin": "admin", "/admin/{rest:path}": "admin"
}  # fmt: skip
_HASHED = "site/"  # whose names have a hash of their content in them
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
_ONCE = "public, max-age=31536000, immutable"
_ASKED_AGAIN = "no-cache"
_A_WHILE = "public, max-age=300"
_NO_PAGES = "this server has no pages: `make web` builds them, with Node.js 20 or later"


@dataclass(frozen=True)
class File:
    """A file as it is answered: plain and compressed, and what is said with it."""

    plain: bytes
    headers: dict[str, str]

    @cached_property
    def small(self) -> bytes | None:
        """The compressed body, made when it is first asked for: all of them take a tenth of a second."""
        small = gzip.compress(self.plain, 9, mtime=0)
        return small if len(small) < len(self.plain) else None


class Site:
    """The built pages, all in memory: two megabytes. `origins` are those of segments and of uploads.

    Without a folder there are none, and its routes say so.
    """

    def __init__(self, folder: Path = FOLDER, origins: Iterable[str] = ()) -> None:
        self._policy = policy(origins)
        found = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix in _TYPES)
        self._files = {path.relative_to(folder).as_posix(): self._file(folder, path) for path in found}

    def routes(self) -> list[BaseRoute]:
        """The pages and their parts."""
        pages = [Route(path, self._page) for path in PAGES]
        parts = [Route(path, self._part) for path in ("/site/{name}", "/embed.js", "/icon.svg")]
        return [*pages, *parts]

    async def _page(self, request: Request) -> Response:
        path = request.scope["route"].path
        return await self._answer(request, f"{PAGES[path]}.html")

    async def _part(self, request: Request) -> Response:
        return await self._answer(request, request.url.path.removeprefix("/"))

    async def _answer(self, request: Request, name: str) -> Response:
        if "index.html" not in self._files:
            raise NotFound(_NO_PAGES)
        file = self._files.get(name)
        if file is None:
            raise NotFound(f"nothing is at {request.url.path[:200]!r}")
        if matches(request.headers.get("if-none-match", ""), file.headers["ETag"]):
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=file.headers)
        packs = takes_gzip(request.headers.get("accept-encoding", ""))
        if packs and (small := await run_in_threadpool(lambda: file.small)) is not None:
            return Response(small, headers={**file.headers, "Content-Encoding": "gzip"})
        return Response(file.plain, headers=file.headers)

    def _file(self, folder: Path, path: Path) -> File:
        plain = path.read_bytes()
        name = path.relative_to(folder).as_posix()
        headers = {
            "Content-Type": _TYPES[path.suffix],
            "Cache-Control": _ONCE if name.startswith(_HASHED) else _A_WHILE,
            # Weak, as one tag stands for the plain and the compressed body (RFC 9110 8.8.1).
            "ETag": f'W/"{blake2b(plain, digest_size=9).hexdigest()}"',
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
        }
        if name == "embed.js":
            # Pages of other origins load it: as a module, with `integrity`, or under an embedder policy.
            headers |= {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
        if path.suffix == ".html":
            headers |= {
                "Cache-Control": _ASKED_AGAIN,
                "Content-Security-Policy": self._policy,
                "Cross-Origin-Opener-Policy": "same-origin",
                "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
                # A playback token may stand in the address of a page.
                "Referrer-Policy": "no-referrer",
            }
        return File(plain, headers)


def are_built(folder: Path = FOLDER) -> bool:
    """Whether there are pages."""
    return (folder / "index.html").is_file()


def policy(origins: Iterable[str]) -> str:
    """The Content-Security-Policy of all pages: scripts and styles are our files, nothing else is run."""
    others = "".join(f" {origin}" for origin in sorted(set(origins)))
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            f"img-src 'self' data: blob:{others}",
            f"media-src 'self' blob:{others}",
            f"connect-src 'self'{others}",
            "font-src 'self'",
            "worker-src 'self' blob:",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )
