"""The main journey through the API: upload, package, on air, played; the same on one machine and on many."""

import shutil
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.deploy.edge import NGINX
from tests.journeys.houses import House, many_machines, one_machine
from tests.journeys.players import available, hlsjs
from tests.journeys.players.sightings import Tolerance, complaints, judge
from tests.journeys.stream import Stream, make_videos

pytestmark = [pytest.mark.player, pytest.mark.slow]

SECONDS = 20
HOUSES = {"one": one_machine, "many": many_machines}


@pytest.fixture(params=HOUSES)
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    for program, found in {"nginx": NGINX, "redis-server": shutil.which("redis-server")}.items():
        if request.param == "many" and found is None:
            pytest.skip(f"{program} is not installed")
    available.require("hlsjs")
    with HOUSES[request.param](tmp_path_factory.mktemp("j")) as made:
        yield made


def test_a_video_that_is_uploaded_plays_in_time(house: House, tmp_path_factory: pytest.TempPathFactory) -> None:
    videos = make_videos(tmp_path_factory.mktemp("videos"))
    house.upload(*videos)
    house.run("channel", "create", "main")
    house.run("channel", "start", "main")
    stream = Stream(house.origin, house.settings)
    viewer = stream.steady_viewer()
    report = hlsjs.play(stream.url(viewer, "cmaf"), seconds=SECONDS)
    moving = replace(report.viewing, sightings=report.viewing.sightings[1:])
    verdict = judge(moving, stream.truth(viewer))
    assert not report.fatal, report.errors
    assert not report.stalls, report.errors
    # As in test_players.py; in 20 s there is one boundary at least.
    assert complaints(verdict, Tolerance(frames=300, boundaries=1, error_ms=1500)) == (), verdict
