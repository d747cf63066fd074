"""A channel's programming, exported and taken in by an empty house: the same playlists; what cannot be is told."""

import json
from typing import Any

import httpx
from redis import Redis

from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.programme import Moment
from tests.admin.moment_stage import FILMS, GOAL, IDENTS, MOMENT_MS
from tests.stage import EPOCH_MS, Clock, visited

MAIN = "/api/v1/channels/main"
WATCHED_MS = EPOCH_MS + 335_000  # after the moment, when those who joined before it have what led to it
HOUR_MS = 3_600_000

Row = dict[str, Any]


async def furnished(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
    """All assets, and the channel main with nothing but a pool."""
    client.headers["Authorization"] = "Bearer secret"
    for one in (*FILMS, GOAL, *IDENTS):
        await catalogue.index_asset(one)
    await client.post("/api/v1/channels", json={"name": "main", "assets": [FILMS[0].id]})


async def listed(client: httpx.AsyncClient) -> dict[str, str]:
    """What viewers are listed."""
    found = {}
    for viewer in ("alice", "bob", "carol"):
        playlist = (await client.get(f"/live/main/{viewer}/index.m3u8?format=ts")).text
        url = next(line for line in playlist.splitlines() if line and not line.startswith("#"))
        where = httpx.URL(f"http://test/live/main/{viewer}/index.m3u8").join(url)
        found[viewer] = (await client.get(str(where))).text
    return found


def test_an_empty_house_lists_the_same(redis_url: str) -> None:
    clock = Clock(EPOCH_MS - 60_000)
    exports, playlists = [], []

    async def before(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await furnished(client, catalogue)
        moments = [
            Moment(id="goal", at_ms=MOMENT_MS, clips=(ClipRecord(asset=GOAL.id),), title="The Goal"),
            Moment(id="news", at_ms=EPOCH_MS + HOUR_MS, clips=(ClipRecord(asset=GOAL.id, last=2),), every_ms=HOUR_MS),
        ]
        rows: list[Row] = [
            {"kind": "pool", "query": {"without": [GOAL.id, *(one.id for one in IDENTS)]}},
            {"kind": "rules", "rules": {"order": "shuffled", "repeat_clips": 1}},
            {"kind": "filler", "assets": [one.id for one in IDENTS]},
            {"kind": "lineup", "id": "kids", "clips": [FILMS[2].id, f"{FILMS[1].id}:0:3"]},
            {"kind": "viewer", "name": "alice", "lineup": "kids"},
            {"kind": "cohorts", "cohorts": {"rules": [{"lineup": "kids", "most_rating": 6}]}},
            *({"kind": "moment", "moment": one.model_dump(mode="json")} for one in moments),
        ]
        done = await client.post(f"{MAIN}/import", content="\n".join(map(json.dumps, rows)).encode())
        assert (done.status_code, done.json()["error"]) == (200, None)
        assert done.json()["changed"] == ["cohorts", "filler", "moment", "pool"]
        await client.post(f"{MAIN}/start", json={"at": EPOCH_MS / 1000})
        exports.append((await client.get(f"{MAIN}/export")).content)

    async def after(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await furnished(client, catalogue)
        done = (await client.post(f"{MAIN}/import", content=exports[0])).json()
        assert done["error"] is None
        assert [one["why"][:60] for one in done["left_out"]] == [
            "epoch: `channel start main --at 2026-01-01T00:00:00.000Z` li"
        ]
        await client.post(f"{MAIN}/start", json={"at": EPOCH_MS / 1000})
        exports.append((await client.get(f"{MAIN}/export")).content)
        again = (await client.post(f"{MAIN}/import", content=exports[0])).json()
        assert (again["applied"], again["changed"], again["left_out"]) == (True, [], [])

    async def watch(client: httpx.AsyncClient, _: Catalogue) -> None:
        playlists.append(await listed(client))

    for story in (before, after):
        with Redis.from_url(redis_url) as redis:
            redis.flushall()
        clock.now_ms = EPOCH_MS - 60_000
        visited(redis_url, story, clock=clock, token="secret")  # noqa: S106
        clock.now_ms = WATCHED_MS
        visited(redis_url, watch, clock=clock)
    assert exports[0] == exports[1]
    assert playlists[0] == playlists[1]
    assert GOAL.id in playlists[0]["alice"]
    assert playlists[0]["bob"] != playlists[0]["carol"]


def test_what_is_over_is_left_out_and_what_comes_again_comes_the_next_time(redis_url: str) -> None:
    clock = Clock(EPOCH_MS + 10 * HOUR_MS)
    moments = [
        {"id": "past", "at_ms": MOMENT_MS, "clips": [GOAL.id]},
        {"id": "slate-1", "at_ms": MOMENT_MS, "clips": [GOAL.id], "loops_until_ms": MOMENT_MS + 9000},
        {"id": "ended", "at_ms": MOMENT_MS, "clips": [GOAL.id], "every_ms": HOUR_MS, "until_ms": MOMENT_MS + HOUR_MS},
        {"id": "news", "at_ms": EPOCH_MS + 5 * HOUR_MS, "clips": [GOAL.id], "every_ms": HOUR_MS},
    ]

    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await furnished(client, catalogue)
        rows: list[Row] = [
            {"kind": "filler", "assets": [one.id for one in IDENTS]},
            *({"kind": "moment", "moment": one} for one in moments),
            {"kind": "epoch", "at_ms": EPOCH_MS},
            {"kind": "left", "what": "plans", "count": 2},
        ]
        content = "\n".join(map(json.dumps, rows)).encode()
        await client.post(f"{MAIN}/start", json={"at": (EPOCH_MS + HOUR_MS) / 1000})
        done = (await client.post(f"{MAIN}/import", content=content)).json()
        assert [(one["row"], one["why"][:38]) for one in done["left_out"]] == [
            (2, "moment 'past': it was at 2026-01-01T00"),
            (3, "slate 'slate-1': it was for then"),
            (4, "moment 'ended': it was at 2026-01-01T0"),
            (6, "epoch: it was 2026-01-01T00:00:00.000Z"),
            (7, "plans: 2 that the file does not have"),
        ]
        [news] = (await catalogue.channel("main")).moments
        assert (news.id, news.at_ms) == ("news", EPOCH_MS + 11 * HOUR_MS)
        again = (await client.post(f"{MAIN}/import", content=content)).json()
        assert (again["applied"], again["changed"]) == (True, [])

    visited(redis_url, story, clock=clock, token="secret")  # noqa: S106


def test_what_the_channel_itself_cannot_be_is_told_before_anything_is_applied(redis_url: str) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await furnished(client, catalogue)
        moment = {"id": "goal", "at_ms": EPOCH_MS + HOUR_MS, "clips": [GOAL.id]}
        filler = {"kind": "filler", "assets": [one.id for one in IDENTS]}
        cases: list[tuple[list[Row], int, str]] = [
            ([{"kind": "moment", "moment": moment}], 1, "has no filler"),
            ([filler, {"kind": "moment", "moment": {**moment, "clips": ["f" * 32]}}], 2, "no asset"),
            (
                [filler, {"kind": "moment", "moment": moment}, {"kind": "moment", "moment": {**moment, "id": "b"}}],
                3,
                "moment 'b' is in the way of 'goal'",
            ),
            ([{"kind": "cohorts", "cohorts": {"otherwise": "none"}}], 1, "cohorts: there is no lineup 'none'"),
            ([{"kind": "pool", "query": {"tags": ["none"]}}], 1, ""),
        ]
        before = await catalogue.channel("main")
        for rows, row, says in cases:
            refused = await client.post(f"{MAIN}/import", content="\n".join(map(json.dumps, rows)).encode())
            assert refused.status_code == 400, rows
            assert [one["row"] for one in refused.json()["bad"]] == [row], refused.json()
            assert says in refused.json()["bad"][0]["why"]
        assert await catalogue.channel("main") == before

    visited(redis_url, story, clock=Clock(EPOCH_MS), token="secret")  # noqa: S106
