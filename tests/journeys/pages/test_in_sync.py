"""The player keeps to the clock by what its picture shows, and comes back to it by itself."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from .house import House
from .seats import Error, back_after_s, seated, share
from .stage import NEEDS_PAGES

pytestmark = [pytest.mark.slow, pytest.mark.player, NEEDS_PAGES]

# On a quiet machine all of it is within 40 ms (docs/sync.md). Where a browser gets a tenth of a processor its sound
# stops every few seconds, and no player can be right for long: so what is held to 40 ms is the best two seconds.
# Without the loop and its exact start a player is 180 to 420 ms off for as long as it plays, and never so near.
NEAR_MS = 40
BUSY_MS = 1000
BEST_S = 2
# Whether there is a picture, moving or not.
SHOWN = "document.querySelector('streamsync-player').shadowRoot.querySelector('video').readyState >= 2"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house"))
    made.start()
    try:
        yield made
    finally:
        made.stop()


def test_the_picture_is_the_one_that_is_due(house: House, chromium: Browser) -> None:
    with seated(chromium, house.stream.origin) as seat:
        seat.await_picture()
        since_ms = time.time() * 1000
        seat.pause(15)  # longer than any of the films: over a boundary at least
        found = house.errors(seat, since_ms)
        assert len(found) > 200
        assert share([abs(one.error_ms) for one in found], 0.95) < BUSY_MS
        assert best_ms(found) < NEAR_MS
        readings = [reading for _, reading in seat.readings()]
        assert "in sync" in [reading["state"] for reading in readings]
        assert readings[-1]["uncertaintyMs"] < 20
        assert "failed" not in [phase for _, phase in seat.phases()]


def test_it_comes_back_by_itself_when_the_server_does(house: House, chromium: Browser) -> None:
    with seated(chromium, house.stream.origin) as seat:
        seat.await_picture()
        seat.pause(2)
        house.stop()
        seat.pause(32)  # so much longer than what was buffered that what is due has been missing for ten seconds
        assert seat.page.evaluate(SHOWN)
        house.start()
        back_ms = time.time() * 1000
        seat.pause(12)
        assert [phase for at, phase in seat.phases() if at < back_ms][-1] == "buffering"
        assert seat.phases()[-1][1] == "playing"
        assert back_after_s(house.errors(seat, back_ms), back_ms, 300) < 10


def best_ms(found: list[Error]) -> float:
    """The median of errors, without their signs, in the two seconds in which it is the least."""
    runs = (
        [abs(one.error_ms) for one in found if 0 <= one.wall_ms - start.wall_ms < BEST_S * 1000] for start in found
    )
    return min(share(run, 0.5) for run in runs if len(run) >= 20 * BEST_S)
