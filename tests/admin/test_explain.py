"""Why a viewer sees what they see: every number agrees with the playlist that the server gives."""

from typing import Any

import httpx
import m3u8
import pytest

from manifest_server.admin import actions
from manifest_server.admin.explain import Explanation, explain
from manifest_server.admin.profiles import change_profile
from manifest_server.admin.rules import set_rules
from manifest_server.admin.tastes import apply_profile
from manifest_server.onair.channels import Channels
from manifest_server.onair.playlists import Playlists
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.errors import BadInput, NotFound, NotOnAir
from storage.metadata import AssetMetadata
from storage.programme import Rules
from tests.admin.moment_stage import GOAL, SPOT, with_moment
from tests.playout.builders import read, unix_ms
from tests.stage import EPOCH_MS, asset, on_air, visited
from tests.storage.catalogues import told

A, B, C = asset(1), asset(2, 10.0), asset(3, 7.5)
TOKEN = "t" * 32
DAY_MS = 86_400_000
AUTHORITY = {"Authorization": f"Bearer {TOKEN}"}


async def prepared(catalogue: Catalogue) -> None:
    """Three assets, then two; viewer bob on a given lineup that was edited once."""
    await on_air(catalogue, A, B, C)
    await actions.give_lineup(
        catalogue,
        "main",
        "kids",
        [ClipRecord(asset=A.id), ClipRecord(asset=B.id, first=1)],
        repeats=True,
        clock=lambda: 0,
    )
    await actions.assign_viewer(catalogue, "main", "bob", "kids")
    await actions.set_pool(catalogue, "main", [B.id, C.id], lambda: EPOCH_MS + 100_000)
    await actions.edit_lineup(
        catalogue, "main", "kids", [ClipRecord(asset=C.id)], repeats=True, clock=lambda: EPOCH_MS + 200_000
    )


def check(found: dict[str, Any], playlist: str, at_ms: int) -> None:
    """What a reader of the playlist, who knows nothing else, finds on air."""
    listed = read(playlist)
    (number, segment), *_ = [
        (number, one)
        for number, one in listed.items()
        if one.date_ms <= at_ms < one.date_ms + float(one.extinf) * 1000
    ]
    assert found["msn"]["number"] == number
    assert found["dsn"]["number"] == segment.dsn
    for name in ("msn", "dsn"):
        # Of NamedTuples, JSON keeps the values.
        assert sum(one[1] for one in found[name]["addends"]) == found[name]["number"]
        assert found[name]["text"].startswith(f"{found[name]['number']} = ")
    assert f"/{found['on_air']['asset']}/" in segment.uri
    assert segment.uri.rpartition("/")[2].partition(".")[0] == str(found["where"]["segment"])
    other = m3u8.loads(playlist)
    assert found["playlist"]["first_msn"] == other.media_sequence == min(listed)
    assert found["playlist"]["last_msn"] == max(listed)
    assert found["playlist"]["discontinuity_sequence"] == other.discontinuity_sequence
    assert found["playlist"]["ended"] == other.is_endlist
    # The clip on air, where the list has its beginning: its numbers are those of its first segment.
    begins = found["on_air"]["msn"]
    if begins in listed:
        assert listed[begins].dsn == found["on_air"]["dsn"]


@pytest.mark.parametrize("viewer", ["alice", "bob", "carol"])
@pytest.mark.parametrize("rendition", ["cmaf-480p", "cmaf-audio", "ts-240p"])
def test_every_number_is_that_of_the_playlist_the_server_gives(redis_url: str, viewer: str, rendition: str) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await prepared(catalogue)
        for at_ms in (
            EPOCH_MS, EPOCH_MS + 1, EPOCH_MS + 61_234, EPOCH_MS + 130_000, EPOCH_MS + 225_500,
            EPOCH_MS + 3_600_000, EPOCH_MS + 3 * DAY_MS + 12_345,
        ):  # fmt: skip
            at = f"{at_ms / 1000:.3f}"
            answer = await client.get(
                f"/api/v1/channels/main/viewers/{viewer}/explain",
                params={"at": at, "rendition": rendition},
                headers=AUTHORITY,
            )
            assert answer.status_code == 200, answer.text
            found = answer.json()
            url = f"/live/main/lineups/{found['playlist']['lineup']}/{rendition}.m3u8"
            given = await client.get(url, params={"at": at})
            assert given.text == found["playlist"]["text"]
            check(found, given.text, at_ms)

    visited(redis_url, story, token=TOKEN, preview=True)


