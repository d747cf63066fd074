"""Taking changes back: what is pending goes, what is on air is followed by what was before, and why it cannot be."""

from pathlib import Path
from typing import Any

import pytest

from manifest_server.programming.pool import derived_id

from .moment_stage import FILMS, GOAL, SPOT
from .moment_stories import Asker, tell

NEWS = {"id": "news", "at": "2026-01-01T00:20:00Z", "clips": [GOAL.id]}
ALL = [film.id for film in FILMS]


async def pool(ask: Asker, at: str) -> set[str]:
    """What alice sees for some clips from an instant on."""
    return {one[1] for one in await ask.sees("alice", 12, at)}


def test_a_pending_pool_is_taken_back_as_if_it_had_never_been(redis_url: str, tmp_path: Path) -> None:
    async def story(ask: Asker) -> None:
        before, seen = await ask.catalogue.channel("main"), await ask.sees("alice", 60)
        first = await ask("PUT", "/pool?dry_run=true&sample=alice&clips=6", {"assets": ALL[:2]}, version=4)
        assert len(first["effects"]) == 4
        assert await ask.catalogue.channel("main") == before
        await ask("PUT", "/pool", {"assets": ALL[:2]})
        told = [(one["starts"], one["asset"], one["msn"]) for one in first["effects"][0]["after"]]
        assert set(told) <= set(await ask.sees("alice", 60))
        tried = await ask("POST", "/undo?dry_run=true&sample=alice", {})
        assert tried["effects"][0]["differs_from"] is not None
        assert tried["changed"]["revisions"]["parts"]
        undone = await ask("POST", "/undo", {}, version=5)
        assert (undone["undone"]["verb"], undone["version"]) == ("set_pool", 6)
        after = await ask.catalogue.channel("main")
        assert after.revisions == before.revisions
        assert await ask.sees("alice", 60) == seen

    tell(redis_url, tmp_path, story)


