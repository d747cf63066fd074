"""The player on a page of another origin, whose styles and policy mean no good, in a real Chromium."""

import json
import re
import shutil
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Playwright, Route, expect

from manifest_server.viewer.site import FOLDER
from tests.journeys.conftest import Films, MakeMachine
from tests.journeys.program import Machine

from .conftest import SOON_MS
from .looking import SIZES, launched, overflows, shot, violations

pytestmark = [
    pytest.mark.player,
    pytest.mark.slow,
    pytest.mark.skipif(not (FOLDER / "embed.js").exists(), reason="no web pages: `make web` builds them"),
]
IN_SYNC = re.compile(r"^in sync, [+\u2212]\d+ ms$")
KEYS = {"STREAMSYNC_PLAYBACK_KEYS": "k1:" + "0" * 64}
NEAR_MS = 250  # two busy cores; a player that does not look at the clock is as late as its buffer is long: seconds
ELSEWHERE = "http://pages.localhost:9"  # nobody listens there: pages of it are the tests'
PRESSES = 5
# When the film began that the element's viewer sees, and for how long it has been on, s.
ON_SINCE = """async (server) => {
  const headers = { Authorization: `Viewer ${localStorage.getItem(`streamsync-viewer:${server}`)}` };
  const { now_ms, entries } = await (await fetch(`${server}/api/v1/watch/main/guide?limit=1`, { headers })).json();
  return [entries[0].starts, (now_ms - Date.parse(entries[0].starts)) / 1000];
}"""

HOSTILE = """
html { font-size: 40px }
* { display: block; font-size: 40px; color: red; letter-spacing: 3px; line-height: 3; direction: rtl; cursor: wait;
    text-transform: uppercase; font-family: serif; visibility: visible; --spacing: 20px; --color-card: red }
head, head * { display: none }
button, video, div, svg { all: revert; width: 10px !important; transform: rotate(20deg) !important }
"""
POLICY = (
    "default-src 'none'; script-src {server} 'nonce-page'; style-src 'nonce-page'; connect-src {server}; "
    "media-src blob:; img-src {server} data:; require-trusted-types-for 'script'"
)
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>somebody else's page</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<style nonce="page">{style}</style>
<script src="{server}/embed.js" async></script>
<main><h1>A page</h1>{tags}<p>And what is under it.</p></main>"""

# How far a player is from the server's clock: the date of what is on screen minus /time, both asked for now.
OFF_MS = """async (element) => {
  const tries = [];
  for (let i = 0; i < 8; i += 1) {
    const before = performance.now();
    const answer = await fetch(element.getAttribute("server") + "/time", { cache: "no-store" });
    const { now_ms } = await answer.json();
    const after = performance.now();
    tries.push([after - before, element.player.dateMs() - (now_ms + (after - before) / 2)]);
  }
  return tries.sort(([a], [b]) => a - b)[0][1];
}"""


@pytest.fixture(scope="module")
def house(new_machine: MakeMachine, library: Path, films: Films, long_film: Path) -> Iterator[Machine]:
    """Three films on air, on the channel main, which can be gone back on; one of them in more than one quality."""
    machine = new_machine()
    shutil.copytree(library, machine.data)
    with machine.running("up", films.one, films.two, long_film, **KEYS):
        machine.json("channel", "describe", "main", "--timeshift", "1h")
        yield machine


@pytest.fixture
def surroundings(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Chromium asks people before a page of another origin may reach loopback: they let it."""
    width, height = getattr(request, "param", (1440, 900))
    return {"permissions": ["local-network-access"], "viewport": {"width": width, "height": height}}


def tag(machine: Machine, channel: str = "main", more: str = "controls muted") -> str:
    return f'<streamsync-player server="{machine.origin}" channel="{channel}" {more}></streamsync-player>'


def opened(person: BrowserContext, machine: Machine, *tags: str, style: str = HOSTILE) -> Page:
    """A page of somebody else's with these elements."""
    page = person.new_page()
    policy = POLICY.format(server=machine.origin)
    body = PAGE.format(server=machine.origin, tags="".join(tags), style=style)

    def answer(route: Route) -> None:
        route.fulfill(body=body, content_type="text/html", headers={"Content-Security-Policy": policy})

    page.route(f"{ELSEWHERE}/**", answer)
    page.goto(f"{ELSEWHERE}/page")
    return page


