"""The page of a viewer, from the first visit to coming back on another day, in a real Chromium."""

import json
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

from tests.journeys.conftest import Films, MakeMachine
from tests.journeys.program import Machine

from .looking import SIZES, launched, overflows, shot, violations
from .stage import NEEDS_PAGES

pytestmark = [pytest.mark.player, pytest.mark.slow, NEEDS_PAGES]
IN_SYNC = re.compile(r"^in sync, [+\u2212]\d+ ms$")  # read by the browser too
DAY_MS = 86_400_000
KEYS = {"STREAMSYNC_PLAYBACK_KEYS": "k1:" + "0" * 64}


@pytest.fixture(scope="module")
def house(new_machine: MakeMachine, library: Path, films: Films) -> Iterator[Machine]:
    """Both films on air, on the channel main."""
    machine = new_machine()
    shutil.copytree(library, machine.data)
    with machine.running("up", films.one, films.two, **KEYS):
        yield machine


def at(person: BrowserContext, machine: Machine, path: str = "/watch/main") -> Page:
    page = person.new_page()
    page.goto(machine.origin + path)
    return page


def await_sync(page: Page) -> None:
    expect(page.get_by_role("button", name=IN_SYNC)).to_be_visible()


def viewer(page: Page) -> str:
    """The name in the addresses of the playlists that the page asked for."""
    names = page.evaluate("performance.getEntriesByType('resource').map((one) => one.name)")
    return next(str(name).split("/")[-2] for name in names if "/index.m3u8" in name)


def test_first_visit_then_leave_then_come_back_on_another_day(
    person: BrowserContext, new_machine: MakeMachine, library: Path, films: Films
) -> None:
    machine = new_machine()
    shutil.copytree(library, machine.data)
    with machine.running("up", films.one, films.two):
        page = at(person, machine, "/")
        page.get_by_role("link", name=re.compile("on air")).click()
        await_sync(page)
        expect(page).to_have_url(f"{machine.origin}/watch/main")
        expect(page).to_have_title(re.compile("^(one|two) · main · StreamSync$"))
        name = viewer(page)
        second = at(person, machine)
        await_sync(second)
        assert viewer(second) == name, "a second tab is the same viewer"
        page.close()
        second.close()
    tomorrow = replace(machine, ahead_ms=DAY_MS)
    with tomorrow.running("up", films.one, films.two):
        page = at(person, tomorrow)
        await_sync(page)
        assert viewer(page) == name
        page.close()


def test_a_channel_begins_by_itself_after_its_countdown(person: BrowserContext, house: Machine) -> None:
    house.json("channel", "create", "soon")
    page = at(person, house, "/")  # what takes long on a busy machine is done before the time runs
    house.json("channel", "start", "soon", "--at", str(int(time.time()) + 15))
    page.goto(f"{house.origin}/watch/soon")
    expect(page.get_by_role("timer")).to_be_visible()
    shot(page, "countdown-1440")
    assert violations(page) == []
    await_sync(page)
    expect(page.get_by_role("timer")).to_have_count(0)


def test_who_paused_goes_on_at_live(person: BrowserContext, house: Machine) -> None:
    page = at(person, house)
    await_sync(page)
    page.keyboard.press("k")
    expect(page.get_by_role("button", name="Go live")).to_be_visible()
    paused = page.evaluate("document.querySelector('video').paused")
    page.wait_for_timeout(3_000)  # life goes on
    page.keyboard.press("k")
    await_sync(page)
    expect(page.get_by_role("button", name="Go live")).to_have_count(0)
    assert paused


def test_a_forged_cookie_makes_a_new_viewer_without_a_word(person: BrowserContext, house: Machine) -> None:
    forged = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ2LWFkbWluIn0.AAAA"
    person.add_cookies([{"name": "streamsync_viewer", "value": forged, "url": house.origin}])
    page = at(person, house)
    await_sync(page)
    assert viewer(page) != "v-admin"
    kept = {cookie.get("name"): cookie for cookie in person.cookies()}["streamsync_viewer"]
    assert kept.get("value") != forged
    assert kept.get("httpOnly")


def test_a_link_of_ones_own_opens_a_private_channel_and_leaves_no_token_in_the_address(
    person: BrowserContext, house: Machine
) -> None:
    house.json("channel", "create", "private")
    house.json("channel", "start", "private")
    house.json("channel", "access", "private", "token")
    page = at(person, house, "/watch/private")
    expect(page.get_by_role("heading", name="This channel needs a link of your own")).to_be_visible()
    assert violations(page) == []
    page.goto(f"{house.origin}/watch/private?t=forged")
    expect(page.get_by_role("heading", name="This link does not count any more")).to_be_visible()
    token = json.loads(house.run("token", "playback", "private", "alice", "--json", **KEYS).stdout)["token"]
    page.goto(f"{house.origin}/watch/private?t={token}")
    await_sync(page)
    expect(page).to_have_url(f"{house.origin}/watch/private")
    assert viewer(page) == "alice"
    page.reload()
    await_sync(page)


def test_what_is_no_channel_says_so_and_goes_on_when_it_is_made(person: BrowserContext, house: Machine) -> None:
    page = at(person, house, "/watch/late")
    expect(page.get_by_role("heading", name="There is no such channel")).to_be_visible()
    house.json("channel", "create", "late")
    expect(page.get_by_role("heading", name="late is not on air yet")).to_be_visible()


def test_a_browser_that_forbids_sound_shows_how_to_get_it(playwright: Playwright, house: Machine) -> None:
    browser = launched(playwright, sound=False)
    page = browser.new_page()
    # It has to start before it is looked at: what Playwright asks of a page counts as a gesture of its user.
    with page.expect_request("**/beacon"):
        page.goto(f"{house.origin}/watch/main", wait_until="commit")
    button = page.get_by_role("button", name="Tap to unmute")
    expect(button).to_be_visible()
    assert page.evaluate("document.querySelector('video').muted")
    button.click()
    expect(button).to_have_count(0)
    assert not page.evaluate("document.querySelector('video').muted")
    await_sync(page)
    browser.close()


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_both_pages_fit_every_screen_and_axe_finds_nothing(chromium: Browser, house: Machine, scheme: str) -> None:
    for width, height in SIZES:
        context = chromium.new_context(
            viewport={"width": width, "height": height}, color_scheme="dark" if scheme == "dark" else "light"
        )
        page = context.new_page()
        page.goto(house.origin)
        expect(page.get_by_role("link", name=re.compile("^main"))).to_be_visible()
        shot(page, f"landing-{width}-{scheme}")
        assert not overflows(page)
        assert violations(page) == []
        page.goto(f"{house.origin}/watch/main")
        await_sync(page)
        page.locator("video").dispatch_event("pointermove")  # idle controls come back
        page.get_by_role("button", name=IN_SYNC).click()  # and stay while the details are shown
        shot(page, f"watch-{width}-{scheme}")
        assert not overflows(page)
        assert violations(page) == []
        context.close()
