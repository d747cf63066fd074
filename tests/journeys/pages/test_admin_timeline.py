"""The dashboard's viewers and their day, in Chromium against the running program."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.journeys.conftest import Films, MakeMachine
from tests.journeys.uploads import TOKEN

from .looking import violations
from .stage import NEEDS_PAGES, PLAYS, become_owner, first_link, looked_at

pytestmark = [pytest.mark.slow, NEEDS_PAGES]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
AHEAD = 14  # clips: more time than this test takes


@pytest.fixture
def owner(person: BrowserContext, new_machine: MakeMachine, films: Films) -> Iterator[Page]:
    """The live page, before the owner of a server with two films on air."""
    machine = new_machine()
    with machine.running("up", films.one, films.two, STREAMSYNC_TOKEN=TOKEN) as up:
        page = person.new_page()
        page.goto(first_link(up))
        become_owner(page)
        expect(page.get_by_role("heading", name="Live")).to_be_visible()
        yield page


def edits(page: Page, door: str) -> list[dict[str, Any]]:
    """What the API lists of edits."""
    origin = re.match(r"https?://[^/]+", page.url)
    assert origin is not None
    found: list[dict[str, Any]] = page.request.get(f"{origin[0]}/api/v1/channels/main{door}").json()["edits"]
    return found


def to_come(page: Page) -> Locator:
    """The clips of the timeline that can be moved."""
    return page.get_by_role("toolbar", name="Clips of the day").get_by_label(re.compile("can be moved"))


def previewed(page: Page) -> Locator:
    """The dialog that tells what a change would do, once it tells it."""
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("status")).to_contain_text("it changes what airs")
    return dialog


def test_a_clip_is_moved_by_keyboard_previewed_applied_and_put_back(owner: Page) -> None:
    page = owner
    page.get_by_role("link", name="Viewers").first.click()
    page.get_by_label("Name").fill("al ice")
    expect(page.get_by_text("1 to 64 letters")).to_be_visible()
    page.get_by_label("Name").fill("alice")
    page.get_by_role("button", name="Open").click()
    expect(to_come(page).nth(AHEAD)).to_be_attached()

    to_come(page).nth(AHEAD).focus()
    place = page.evaluate("document.activeElement.dataset.place")
    clip = page.locator(f"[data-place='{place}']")
    for key, said in (("Space", "Taken up"), ("ArrowLeft", "Now 1 earlier."), ("Escape", "Put back.")):
        page.keyboard.press(key)
        expect(page.get_by_text(said)).to_be_attached()
    expect(clip).to_have_attribute("aria-pressed", "false")
    assert edits(page, "/viewers/alice/edits") == []

    for key in ("Space", "ArrowLeft", "Space"):
        page.keyboard.press(key)
    dialog = previewed(page)
    assert violations(page) == []
    assert edits(page, "/viewers/alice/edits") == []
    dialog.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("Changed for alice.")).to_be_visible()
    (edit,) = edits(page, "/viewers/alice/edits")
    assert (len(edit["clips"]), edit["drop"]) == (2, 2)

    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_text("It is as before.")).to_be_visible()
    assert edits(page, "/viewers/alice/edits") == []
    looked_at(page, "admin-viewer")


def test_everybody_gets_a_clip_more(owner: Page) -> None:
    page = owner
    page.get_by_role("link", name="The day").click()
    to_come(page).nth(AHEAD).focus()
    page.get_by_role("button", name="Insert before").click()
    picked = page.get_by_role("dialog")
    picked.get_by_label("Look for an asset").fill("two")
    expect(picked.get_by_role("listitem")).to_have_count(1)
    picked.get_by_role("button", name=re.compile("two")).click()
    page.get_by_label("For everybody").check()
    expect(page.get_by_role("dialog").get_by_role("status")).to_contain_text("a sample")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("Changed for everybody.")).to_be_visible()
    (edit,) = edits(page, "/edits")
    assert (len(edit["clips"]), edit["drop"]) == (1, 0)


def test_one_looks_in_on_what_is_on(owner: Page) -> None:
    page = owner
    page.get_by_role("button", name="Look in").click()
    page.locator("video").evaluate(PLAYS)
    looked_at(page, "admin-live")
    page.get_by_role("link", name="The day").click()
    page.get_by_role("button", name="Explain now").click()
    why = page.get_by_role("dialog")
    expect(why).to_contain_text("drawn from revision 0 of the pool")
    expect(why).to_contain_text("Media sequence number")
    assert violations(page) == []


@pytest.mark.parametrize("surroundings", [PHONE], indirect=True)
def test_a_finger_moves_the_clip_that_it_has_chosen(owner: Page) -> None:
    page = owner
    page.get_by_role("link", name="The day").tap()
    expect(to_come(page).nth(1)).to_be_visible()
    label = to_come(page).evaluate_all(
        "(all) => all.filter((one) => one.getBoundingClientRect().right < innerWidth - 20).at(-1).ariaLabel"
    )
    clip = page.get_by_role("toolbar", name="Clips of the day").get_by_label(str(label), exact=True)
    clip.tap()
    expect(clip).to_have_attribute("tabindex", "0")
    clip.tap(trial=True)  # returns when it stands still, with nothing over it
    box = clip.bounding_box()
    assert box is not None
    touch = page.context.new_cdp_session(page)
    for step in range(11):
        # A little down, too, as no finger keeps its height.
        point = {"x": box["x"] + box["width"] / 2 - 6 * step, "y": box["y"] + box["height"] / 2 + step / 2}
        touch.send(
            "Input.dispatchTouchEvent", {"type": "touchMove" if step else "touchStart", "touchPoints": [point]}
        )
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(page.get_by_role("dialog", name=re.compile("^Move "))).to_be_visible()
    previewed(page)
