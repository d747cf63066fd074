"""Looking at a page in a real Chromium: as people see it, and as axe-core judges it."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright

from tests.journeys.players.available import chromium
from tests.journeys.players.hlsjs import FLAGS
from tests.journeys.program import PROJECT

AXE = PROJECT / "web" / "node_modules" / "axe-core" / "axe.min.js"
SHOTS = PROJECT / "build" / "screenshots"
SIZES = ((390, 844), (820, 1180), (1440, 900))
_FREE = "--autoplay-policy=no-user-gesture-required"
_STRICT = "--autoplay-policy=document-user-activation-required"

# What the issue asks for is AA; the rest of axe's rules is good practice that we keep too.
_VIOLATIONS = """async () => (await axe.run(document, { resultTypes: ["violations"] })).violations.map(
    ({ id, nodes }) => [id, ...nodes.map((node) => node.target.join(" ") + " " + (node.any[0]?.message ?? ""))])"""


def launched(playwright: Playwright, *, sound: bool = True) -> Browser:
    """Chromium; without `sound` it starts a video with sound only after a click, as it does for people."""
    path = chromium()
    if path is None:
        pytest.skip("chromium: not on PATH")
    flags = [*FLAGS] if sound else [_STRICT if flag == _FREE else flag for flag in FLAGS]
    return playwright.chromium.launch(executable_path=path, args=flags)


class Complaints:
    """What pages of a context say on their consoles, but for refused requests, which tests ask for."""

    def __init__(self, context: BrowserContext) -> None:
        self.lines: list[str] = []
        context.on("console", lambda line: self._heard(line.type, line.text))
        context.on("weberror", lambda error: self.lines.append(str(error.error)))

    def _heard(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and not text.startswith("Failed to load resource"):
            self.lines.append(text)


def violations(page: Page) -> list[Any]:
    """What axe-core finds wrong with a page as it is now; none if all is well."""
    if not AXE.exists():
        pytest.skip("axe-core: not installed, `npm --prefix web ci` does it")
    page.evaluate(AXE.read_text())  # by the debugger: the page's own policy lets no script in
    return list(page.evaluate(_VIOLATIONS))


def overflows(page: Page) -> bool:
    """Whether the page is wider than its window."""
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


def shot(page: Page, name: str) -> Path:
    """Take a picture of the window, to be looked at, into build/screenshots."""
    path = SHOTS / f"{name}.png"
    page.screenshot(path=path)
    return path
