"""The verbs of moments: added beyond what players have listed, refused with their reason, taken away in time."""

import asyncio

import pytest

from manifest_server.admin import actions
from manifest_server.admin.edits import edit_all, edit_one, undo_edit
from manifest_server.admin.moments import add_moment, add_slate, remove_moment
from manifest_server.onair.channels import Channels
from manifest_server.programming.pool import derived_id
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.errors import BadInput, Conflict, NotFound, NotOnAir
from storage.metadata import AssetMetadata
from storage.programme import Break, Moment
from tests.playout.builders import SECOND
from tests.stage import EPOCH_MS

from .moment_stage import FILMS, GOAL, SPOT, with_moment

NOW_MS = EPOCH_MS + 600_000
LATER_MS = NOW_MS + 600_000
CLIPS = (ClipRecord(asset=GOAL.id),)


def now() -> int:
    return NOW_MS


def told(redis_url: str, story: object) -> None:
    async def run() -> None:
        async with Catalogue.connect(redis_url) as catalogue:
            await with_moment(catalogue)
            await story(catalogue)  # type: ignore[operator]

    asyncio.run(run())


async def airs(catalogue: Catalogue, viewer: str, at_ms: int) -> tuple[str, int]:
    """The asset that a viewer sees, and the tick at which its segment began."""
    channels = Channels(catalogue)
    _, stream = await channels.joined(await channels.channel("main"), viewer)
    tick = (at_ms - EPOCH_MS) * 90
    place = stream.succession(at_ms // 86_400_000, tick).place(tick)
    return place.clip.asset.id, place.tick


def test_a_moment_is_on_its_tick_for_everybody(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        added = await add_moment(catalogue, "main", Moment(id="news", at_ms=LATER_MS, clips=CLIPS), now)
        assert added.channel.moments[-1] == added.moment
        for viewer in ("alice", "bob", "carol"):
            assert await airs(catalogue, viewer, LATER_MS) == (GOAL.id, (LATER_MS - EPOCH_MS) * 90)

    told(redis_url, story)


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"at_ms": NOW_MS - 1}, BadInput, "in the past; from 2026-01-01T00:10:35.000Z on it can be"),
        ({"at_ms": NOW_MS + 34_999}, BadInput, "2026-01-01T00:10:35.000Z on"),
        ({"id": "goal"}, Conflict, "has a moment 'goal' already"),
        ({"id": "a/b"}, BadInput, "moment 'a/b'"),
        ({"clips": (ClipRecord(asset="f" * 32),)}, NotFound, "no asset 'ffff"),
        ({"clips": (ClipRecord(asset="nonsense"),)}, BadInput, "nonsense"),
        ({"clips": (ClipRecord(asset=GOAL.id, first=3, last=9),)}, NotFound, "no segments 3 to 9"),
        ({"clips": CLIPS * 20, "every_ms": 300_000}, Conflict, "lasts 400.000 s"),
    ],
)  # fmt: skip
def test_a_moment_that_cannot_be_is_refused_with_the_reason(
    redis_url: str, changes: dict[str, object], error: type[Exception], says: str
) -> None:
    async def story(catalogue: Catalogue) -> None:
        before = await catalogue.channel("main")
        asked = Moment.model_validate({"id": "news", "at_ms": LATER_MS, "clips": CLIPS, **changes})
        with pytest.raises(error, match=says):
            await add_moment(catalogue, "main", asked, now)
        assert await catalogue.channel("main") == before

    told(redis_url, story)


