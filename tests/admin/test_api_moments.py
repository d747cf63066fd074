"""Shared moments through the API: added, tried first, listed, ended, and refused by name."""

from pathlib import Path
from typing import Any

import pytest

from .moment_stage import GOAL, SPOT
from .moment_stories import Asker, tell

AT = "2026-01-01T00:20:00Z"
NEWS = {"id": "news", "at": AT, "clips": [GOAL.id], "title": "The News"}


def test_a_moment_is_tried_then_added_and_all_see_it(redis_url: str, tmp_path: Path) -> None:
    async def story(ask: Asker) -> None:
        before = await ask("GET", "/moments")
        tried = await ask("POST", "/moments?dry_run=true&sample=alice&clips=3", NEWS, version=4)
        assert tried["dry_run"] is True
        assert tried["text"] == "it changes what 4 of a sample of 4 viewers see within 500 clips"
        assert (
            tried["unchanged_until"] == "2026-01-01T00:10:25.000Z"
        )  # the change horizon: clips may be chosen for it
        assert [one["viewer"] for one in tried["effects"]] == ["alice", "sample-1", "sample-2", "sample-3"]
        alice = tried["effects"][0]
        assert alice["differs_from"] == "2026-01-01T00:19:57.611Z"
        assert await ask("GET", "/moments") == before
        assert [(one["starts"], one["asset"], one["msn"]) for one in alice["before"]] == await ask.sees(
            "alice", 3, "2026-01-01T00:19:45Z"
        )

        added = await ask("POST", "/moments", NEWS, status=201, version=4)
        assert added == {
            "channel": "main", "version": 5, "id": "news", "title": "The News", "at": "2026-01-01T00:20:00.000Z",
            "clips": [GOAL.id], "slate": False, "every_s": None, "until": None, "resumes": True, "breaks": [],
            "state": "to come",
        }  # fmt: skip
        assert [(one["starts"], one["asset"], one["msn"]) for one in alice["after"]] == await ask.sees(
            "alice", 3, "2026-01-01T00:19:45Z"
        )
        for viewer in ("alice", "bob"):
            assert (await ask.sees(viewer, 1, AT))[0][:2] == ("2026-01-01T00:20:00.000Z", GOAL.id)
        assert await ask("GET", "/moments/news") == added
        assert [one["id"] for one in (await ask("GET", "/moments"))["moments"]] == ["goal", "news"]
        stale = await ask("DELETE", "/moments/news", status=409, version=4)
        assert stale["now"]["version"] == 5
        left = await ask("DELETE", "/moments/news", version=5)
        assert [one["id"] for one in left["moments"]] == ["goal"]
        assert (await ask("GET", "/moments/news", status=404))["error"] == "no moment 'news' on channel 'main'"

    tell(redis_url, tmp_path, story)


def test_a_moment_that_comes_again_with_breaks_and_clips_cut_short(redis_url: str, tmp_path: Path) -> None:
    async def story(ask: Asker) -> None:
        asked = {
            "at": AT, "clips": [f"{GOAL.id}:0:3", GOAL.id], "every_s": 3600, "until": 1_767_312_000, "resumes": False,
            "breaks": [{"after": 1, "length_s": 60, "pool": [SPOT.id]}],
        }  # fmt: skip
        added = await ask("POST", "/moments", asked, status=201)
        assert added["id"].startswith("moment-")
        assert added["clips"] == [f"{GOAL.id}:0:3", GOAL.id]
        assert (added["every_s"], added["until"]) == (3600, "2026-01-02T00:00:00.000Z")
        assert added["breaks"] == [{"after": 1, "length_s": 60, "pool": [SPOT.id]}]
        assert (await ask.sees("alice", 1, "2026-01-01T05:20:00Z"))[0][:2] == ("2026-01-01T05:20:00.000Z", GOAL.id)
        assert (await ask.sees("alice", 1, "2026-01-01T05:20:13Z"))[0][1] == SPOT.id

    tell(redis_url, tmp_path, story)


def test_a_slate_is_tried_put_on_and_ended(redis_url: str, tmp_path: Path) -> None:
    async def story(ask: Asker) -> None:
        tried = await ask("POST", "/slate?dry_run=true", {"clips": [GOAL.id], "for_s": 300})
        assert tried["unchanged_until"] == "2026-01-01T00:10:25.000Z"
        assert all(one["differs_from"] > "2026-01-01T00:10:25" for one in tried["effects"])
        put = await ask("POST", "/slate", {"clips": [GOAL.id], "title": "Soon"}, status=201, version=4)
        assert (put["at"], put["slate"]) == ("2026-01-01T00:10:35.000Z", True)
        assert (await ask.sees("bob", 1, "2026-01-01T03:00:00Z"))[0][1] == GOAL.id
        ask.clock.now_ms += 300_000
        ended = await ask("DELETE", f"/moments/{put['id']}")
        assert ended["moments"][0]["until"] == "2026-01-01T00:15:35.000Z"
        assert (await ask.sees("bob", 1, "2026-01-01T00:15:35Z"))[0][1] != GOAL.id

    tell(redis_url, tmp_path, story)


