"""What the fast lane remembers is weighed, and weighs no more the longer it goes on."""

import asyncio
from pathlib import Path

from manifest_server.programming.pool import derived_id
from manifest_server.viewer.app import application
from storage.catalogue import Catalogue
from storage.settings import Settings
from tests.stage import EPOCH_MS, Clock, asset, on_air
from tests.viewer.both_ways import Both

PATH = f"/live/main/lineups/{derived_id('main', 'alice')}~{EPOCH_MS // 86_400_000}/cmaf-240p.m3u8"
ASKED = f"GET {PATH} HTTP/1.1\r\nHost: tv.example\r\nAccept-Encoding: gzip\r\n\r\n".encode()


def test_playlists_and_look_ups_that_follow_each_other_weigh_as_much_as_one(redis_url: str) -> None:
    async def story() -> None:
        clock = Clock()
        app = application(Settings(data=Path("/nonexistent")), redis_url, clock)
        async with Catalogue.connect(redis_url) as catalogue, app.router.lifespan_context(app):
            await on_air(catalogue, asset(1, 40.0), asset(2, 60.0))
            both = Both(app)
            for _ in range(2):  # the first is the application's
                await both.answers(ASKED)
            (entry,) = both.lane._entries.young.values()
            number, weight = both.lane.kept()["entries"]
            assert number == 1
            for step in range(1, 40):
                clock.now_ms = EPOCH_MS + 100_000 + step * 4000
                if step % 2:
                    entry.ready = None  # what it hung on has changed
                ours, other = await both.answers(ASKED)
                assert ours == other
            assert both.lane.served.made > 30
            number, after = both.lane.kept()["entries"]
            assert number == 1
            assert 0.8 * weight < after < 1.2 * weight

    asyncio.run(story())
