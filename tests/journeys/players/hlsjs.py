"""Chromium without a screen: hls.js on a page of our own, or any page that has a video."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Page, sync_playwright
from playwright.sync_api import TimeoutError as NothingShown

from .available import HERE, chromium
from .barcode import decode
from .loopback import served
from .sightings import Sighting, Viewing

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--autoplay-policy=no-user-gesture-required",
)


@dataclass(frozen=True, slots=True)
class Wait:
    """A `waiting` or `stalled` event of the video element, at a Unix ms. One `waiting` at the start is normal."""

    wall_ms: float
    event: str


@dataclass(frozen=True, slots=True)
class PlayerError:
    """An hls.js error event: `kind` is its type (`networkError`), `details` its name (`bufferStalledError`)."""

    wall_ms: float
    kind: str
    details: str
    fatal: bool
    message: str


@dataclass(frozen=True, slots=True)
class LevelSwitch:
    """The rung, by its height in lines, that is on screen from a Unix ms on."""

    wall_ms: float
    height: int


@dataclass(frozen=True, slots=True)
class PageReport:
    """What a page's video showed, and what the page complained about on its console."""

    viewing: Viewing
    waits: tuple[Wait, ...]
    console: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HlsReport:
    """What hls.js showed and said. `clock_errors_ms` samples playingDate minus the wall clock, four a second."""

    page: PageReport
    errors: tuple[PlayerError, ...]
    levels: tuple[LevelSwitch, ...]
    clock_errors_ms: tuple[float, ...]

    @property
    def viewing(self) -> Viewing:
        """What was shown."""
        return self.page.viewing

    @property
    def stalls(self) -> tuple[PlayerError, ...]:
        """The times that the buffer ran dry."""
        return tuple(error for error in self.errors if error.details == "bufferStalledError")

    @property
    def fatal(self) -> tuple[PlayerError, ...]:
        """The errors after which hls.js gave up. Nothing is done to recover."""
        return tuple(error for error in self.errors if error.fatal)


def play(
    url: str, *, seconds: float, config: Mapping[str, object] | None = None, start_timeout_s: float = 20
) -> HlsReport:
    """Play a stream in hls.js, with its default settings or `config` over them.

    Watches for `seconds` from the first frame; gives up after `start_timeout_s` without one.
    """
    # From loopback: a page from elsewhere may not ask loopback for a stream.
    with served(HERE) as origin, _browser() as (page, console):
        began_ms = time.time() * 1000
        page.goto(f"{origin}/page.html")
        page.evaluate("([url, config]) => play(url, config)", [url, dict(config or {})])
        report = _watch(page, console, began_ms, seconds, start_timeout_s)
        happened = page.evaluate("happened")
    return HlsReport(
        page=report,
        errors=tuple(PlayerError(**error) for error in happened["errors"]),
        levels=tuple(LevelSwitch(**switch) for switch in happened["levels"]),
        clock_errors_ms=tuple(happened["clock"]),
    )


def watch(page_url: str, *, seconds: float, start_timeout_s: float = 20) -> PageReport:
    """Open a web page and watch its first video element for `seconds` from its first frame."""
    with _browser() as (page, console):
        began_ms = time.time() * 1000
        page.goto(page_url)
        return _watch(page, console, began_ms, seconds, start_timeout_s)


def _watch(page: Page, console: list[str], began_ms: float, seconds: float, start_timeout_s: float) -> PageReport:
    try:
        page.wait_for_function("seen.frames.length > 0", timeout=start_timeout_s * 1000)
        page.wait_for_timeout(seconds * 1000)
    except NothingShown:
        console.append(f"no frame in {start_timeout_s} s")
    ended_ms = time.time() * 1000
    seen = page.evaluate("seen")
    return PageReport(
        viewing=_viewing(began_ms, ended_ms, seen["frames"]),
        waits=tuple(Wait(**wait) for wait in seen["waits"]),
        console=tuple(console),
    )


def _viewing(began_ms: float, ended_ms: float, frames: list[str]) -> Viewing:
    sightings: list[Sighting] = []
    for wall_ms, levels in (frame.split() for frame in frames):
        mark = decode(bytes.fromhex(levels))
        if mark is not None:
            sightings.append(Sighting(float(wall_ms), mark.asset, mark.frame))
    return Viewing(began_ms, ended_ms, tuple(sightings), unread=len(frames) - len(sightings))


@contextmanager
def _browser() -> Iterator[tuple[Page, list[str]]]:
    """A page with the recorder in it, and the lines of its console that are errors, as they come."""
    console: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        try:
            page = browser.new_page()
            page.on("console", lambda line: console.append(line.text) if line.type == "error" else None)
            page.on("pageerror", lambda error: console.append(str(error)))
            page.add_init_script(path=HERE / "recorder.js")
            yield page, console
        finally:
            browser.close()
