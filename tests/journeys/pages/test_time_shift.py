"""Behind the clock, in a real Chromium: starting over, seeking into the past by pictures of it, and live again."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.conftest import MakeMachine
from tests.journeys.program import Machine
from tests.packager.sources import plain

from .stage import NEEDS_PAGES

pytestmark = [pytest.mark.player, pytest.mark.slow, NEEDS_PAGES]
IN_SYNC = re.compile(r"^in sync, [+\u2212]\d+ ms$")
HOUR_MS = 3_600_000
FILM_S = 20
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
# For how long the film has been on, s.
ON_SINCE = """async () => {
  const { now_ms, entries } = await (await fetch("/api/v1/watch/main/guide?limit=1")).json();
  return (now_ms - Date.parse(entries[0].starts)) / 1000;
}"""


@pytest.fixture(scope="module")
def house(new_machine: MakeMachine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """The channel main has been on air for an hour: one film, over and over."""
    machine = new_machine()
    film = tmp_path_factory.mktemp("film") / "film.mp4"
    plain(film, seconds=FILM_S)
    with machine.running("up", film):
        machine.json("channel", "describe", "main", "--timeshift", "30m")
    with replace(machine, ahead_ms=HOUR_MS).running("up"):
        yield machine


@pytest.fixture
def page(person: BrowserContext, house: Machine) -> Page:
    """Somebody who watches it, in sync."""
    page = person.new_page()
    page.goto(f"{house.origin}/watch/main")
    in_sync(page)
    return page


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
    while not 5 < page.evaluate(ON_SINCE) < 10:
        page.wait_for_timeout(200)
    bar(page)
    page.get_by_role("button", name=re.compile("^Start over")).click()
    await_play(page, 4, FILM_S)
    page.get_by_role("button", name="Go live").click()
    in_sync(page)


@pytest.mark.parametrize("films", [2, 4, 80])
def test_a_place_just_before_a_boundary_plays(page: Page, films: int) -> None:
    # Its segment is the last of its film: a player that misses it has nothing to time the sound of that film by.
    behind_s = films * FILM_S + round(page.evaluate(ON_SINCE)) + 2
    bar(page).evaluate(SEEK, -behind_s)
    await_play(page, behind_s - 2, behind_s + 15)
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
    await_play(page, 890, 915)
    page.get_by_role("button", name="Go live").click()
    in_sync(page)
