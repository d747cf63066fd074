"""Edits on air through the API: for one viewer, one lineup and all; tried first, taken back, refused when stale."""

from pathlib import Path

from manifest_server.programming.pool import derived_id

from .moment_stage import FILMS, GOAL, SPOT
from .moment_stories import Asker, tell

ALICE = derived_id("main", "alice")


def test_an_edit_of_a_viewer_is_tried_made_listed_and_taken_back(redis_url: str, tmp_path: Path) -> None:
    async def story(ask: Asker) -> None:
        alice, bob = await ask.sees("alice"), await ask.sees("bob")
        tried = await ask("POST", "/viewers/alice/edits?dry_run=true&clips=2", {"clips": [SPOT.id]}, version=1)
        assert (tried["sample"], tried["text"]) == (False, "it changes what airs")
        [effect] = tried["effects"]
        assert effect["lineup"] == ALICE
        assert effect["differs_from"] > tried["unchanged_until"] == "2026-01-01T00:10:25.000Z"
        assert [one["asset"] for one in effect["after"]] == [SPOT.id, effect["before"][0]["asset"]]
        assert await ask.sees("alice") == alice
        assert not (await ask.catalogue.channel("main")).overlaid

        made = await ask("POST", "/viewers/alice/edits", {"clips": [SPOT.id]}, status=201, version=1)
        assert made == {
            "id": made["id"], "starts": "2026-01-01T00:10:25.000Z", "clips": [SPOT.id], "drop": 0, "pending": True,
            "state": "to come", "channel": "main", "lineup": ALICE, "version": 2,
        }  # fmt: skip
        after = await ask.sees("alice")
        assert [one for one in after if one[0] < "2026-01-01T00:10:25"] == [
            one for one in alice if one[0] < "2026-01-01T00:10:25"
        ]
        assert (effect["after"][0]["starts"], SPOT.id, effect["after"][0]["msn"]) in after
        assert await ask.sees("bob") == bob
        listed = await ask("GET", f"/lineups/{ALICE}/edits")
        assert listed == await ask("GET", "/viewers/alice/edits")
        assert [one["id"] for one in listed["edits"]] == [made["id"]]
        stale = await ask("DELETE", f"/viewers/alice/edits/{made['id']}", status=409, version=1)
        assert stale["now"] == listed
        undone = await ask("DELETE", f"/viewers/alice/edits/{made['id']}", version=2)
        assert undone["edits"] == []
        assert await ask.sees("alice") == alice

    tell(redis_url, tmp_path, story)


def test_another_order_is_that_of_the_clips_that_would_have_aired(redis_url: str, tmp_path: Path) -> None:
    async def story(ask: Asker) -> None:
        await ask("POST", "/viewers/alice/edits", {"clips": [f"{SPOT.id}:0:2"]}, status=201)
        before = [one for one in await ask.sees("alice") if one[0] >= "2026-01-01T00:10:25"]
        tried = await ask("POST", "/viewers/alice/edits?dry_run=true&clips=5", {"order": [3, 4, 1, 2]})
        await ask("POST", "/viewers/alice/edits", {"order": [3, 4, 1, 2]}, status=201, version=2)
        after = [one for one in await ask.sees("alice") if one[0] >= "2026-01-01T00:10:25"]
        assets = [one[1] for one in before]
        assert assets[0] == SPOT.id
        assert [one[1] for one in after[:4]] == [assets[2], assets[3], assets[0], assets[1]]
        assert after[4:19] == before[4:19]
        [effect] = tried["effects"]
        assert [(one["starts"], one["asset"], one["msn"]) for one in effect["after"]] == after[:5]

    tell(redis_url, tmp_path, story)


def test_another_order_stays_clear_of_moments_and_of_other_edits(redis_url: str, tmp_path: Path) -> None:
    async def story(ask: Asker) -> None:
        news = {"id": "news", "at": "2026-01-01T00:11:30Z", "clips": [GOAL.id]}
        await ask("POST", "/moments", news, status=201)
        refused = await ask("POST", "/viewers/alice/edits", {"order": [3, 1, 2]}, status=409)
        assert "moment 'news' comes at 2026-01-01T00:11:30.000Z" in refused["error"]
        ask.clock.now_ms += 65_000  # what would be next is the moment itself
        refused = await ask("POST", "/viewers/alice/edits", {"order": [2, 1]}, status=409)
        assert "moment 'news'" in refused["error"]
        ask.clock.now_ms += 120_000
        await ask("POST", "/viewers/alice/edits", {"order": [2, 1]}, status=201)
        await ask("PUT", "/pool", {"assets": [film.id for film in FILMS[:2]]})
        ask.clock.now_ms -= 10_000
        refused = await ask("POST", "/viewers/alice/edits", {"order": [2, 1, 3]}, status=409)
        assert "the lineup changes at 2026-01-01T00:13:30.000Z" in refused["error"]

    tell(redis_url, tmp_path, story)


