"""Chromium, and somebody before it. A thread can have one Playwright only: each module has it while it runs."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, expect, sync_playwright

from .looking import Complaints, launched

SOON_MS = 60_000  # nothing is measured here, and two busy cores take their time to package and to decode


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=SOON_MS)
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = launched(playwright)
    yield browser
    browser.close()


@pytest.fixture
def surroundings(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What a person's browser is, where tests say so (`parametrize`, indirect): options of `new_context`."""
    return dict(getattr(request, "param", {}))


@pytest.fixture
def person(chromium: Browser, surroundings: dict[str, Any]) -> Iterator[BrowserContext]:
    """Somebody with an empty browser, whose console stays silent."""
    context = chromium.new_context(**{"viewport": {"width": 1440, "height": 900}, **surroundings})
    context.set_default_timeout(SOON_MS)
    complaints = Complaints(context)
    yield context
    context.close()
    assert complaints.lines == []
