"""What `/metrics` tells of a server's own work, on every server and with the names that docs/metrics.md has."""

import asyncio
import json
import re
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from manifest_server.programming.pool import derived_id
from manifest_server.viewer import fastlane
from manifest_server.viewer.app import application
from storage.catalogue import Catalogue
from storage.settings import Settings
from tests.stage import EPOCH_MS, Clock, asset, on_air
from tests.viewer.both_ways import Connection

ROOT = Path(__file__).parents[2]
PATH = f"/live/main/lineups/{derived_id('main', 'alice')}~{EPOCH_MS // 86_400_000}/cmaf-240p.m3u8"
ASKED = f"GET {PATH} HTTP/1.1\r\nHost: tv.example\r\n\r\n".encode()

Samples = dict[tuple[str, ...], float]  # by name and values of labels, those in the order of their names
Metrics = Callable[[], Awaitable[str]]
Story = Callable[[Connection, Metrics, Clock], Awaitable[None]]


def samples(text: str) -> Samples:
    each = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return {(one.name, *(value for _, value in sorted(one.labels.items()))): one.value for one in each}


def tell(redis_url: str, story: Story) -> None:
    async def whole() -> None:
        clock = Clock()
        app = application(Settings(data=Path("/nonexistent")), redis_url, clock)
        transport = httpx.ASGITransport(app)
        async with (
            Catalogue.connect(redis_url) as catalogue,
            app.router.lifespan_context(app) as state,
            httpx.AsyncClient(transport=transport, base_url="http://tv") as client,
        ):
            await on_air(catalogue, asset(1, 40.0), asset(2, 60.0))

            async def metrics() -> str:
                return (await client.get("/metrics")).text

            connection = Connection(app, dict(state or {}))
            await story(connection, metrics, clock)

    asyncio.run(whole())


def test_playlists_are_counted_by_who_answered(redis_url: str) -> None:
    async def story(connection: Connection, metrics: Metrics, clock: Clock) -> None:
        await connection.fed([ASKED] * 4)
        tag = b"".join(connection.wire.written).partition(b"etag: ")[2].partition(b"\r\n")[0]
        await connection.fed([ASKED.replace(b"Host", b"If-None-Match: " + tag + b"\r\nHost")])
        await connection.fed([ASKED.replace(b"main", b"more")])
        found = samples(await metrics())
        requests = {key[1:]: count for key, count in found.items() if key[0] == "streamsync_requests_total"}
        # The first of all is the application's: the lineup is not in memory yet.
        assert requests == {
            ("lane", "media", "2xx"): 3,
            ("lane", "media", "3xx"): 1,
            ("application", "media", "2xx"): 1,
            ("application", "media", "4xx"): 1,
        }
        assert found["streamsync_lane_passed_total",] == 2
        assert found["streamsync_cache_total", "playlist", "miss"] == 1
        assert found["streamsync_cache_total", "playlist", "hit"] == 3
        assert found["streamsync_application_seconds_count", "media"] == 2
        assert found["streamsync_lane_seconds_count",] == 1  # one in 64
        assert found["streamsync_making_seconds_count",] == 1
        assert found["streamsync_connections",] == 1
        connection.end()
        assert (samples(await metrics()))["streamsync_connections",] == 0

    tell(redis_url, story)


def test_memory_is_told(redis_url: str) -> None:
    async def story(connection: Connection, metrics: Metrics, clock: Clock) -> None:
        before = samples(await metrics())
        assert {key[1]: one for key, one in before.items() if key[0] == "streamsync_kept"} == dict.fromkeys(
            ("blobs", "channels", "entries", "heads", "lineups", "targets"), 0
        )
        await connection.fed([ASKED, ASKED.replace(b" HTTP", b"?CMCD=bs HTTP")])
        after = samples(await metrics())
        assert {key[1]: one for key, one in after.items() if key[0] == "streamsync_kept"} == {
            "blobs": 2, "channels": 1, "entries": 1, "heads": 1, "lineups": 1, "targets": 1,
        }  # fmt: skip
        sizes = {key[1]: one for key, one in after.items() if key[0] == "streamsync_kept_bytes"}
        assert sorted(sizes) == ["blobs", "entries", "heads", "targets"]
        assert min(sizes.values()) > 100
        connection.end()

    tell(redis_url, story)


def test_an_edge_that_was_asked_for_late_is_told(redis_url: str) -> None:
    async def story(connection: Connection, metrics: Metrics, clock: Clock) -> None:
        await connection.fed([ASKED] * 2)
        entry = next(iter(connection.protocol.app_state[fastlane.LANE]._entries.young.values()))
        clock.now_ms = entry.finished.playlist.moves_ms + 1500
        await connection.fed([ASKED])
        clock.now_ms += 3_600_000  # nobody asked for an hour: the edge was not late
        await connection.fed([ASKED])
        found = samples(await metrics())
        assert found["streamsync_edge_late_seconds_count",] == 1
        assert found["streamsync_edge_late_seconds_sum",] == 1.5
        connection.end()

    tell(redis_url, story)


def test_docs_have_every_metric(redis_url: str) -> None:
    async def story(connection: Connection, metrics: Metrics, clock: Clock) -> None:
        connection.end()
        told = {one.name: one for one in text_string_to_metric_families(await metrics())}
        own = {name: one for name, one in told.items() if name.startswith("streamsync_")}
        rows = re.findall(r"^\| `(streamsync_\w+)` \| (\w+) \|", (ROOT / "docs/metrics.md").read_text(), re.MULTILINE)
        assert {name.removesuffix("_total"): kind for name, kind in rows} == {
            name: one.type for name, one in own.items()
        }
        assert all(one.documentation.endswith(".") for one in own.values())

    tell(redis_url, story)


def test_dashboard_and_alerts_ask_for_metrics_that_there_are(redis_url: str) -> None:
    board = json.loads((ROOT / "deploy/grafana/streamsync.json").read_text())
    asked = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    asked += [one["query"] for one in board["templating"]["list"]]
    rules = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yaml").read_text())
    asked += [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    names = {name for text in asked for name in re.findall(r"\b(?:streamsync|process|python)_\w+", text)}
    assert len(asked) > 30
    assert len(names) > 15

    async def story(connection: Connection, metrics: Metrics, clock: Clock) -> None:
        connection.end()
        told = {one.name: one.type for one in text_string_to_metric_families(await metrics())}
        there = {_ENDS[kind](name) for name, kind in told.items()}
        # A histogram that has no samples yet tells of itself all the same.
        assert names <= there

    tell(redis_url, story)


_ENDS: dict[str, Callable[[str], str]] = {
    "counter": "{}_total".format,
    "histogram": "{}_bucket".format,
    "gauge": "{}".format,
    "info": "{}_info".format,
}


def test_panels_do_not_lie_on_each_other() -> None:
    board = json.loads((ROOT / "deploy/grafana/streamsync.json").read_text())
    taken: set[tuple[int, int]] = set()
    for place in (panel["gridPos"] for panel in board["panels"]):
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert max(x for x, _ in cells) < 24
        assert not cells & taken
        taken |= cells
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


@pytest.mark.skipif(shutil.which("promtool") is None, reason="no promtool here")
def test_promtool_finds_nothing_wrong() -> None:
    folder = ROOT / "deploy/prometheus"
    for argv in (["rules", "alerts.yaml"], ["config", "scrape.yaml"]):
        subprocess.run(["promtool", "check", *argv], cwd=folder, check=True, timeout=20)
