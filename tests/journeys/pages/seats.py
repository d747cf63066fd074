"""A viewer in front of the player, in a real Chromium: what its picture shows, against what is due."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from playwright.sync_api import Browser, BrowserType, Page, Route, sync_playwright

from tests.journeys.players.available import HERE, chromium
from tests.journeys.players.barcode import decode
from tests.journeys.players.hlsjs import FLAGS
from tests.journeys.players.sightings import Airing, Sighting

T = TypeVar("T")

PAGE = """<!doctype html><meta charset="utf-8"><title>player</title><link rel="icon" href="data:,">
<script src="/embed.js"></script><style>body {{ margin: 0 }} streamsync-player {{ width: 854px }}</style>
<streamsync-player channel="{channel}" muted></streamsync-player>
<script>
  const element = document.querySelector("streamsync-player");
  window.told = {{ readings: [], phases: [] }};
  element.addEventListener("streamsync-sync", ({{ detail }}) => told.readings.push([Date.now(), detail]));
  element.addEventListener("streamsync-state", ({{ detail }}) => told.phases.push([Date.now(), detail.phase]));
</script>"""


@dataclass(frozen=True, slots=True)
class Error:
    """A frame that came on screen at a Unix ms: when it was due, minus that. Negative is late."""

    wall_ms: float
    error_ms: float


class Seat:
    """One player on a page."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page = page
        self.origin = origin

    @property
    def viewer(self) -> str:
        """The name that the server made up."""
        return str(self.page.evaluate("performance.getEntriesByType('resource').map((one) => one.name)"
                                      ".find((name) => name.includes('/index.m3u8')).split('/').at(-2)"))  # fmt: skip

    @property
    def opened_ms(self) -> float:
        """The Unix ms at which the page began to load."""
        return float(self.page.evaluate("performance.timeOrigin"))

    def await_picture(self, timeout_s: float = 20) -> None:
        """Return when a picture was shown."""
        self.page.wait_for_function("seen.frames.length > 0", timeout=timeout_s * 1000)

    def sightings(self) -> list[Sighting]:
        """All frames that came on screen since the page was opened."""
        found = []
        for wall_ms, levels in (frame.split() for frame in self.page.evaluate("seen.frames")):
            mark = decode(bytes.fromhex(levels))
            if mark is not None:
                found.append(Sighting(float(wall_ms), mark.asset, mark.frame))
        return found

    def readings(self) -> list[tuple[float, dict[str, Any]]]:
        """What the player said of its sync, with the Unix ms of each."""
        return [(at, reading) for at, reading in self.page.evaluate("told.readings")]

    def phases(self) -> list[tuple[float, str]]:
        """What it said to be doing, with the Unix ms of each; once per change."""
        found: list[tuple[float, str]] = []
        for at, phase in self.page.evaluate("told.phases"):
            if not found or found[-1][1] != phase:
                found.append((at, phase))
        return found

    def pause(self, seconds: float) -> None:
        """Let it play."""
        self.page.wait_for_timeout(seconds * 1000)

    def cut_off(self, seconds: float) -> float:
        """No network for so long. Gives the Unix ms of its return."""
        self.page.context.set_offline(True)
        self.pause(seconds)
        self.page.context.set_offline(False)
        return time.time() * 1000

    def asleep(self, seconds: float) -> float:
        """The page's process does nothing for so long. Gives the Unix ms of its awakening."""
        processes = [process for process in _processes(self.page) if process["type"] == "renderer"]
        for process in processes:
            os.kill(process["id"], signal.SIGSTOP)
        try:
            time.sleep(seconds)
        finally:
            for process in processes:
                os.kill(process["id"], signal.SIGCONT)
        return time.time() * 1000


def errors(sightings: Sequence[Sighting], truth: Sequence[Airing]) -> list[Error]:
    """The error of each frame, by the airing of its asset for which that is the smallest."""
    found, before = [], None
    for seen in sightings:
        if (seen.asset, seen.frame) == before:
            continue
        before = (seen.asset, seen.frame)
        dues = [one.airs_ms(seen.frame) - seen.wall_ms for one in truth if one.asset == seen.asset]
        if dues:
            found.append(Error(seen.wall_ms, min(dues, key=abs)))
    return found


def back_after_s(found: Sequence[Error], since_ms: float, within_ms: float, steady_s: float = 2) -> float:
    """How long after an instant frames are within so many ms, and stay so for a while; infinite when never."""
    after = [one for one in found if one.wall_ms >= since_ms]
    off = [one.wall_ms for one in after if abs(one.error_ms) > within_ms]
    starts = [since_ms, *off]
    for start in starts:
        good = [one.wall_ms for one in after if one.wall_ms > start]
        if good and good[-1] - good[0] >= steady_s * 1000:
            until = good[0] + steady_s * 1000
            if not any(start < wall < until for wall in off):
                return (good[0] - since_ms) / 1000
    return float("inf")


def apart(ask: Callable[[], T]) -> T:
    """What is asked in a thread of its own, as Playwright's loop runs in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(ask).result()


def share(values: Sequence[float], part: float) -> float:
    """The value that `part` of all are at or below."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


@contextmanager
def browser() -> Iterator[Browser]:
    """A Chromium without a screen."""
    with sync_playwright() as playwright, _launched(playwright.chromium) as started:
        yield started


@contextmanager
def another(opened: Browser) -> Iterator[Browser]:
    """One more Chromium: a thread can have one Playwright only."""
    with _launched(opened.browser_type) as started:
        yield started


@contextmanager
def _launched(kind: BrowserType) -> Iterator[Browser]:
    started = kind.launch(executable_path=chromium(), args=FLAGS)
    try:
        yield started
    finally:
        started.close()


@contextmanager
def seated(opened: Browser, origin: str, channel: str = "main") -> Iterator[Seat]:
    """A seat with nothing cached."""
    context = opened.new_context(viewport={"width": 900, "height": 520})
    try:
        page = context.new_page()
        page.add_init_script(path=HERE / "recorder.js")

        def answer(route: Route) -> None:
            route.fulfill(body=PAGE.format(channel=channel), content_type="text/html")

        page.route("**/seat", answer)
        page.goto(f"{origin}/seat")
        yield Seat(page, origin)
    finally:
        context.close()


def _processes(page: Page) -> list[dict[str, Any]]:
    opened = page.context.browser
    assert opened is not None
    session = opened.new_browser_cdp_session()
    try:
        return list(session.send("SystemInfo.getProcessInfo")["processInfo"])
    finally:
        session.detach()
