"""The dashboard's assets, from the first owner's link to a deletion, in Chromium against the running program."""

import re
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Request, expect

from tests.journeys.conftest import Films, MakeMachine
from tests.journeys.program import Machine, free_port
from tests.journeys.uploads import PART, TOKEN, film

from .looking import violations
from .stage import NEEDS_PAGES, PASSWORD, PLAYS, become_owner, card, first_link, looked_at, sign_in

pytestmark = [pytest.mark.slow, NEEDS_PAGES]
DROP = """([zone, files]) => {
    const held = new DataTransfer();
    for (const [name, text] of files) {
        const bytes = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
        held.items.add(new File([bytes], name, { type: "video/mp4" }));
    }
    for (const type of ["dragover", "drop"]) {
        zone.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: held }));
    }
}"""


@pytest.fixture(scope="module")
def house(new_machine: MakeMachine, films: Films) -> Iterator[tuple[Machine, str]]:
    """The channel main with one film on air, workers, and the link of the first owner."""
    machine = new_machine()
    with machine.running("up", films.one, STREAMSYNC_TOKEN=TOKEN) as up:
        yield machine, first_link(up)


@pytest.fixture
def owner(person: BrowserContext, house: tuple[Machine, str]) -> Page:
    """The page of assets, before somebody who is the owner, the first time by the link."""
    machine, link = house
    page = person.new_page()
    page.goto(link)
    heading = page.get_by_role("heading", name=re.compile("Become the first owner|This link does not open"))
    expect(heading).to_be_visible()
    if heading.inner_text() == "Become the first owner":
        become_owner(page)
    else:
        page.goto(f"{machine.origin}/admin")
        sign_in(page)
    page.get_by_role("link", name="Assets").first.click()
    expect(page.get_by_role("link", name=re.compile("one"))).to_be_visible()
    return page


def test_two_files_are_dropped_and_one_of_them_becomes_an_asset(owner: Page, films: Films) -> None:
    page = owner
    files = [["two 😀.mp4", films.two.read_bytes()], ["broken.mp4", b"no video" * 1000]]
    told = [[name, b64encode(data).decode()] for name, data in files if isinstance(data, bytes)]
    zone = page.get_by_role("region", name="Upload", exact=True).element_handle()
    page.evaluate(DROP, [zone, told])
    uploads, packaging = card(page, "Uploads"), card(page, "Packaging")
    expect(packaging.get_by_role("listitem").filter(has_text="broken")).to_contain_text(
        "not a video",
    )
    expect(packaging).to_contain_text("Choose another file")
    made = uploads.get_by_role("listitem").filter(has_text="two 😀.mp4")
    expect(made.get_by_role("link", name="look at it")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("two 😀$"))).to_be_visible()
    looked_at(page, "admin-assets")

    made.get_by_role("link", name="look at it").click()
    page.get_by_role("button", name="Play two 😀").click()
    page.locator("video").evaluate(PLAYS)
    page.get_by_label("Title").fill("Two <script>alert(1)</script>")
    page.get_by_label("Tags").fill("Kids, sea")
    page.get_by_label("Language").fill("english")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("A language code")).to_be_visible()
    page.get_by_label("Language").fill("en")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Two <script>alert(1)</script>")).to_be_visible()
    expect(page.get_by_label("Tags")).to_have_value("kids, sea")
    looked_at(page, "admin-asset")
    removed(page)


def removed(page: Page) -> None:
    """The asset that is shown, retired, restored, and deleted."""
    page.get_by_role("button", name="Retire").click()
    page.get_by_role("dialog").get_by_role("button", name="Retire").click()
    expect(page.get_by_text("retired", exact=True)).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Retire")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete for good").click()
    page.wait_for_url("**/admin/assets")
    expect(page.get_by_role("link", name=re.compile("Two"))).to_have_count(0)
    expect(page.get_by_role("link", name=re.compile("one"))).to_be_visible()


def test_deleting_what_is_on_air_tells_what_would_break(owner: Page) -> None:
    page = owner
    page.get_by_role("link", name=re.compile("one")).click()
    page.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("main: ")
    assert violations(page) == []
    dialog.get_by_role("button", name="Delete for good").click()
    expect(dialog.get_by_role("alert")).to_contain_text("It is listed")
    dialog.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Retire")).to_be_visible()


def test_what_was_typed_outlives_the_session(owner: Page) -> None:
    page = owner
    page.get_by_role("link", name=re.compile("one")).click()
    page.get_by_label("Description").fill("typed before the session ended")
    page.context.clear_cookies()
    page.get_by_role("button", name="Save").click()
    dialog = page.get_by_role("dialog", name="Sign in again")
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_label("Description")).to_have_value("typed before the session ended")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()


def test_parts_go_straight_to_s3(person: BrowserContext, tmp_path: Path, s3_url: str) -> None:
    machine = Machine(tmp_path / "data", free_port())
    machine.data.mkdir()
    s3 = {"STREAMSYNC_OBJECTS_URL": s3_url, "STREAMSYNC_TOKEN": TOKEN}
    assert machine.run("bucket", "prepare", **s3).returncode == 0
    with machine.running("up", **s3) as up:
        page = person.new_page()
        page.goto(first_link(up))
        become_owner(page)
        page.get_by_role("link", name="Assets").first.click()
        parts: list[str] = []
        page.on("requestfinished", lambda one: parts.append(one.url) if one.method == "PUT" else None)
        page.get_by_label("Videos to upload").set_input_files(film(tmp_path / "long.mp4", PART + 5))
        expect(card(page, "Uploads")).to_contain_text("uploaded")
        assert len(parts) == 2
        assert not [url for url in parts if url.startswith(machine.origin)]


def test_an_upload_goes_on_after_a_reload(owner: Page, tmp_path: Path) -> None:
    page, path = owner, film(tmp_path / "long.mp4", 5 * PART)
    sent: list[str] = []

    def is_part(request: Request) -> bool:
        return request.method == "PUT" and "/parts/" in request.url

    def note(request: Request) -> None:
        if is_part(request):
            sent.append(request.url.partition("?")[0])

    page.on("requestfinished", note)
    page.on("dialog", lambda dialog: dialog.accept())  # whether to leave the page
    # Slow enough that the last parts are under way when the first are there.
    line = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": PART}
    network = page.context.new_cdp_session(page)
    network.send("Network.emulateNetworkConditions", line)
    with page.expect_event("requestfinished", is_part):
        page.get_by_label("Videos to upload").set_input_files(path)
    network.send("Network.emulateNetworkConditions", {**line, "offline": True})
    expect(card(page, "Uploads")).to_contain_text("Trying again by itself")
    page.get_by_role("button", name="Pause long.mp4").click()
    network.send("Network.emulateNetworkConditions", line)
    page.reload()
    before = set(sent)
    assert 1 <= len(before) < 5
    unfinished = card(page, "Unfinished uploads")
    expect(unfinished).to_contain_text("long.mp4")
    unfinished.locator("input").set_input_files(path)
    expect(card(page, "Uploads")).to_contain_text("uploaded")
    assert not before & set(sent[len(before) :])
    expect(unfinished).to_have_count(0)