def await_sync(within: Page | Locator) -> None:
    expect(within.get_by_role("button", name=IN_SYNC)).to_be_visible()


def shown(element: Locator) -> None:
    """Idle controls come back."""
    element.locator("video").dispatch_event("pointermove")


def state(element: Locator) -> dict[str, object]:
    return dict(element.evaluate("({ player }) => player.state.get()"))


def viewers(page: Page) -> set[str]:
    """The names in the addresses of the playlists that the page asked for."""
    names = page.evaluate("performance.getEntriesByType('resource').map((one) => one.name)")
    return {str(name).split("/")[-2] for name in names if "/index.m3u8" in name}


def test_it_plays_in_time_and_its_viewer_is_the_same_on_the_next_visit(
    person: BrowserContext, house: Machine
) -> None:
    page = opened(person, house, tag(house))
    await_sync(page)
    element = page.locator("streamsync-player")
    assert abs(statistics.median(element.evaluate(OFF_MS) for _ in range(5))) < NEAR_MS
    (name,) = viewers(page)
    assert person.cookies() == []
    page.reload()
    await_sync(page)
    assert viewers(page) == {name}


def test_its_controls_do_what_they_say(person: BrowserContext, house: Machine) -> None:
    page = opened(person, house, tag(house))
    element = page.locator("streamsync-player")
    await_sync(element)
    shown(element)
    element.get_by_role("button", name="Pause").click()
    expect(element.get_by_role("button", name="Go live")).to_be_visible()
    assert element.locator("video").evaluate("(video) => video.paused")
    element.get_by_role("button", name="Play", exact=True).click()
    await_sync(element)
    element.get_by_role("button", name="Unmute").click()
    assert state(element)["muted"] is False
    page.keyboard.press("m")
    assert state(element)["muted"] is True
    element.get_by_role("button", name=IN_SYNC).click()
    expect(element.get_by_role("region", name="How together with the clock")).to_be_visible()
    page.keyboard.press("Escape")
    element.get_by_role("button", name="Full screen").click()
    expect(element.get_by_role("button", name="Leave full screen")).to_be_visible()
    page.keyboard.press("f")
    expect(element.get_by_role("button", name="Full screen", exact=True)).to_be_visible()
    shown(element)
    element.get_by_role("button", name="Picture in picture").click()
    expect(element.get_by_role("button", name="Leave picture in picture")).to_be_visible()
    page.keyboard.press("i")
    expect(element.get_by_role("button", name="Picture in picture", exact=True)).to_be_visible()
    page.locator("h1").click()
    page.keyboard.press("k")
    assert state(element)["wanted"] is True, "keys of the page are the page's"


def test_a_quality_is_chosen_in_its_menu(person: BrowserContext, house: Machine) -> None:
    page = opened(person, house, tag(house))
    element = page.locator("streamsync-player")
    await_sync(element)
    shown(element)
    element.get_by_role("button", name="Quality and languages").click()
    element.get_by_role("menuitemradio").last.click()
    assert state(element)["chosenLevel"] is not None
    element.get_by_role("button", name="Quality and languages").click()
    page.locator("h1").click()
    expect(element.get_by_role("menu")).to_have_count(0)


def test_a_channel_for_few_plays_with_a_token_and_says_what_is_wrong_without(
    person: BrowserContext, house: Machine
) -> None:
    house.json("channel", "create", "private")
    house.json("channel", "start", "private")
    house.json("channel", "access", "private", "token")
    page = opened(person, house, tag(house, "private"))
    element = page.locator("streamsync-player")
    expect(element.get_by_role("status")).to_contain_text("This channel needs a token")
    element.evaluate("(element) => element.setAttribute('token', 'forged')")
    expect(element.get_by_role("status")).to_contain_text("The token does not count")
    token = json.loads(house.run("token", "playback", "private", "alice", "--json", **KEYS).stdout)["token"]
    element.evaluate("(element, token) => element.setAttribute('token', token)", token)
    await_sync(element)
    assert viewers(page) == {"alice"}


def test_what_is_no_channel_says_so_in_the_element(person: BrowserContext, house: Machine) -> None:
    page = opened(person, house, tag(house, "mian"))
    element = page.locator("streamsync-player")
    expect(element.get_by_role("heading", name="There is no such channel")).to_be_visible()
    expect(element.get_by_role("status")).to_contain_text("no channel 'mian'")
    shot(page, "embed-no-channel")
    element.evaluate("(element) => element.setAttribute('channel', 'main')")
    await_sync(element)


