"""A viewer in front of the player, in a real Chromium: what its picture shows, against what is due."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, Route, sync_playwright

from tests.journeys.players.available import HERE, chromium
from tests.journeys.players.barcode import decode
from tests.journeys.players.hlsjs import FLAGS
from tests.journeys.players.sightings import Airing, Sighting

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

    def devtools(self) -> CDPSession:
        """Chromium's own controls of the page."""
        return self.page.context.new_cdp_session(self.page)


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


def share(values: Sequence[float], part: float) -> float:
    """The value that `part` of all are at or below."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


@contextmanager
def browser() -> Iterator[Browser]:
    """A Chromium without a screen."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
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