REFUSED: list[tuple[dict[str, Any], int, str]] = [
    ({"at": "soon"}, 400, "instant 'soon': give Unix seconds or RFC 3339"),
    ({"at": "2026-01-01T00:10:34Z"}, 400, "from 2026-01-01T00:10:35.000Z on it can be"),
    ({"at": "2025-12-31T00:00:00Z"}, 400, "that is in the past"),
    ({"id": "a/b"}, 400, "moment 'a/b'"),
    ({"id": "goal"}, 409, "channel 'main' has a moment 'goal' already"),
    ({"clips": []}, 400, "clips: List should have at least 1 item"),
    ({"clips": ["f" * 32]}, 404, f"no asset '{'f' * 32}'"),
    ({"clips": [f"{GOAL.id}:x"]}, 400, "clips.0.first: Input should be a valid integer"),
    ({"clips": [f"{GOAL.id}:3:9"]}, 404, "no segments 3 to 9"),
    ({"every_s": 60}, 400, "every_s: Input should be greater than or equal to 300"),
    ({"until": AT}, 400, "until_ms is the end of a moment that comes again"),
    ({"breaks": [{"after": 1, "length_s": 60, "pool": [SPOT.id]}]}, 400, "is behind clip 1 of 1 clip"),
    ({"clips": [GOAL.id] * 3, "breaks": [{"after": 4, "length_s": 60, "pool": [SPOT.id]}]}, 400, "clip 4 of 3 clips"),
    ({"clips": [GOAL.id] * 3, "breaks": [{"after": after, "length_s": 60, "pool": [SPOT.id]} for after in (2, 1)]},
     400, "breaks are in order, one in each place: that behind clip 1 is not"),
    ({"clips": [GOAL.id] * 2, "breaks": [{"after": 1, "length_s": 21_601, "pool": [SPOT.id]}]},
     400, "the break behind clip 1 is 21601 s long, and 21600 s at most"),
    ({"breaks": [{"after": 1, "length_s": -1, "pool": [SPOT.id]}]}, 400, "breaks.0.length_s: Input should"),
    ({"colour": 1}, 400, "colour: Extra inputs are not permitted"),
]  # fmt: skip


def test_what_cannot_be_is_refused_by_name_and_changes_nothing(redis_url: str, tmp_path: Path) -> None:
    async def story(ask: Asker) -> None:
        for changes, status, told in REFUSED:
            for query in ("", "?dry_run=true"):
                refused = await ask("POST", f"/moments{query}", {**NEWS, **changes}, status=status)
                assert told in refused["error"], changes
        assert (await ask.catalogue.channel("main")).version == 4
        await ask("DELETE", "/moments/goal", status=409)
        await ask("POST", "/slate", {"clips": [GOAL.id], "for_s": 1}, status=400)
        assert (await ask("POST", "/slate", {"clips": []}, status=400))["error"].startswith("clips: List should")

    tell(redis_url, tmp_path, story)


def test_the_state_of_a_moment_is_true_all_along(redis_url: str, tmp_path: Path) -> None:
    async def story(ask: Asker) -> None:
        start_ms = ask.clock.now_ms  # 00:10:00
        at = {"at": "2026-01-01T00:20:00Z", "clips": [GOAL.id]}
        await ask("POST", "/moments", {**at, "id": "once"}, status=201)
        again = {**at, "at": "2026-01-01T00:22:00Z", "every_s": 600, "until": "2026-01-01T00:40:00Z"}
        await ask("POST", "/moments", {**again, "id": "again"}, status=201)
        for seconds, once, often in (
            (0, "to come", "to come"),
            (560, "to come", "to come"),
            (599, "to come, fixed", "to come"),
            (600, "on air or over", "to come"),
            (719, "on air or over", "to come, fixed"),
            (720, "on air or over", "comes again"),
            (1319, "on air or over", "comes again"),  # the last time begins in a second
            (1321, "on air or over", "on air or over"),
        ):
            ask.clock.now_ms = start_ms + seconds * 1000
            found = {one["id"]: one["state"] for one in (await ask("GET", "/moments"))["moments"]}
            assert (found["goal"], found["once"], found["again"]) == ("on air or over", once, often), seconds

    tell(redis_url, tmp_path, story)


@pytest.mark.parametrize("body", [None, {"clips": [GOAL.id]}])
def test_a_channel_that_is_not_there_is_not_found(redis_url: str, tmp_path: Path, body: object) -> None:
    async def story(ask: Asker) -> None:
        path = "/api/v1/channels/other/" + ("moments" if body is None else "slate")
        answer = await ask.client.request("GET" if body is None else "POST", path, json=body)
        assert (answer.status_code, answer.json()["error"]) == (404, "no channel 'other'")

    tell(redis_url, tmp_path, story)
