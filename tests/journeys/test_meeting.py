"""Two viewers with sequences of their own meet in a shared moment on the same frame, and part again: in hls.js."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from statistics import median

import pytest

from manifest_server.admin.moments import add_moment
from manifest_server.onair.channel import Channel
from manifest_server.onair.channels import Channels
from manifest_server.onair.stream import stream as lineup_stream
from manifest_server.playout.ticks import date_ms, position
from manifest_server.programming.pool import derived_id
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
BEFORE_S, AFTER_S = 50, 20
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


def planned(stream: Stream, soonest_ms: int) -> tuple[Moment, dict[str, list[Airing]]]:
    """A moment, and what airs around it for two viewers: with one ident, so that a frame has one place in time."""

    async def asked(catalogue: Catalogue) -> tuple[Moment, dict[str, list[Airing]]]:
        shared = next(one for one in await catalogue.assets() if one.title == "video4")
        channels = Channels(catalogue)
        on = await channels.widened(await channels.channel("main"), [ClipRecord(asset=shared.id)])
        for at_ms in range(soonest_ms, soonest_ms + 20_000, 233):  # on no frame and on no segment of anybody's
            moment = Moment(id="meeting", at_ms=at_ms, clips=(ClipRecord(asset=shared.id),))
            then = Channel(on.record.model_copy(update={"moments": (moment,)}), on.assets)
            truth = {viewer: airings(then, viewer, at_ms) for viewer in VIEWERS}
            found = {viewer: one for viewer, one in truth.items() if [each.asset for each in one].count(IDENT) == 1}
            for first, second in combinations(found, 2):
                if around(found[first], at_ms) != around(found[second], at_ms):
                    return moment, {first: found[first], second: found[second]}
        raise AssertionError("no two viewers come to a moment over one ident each")

    return with_catalogue(stream.settings, asked)


def airings(on: Channel, viewer: str, at_ms: int) -> list[Airing]:
    """What airs for a viewer around the moment, by what the playlists are made of."""
    lineup = derived_id("main", viewer)
    tick, found = max(position(at_ms - 120_000, on.epoch_ms), 0), []
    while tick < position(at_ms + 120_000, on.epoch_ms):
        place = lineup_stream(on, on, lineup, None).succession(at_ms // 86_400_000, tick).place(tick)
        title = on.assets[place.clip.asset.id].title
        number = IDENT if title.startswith("filler") else int(title.removeprefix("video"))
        rate = RATES.get(number, RATE)
        first = round(place.clip.asset.ticks[place.clip.first] * rate / 90_000)
        found.append(Airing(date_ms(on.epoch_ms, place.start), number, rate, first))
        tick = place.start + place.clip.ticks
    return found


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
    moment, truth = planned(stream, now_ms() + 1000 * BEFORE_S)
    at_ms = moment.at_ms
    with_catalogue(stream.settings, lambda catalogue: add_moment(catalogue, "main", moment, now_ms))
    for one in truth.values():
        assert [each.start_ms for each in one if each.asset == SHARED] == [at_ms]
    seconds = (at_ms - now_ms()) / 1000 + SHARED_S + AFTER_S
    with ThreadPoolExecutor(2) as pool:
        plays = [pool.submit(hlsjs.play, stream.url(name, "cmaf"), seconds=seconds) for name in truth]
        reports = [play.result() for play in plays]
    for name, report in zip(truth, reports, strict=True):
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
