"""Our player in real Chromium: how close to the clock, how together, how soon back; `make bench-web`.

What counts is the picture: a barcode in it says which frame is shown, and the preview when that was due. An error is
when a frame was due, minus when it came on screen; page and server share one clock here.
"""

import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

from playwright.sync_api import Browser

from benchmarks.report import figure, machine, spread
from manifest_server.viewer.site import FOLDER
from tests.journeys.pages.house import House
from tests.journeys.pages.seats import Error, Seat, another, back_after_s, browser, seated, share
from tests.journeys.players import available

JOINS = 5
SETTLE_S = 10.0
LONG_S = 600.0
SHORT_S = 90.0
CUT_S = 15.0
SLEEP_S = 60.0
AWAY_S = 12.0
BACK_WITHIN_S = 5.0
AFTER_S = 12.0
LOOK_MS = 40


def main(*, short: bool = False) -> None:
    """Print what the player reaches; `short` plays for 90 s instead of 10 minutes."""
    print(f"  {machine()}")
    reason = None if available.chromium() else "no chromium on PATH"
    reason = reason if (FOLDER / "embed.js").exists() else "no pages: run make web"
    if reason is not None:
        print(f"  not measured: {reason}")
        return
    with tempfile.TemporaryDirectory() as folder, browser() as opened:
        house = House(Path(folder))
        house.start()
        try:
            _joins(house, opened)
            _together(house, opened, SHORT_S if short else LONG_S)
            for name, trouble in TROUBLES.items():
                _recovery(house, opened, name, trouble)
        finally:
            house.stop()


def _joins(house: House, opened: Browser) -> None:
    """With an empty cache each time: from opening the page to the first picture."""
    took, joined = [], []
    for _ in range(JOINS):
        with seated(opened, house.stream.origin) as seat:
            began = seat.opened_ms
            seat.await_picture()
            seat.pause(3)
            moving = house.errors(seat, began)
            took.append((seat.sightings()[0].wall_ms - began) / 1000)
            joined.append(moving[1].error_ms)
    print(f"  first picture, s: {spread(took)}; then the error at the first moving frame, ms: {spread(joined)}")
    figure("from opening the page to the first picture, median", sorted(took)[JOINS // 2], "s", at_most=1.5)


def _together(house: House, opened: Browser, seconds: float) -> None:
    with (
        another(opened) as other,
        seated(opened, house.stream.origin) as one,
        seated(other, house.stream.origin) as two,
    ):
        for seat in (one, two):
            seat.await_picture()
        began = time.time() * 1000 + SETTLE_S * 1000
        one.pause(SETTLE_S + seconds)
        both = [house.errors(seat, began) for seat in (one, two)]
        crossed = _boundaries(one, began)
        for name, found, seat in zip(("first", "second"), both, (one, two), strict=True):
            _told(f"{name} browser, {seconds:.0f} s", found)
            read = [
                abs(told["errorMs"]) for at, told in seat.readings() if at >= began and told["errorMs"] is not None
            ]
            figure(f"{name} browser: |error| p95 by its own reading", share(read, 0.95), "ms")
            stalls = [phase for at, phase in seat.phases() if phase == "buffering"]
            figure(f"{name} browser: stalls", len(stalls), "times", at_most=0)
    steps = _apart_ms(*both)
    figure("two browsers, apart: median", share(steps, 0.5), "ms")
    figure("two browsers, apart: p95", share(steps, 0.95), "ms", at_most=40)
    figure("asset boundaries crossed", crossed, f"(wanted: {6 if seconds == LONG_S else 1})")


def _apart_ms(one: Sequence[Error], two: Sequence[Error]) -> list[float]:
    """How far apart what both show is, looked at every 40 ms."""
    shown = [[(found.wall_ms, found.error_ms) for found in errors] for errors in (one, two)]
    start, end = max(found[0][0] for found in shown), min(found[-1][0] for found in shown)
    apart_ms, places = [], [0, 0]
    for wall_ms in range(int(start), int(end), LOOK_MS):
        for which, found in enumerate(shown):
            while places[which] + 1 < len(found) and found[places[which] + 1][0] <= wall_ms:
                places[which] += 1
        # What a frame stood for when it came, not how long it has been there: rates of 24 and 30 have no common grid.
        first, second = (found[place][1] for found, place in zip(shown, places, strict=True))
        apart_ms.append(abs(first - second))
    return apart_ms


def _boundaries(seat: Seat, since_ms: float) -> int:
    assets = [seen.asset for seen in seat.sightings() if seen.wall_ms >= since_ms]
    return sum(before != after for before, after in pairwise(assets))


def _told(name: str, found: Sequence[Error]) -> None:
    off = [abs(one.error_ms) for one in found]
    figure(f"{name}: frames read", len(found), "")
    figure(f"{name}: median error", share([one.error_ms for one in found], 0.5), "ms")
    figure(f"{name}: |error| p95", share(off, 0.95), "ms", at_most=40)
    figure(f"{name}: |error| p99", share(off, 0.99), "ms")
    figure(f"{name}: |error| at most", max(off), "ms")


def _recovery(house: House, opened: Browser, name: str, trouble: Callable[[House, Seat], float]) -> None:
    with seated(opened, house.stream.origin) as seat:
        seat.await_picture()
        seat.pause(SETTLE_S / 2)
        began = time.time() * 1000
        back = trouble(house, seat)
        seat.pause(AFTER_S)
        found = house.errors(seat, began)
        stalls = sum(phase == "buffering" and at >= began for at, phase in seat.phases())
    figure(
        f"{name}: within 100 ms of the clock again after", back_after_s(found, back, 100), "s", at_most=BACK_WITHIN_S
    )
    figure(f"{name}: stalls", stalls, "times", at_most=0 if name.startswith("origin") else None)


def _restarted(house: House, seat: Seat) -> float:
    house.stop()
    seat.pause(1)
    house.start()
    return time.time() * 1000


TROUBLES: dict[str, Callable[[House, Seat], float]] = {
    f"network cut of {CUT_S:.0f} s": lambda _, seat: seat.cut_off(CUT_S),
    f"tab asleep for {SLEEP_S:.0f} s": lambda _, seat: seat.asleep(SLEEP_S),
    "server started anew": _restarted,
    f"origin out of reach for {AWAY_S:.0f} s": lambda _, seat: seat.cut_off(AWAY_S),
}
