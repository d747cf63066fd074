"""The page of a viewer with two CDNs, two real edges: one goes away while it plays."""

import re
import shutil
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.deploy.edge import edge, needs_nginx
from tests.journeys.conftest import Films, MakeMachine

from .stage import NEEDS_PAGES

pytestmark = [pytest.mark.player, pytest.mark.slow, NEEDS_PAGES, needs_nginx]
IN_SYNC = re.compile(r"^in sync, [+\u2212]\d+ ms$")
ASKED = "performance.getEntriesByType('resource').map((one) => one.name)"
PLAYED = "document.querySelector('video').currentTime"


def asked(page: Page, origin: str) -> list[str]:
    """What the page has asked of one CDN."""
    return [str(name) for name in page.evaluate(ASKED) if str(name).startswith(origin)]


def test_a_player_leaves_a_cdn_that_goes_away(
    chromium: Browser, new_machine: MakeMachine, library: Path, films: Films, tmp_path: Path
) -> None:
    machine = new_machine()
    shutil.copytree(library, machine.data)
    with ExitStack() as stack:
        ways = {name: ExitStack() for name in ("east", "west")}
        fronts = {
            name: way.enter_context(edge(tmp_path / name, (machine.port, machine.port))).origin
            for name, way in ways.items()
        }
        for way in ways.values():
            stack.enter_context(way)
        setting = ",".join(f"{name}={origin}" for name, origin in fronts.items())
        stack.enter_context(machine.running("up", films.one, films.two, STREAMSYNC_PATHWAYS=setting))
        page = chromium.new_page()
        page.set_default_timeout(60_000)
        page.goto(f"{machine.origin}/watch/main")
        expect(page.get_by_role("button", name=IN_SYNC)).to_be_visible()
        first, other = sorted(fronts, key=lambda name: -len(asked(page, fronts[name])))
        assert any("/lineups/" in name for name in asked(page, fronts[first]))
        assert any("/chunks/" in name for name in asked(page, fronts[first]))
        assert asked(page, fronts[other]) == []
        with page.expect_request(lambda one: one.url.startswith(f"{fronts[other]}/chunks/")):
            ways[first].close()
        played = page.evaluate(PLAYED)
        page.wait_for_timeout(20_000)  # more than was listed and loaded when it went
        assert page.evaluate(PLAYED) - played > 15
        expect(page.get_by_role("button", name=IN_SYNC)).to_be_visible()
        page.close()