async def explained(catalogue: Catalogue, viewer: str, seconds: float, rendition: str | None = None) -> Explanation:
    playlists = Playlists(Channels(catalogue), "/chunks/")
    return await explain(catalogue, playlists, "main", viewer, EPOCH_MS + round(seconds * 1000), rendition)


def test_a_derived_lineup_says_how_it_is_drawn(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await prepared(catalogue)
        early, late = await explained(catalogue, "alice", 50), await explained(catalogue, "alice", 200)
        assert (early.lineup_kind, early.reason.kind, early.reason.revision) == ("derived", "drawn", 0)
        assert early.reason.seed == f"{early.lineup}/0"
        assert late.reason.seed == f"{early.lineup}/1"
        assert (
            early.reason.text == f"drawn from revision 0 of the pool with '{early.lineup}/0' and the cycle's number"
        )
        assert (early.pool.assets, late.pool.assets) == (3, 2)
        assert (early.pool.since, late.pool.since) == ("2026-01-01T00:00:00.000Z", "2026-01-01T00:02:05.000Z")
        # 29.5 s a cycle, of three clips.
        assert (early.where.part, early.where.cycle, early.where.clips) == (0, 1, 3)
        assert (late.where.part, late.where.clips) == (1, 2)
        assert len(late.next) == 5
        assert late.on_air.ends == late.next[0].starts

    told(redis_url, story)


def test_the_sum_of_an_msn_is_told_in_words(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await on_air(catalogue, A)  # 12 s, three segments, over and over
        found = await explained(catalogue, "alice", 12 * 5 + 9)
        first = 1_767_225_600 - 1_600_000_000
        assert found.msn.number == first + 5 * 3 + 2
        assert found.msn.text == (
            f"{first + 17} = {first} (the first segment, at tick 0) + 0 (segments in the parts before, 0) + 15 "
            "(segments of clips that have ended since the part that is on air began) + 2 (segments of the clip "
            "before this one)"
        )
        assert (found.position_s, found.where.cycle, found.where.place, found.where.segment) == (9.0, 5, 0, 2)

    told(redis_url, story)


def test_a_given_lineup_says_which_part_of_it_counts(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await prepared(catalogue)
        early, late = await explained(catalogue, "bob", 14), await explained(catalogue, "bob", 300)
        assert (early.lineup_kind, early.lineup_why) == ("given", "viewer 'bob' was put on the given lineup 'kids'")
        assert (early.reason.kind, early.reason.part, early.reason.text) == (
            "given", 0, "part 0 of the given lineup 'kids'",
        )  # fmt: skip
        assert early.on_air.asset == B.id
        assert early.reason.cut  # it is played without its first segment
        assert (late.reason.part, late.reason.cut) == (1, False)

    told(redis_url, story)


def test_rules_that_cannot_be_kept_are_told(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await on_air(catalogue, A, B, C)
        await set_rules(catalogue, "main", Rules(repeat_clips=5), lambda: EPOCH_MS + 100_000)
        before, after = await explained(catalogue, "alice", 50), await explained(catalogue, "alice", 200)
        assert (before.pool.met, before.pool.relaxed) == (("repeat=1",), ())
        assert (after.reason.revision, after.pool.relaxed) == (1, ("repeat=5 is 2: a cycle has 3 clips",))

    told(redis_url, story)


def test_rules_are_kept_with_what_a_taste_leaves(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await on_air(catalogue, A, B, C)
        await catalogue.metadata.store(AssetMetadata(asset=C.id, version=1, tags=("news",)))
        await set_rules(catalogue, "main", Rules(order="weighted", repeat_clips=2), lambda: EPOCH_MS + 1000)
        await change_profile(catalogue, "main", "alice", {"likes": {"news": -1}})
        await apply_profile(catalogue, "main", "alice", lambda: EPOCH_MS + 100_000)
        early, late = await explained(catalogue, "alice", 100), await explained(catalogue, "alice", 200)
        assert (early.pool.met, early.pool.relaxed) == (("repeat=2",), ())
        assert (late.pool.met, late.pool.relaxed) == ((), ("repeat=2 is 1: a cycle has 2 clips",))
        assert late.reason.text.endswith(f"by weight, for version {late.reason.taste} of the viewer's profile")

    told(redis_url, story)


def test_far_from_the_beginning_numbers_count_from_a_moment(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        channel = await with_moment(catalogue)
        hourly = channel.moments[0].model_copy(update={"every_ms": 3_600_000})
        await actions.replaced(catalogue, channel, None, moments=(hourly,), edits=())
        run = 1_767_225_600 - 1_600_000_000
        found = await explained(catalogue, "alice", 300 * 86_400)
        run_first, passed, *others = found.msn.addends
        assert (run_first.what, run_first.value) == ("the first number of the channel's run", run)
        assert passed.what.startswith("seconds from there to the moment that is counted from: the first segment, at ")
        # That moment is at five past some hour, of the week in which the day began.
        assert (passed.value - 300) % 3600 == 0
        assert 300 * 86_400 - 8 * 86_400 < passed.value < 300 * 86_400
        assert run + passed.value + sum(one.value for one in others) == found.msn.number
        assert min(one.value for one in others) >= 0

    told(redis_url, story)


def test_what_cannot_be_explained_is_refused(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await prepared(catalogue)
        with pytest.raises(NotOnAir, match=r"channel 'main' begins at 2026-01-01T00:00:00\.000Z"):
            await explained(catalogue, "alice", -1)
        with pytest.raises(BadInput, match="viewer 'a/b'"):
            await explained(catalogue, "a/b", 10)
        with pytest.raises(NotFound, match="no rendition 'cmaf-4000p'"):
            await explained(catalogue, "alice", 10, "cmaf-4000p")
        with pytest.raises(NotFound, match="no channel 'other'"):
            await explain(catalogue, Playlists(Channels(catalogue), "/"), "other", "alice", EPOCH_MS)
        await actions.stop_channel(catalogue, "main", lambda: EPOCH_MS + 300_000)
        with pytest.raises(BadInput, match=r"nothing is on air on lineup 'd-.*' of channel 'main' at 2026-01-01T00:"):
            await explained(catalogue, "alice", 400)
        assert (await explained(catalogue, "alice", 310)).playlist.ended

    told(redis_url, story)


@pytest.mark.parametrize("viewer", ["alice", "bob", "carol", "dave"])
def test_around_a_moment_every_clip_has_its_reason_and_its_numbers(redis_url: str, viewer: str) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await with_moment(catalogue)
        place = f"/api/v1/channels/main/viewers/{viewer}"
        span = {"from": EPOCH_MS / 1000 + 240, "until": EPOCH_MS / 1000 + 480}
        guide = (await client.get(f"{place}/epg", params=span, headers=AUTHORITY)).json()
        reasons = []
        for entry in guide["entries"]:
            at_ms = unix_ms(entry["starts"]) + 500
            at = {"at": f"{at_ms / 1000:.3f}"}
            answer = await client.get(f"{place}/explain", params=at, headers=AUTHORITY)
            found = answer.json()
            given = await client.get(
                f"/live/main/lineups/{found['playlist']['lineup']}/{found['playlist']['rendition']}.m3u8", params=at
            )
            assert given.text == found["playlist"]["text"]
            check(found, given.text, at_ms)
            assert found["on_air"]["asset"] == entry["asset"]
            reasons.append((found["reason"]["kind"], found["reason"]["cut"], entry["asset"]))
        kinds = [kind for kind, _, _ in reasons]
        moment = kinds.index("moment")
        assert kinds.count("moment") == 1
        assert reasons[moment] == ("moment", False, GOAL.id)
        assert kinds[moment - 1] == "filler"
        assert {kind for kind, _, asset in reasons if asset == SPOT.id} == {"edit"}
        # What was cut for the moment goes on after it, unless hardly anything of it was left.
        assert kinds[moment + 1] in {"rest", "drawn"}
        assert all(cut for kind, cut, _ in reasons if kind == "rest")
        assert set(kinds) <= {"drawn", "filler", "moment", "rest", "edit"}

    visited(redis_url, story, token=TOKEN, preview=True)