def test_moments_in_each_other_s_way_are_refused(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        hourly = Moment(id="hourly", at_ms=LATER_MS, clips=CLIPS, every_ms=3_600_000)
        await add_moment(catalogue, "main", hourly, now)
        for late_ms in (-20_500, -19_000, 5000, 20_000 + 500):
            asked = Moment(id="news", at_ms=LATER_MS + 5 * 3_600_000 + late_ms, clips=CLIPS)
            with pytest.raises(Conflict, match="in the way of 'hourly' at 2026-01-01T05:20"):
                await add_moment(catalogue, "main", asked, now)
        for number, late_ms in enumerate((-20_000, 20_000)):
            asked = Moment(id=f"news-{number}", at_ms=LATER_MS + 5 * 3_600_000 + late_ms, clips=CLIPS)
            await add_moment(catalogue, "main", asked, now)

    told(redis_url, story)


def test_assets_out_of_rights_or_retired_and_a_channel_without_filler_are_refused(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        asked = Moment(id="news", at_ms=LATER_MS, clips=CLIPS)
        await catalogue.metadata.store(AssetMetadata(asset=GOAL.id, version=1, rights_until_ms=LATER_MS - 1))
        with pytest.raises(Conflict, match=f"asset {GOAL.id}: its rights end at 2026-01-01T00:19:59.999Z"):
            await add_moment(catalogue, "main", asked, now)
        await catalogue.put_asset_state(SPOT.id, "retired")
        spot = Moment(id="news", at_ms=LATER_MS, clips=(ClipRecord(asset=SPOT.id),))
        with pytest.raises(Conflict, match="is retired"):
            await add_moment(catalogue, "main", spot, now)
        await actions.create_channel(catalogue, "bare", [FILMS[0].id])
        moment = Moment(id="news", at_ms=LATER_MS, clips=(ClipRecord(asset=FILMS[1].id),))
        with pytest.raises(Conflict, match="'bare' has no filler"):
            await add_moment(catalogue, "bare", moment, now)

    told(redis_url, story)


@pytest.mark.parametrize(
    ("changes", "ends_ms"),
    [
        ({}, LATER_MS + 20_000),
        ({"clips": CLIPS * 2}, LATER_MS + 40_000),
        ({"every_ms": 300_000, "until_ms": LATER_MS + 600_000}, LATER_MS + 320_000),  # the last comes before the end
        ({"every_ms": 300_000, "until_ms": LATER_MS + 600_001}, LATER_MS + 620_000),
    ],
)  # fmt: skip
def test_rights_count_until_a_moment_has_ended(redis_url: str, changes: dict[str, object], ends_ms: int) -> None:
    async def story(catalogue: Catalogue) -> None:
        asked = Moment.model_validate({"id": "news", "at_ms": LATER_MS, "clips": CLIPS, **changes})
        said = AssetMetadata(asset=GOAL.id, version=1, rights_until_ms=ends_ms - 1)
        await catalogue.metadata.store(said)
        with pytest.raises(Conflict, match=f"asset {GOAL.id}: its rights end at"):
            await add_moment(catalogue, "main", asked, now)
        await catalogue.metadata.store(said.model_copy(update={"version": 2, "rights_until_ms": ends_ms}))
        assert (await add_moment(catalogue, "main", asked, now)).moment == asked

    told(redis_url, story)


def test_a_moment_is_taken_away_in_time_and_one_that_comes_again_comes_no_more(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        hourly = Moment(id="hourly", at_ms=LATER_MS, clips=CLIPS, every_ms=3_600_000)
        await add_moment(catalogue, "main", hourly, now)
        with pytest.raises(NotFound, match="no moment 'daily'"):
            await remove_moment(catalogue, "main", "daily", now)
        with pytest.raises(Conflict, match=r"'goal' of channel 'main' began at 2026-01-01T00:05:00\.040Z"):
            await remove_moment(catalogue, "main", "goal", now)
        await remove_moment(catalogue, "main", "hourly", lambda: LATER_MS + 1_800_000)
        assert (await airs(catalogue, "alice", LATER_MS))[0] == GOAL.id
        assert (await airs(catalogue, "alice", LATER_MS + 3_600_000))[0] != GOAL.id
        await add_moment(catalogue, "main", Moment(id="soon", at_ms=LATER_MS + 7_200_000, clips=CLIPS), now)
        left = await remove_moment(catalogue, "main", "soon", now)
        assert [one.id for one in left.moments] == ["goal", "hourly"]

    told(redis_url, story)


def test_a_slate_is_everywhere_after_35_seconds_and_goes_when_it_is_ended(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        added = await add_slate(catalogue, "main", CLIPS, now, title="We will be back")
        assert added.moment.at_ms == NOW_MS + 35_000
        for viewer in ("alice", "bob"):
            assert await airs(catalogue, viewer, added.moment.at_ms) == (GOAL.id, 635 * SECOND)
            assert (await airs(catalogue, viewer, NOW_MS + 3_600_000))[0] == GOAL.id
        ended = await remove_moment(catalogue, "main", added.moment.id, lambda: NOW_MS + 300_000)
        assert ended.moments[0].loops_until_ms == NOW_MS + 335_000
        for viewer in ("alice", "bob"):
            asset, tick = await airs(catalogue, viewer, NOW_MS + 335_000)
            assert asset != GOAL.id
            assert tick == 935 * SECOND

    told(redis_url, story)


def test_a_channel_that_was_stopped_takes_no_slate(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        stopped = await actions.stop_channel(catalogue, "main", now)
        with pytest.raises(NotOnAir, match="channel 'main' was stopped"):
            await add_slate(catalogue, "main", CLIPS, now)
        assert await catalogue.channel("main") == stopped

    told(redis_url, story)


def test_a_break_inside_a_moment_is_filled_from_its_pool(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        pool = (ClipRecord(asset=SPOT.id),)
        show = Moment(
            id="show", at_ms=LATER_MS, clips=CLIPS * 2, breaks=(Break(after=1, length_ms=30_000, pool=pool),)
        )
        await add_moment(catalogue, "main", show, now)
        assert (await airs(catalogue, "alice", LATER_MS + 20_000))[0] == SPOT.id
        assert await airs(catalogue, "alice", LATER_MS + 50_000) == (GOAL.id, (LATER_MS + 50_000 - EPOCH_MS) * 90)

    told(redis_url, story)


# Edits -----------------------------------------------------------------------


def test_an_edit_of_one_viewer_changes_nobody_else_s_lineup(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        alice, instants = derived_id("main", "alice"), range(NOW_MS + 20_000, NOW_MS + 300_000, 1000)
        before = [await airs(catalogue, "alice", at) for at in instants]
        bob = [await airs(catalogue, "bob", at) for at in instants]
        edited = await edit_one(catalogue, "main", alice, [ClipRecord(asset=SPOT.id)], now)
        after = [await airs(catalogue, "alice", at) for at in instants]
        first = next(number for number, (one, two) in enumerate(zip(before, after, strict=True)) if one != two)
        assert instants[first] - NOW_MS >= 25_000
        assert after[first][0] == SPOT.id
        assert [await airs(catalogue, "bob", at) for at in instants] == bob
        await undo_edit(catalogue, "main", alice, edited.edit.id, now)
        assert [await airs(catalogue, "alice", at) for at in instants] == before

    told(redis_url, story)


def test_an_edit_of_everybody_drops_what_would_have_come(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        edited = await edit_all(catalogue, "main", [ClipRecord(asset=SPOT.id)], now, drop=1)
        for viewer in ("alice", "bob"):
            seen = {(await airs(catalogue, viewer, at))[0] for at in range(NOW_MS + 25_000, NOW_MS + 90_000, 1000)}
            assert SPOT.id in seen
        with pytest.raises(Conflict, match=r"is on air from 2026-01-01T00:10:25\.000Z on"):
            await undo_edit(catalogue, "main", None, edited.edit.id, lambda: NOW_MS + 1000)
        with pytest.raises(NotFound, match="no edit 'x'"):
            await undo_edit(catalogue, "main", None, "x", now)

    told(redis_url, story)


def test_an_edit_that_is_none_or_comes_too_late_is_refused(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        known = await catalogue.channel("main")
        with pytest.raises(BadInput, match="puts in a clip or more"):
            await edit_all(catalogue, "main", [], now)
        with pytest.raises(BadInput, match="up to 100 clips"):
            await edit_all(catalogue, "main", [], now, drop=101)
        with pytest.raises(NotFound, match="no lineup 'kids'"):
            await edit_one(catalogue, "main", "kids", CLIPS, now)
        with pytest.raises(NotFound, match="no lineup 'd-x'"):
            await edit_one(catalogue, "main", "d-x", CLIPS, now)
        await edit_all(catalogue, "main", CLIPS, now)
        with pytest.raises(Conflict, match=f"version {known.version + 1}"):
            await edit_all(catalogue, "main", CLIPS, now, version=known.version)
        await actions.stop_channel(catalogue, "main", now)
        with pytest.raises(NotOnAir, match="was stopped"):
            await edit_all(catalogue, "main", CLIPS, now)

    told(redis_url, story)