def test_everybody_is_pushed_a_clip_and_skips_one(redis_url: str, tmp_path: Path) -> None:
    async def story(ask: Asker) -> None:
        await ask("PUT", "/viewers/carol", {"lineup": None})
        tried = await ask("POST", "/edits?dry_run=true&sample=alice&sample=bob", {"clips": [SPOT.id]})
        assert [one["viewer"] for one in tried["effects"]][:3] == ["alice", "bob", "carol"]
        assert tried["sample"] is True
        made = await ask("POST", "/edits", {"clips": [SPOT.id], "drop": 1}, status=201)
        assert made["lineup"] is None
        for viewer in ("alice", "bob", "carol"):
            assert SPOT.id in [one[1] for one in await ask.sees(viewer)][:4]
        assert (await ask("GET", "/edits"))["edits"][-1]["id"] == made["id"]
        later = await ask("POST", "/edits", {"drop": 2, "notice_s": 60}, status=201)
        assert later["starts"] == "2026-01-01T00:11:25.000Z"
        ask.clock.now_ms += 1000
        await ask("DELETE", f"/edits/{later['id']}")
        refused = await ask("DELETE", f"/edits/{made['id']}", status=409)
        assert "is on air from 2026-01-01T00:10:25.000Z on: it cannot be taken back" in refused["error"]
        assert [one["pending"] for one in refused["now"]["edits"]] == [False, False]
        states = [one["state"] for one in refused["now"]["edits"]]
        assert states == ["next, on air or over", "to come, fixed"]

    tell(redis_url, tmp_path, story)


def test_a_given_lineup_is_edited_for_all_who_are_on_it(redis_url: str, tmp_path: Path) -> None:
    async def story(ask: Asker) -> None:
        clips = [{"asset": film.id} for film in FILMS]
        await ask("POST", "/lineups", {"id": "kids", "clips": clips, "repeats": True}, status=201)
        await ask("PUT", "/viewers/alice", {"lineup": "kids"})
        made = await ask("POST", "/viewers/alice/edits", {"drop": 2}, status=201, version=1)
        assert (made["lineup"], made["version"]) == ("kids", 2)
        assert [one["drop"] for one in (await ask("GET", "/lineups/kids/edits"))["edits"]] == [2]

    tell(redis_url, tmp_path, story)


def test_what_cannot_be_is_refused_by_name(redis_url: str, tmp_path: Path) -> None:
    async def story(ask: Asker) -> None:
        table = [
            ("/edits", {}, 400, "an edit puts in a clip or more, or leaves some out"),
            ("/edits", {"clips": ["x"]}, 400, "asset 'x'"),
            ("/edits", {"clips": ["f" * 32]}, 404, "no asset 'ffff"),
            ("/edits", {"drop": 101}, 400, "drop: Input should be less than or equal to 100"),
            ("/edits", {"order": [2, 1]}, 400, "is of one lineup: POST it to /channels/CHANNEL/viewers/VIEWER/"),
            ("/viewers/alice/edits", {"order": [1, 3]}, 400, "order: it is the numbers from 1 to 2, up to 100"),
            ("/viewers/alice/edits", {"order": [2, 1], "drop": 1}, 400, "order: another order"),
            ("/viewers/a%20b/edits", {"drop": 1}, 400, "viewer 'a b'"),
            ("/lineups/kids/edits", {"drop": 1}, 404, "no lineup 'kids'"),
            ("/lineups/d-x/edits", {"drop": 1}, 404, "no lineup 'd-x'"),
        ]
        for path, body, status, told in table:
            for query in ("", "?dry_run=true"):
                assert told in (await ask("POST", path + query, body, status=status))["error"], (path, body)
        await ask("GET", "/lineups/d-x/edits", status=404)
        assert (await ask("DELETE", "/edits/nope", status=404))["error"] == "no edit 'nope' of channel 'main'"

    tell(redis_url, tmp_path, story)


def test_a_stale_edit_is_refused_with_the_newer_state(redis_url: str, tmp_path: Path) -> None:
    async def story(ask: Asker) -> None:
        for query in ("", "?dry_run=true"):
            stale = await ask("POST", f"/edits{query}", {"drop": 1}, status=409, version=3)
            assert stale["error"] == "channel 'main' is at version 4, not 3"
            assert (stale["now"]["version"], stale["now"]["edits"][0]["id"]) == (4, "spot")

    tell(redis_url, tmp_path, story)
