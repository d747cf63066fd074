"""Reading what was counted: now, as series and as CSV; what may be asked for."""

import csv
import io
import itertools
from pathlib import Path
from typing import Any

import httpx
import pytest

from manifest_server.admin.analytics import POINTS, Asked, asked, plain
from manifest_server.admin.analytics_examples import CSV, NOW, SERIES
from manifest_server.analytics.figures import PRESENT_SLOTS
from storage.analytics import Analytics, Counted
from storage.catalogue import Catalogue
from storage.errors import BadInput
from storage.metadata import AssetMetadata
from tests.stage import EPOCH_MS, Clock, asset, on_air, visited

NOON_S = EPOCH_MS // 1000 + 12 * 3600
FILM, TRAILER = asset(1), asset(2)
CHANNEL = {"n": 4, f"a:{FILM.id}": 3, "a:other": 1, "h:480": 4, "c:DE": 3, "c:unknown": 1, "s:0": 3, "s:-5": 1}
MORE = {
    "start": 2,
    "su:1": 1,
    "su:9": 1,
    "err": 1,
    "e:fragLoadError": 1,
    "stall": 1,
    "stms": 800,
    "brs": 800,
    "brn": 2,
}
HOUR, DAY = 3600, 86_400
TOKEN = "secret"  # noqa: S105

Json = dict[str, Any]


async def counted(catalogue: Catalogue, channel: str, since_s: int, viewers: int, fields: dict[str, int]) -> None:
    log = Analytics(catalogue.link)
    await log.add(Counted(channel, since_s, [b"%d" % n for n in range(viewers)], fields, {}), 90)
    await log.close(channel, since_s, 90, PRESENT_SLOTS)
    await log.seen([channel], since_s)