def test_an_element_that_is_taken_out_leaves_nothing_behind(person: BrowserContext, house: Machine) -> None:
    page = opened(person, house, tag(house))
    await_sync(page)
    page.evaluate("""() => {
      window.element = document.querySelector("streamsync-player");
      window.old = [element.player, element.shadowRoot.querySelector("video")];
      element.remove();
    }""")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(4_000)  # two lists and some segments of a player that goes on
    assert asked == [] or all(url.endswith("/beacon") for url in asked)
    assert page.evaluate("element.player === null && element.shadowRoot.childElementCount === 0 && old[1].paused")
    page.evaluate("document.querySelector('main').append(element)")
    await_sync(page)
    assert page.evaluate("element.player !== old[0] && element.shadowRoot.querySelectorAll('video').length") == 1


def test_two_on_a_page_are_one_viewer_and_do_not_hear_each_others_keys(
    person: BrowserContext, house: Machine
) -> None:
    page = opened(person, house, tag(house), tag(house), style="streamsync-player { max-width: 640px }")
    one, two = page.locator("streamsync-player").all()
    await_sync(one)
    await_sync(two)
    assert len(viewers(page)) == 1
    assert abs(one.evaluate(OFF_MS) - two.evaluate(OFF_MS)) < NEAR_MS
    shown(two)
    two.get_by_role("button", name="Unmute").focus()
    page.keyboard.press("k")
    expect(two.get_by_role("button", name="Go live")).to_be_visible()
    assert (state(one)["wanted"], state(two)["wanted"]) == (True, False)


def film_on_for_a_while(page: Page, machine: Machine) -> str:
    """When it began, once it has been on for more than two seconds, as these are as good as live, and goes on."""
    while not 2.5 < (film := page.evaluate(ON_SINCE, machine.origin))[1] < 4:
        page.wait_for_timeout(100)
    return str(film[0])


def test_what_is_on_can_be_started_over(person: BrowserContext, house: Machine) -> None:
    page = opened(person, house, tag(house))
    element = page.locator("streamsync-player")
    await_sync(element)
    shown(element)
    for _ in range(PRESSES):
        began = film_on_for_a_while(page, house)
        shown(element)
        element.get_by_role("button", name=re.compile("^Start over: (one|two|long)$")).click()
        if page.evaluate(ON_SINCE, house.origin)[0] == began:
            break
        page.keyboard.press("l")  # the next film began meanwhile, perhaps before the click
    expect(element.get_by_role("slider", name="Time shift")).to_have_attribute("aria-valuetext", re.compile("behind"))
    assert state(element)["mode"] == "shifted"
    page.keyboard.press("l")
    await_sync(element)


def test_a_browser_that_forbids_sound_shows_how_to_get_it(playwright: Playwright, house: Machine) -> None:
    browser = launched(playwright, sound=False)
    person = browser.new_context(permissions=["local-network-access"])
    # It has to start before it is looked at: what Playwright asks of a page counts as a gesture of its user.
    with person.expect_event("request", lambda request: request.url.endswith("/beacon"), timeout=SOON_MS):
        page = opened(person, house, tag(house, more="controls"))
    button = page.get_by_role("button", name="Tap to unmute")
    expect(button).to_be_visible()
    button.click()
    expect(button).to_have_count(0)
    assert state(page.locator("streamsync-player"))["muted"] is False
    browser.close()


@pytest.mark.parametrize("surroundings", SIZES, indirect=True)
def test_whatever_the_pages_style_it_looks_as_it_should(person: BrowserContext, house: Machine) -> None:
    page = opened(person, house, tag(house))
    element = page.locator("streamsync-player")
    await_sync(element)
    shown(element)
    element.get_by_role("button", name=IN_SYNC).click()
    assert page.viewport_size is not None
    shot(page, f"embed-{page.viewport_size['width']}")
    assert not overflows(page)
    whole = element.bounding_box()
    assert whole is not None
    for button in element.get_by_role("button").all():
        box = button.bounding_box()
        assert box is not None
        assert 40 <= box["height"] <= 44, button
        assert whole["x"] <= box["x"]
        assert box["x"] + box["width"] <= whole["x"] + whole["width"]
    assert [found for found in violations(page) if "streamsync-player" in str(found)] == []