def test_a_pool_that_is_on_air_is_followed_by_what_was_before(redis_url: str, tmp_path: Path) -> None:
    async def story(ask: Asker) -> None:
        await ask("PUT", "/pool", {"assets": ALL[:2]})
        ask.clock.now_ms += 600_000
        seen = await ask.sees("alice", 60)
        tried = await ask("POST", "/undo?dry_run=true&sample=alice", {})
        await ask("POST", "/undo", {}, version=5)
        after = await ask.sees("alice", 60)
        same = [one for one in after if one[0] < "2026-01-01T00:20:25"]
        assert same == [one for one in seen if one[0] < "2026-01-01T00:20:25"]
        assert tried["unchanged_until"] == "2026-01-01T00:20:25.000Z"
        assert await pool(ask, "2026-01-01T00:15:00Z") == set(ALL[:2])
        assert await pool(ask, "2026-01-01T00:22:00Z") == set(ALL)
        assert [one.tick // 90_000 for one in (await ask.catalogue.channel("main")).revisions] == [0, 625, 1225]

    tell(redis_url, tmp_path, story)


def test_rules_a_query_and_access_are_taken_back_one_by_one(redis_url: str, tmp_path: Path) -> None:
    async def story(ask: Asker) -> None:
        before = await ask.catalogue.channel("main")
        for path, body in (("/rules", {"repeat_clips": 2}), ("/query", {"without": [FILMS[0].id]})):
            assert (await ask("PUT", f"{path}?dry_run=true", body))["dry_run"] is True
        assert await ask.catalogue.channel("main") == before
        await ask("PUT", "/rules", {"repeat_clips": 2})
        await ask("PUT", "/query", {"without": [FILMS[0].id]})
        await ask("PUT", "/access", {"access": "token"})
        entries = (await ask("GET", "/audit?limit=3"))["entries"]
        assert [one["verb"] for one in entries] == ["set_public", "set_query", "set_rules"]
        refused = await ask("POST", "/undo", {"entry": entries[2]["id"]}, status=409)
        assert "that was followed by change" in refused["error"]
        assert refused["now"]["version"] == 7
        for entry in entries:
            if entry["verb"] == "set_rules":  # its field was changed again, and back: that is a change too
                await ask("POST", "/undo", {"entry": entry["id"]}, status=409)
            else:
                await ask("POST", "/undo", {"entry": entry["id"]})
        after = await ask.catalogue.channel("main")
        assert (after.public, after.query) == (True, None)
        assert after.revisions[-1].rules.repeat_clips == 2
        assert after.revisions[-1].assets == before.revisions[-1].assets

    tell(redis_url, tmp_path, story)


def test_moments_come_and_go_with_it_as_long_as_they_can(redis_url: str, tmp_path: Path) -> None:
    async def story(ask: Asker) -> None:
        await ask("POST", "/moments", NEWS, status=201)
        await ask("POST", "/undo", {})
        assert [one["id"] for one in (await ask("GET", "/moments"))["moments"]] == ["goal"]
        await ask("POST", "/undo", {})  # that was a change, too
        assert [one["id"] for one in (await ask("GET", "/moments"))["moments"]] == ["goal", "news"]
        await ask("DELETE", "/moments/news")
        ask.clock.now_ms += 570_000  # half a minute before it would have begun
        refused = await ask("POST", "/undo", {}, status=409)
        assert "moment 'news' would have been on air by now, or be about to" in refused["error"]

    tell(redis_url, tmp_path, story)


def test_a_slate_that_was_ended_goes_on_only_in_time(redis_url: str, tmp_path: Path) -> None:
    async def story(ask: Asker) -> None:
        put = await ask("POST", "/slate", {"clips": [GOAL.id]}, status=201)
        ask.clock.now_ms += 120_000
        ended = await ask("DELETE", f"/moments/{put['id']}")
        await ask("POST", "/undo", {})
        assert (await ask("GET", f"/moments/{put['id']}"))["until"] == put["until"]
        await ask("POST", "/undo", {})
        assert (await ask("GET", "/moments"))["moments"] == [
            {**one, "version": ended["version"] + 2} for one in ended["moments"]
        ]
        ask.clock.now_ms += 1000
        assert "add another" in (await ask("POST", "/undo", {}, status=409))["error"]

    tell(redis_url, tmp_path, story)


def test_edits_are_taken_back_and_put_back_in_their_places(redis_url: str, tmp_path: Path) -> None:
    async def story(ask: Asker) -> None:
        made = [
            (await ask("POST", "/viewers/alice/edits", {"clips": [clip]}, status=201))["id"]
            for clip in (SPOT.id, GOAL.id, FILMS[0].id)
        ]
        seen = await ask.sees("alice")
        await ask("DELETE", f"/viewers/alice/edits/{made[1]}")
        undone = await ask("POST", "/undo", {}, version=5)
        assert (undone["undone"]["verb"], undone["undone"]["name"]) == (
            "undo_viewer_edit",
            derived_id("main", "alice"),
        )
        assert [one["id"] for one in (await ask("GET", "/viewers/alice/edits"))["edits"]] == made
        assert await ask.sees("alice") == seen
        ask.clock.now_ms += 3000  # alice's clip ends 28.04 s after the edits were made
        await ask("POST", "/undo", {})
        await ask("POST", "/undo", {})
        assert await ask.sees("alice") == seen
        ask.clock.now_ms += 100
        refused = await ask("POST", "/undo", {}, status=409)
        assert "players may have listed it by now" in refused["error"]

    tell(redis_url, tmp_path, story)


def test_a_viewer_is_put_back_and_a_given_lineup_taken_away(redis_url: str, tmp_path: Path) -> None:
    async def story(ask: Asker) -> None:
        await ask("POST", "/lineups", {"id": "kids", "clips": [{"asset": ALL[0]}], "repeats": True}, status=201)
        await ask("PUT", "/lineups/kids", {"clips": [{"asset": ALL[1]}], "repeats": True}, version=1)
        await ask("POST", "/undo", {})
        assert len((await ask("GET", "/lineups/kids"))["parts"]) == 1
        await ask("PUT", "/viewers/alice", {"lineup": "kids"})
        assert (await ask("POST", "/undo", {}))["version"] is None
        assert (await ask("GET", "/viewers/alice"))["given"] is False
        await ask.client.delete("/api/v1/channels/main/lineups/kids")
        assert (await ask("POST", "/undo", {}))["undone"]["text"] == "lineup kids taken away"
        assert len((await ask("GET", "/lineups/kids"))["parts"]) == 1

    tell(redis_url, tmp_path, story)


def test_viewers_of_an_import_are_put_back_where_they_were(redis_url: str, tmp_path: Path) -> None:
    async def story(ask: Asker) -> None:
        await ask("PUT", "/viewers/gus", {"lineup": None})
        rows = f"viewer,lineup,clips\n,kids,{ALL[0]}\n,late,{ALL[1]}\ngus,late,\n".encode()
        for content, viewers in ((rows, 1), (rows, 0), (b"viewer,lineup\ngus,kids\n", 1)):
            done = await ask.client.post("/api/v1/channels/main/import", content=content)
            assert done.json()["viewers"] == viewers
        assert "gus: lineup was late, is kids" in (await ask("POST", "/undo", {}))["undone"]["text"]
        assert (await ask("GET", "/viewers/gus"))["lineup"] == "late"
        entries = (await ask("GET", "/audit?limit=9"))["entries"]
        await ask("POST", "/undo", {})  # that was a change, too
        await ask("POST", "/undo", {})
        first = next(one for one in entries if one["text"] == "viewer gus: lineup was null, is late")
        assert "that was followed by" in (await ask("POST", "/undo", {"entry": first["id"]}, status=409))["error"]

    tell(redis_url, tmp_path, story)


def test_a_viewer_of_an_import_who_was_nowhere_goes_back_there(redis_url: str, tmp_path: Path) -> None:
    async def story(ask: Asker) -> None:
        rows = f"viewer,lineup,clips\n,kids,{ALL[0]}\ngus,kids,\n".encode()
        await ask.client.post("/api/v1/channels/main/import", content=rows)
        assert (await ask("GET", "/viewers/gus"))["lineup"] == "kids"
        assert (await ask("POST", "/undo", {}))["undone"]["text"] == "viewer gus: lineup was null, is kids"
        assert (await ask("GET", "/viewers/gus"))["given"] is False

    tell(redis_url, tmp_path, story)


def test_a_lineup_that_was_forgotten_cannot_be_put_back(redis_url: str, tmp_path: Path) -> None:
    async def story(ask: Asker) -> None:
        other = "/api/v1/channels/other"
        await ask.client.post("/api/v1/channels", json={"name": "other", "assets": [ALL[0]]})
        await ask.client.post(f"{other}/lineups", json={"id": "kids", "clips": [{"asset": ALL[0]}]})
        assert (await ask.client.delete(f"{other}/lineups/kids")).status_code == 204
        refused = await ask.client.post(f"{other}/undo", json={})
        assert (refused.status_code, "cannot be put back" in refused.json()["error"]) == (409, True)

    tell(redis_url, tmp_path, story)


@pytest.mark.parametrize(
    ("method", "path", "body", "told"),
    [
        ("POST", "/stop", None, "a change of stop_tick cannot be taken back"),
        ("POST", "/moments", {**NEWS, "at": "2026-01-01T00:10:40Z"}, "it cannot be taken back"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_back_says_why(
    redis_url: str, tmp_path: Path, method: str, path: str, body: dict[str, Any] | None, told: str
) -> None:
    async def story(ask: Asker) -> None:
        await ask.client.request(method, f"/api/v1/channels/main{path}", json=body)
        ask.clock.now_ms += 10_000
        before = await ask.catalogue.channel("main")
        for query in ("", "?dry_run=true"):
            refused = await ask("POST", f"/undo{query}", {}, status=409)
            assert told in refused["error"]
            assert refused["error"].startswith("change ")
        assert await ask.catalogue.channel("main") == before

    tell(redis_url, tmp_path, story)


def test_a_stale_or_unknown_undo_is_refused(redis_url: str, tmp_path: Path) -> None:
    async def story(ask: Asker) -> None:
        await ask("POST", "/moments", NEWS, status=201)
        stale = await ask("POST", "/undo", {}, status=409, version=4)
        assert "channel 'main' is at version 5, not 4" in stale["error"]
        assert stale["now"]["version"] == 5
        assert "no entry '1-1'" in (await ask("POST", "/undo", {"entry": "1-1"}, status=404))["error"]
        assert "audit entry 'x'" in (await ask("POST", "/undo", {"entry": "x"}, status=400))["error"]

    tell(redis_url, tmp_path, story)
