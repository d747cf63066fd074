"""The dashboard's channels, from making one to its end, in Chromium against the running program."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.conftest import Films, MakeMachine
from tests.journeys.program import Machine
from tests.journeys.uploads import TOKEN
from tests.packager.sources import plain

from .looking import shot, violations
from .stage import NEEDS_PAGES, become_owner, card, first_link, looked_at

pytestmark = [pytest.mark.slow, NEEDS_PAGES]
ZONE = "America/New_York"


@pytest.mark.parametrize("surroundings", [{"timezone_id": ZONE, "locale": "en-GB"}], indirect=True)
def test_a_channel_from_its_making_to_its_end(
    person: BrowserContext, new_machine: MakeMachine, films: Films, tmp_path: Path
) -> None:
    machine, page = new_machine(), person.new_page()
    with machine.running("up", films.one, STREAMSYNC_TOKEN=TOKEN) as up:
        page.goto(first_link(up))
        become_owner(page)
        page.get_by_role("link", name="Channels").first.click()
        made(page)
        started(page)
        plain(tmp_path / "ident.mp4", size="160x90")
        assert machine.run("filler", "make", tmp_path / "ident.mp4", "--channel", "second").returncode == 0
        moment_added_and_undone(page, machine)
        rules_changed_by_two(page, machine)
        stopped(page)


def made(page: Page) -> None:
    page.get_by_role("button", name="Make a channel").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("no such name")
    dialog.get_by_label("Title").fill("Second <b>😀</b>")
    dialog.get_by_label("Assets that I choose").check()
    dialog.get_by_role("button", name="Make it").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Choose at least one asset")
    dialog.get_by_role("button", name="Add one").click()
    dialog.get_by_role("button", name="Make it").click()
    expect(dialog.get_by_role("alert")).to_contain_text("a name is 1 to 64 letters")
    dialog.get_by_label("Name", exact=True).fill("second")
    dialog.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("heading", name="Second <b>😀</b>")).to_be_visible()
    expect(card(page, "Pool").get_by_role("listitem")).to_have_count(1)
    looked_at(page, "admin-channel")
    page.get_by_role("link", name="Channels").first.click()
    expect(page.get_by_role("article")).to_have_count(2)
    looked_at(page, "admin-channels")
    page.get_by_role("link", name="Second").click()


def started(page: Page) -> None:
    page.get_by_role("button", name="Start").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("At an instant").check()
    dialog.get_by_label("It begins").fill("2036-07-01T20:15")
    expect(dialog).to_contain_text(ZONE)
    dialog.get_by_role("button", name="Schedule it").click()
    expect(page.get_by_text(re.compile("Begins in .*1 Jul 2036, 20:15"))).to_be_visible()
    page.get_by_role("button", name="Do not begin").click()
    dialog.get_by_role("button", name="Do not begin").click()
    expect(page.get_by_text("Nobody can watch it yet")).to_be_visible()
    page.get_by_role("button", name="Start").click()
    dialog.get_by_role("button", name="Start it now").click()
    expect(page.get_by_text("On air since")).to_be_visible()


def moment_added_and_undone(page: Page, machine: Machine) -> None:
    page.get_by_role("link", name="Moments").click()
    page.get_by_role("button", name="Add a moment").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Title").fill("Kick-off")
    # By clocks that are set forward then.
    dialog.get_by_label("At", exact=True).fill("2036-07-01T20:15")
    dialog.get_by_role("button", name="Look what it does").click()
    expect(dialog.get_by_role("alert")).to_have_text("Add at least one asset")
    for _ in range(2):
        dialog.get_by_role("button", name="Add one").click()
    dialog.get_by_role("button", name="Add a break").click()
    breaks = dialog.get_by_role("region", name="Personal breaks")
    breaks.get_by_label("So long").fill("30s")
    dialog.get_by_role("button", name="Look what it does").click()
    expect(breaks.get_by_role("alert")).to_have_text("Add at least one asset")
    breaks.get_by_role("button", name="Add one").click()
    shot(page, "admin-moment-1440")
    assert violations(page) == []
    dialog.get_by_role("button", name="Look what it does").click()
    review = page.get_by_role("dialog", name="Add this moment?")
    expect(review.get_by_role("region", name="What it would do")).to_be_visible()
    review.get_by_role("button", name="Add it").click()
    moments = page.get_by_role("list", name="Moments")
    expect(moments).to_contain_text("1 Jul 2036, 20:15")
    expect(moments.locator("time")).to_have_attribute("datetime", "2036-07-02T00:15:00.000Z")
    expect(moments).to_contain_text("1 personal break")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("No moments")).to_be_visible()
    assert machine.json("moment", "list", "second")["moments"] == []


def rules_changed_by_two(page: Page, machine: Machine) -> None:
    page.get_by_role("link", name="Programming").click()
    rules = card(page, "Rules")
    rules.get_by_label("Order").select_option("fixed")
    assert machine.run("channel", "rules", "second", "order=weighted").returncode == 0
    expect(rules.get_by_role("alert")).to_contain_text("Somebody else changed this meanwhile")
    expect(rules.get_by_label("Order")).to_have_value("fixed")
    rules.get_by_role("button", name="Go on with mine").click()
    rules.get_by_role("button", name="Look what it does").click()
    review = page.get_by_role("dialog", name="Change the rules?")
    expect(review.get_by_role("region", name="What it would do")).to_be_visible()
    review.get_by_role("button", name="Change them").click()
    expect(page.get_by_text("The rules are changed.")).to_be_visible()
    assert machine.json("channel", "rules", "second")["rules"]["order"] == "fixed"
    page.get_by_role("link", name="History").click()
    newest = page.get_by_role("list", name="Changes").get_by_role("listitem").first
    expect(newest).to_contain_text("ann set the rules of second")
    newest.get_by_role("button", name="Undo").click()
    undo = page.get_by_role("dialog", name="Undo this?")
    expect(undo.get_by_role("region", name="What it would do")).to_be_visible()
    undo.get_by_role("button", name="Undo it").click()
    expect(page.get_by_text("It is undone.")).to_be_visible()
    assert machine.json("channel", "rules", "second")["rules"]["order"] == "weighted"


def stopped(page: Page) -> None:
    page.get_by_role("button", name="Stop").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Nobody watches it now.")
    dialog.get_by_role("button", name="Stop it").click()
    expect(page.get_by_text(re.compile("On air until|Ended"))).to_be_visible()
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)
