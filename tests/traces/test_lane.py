"""The fast lane and traces: it has none, whatever a request says and whoever collects."""

import asyncio
from pathlib import Path

from manifest_server.programming.pool import derived_id
from manifest_server.viewer.app import application
from storage.catalogue import Catalogue
from storage.settings import Settings
from streamsync import traces
from tests.stage import EPOCH_MS, Clock, asset, on_air
from tests.viewer.both_ways import Both

from .receiver import Receiver

ROUTE = "GET /live/{channel}/lineups/{lineup}/{rendition}.m3u8"
PATH = f"/live/main/lineups/{derived_id('main', 'alice')}~{EPOCH_MS // 86_400_000}/cmaf-240p.m3u8"
ASKED = f"GET {PATH} HTTP/1.1\r\nHost: tv.example\r\n\r\n".encode()
SAMPLED = b"traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\ntracestate: a=b\r\nHost"


def test_part_of_a_trace_is_answered_by_it_as_all_else(redis_url: str, receiver: Receiver) -> None:
    async def story() -> None:
        app = application(Settings(data=Path("/nonexistent")), redis_url, Clock())
        async with Catalogue.connect(redis_url) as catalogue, app.router.lifespan_context(app):
            await on_air(catalogue, asset(1, 40.0), asset(2, 60.0))
            both = Both(app)
            await both.answers(ASKED)  # now the lineup is in memory
            plain, _ = await both.answers(ASKED)
            ours, other = await both.answers(ASKED.replace(b"Host", SAMPLED))
            assert ours == other == plain
            assert both.lane.served.full == 2

    with traces.collected():
        asyncio.run(story())
    # The first, which the lane did not know, and each of those to the server without one.
    assert [one.name for one in receiver.spans if one.kind == "server"] == [ROUTE] * 4
