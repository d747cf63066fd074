"""What every journey through the pages begins with: the first owner, and a look at each page on the way."""

import re

import pytest
from playwright.sync_api import Locator, Page

from manifest_server.viewer.site import FOLDER
from tests.journeys.program import Program

from .looking import SIZES, overflows, shot, violations

NEEDS_PAGES = pytest.mark.skipif(not (FOLDER / "index.html").exists(), reason="no web pages: `make web` builds them")
PASSWORD = "correct horse battery"  # noqa: S105
PLAYS = "(video) => new Promise((go) => video.addEventListener('timeupdate', () => video.currentTime > 0.2 && go()))"


def first_link(up: Program) -> str:
    """The link of the first owner, as the program printed it."""
    found = re.search(r"http://\S+/admin/link#[0-9a-f]{64}", up.out)
    assert found is not None
    return found[0]


def become_owner(page: Page) -> None:
    """On the page of the first link: choose a name and a password."""
    page.get_by_label("Name").fill("ann")
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same again").fill(PASSWORD)
    page.get_by_role("button", name="Choose and sign in").click()


def sign_in(page: Page, name: str = "ann", password: str = PASSWORD) -> None:
    """On the page that asks who one is."""
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def card(page: Page, title: str) -> Locator:
    """A part of the page by its heading."""
    return page.locator("section").filter(has=page.get_by_role("heading", name=title, exact=True))


def looked_at(page: Page, name: str) -> None:
    """Pictures of the page in every size, on each of which it is right; the last is the widest."""
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        shot(page, f"{name}-{width}")
        assert not overflows(page), f"{name}: wider than {width} px"
        assert violations(page) == []
