"""The audit trail through the API: who, when, what and why, for every kind of change, in pages."""

from pathlib import Path
from typing import Any

import pytest

from manifest_server.admin.programmer import Programmer
from storage.metadata import AssetMetadata

from .moment_stage import FILMS, GOAL, SPOT
from .moment_stories import MAIN, Asker, tell

CLIPS = [{"asset": FILMS[0].id}]
CHANGES: list[tuple[str, str, dict[str, Any], str, str]] = [
    ("PUT", "/pool", {"assets": [FILMS[0].id]}, "set_pool", "channel main: revisions with tick 56250000"),
    ("PUT", "/access", {"access": "token"}, "set_public", "channel main: public was true, is false"),
    ("POST", "/moments", {"id": "news", "at": "2026-01-01T01:00:00Z", "clips": [GOAL.id]}, "add_moment",
     "channel main: moments with news"),
    ("DELETE", "/moments/news", {}, "remove_moment", "channel main: moments without news"),
    ("POST", "/lineups", {"id": "kids", "clips": CLIPS, "repeats": True}, "give_lineup",
     "lineup kids made: parts with start 0"),
    ("PUT", "/viewers/alice", {"lineup": "kids"}, "assign_viewer", "viewer alice: lineup was null, is kids"),
    ("PUT", "/viewers/alice", {"lineup": None}, "assign_viewer", "viewer alice: lineup was kids, is null"),
    ("DELETE", "/lineups/kids", {}, "remove_lineup", "lineup kids taken away"),
]  # fmt: skip


def test_every_change_is_told_with_who_and_why(redis_url: str, tmp_path: Path) -> None:
    async def story(ask: Asker) -> None:
        for number, (method, path, body, _, _) in enumerate(CHANGES):
            answer = await ask.client.request(
                method, f"{MAIN}{path}", json=body or None, headers={"X-Why": f"reason {number}"}
            )
            assert answer.is_success, answer.text
        told = (await ask("GET", f"/audit?limit={len(CHANGES)}"))["entries"][::-1]
        assert [(one["verb"], one["text"]) for one in told] == [(verb, text) for *_, verb, text in CHANGES]
        assert [one["why"] for one in told] == [f"reason {number}" for number in range(len(CHANGES))]
        assert {one["who"] for one in told} == {"owner"}
        assert told[1]["changed"]["public"]["before"] is True
        assert told[0]["at"].endswith("Z")

    tell(redis_url, tmp_path, story)


def test_the_name_of_a_token_is_who_and_a_reason_is_bounded(redis_url: str, tmp_path: Path) -> None:
    async def story(ask: Asker) -> None:
        made = await ask.client.post("/api/v1/tokens", json={"name": "night desk", "scope": "edit"})
        ask.client.headers["Authorization"] = f"Bearer {made.json()['token']}"
        done = await ask.client.post(f"{MAIN}/edits?why=für später", json={"clips": [SPOT.id]})
        assert done.status_code == 201, done.text
        long = await ask.client.post(f"{MAIN}/edits", json={"drop": 1}, params={"why": "x" * 501})
        assert (long.status_code, long.json()["error"]) == (400, "why: it has 501 characters; 500 at most")
        newest = (await ask("GET", "/audit?limit=1"))["entries"][0]
        assert newest["who"] == f"token {made.json()['id']} (night desk)"
        assert (newest["why"], newest["verb"]) == ("für später", "edit_all")
        assert made.json()["token"] not in str(newest)

    tell(redis_url, tmp_path, story)


def test_a_server_s_own_changes_are_the_programmer_s_and_are_no_one_s_to_undo(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The server's own does not look meanwhile: it would take the turn before what it is to see has been said.
    monkeypatch.setattr("manifest_server.admin.programmer.LOOK_S", 3600.0)

    async def story(ask: Asker) -> None:
        await ask("PUT", "/query", {"no_tags": ["old"], "without": [one.id for one in (GOAL, SPOT)]})
        await ask("PUT", "/access", {"access": "token"})
        await ask.catalogue.metadata.store(AssetMetadata(asset=FILMS[0].id, version=1, tags=("old",)))
        await Programmer(ask.catalogue, ask.clock).look()
        newest = (await ask("GET", "/audit?limit=1"))["entries"][0]
        assert (newest["who"], newest["verb"]) == ("programmer", "follow_query")
        assert (await ask("POST", "/undo", {}))["undone"]["verb"] == "set_public"

    tell(redis_url, tmp_path, story)


def test_the_trail_comes_in_pages_the_newest_first(redis_url: str, tmp_path: Path) -> None:
    async def story(ask: Asker) -> None:
        for public in ("token", "public", "token"):
            await ask("PUT", "/access", {"access": public})
        first = await ask("GET", "/audit?limit=2")
        rest = await ask("GET", f"/audit?limit=100&after={first['next']}")
        versions = [one["version"] for one in first["entries"] + rest["entries"]]
        assert versions == [7, 6, 5, 4, 3, 2, 1]
        assert rest["next"] is None
        assert (await ask("GET", "/audit?after=x", status=400))["error"].startswith("audit entry 'x'")

    tell(redis_url, tmp_path, story)


@pytest.mark.parametrize("path", ["/audit", "/undo"])
def test_a_channel_that_is_not_there_has_none(redis_url: str, tmp_path: Path, path: str) -> None:
    async def story(ask: Asker) -> None:
        method = "GET" if path == "/audit" else "POST"
        answer = await ask.client.request(method, f"/api/v1/channels/other{path}")
        assert (answer.status_code, answer.json()["error"]) == (404, "no channel 'other'")

    tell(redis_url, tmp_path, story)
