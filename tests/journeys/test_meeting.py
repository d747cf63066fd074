"""Two viewers with sequences of their own meet in a shared moment on the same frame, and part again: in hls.js."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from statistics import median

import pytest

from manifest_server.admin.moments import add_moment
from manifest_server.onair.channels import Channels
from manifest_server.playout.ticks import date_ms, position
from manifest_server.viewer.clock import now_ms
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.programme import Moment
from streamsync.session import with_catalogue
from tests.journeys.players import available, hlsjs
from tests.journeys.players.barcode import make_video
from tests.journeys.players.sightings import Airing, Tolerance, Viewing, complaints, judge
from tests.journeys.stream import RATES, Stream, on_air

pytestmark = [pytest.mark.player, pytest.mark.slow]

SHARED, IDENT = 4, 5  # what their barcodes say
RATE = Fraction(25)
SHARED_S = 14.0
BEFORE_S, AFTER_S = 45, 25
VIEWERS = ("ann", "ben", "cid", "dan", "eve", "fay", "gus", "hal")


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stream]:
    available.require("hlsjs")
    folder = tmp_path_factory.mktemp("meeting")
    make_video(folder / "video4.mp4", asset=SHARED, size="640x360", rate="25", seconds=SHARED_S, tone_hz=880)
    make_video(folder / "ident.mp4", asset=IDENT, size="426x240", rate="25", seconds=4.0, tone_hz=220)
    with on_air(folder) as running:
        command(running, "package", folder / "video4.mp4")
        command(running, "filler", "make", folder / "ident.mp4", "--fps", "25", "--channel", "main")
        yield running


def command(stream: Stream, *words: str | Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "streamsync", *map(str, words)],
        env={**os.environ, "STREAMSYNC_DATA": str(stream.settings.data)},
        cwd=Path(__file__).parents[2],
        check=True,
        timeout=300,
    )


def truths(stream: Stream, at_ms: int) -> dict[str, list[Airing]]:
    """What airs for each viewer around the moment, by what the playlists are made of."""

    async def asked(catalogue: Catalogue) -> dict[str, list[Airing]]:
        channels = Channels(catalogue)
        on = await channels.channel("main")
        found = {}
        for viewer in VIEWERS:
            _, made = await channels.joined(on, viewer)
            tick, airings = max(position(at_ms - 120_000, on.epoch_ms), 0), []
            while tick < position(at_ms + 120_000, on.epoch_ms):
                place = made.succession(at_ms // 86_400_000, tick).place(tick)
                title = made.channel.assets[place.clip.asset.id].title
                number = IDENT if title.startswith("filler") else int(title.removeprefix("video"))
                rate = RATES.get(number, RATE)
                first = round(place.clip.asset.ticks[place.clip.first] * rate / 90_000)
                airings.append(Airing(date_ms(on.epoch_ms, place.start), number, rate, first))
                tick = place.start + place.clip.ticks
            found[viewer] = airings
        return found

    return with_catalogue(stream.settings, asked)


def around(airings: list[Airing], at_ms: int) -> tuple[int, ...]:
    """The videos of the half minute before and after a moment, but for itself and for idents."""
    near = [one for one in airings if abs(one.start_ms - at_ms) < 30_000]
    return tuple(one.asset for one in near if one.asset not in {SHARED, IDENT})


def shown(viewing: Viewing) -> dict[int, float]:
    """When each frame of the shared video was first seen (Unix ms)."""
    found: dict[int, float] = {}
    for one in viewing.sightings:
        if one.asset == SHARED:
            found.setdefault(one.frame, one.wall_ms)
    return found


def test_two_viewers_meet_on_the_same_frame_and_part_again(stream: Stream) -> None:
    at_ms = (now_ms() // 1000 + BEFORE_S + 15) * 1000 + 333  # on no frame and on no segment of anybody's

    async def added(catalogue: Catalogue) -> None:
        shared = next(one for one in await catalogue.assets() if one.title == "video4")
        moment = Moment(id="meeting", at_ms=at_ms, clips=(ClipRecord(asset=shared.id),))
        await add_moment(catalogue, "main", moment, now_ms)

    with_catalogue(stream.settings, added)
    truth = truths(stream, at_ms)
    for airings in truth.values():
        assert [one.start_ms for one in airings if one.asset == SHARED] == [at_ms]
    one = VIEWERS[0]
    other = next(name for name in VIEWERS if around(truth[name], at_ms) != around(truth[one], at_ms))
    seconds = (at_ms - now_ms()) / 1000 + SHARED_S + AFTER_S
    with ThreadPoolExecutor(2) as pool:
        plays = [pool.submit(hlsjs.play, stream.url(name, "cmaf"), seconds=seconds) for name in (one, other)]
        reports = [play.result() for play in plays]
    for name, report in zip((one, other), reports, strict=True):
        assert not report.fatal, report.errors
        # Before it seeks to where it starts, Chromium paints the first frame that it has as a still.
        moving = replace(report.viewing, sightings=report.viewing.sightings[1:])
        verdict = judge(moving, truth[name])
        # Two browsers share two cores: what they leave out is judged where only one plays (test_players.py).
        tolerance = Tolerance(frames=500, boundaries=4, gap_ms=1500, skip_ms=1500, error_ms=2500)
        assert complaints(verdict, tolerance) == (), verdict
        assert SHARED in verdict.assets
    seen = [shown(report.viewing) for report in reports]
    for frames in seen:
        assert min(frames) <= 2  # from its beginning: nobody came late
        assert max(frames) >= SHARED_S * 25 - 5
    both = sorted(seen[0].keys() & seen[1].keys())
    apart_ms = [seen[0][frame] - seen[1][frame] for frame in both]
    print(f"{len(both)} frames seen by both, {median(apart_ms):.0f} ms apart")  # noqa: T201
    assert len(both) >= 100
    assert abs(median(apart_ms)) < 1000
    assert reports[0].viewing.sightings != reports[1].viewing.sightings
