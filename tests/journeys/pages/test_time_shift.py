"""Behind the clock, in a real Chromium: starting over, seeking into the past by pictures of it, and live again."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from manifest_server.viewer.site import FOLDER
from tests.journeys.conftest import Films, MakeMachine

from .looking import Complaints, launched

pytestmark = [
    pytest.mark.player,
    pytest.mark.slow,
    pytest.mark.skipif(not (FOLDER / "index.html").exists(), reason="no web pages: `make web` builds them"),
]
IN_SYNC = re.compile(r"^in sync, [+\u2212]\d+ ms$")
HOUR_MS = 3_600_000
SEEK = """(bar, value) => {
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(bar, String(value));
  bar.dispatchEvent(new Event("input", { bubbles: true }));
}"""
# Whether the picture moves, and where it is.
PLAYS = """async (bar) => {
  const video = document.querySelector("video");
  const before = video.currentTime;
  await new Promise((resolve) => setTimeout(resolve, 300));
  return [video.readyState >= 3 && !video.paused && video.currentTime > before, bar.getAttribute("aria-valuetext")];
}"""
# For how long what is on has been on, ms.
ON_SINCE = """async () => {
  const { now_ms, entries } = await (await fetch("/api/v1/watch/main/guide?limit=1")).json();
  return now_ms - Date.parse(entries[0].starts);
}"""


@pytest.fixture(scope="module")
def page(new_machine: MakeMachine, library: Path, films: Films) -> Iterator[Page]:
    """A viewer of a channel that has been on air for an hour, in sync, whose console stays silent."""
    machine = new_machine()
    shutil.copytree(library, machine.data)
    with machine.running("up", films.one, films.two):
        machine.json("channel", "describe", "main", "--timeshift", "30m")
    with replace(machine, ahead_ms=HOUR_MS).running("up"), sync_playwright() as playwright:
        expect.set_options(timeout=60_000)
        browser = launched(playwright)
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        complaints = Complaints(context)
        page = context.new_page()
        page.goto(f"{machine.origin}/watch/main")
        in_sync(page)
        yield page
        browser.close()
        assert complaints.lines == []


def in_sync(page: Page) -> None:
    expect(page.get_by_role("button", name=IN_SYNC)).to_be_visible()


def bar(page: Page) -> Any:
    page.locator("video").dispatch_event("pointermove")  # idle controls come back
    return page.get_by_role("slider", name="Time shift")


def await_play(page: Page, least_s: int, most_s: int) -> None:
    """Return when the picture moves that long behind live."""
    told: list[Any] = []
    for _ in range(100):
        told = bar(page).evaluate(PLAYS)
        behind = re.match(r"(?:(\d+):)?(\d+):(\d+) behind live", told[1] or "")
        if told[0] and behind is not None:
            hours, minutes, seconds = (int(part or 0) for part in behind.groups())
            assert least_s <= hours * 3600 + minutes * 60 + seconds <= most_s
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"it does not play: {told}")


def test_start_over_shows_what_is_on_from_its_beginning(page: Page) -> None:
    bar(page)
    while not 2500 < page.evaluate(ON_SINCE) < 4500:  # one of them is six seconds long
        page.wait_for_timeout(100)
    page.get_by_role("button", name=re.compile("^Start over")).click()
    await_play(page, 2, 12)
    page.get_by_role("button", name="Go live").click()
    in_sync(page)


@pytest.mark.parametrize("behind_s", [61, 63, 64, 66, 1500])
def test_a_place_in_the_past_plays_whichever_segment_it_is_in(page: Page, behind_s: int) -> None:
    bar(page).evaluate(SEEK, -behind_s)
    await_play(page, behind_s - 2, behind_s + 8)
    page.get_by_role("button", name="Go live").click()
    in_sync(page)


def test_the_past_is_shown_in_pictures_before_it_is_sought(page: Page) -> None:
    box = bar(page).bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    picture = page.locator(".player-panel [style*=background-image]")
    expect(picture).to_be_visible()
    address = re.search(r'url\("(.+?)"\)', picture.get_attribute("style") or "")
    assert address is not None
    status = page.evaluate("async (address) => (await fetch(address)).status", address[1])
    assert status == 200
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    await_play(page, 890, 910)
    page.get_by_role("button", name="Go live").click()
    in_sync(page)
