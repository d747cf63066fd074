"""The model held to what it is a model of: the page's player, the edge's configuration, a server's own answers."""

import re
from dataclasses import fields
from pathlib import Path

import httpx
import pytest

from storage.catalogue import Catalogue
from storage.errors import NotFound
from storage.records import ChannelRecord, PoolRevision
from streamsync.simulation.audience import Audience
from streamsync.simulation.facts import default_station, sizes, station_of
from streamsync.simulation.keeping import STALE_S, kept_by_age, kept_by_second
from streamsync.simulation.players import BEACON_SPREAD, FIRST_PROBES_S, PROBE_S, PROBE_SPREAD, reload_s
from tests.stage import EPOCH_MS, Clock, asset, on_air, visited

ROOT = Path(__file__).parents[2]
LIST = re.compile(r"^\.\./lineups/.*cmaf-240p\.m3u8$", re.MULTILINE)


def test_the_pace_of_questions_for_the_time_is_the_page_s() -> None:
    text = (ROOT / "web/src/sync/clock.ts").read_text()
    first = re.search(r"FIRST_PROBES_MS = \[([^\]]+)\]", text)
    steady = re.search(r"STEADY_MS = ([0-9_]+)", text)
    luck = re.search(r"STEADY_MS \* \(([0-9.]+) \+ ([0-9.]+) \* luck\)", text)
    assert first
    assert steady
    assert luck
    assert [int(one.replace("_", "")) / 1000 for one in first[1].split(",")] == list(FIRST_PROBES_S)
    assert int(steady[1].replace("_", "")) / 1000 == PROBE_S
    assert (float(luck[1]), float(luck[1]) + float(luck[2])) == PROBE_SPREAD


def test_the_pace_of_beacons_is_the_page_s() -> None:
    text = (ROOT / "web/src/player/beacon.ts").read_text()
    pause = re.search(r"this\.next\(([0-9.]+) \+ ([0-9.]+) \* Math\.random\(\)\)", text)
    assert pause
    assert (float(pause[1]), float(pause[1]) + float(pause[2])) == BEACON_SPREAD
    assert 'told.type !== "start"' in text  # which is told at once


def test_the_edge_is_the_one_of_deploy() -> None:
    text = (ROOT / "deploy/nginx/streamsync.conf").read_text()
    stale = re.search(r"stale-while-revalidate=(\d+)", text)
    disk = re.search(r"streamsync_chunks:\S+\s+max_size=(\d+)g", text)
    assert stale
    assert disk
    assert int(stale[1]) == STALE_S
    assert int(disk[1]) == next(one.default for one in fields(Audience) if one.name == "shield_disk_gb")


@pytest.mark.parametrize(("updated", "segment_s", "wait_s"), [(True, 4, 4), (True, 3.9, 3.9), (False, 3.9, 2)])
def test_a_player_reloads_as_the_draft_says(updated: bool, segment_s: float, wait_s: float) -> None:
    assert reload_s(updated, segment_s, 4) == wait_s


def test_a_list_is_kept_for_as_long_as_a_server_says(redis_url: str) -> None:
    """At instants all over a cycle: X-Accel-Expires names the second before the model's end, s-maxage the rest."""
    clock = Clock()
    station = default_station()
    cycle_ms = round(station.segment_s * 1000)

    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> list[tuple[int, int, int, int]]:
        await on_air(catalogue, asset(1, 120.0), epoch_ms=EPOCH_MS + 300)
        found = LIST.search((await client.get("/live/main/alice/index.m3u8")).text)
        assert found
        told = []
        for made_ms in (*range(0, cycle_ms, 130), 1999, 2000, 2001, 3999):
            clock.now_ms = EPOCH_MS + 100_000 + made_ms
            headers = (await client.get(f"/live/main/alice/{found[0]}")).headers
            age = re.fullmatch(r"public, max-age=(\d+), s-maxage=(\d+)", headers["cache-control"])
            assert age
            told.append((made_ms, int(headers["x-accel-expires"].removeprefix("@")), int(age[1]), int(age[2])))
        return told

    for made_ms, last_s, player_s, age_s in visited(redis_url, story, clock=clock):
        made = made_ms / 1000
        assert last_s + 1 == (EPOCH_MS + 100_000) / 1000 + kept_by_second(station), made
        assert made + age_s == kept_by_age(made, station.segment_s), made
        assert player_s == min(age_s, station.target_s / 2), made


def test_a_channel_s_own_assets_count() -> None:
    channel = ChannelRecord(
        name="main", revisions=(PoolRevision(tick=0, assets=(asset(1).id, asset(2).id)),), public=False
    )
    found = station_of(channel, [asset(1, 30.0), asset(2, 90.0), asset(3, 600.0)], None).checked()
    assert (found.clip_s, found.pool_s, found.public) == (60.0, 120.0, False)
    assert found.segment_s == 120 / (8 + 23)
    assert [(one.name, one.bps) for one in found.rungs] == [("480p", 480_000), ("240p", 240_000)]
    assert sum(one.share for one in found.rungs) == 1
    with pytest.raises(NotFound, match="channel 'main' has no assets in its pool"):
        station_of(channel, [asset(3)], None)


def test_a_playlist_is_as_long_as_the_code_writes_it() -> None:
    found = sizes(default_station())
    assert 200 < found.playlist < 600
    assert 200 < found.master < 600
