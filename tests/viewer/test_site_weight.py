"""What the built pages weigh for who opens one with an empty cache."""

import gzip
import re
from pathlib import Path

import pytest

from manifest_server.viewer.site import FOLDER

pytestmark = pytest.mark.skipif(not (FOLDER / "index.html").exists(), reason="no web pages: `make web` builds them")

WATCH_BYTES = 250_000  # gzip -9, scripts and styles
LANDING_BYTES = 100_000
EMBED_BYTES = 250_000

_PART = re.compile(r"[\w-]+\.(?:js|css)\b")


def loaded(page: str) -> set[Path]:
    """The scripts and styles that a page loads sooner or later: those it names, those that they name, and so on."""
    known = {path.name: path for path in (FOLDER / "site").iterdir()}
    found: set[Path] = set()
    ahead = [FOLDER / page]
    while ahead:
        text = ahead.pop().read_text()
        new = {known[name] for name in _PART.findall(text) if name in known} - found
        found |= new
        ahead += new
    return found


def weight(parts: set[Path]) -> int:
    return sum(len(gzip.compress(path.read_bytes(), 9, mtime=0)) for path in parts)


def has_hls(parts: set[Path]) -> bool:
    return any("manifestLoadError" in path.read_text() for path in parts)


def test_all_that_the_watch_page_loads_is_under_250_kilobytes() -> None:
    parts = loaded("watch.html")
    assert has_hls(parts), "the player was not found: the weight says nothing"
    assert weight(parts) < WATCH_BYTES, {path.name: weight({path}) for path in sorted(parts)}


def test_the_landing_page_loads_no_player() -> None:
    parts = loaded("index.html")
    assert any(path.suffix == ".css" for path in parts)
    assert not has_hls(parts)
    assert weight(parts) < LANDING_BYTES, {path.name: weight({path}) for path in sorted(parts)}


def test_the_player_of_other_peoples_pages_is_one_file_under_250_kilobytes() -> None:
    embed = FOLDER / "embed.js"
    assert has_hls({embed})
    assert weight({embed}) < EMBED_BYTES
    named = set(_PART.findall(embed.read_text()))
    assert not named & {path.name for path in (FOLDER / "site").iterdir()}, (
        "it would look for them on the page's server"
    )