def tell(redis_url: str, tmp_path: Path, story: Any, *, now_s: int = NOON_S) -> None:
    async def whole(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        client.headers["Authorization"] = f"Bearer {TOKEN}"
        await on_air(catalogue, FILM, TRAILER)
        await story(client, catalogue)

    visited(redis_url, whole, data=tmp_path, clock=Clock(now_s * 1000), token=TOKEN)


async def got(client: httpx.AsyncClient, path: str) -> Json:
    answer = await client.get(f"/api/v1/analytics{path}")
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def test_now_tells_of_the_last_minute(redis_url: str, tmp_path: Path) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await catalogue.metadata.store(AssetMetadata(asset=FILM.id, version=1, title="=The Film"))
        await counted(catalogue, "main", NOON_S - 20, 4, CHANNEL | MORE)
        await counted(catalogue, "main", NOON_S - 10, 5, {})
        for path in ("", "?channel=main"):
            told = await got(client, path)
            facts = told["facts"]
            assert (told["at"], told["concurrent"], told["window_s"]) == ("2026-01-01T12:00:00.000Z", 5, 60)
            assert told["channels"] == [{"channel": "main", "concurrent": 5}]
            # The last ten seconds are not told of yet: something of them may be on its way.
            assert (facts["joins"], facts["leaves"], facts["starts"]) == (4, 0, 2)
            assert facts["assets"] == [
                {"asset": FILM.id, "title": "=The Film", "share": 0.75, "viewers": 3.8},
                {"asset": "other", "title": "", "share": 0.25, "viewers": 1.2},
            ]
            assert facts["countries"][1] == {"country": "unknown", "share": 0.25, "viewers": 1.2}
            assert facts["startup"]["p95_ms"] == 28000.0
            assert facts["stalls"] == {"count": 1, "stalled_ms": 800, "ratio": 0.02}
            assert (facts["errors"], facts["bitrate_kbps"]) == ([{"code": "fragLoadError", "count": 1}], 400.0)
            assert facts["sync"]["within_100ms"] == 0.75
            assert [one for one in facts["sync"]["histogram"] if one["count"]] == [
                {"over_ms": -200.0, "up_to_ms": -100.0, "count": 1},
                {"over_ms": -10.0, "up_to_ms": 10.0, "count": 3},
            ]
        missing = await client.get("/api/v1/analytics?channel=other")
        assert (missing.status_code, missing.json()) == (404, {"error": "no channel 'other'"})

    tell(redis_url, tmp_path, story)


def test_channels_add_up(redis_url: str, tmp_path: Path) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        for channel, viewers in (("main", 2), ("kids", 3)):
            await counted(catalogue, channel, NOON_S - 20, viewers, {"n": viewers})
        told = await got(client, "")
        assert told["concurrent"] == 5
        assert [one["channel"] for one in told["channels"]] == ["kids", "main"]

    tell(redis_url, tmp_path, story)


def test_a_series_has_a_point_for_each_step(redis_url: str, tmp_path: Path) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await counted(catalogue, "main", NOON_S - 120, 4, CHANNEL | MORE)
        await counted(catalogue, "main", NOON_S - 60, 2, {"n": 2})
        minutes = await got(client, f"/main?from={NOON_S - 180}&step=60")
        assert [one["at"][11:19] for one in minutes["points"]] == ["11:57:00", "11:58:00", "11:59:00"]
        assert [(one["concurrent"], one["peak"], one["joins"]) for one in minutes["points"]] == [
            (0.0, 0, 0), (4.0, 4, 4), (2.0, 2, 2),
        ]  # fmt: skip
        assert minutes["points"][0]["sync_p95_ms"] is None
        assert minutes["facts"]["starts"] == 2
        whole = await got(client, f"/main?from={NOON_S - 3600}&to={NOON_S}&step=3600")
        assert [(one["peak"], one["stalled_ms"]) for one in whole["points"]] == [(4, 800)]
        assert (await client.get("/api/v1/analytics/other")).status_code == 404

    tell(redis_url, tmp_path, story)


def test_csv_has_the_same(redis_url: str, tmp_path: Path) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await counted(catalogue, "main", NOON_S - 60, 4, CHANNEL | MORE)
        series = await got(client, f"/main?from={NOON_S - 120}&step=60")
        answer = await client.get(f"/api/v1/analytics/main.csv?from={NOON_S - 120}&step=60")
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert answer.headers["content-disposition"] == 'attachment; filename="main-analytics.csv"'
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert [row["at"] for row in rows] == [one["at"] for one in series["points"]]
        assert (rows[1]["peak"], rows[1]["stall_ratio"], rows[0]["sync_p95_ms"]) == ("4", "0.02", "")

    tell(redis_url, tmp_path, story)


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@sum", "\t=1", "\r=1", "\n=1"])
def test_a_cell_is_no_formula(cell: str) -> None:
    assert plain(cell) == f"'{cell}"
    assert plain("main") == "main"


def test_the_examples_agree() -> None:
    assert SERIES["facts"] == NOW["facts"]
    head, row = list(csv.reader(io.StringIO(CSV)))
    point = SERIES["points"][0]
    assert dict(zip(head, row, strict=True)) == {"channel": "main", "step_s": "60"} | {
        name: str(value) for name, value in point.items()
    }


@pytest.mark.parametrize(
    ("since_s", "until_s", "step_s", "found"),
    [
        (None, None, None, Asked(NOON_S - HOUR, NOON_S, 10, 10)),
        (NOON_S - 5, None, None, Asked(NOON_S - 10, NOON_S, 10, 10)),
        (NOON_S - 2 * HOUR, None, None, Asked(NOON_S - 2 * HOUR, NOON_S, 30, 10)),
        (NOON_S - 2 * HOUR, NOON_S + DAY, 120, Asked(NOON_S - 2 * HOUR, NOON_S, 120, 60)),
        (NOON_S - 3 * HOUR, None, None, Asked(NOON_S - 3 * HOUR, NOON_S, 60, 60)),
        (NOON_S - 2 * DAY, None, None, Asked(NOON_S - 2 * DAY, NOON_S, 600, 60)),
        (NOON_S - 10 * DAY, None, None, Asked(NOON_S - 10 * DAY, NOON_S, HOUR, HOUR)),
        (NOON_S - 90 * DAY, None, DAY, Asked(NOON_S - 90 * DAY - DAY // 2, NOON_S + DAY // 2, DAY, HOUR)),
    ],
)
def test_what_is_asked_for(since_s: int | None, until_s: int | None, step_s: int | None, found: Asked) -> None:
    instants = [None if one is None else one * 1000 for one in (since_s, until_s)]
    wish = asked(instants[0], instants[1], step_s, NOON_S * 1000, 90)
    assert wish == found
    assert (wish.until_s - wish.since_s) // wish.step_s <= POINTS


@pytest.mark.parametrize(
    ("since_s", "until_s", "step_s", "why"),
    [
        (NOON_S, NOON_S - 1, None, "from and to"),
        (NOON_S + 1, None, None, "from and to"),
        (0, None, None, "90 days"),
        (None, None, 0, "step 0"),
        (None, None, -10, "step -10"),
        (None, None, 15, "step 15"),
        (None, None, 10**9, "step 1000000000"),
        (NOON_S - 3 * HOUR, None, 30, "step 30: of so long ago only whole steps of 60 seconds"),
        (NOON_S - 3 * DAY, None, 600, "whole steps of 3600 seconds"),
        (NOON_S - 2 * HOUR, None, 10, "step 10: that is over 400 points; 30 or more"),
    ],
)
def test_what_cannot_be_told(since_s: int | None, until_s: int | None, step_s: int | None, why: str) -> None:
    instants = [None if one is None else one * 1000 for one in (since_s, until_s)]
    with pytest.raises(BadInput) as refusal:
        asked(instants[0], instants[1], step_s, NOON_S * 1000, 90)
    assert why in str(refusal.value)


def test_a_question_in_no_form_is_refused(redis_url: str, tmp_path: Path) -> None:
    queries = ("step=x", "step=1e3", "from=yesterday", "to=-1", "from=1e400", f"step={'9' * 30}")

    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        for path, query in itertools.product(("main", "main.csv"), queries):
            answer = await client.get(f"/api/v1/analytics/{path}?{query}")
            assert (answer.status_code, list(answer.json())) == (400, ["error"])

    tell(redis_url, tmp_path, story)


def test_metrics_tell_of_beacons(redis_url: str, tmp_path: Path) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        await client.post("/beacon", content=b"{}")
        answer = await client.get("/metrics")
        assert answer.headers["content-type"].startswith("text/plain; version=")
        lines = answer.text.splitlines()
        assert 'streamsync_beacons_refused_total{status="400"} 1.0' in lines
        assert "streamsync_beacons_taken_total 0.0" in lines
        assert 'streamsync_beacons_dropped_total{reason="late"} 0.0' in lines
        assert any(line.startswith("python_info{") for line in lines)

    tell(redis_url, tmp_path, story)
