"""Plans: rows for everybody, the same bytes for the same inputs, gone on with, put on air once, or refused."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path

import pytest

from manifest_server.admin import planning
from manifest_server.admin.actions import set_pool, start_channel, stop_channel
from manifest_server.admin.plan_work import PlanWork
from manifest_server.admin.planning import HOUR, Wish, draft_plan, publish_plan
from manifest_server.admin.scorers import scorer_of
from manifest_server.programming.planned import plan_ends
from manifest_server.programming.pool import derived_id
from storage.catalogue import Catalogue
from storage.errors import BadInput, Conflict, NotFound, StreamSyncError
from storage.folder_objects import FolderObjects
from storage.keys import plan_key, plan_shard_key
from storage.profile_records import ProfileRecord
from tests.admin.planned import TAGS, drafted, files, film, lengths, made, planned, profile, rows, staged
from tests.stage import EPOCH_MS, Clock
from tests.storage.catalogues import told

Story = Callable[[Catalogue], Awaitable[None]]


@pytest.fixture
def objects(tmp_path: Path) -> FolderObjects:
    return FolderObjects(tmp_path)


def test_everybody_has_a_row_that_lasts_and_that_they_like(redis_url: str, objects: FolderObjects) -> None:
    async def story(catalogue: Catalogue) -> None:
        await staged(catalogue)
        draft = await drafted(catalogue, objects, Wish(hours=2))
        reports = await made(catalogue, objects, draft)
        found = rows(objects, draft)
        assert sum(one.viewers for one in reports) == 30
        assert sorted(found) == sorted(derived_id("main", f"v{n}") for n in range(30))
        tag_of = dict(zip(draft.assets, (tags[0] for tags in draft.tags), strict=True))
        liked = 0
        for number in range(30):
            row = found[derived_id("main", f"v{number}")]
            assert lengths(draft, row[:-1]) < 2 * HOUR <= lengths(draft, row)
            assert all(a != b for a, b in pairwise(row))
            assert TAGS[(number + 1) % 3] not in {tag_of[one] for one in row}  # they said never
            liked += sum(tag_of[one] == TAGS[number % 3] for one in row[:5])
        assert liked > 110  # of 150; in a shuffle half of them would be

    told(redis_url, story)


def test_the_same_inputs_are_the_same_bytes_whoever_makes_them(redis_url: str, tmp_path: Path) -> None:
    async def story(catalogue: Catalogue) -> None:
        await staged(catalogue, viewers=2000)
        one, two = FolderObjects(tmp_path / "one"), FolderObjects(tmp_path / "two")
        draft = await drafted(catalogue, one)
        assert draft.shards == 8
        await made(catalogue, one, draft)
        two.put(plan_key("main", 1), draft.stored().encode())
        await PlanWork(catalogue, two, draft, scorer_of("affinity", two.read)).make(0)
        assert files(tmp_path / "one") == files(tmp_path / "two")
        assert len(files(tmp_path / "one")) == 8

    told(redis_url, story)


def test_a_plan_that_was_begun_is_gone_on_with(redis_url: str, objects: FolderObjects, tmp_path: Path) -> None:
    async def story(catalogue: Catalogue) -> None:
        await staged(catalogue, viewers=6000)
        draft = await drafted(catalogue, objects)
        assert draft.shards == 32
        stops = iter([False, False, True])
        await PlanWork(catalogue, objects, draft, scorer_of("affinity", objects.read)).run(
            lambda _: None, lambda: next(stops)
        )
        before = files(tmp_path)
        assert len(before) == 16  # one unit of two
        (tmp_path / plan_shard_key("main", 1, sorted(int(Path(key).stem) for key in before)[3])).unlink()
        again = await drafted(catalogue, objects, clock=Clock(EPOCH_MS + 500_000))
        assert again == draft
        await catalogue.profiles.put_all("main", {"v1": ProfileRecord(likes={"news": 1})})  # tastes change meanwhile
        for unit in (0, 1):  # as when whoever had claimed them was killed
            there = planning.made_shards(objects, draft)
            await PlanWork(catalogue, objects, draft, scorer_of("affinity", objects.read)).make(unit, there)
        after = files(tmp_path)
        assert len(after) == 32
        assert sum(before[key] != after[key] for key in before) <= 1  # that which had to be made again

    told(redis_url, story)


def test_two_who_plan_at_once_share_the_work(redis_url: str, objects: FolderObjects) -> None:
    async def story(catalogue: Catalogue) -> None:
        await staged(catalogue, viewers=6000)
        drafts = await asyncio.gather(*(drafted(catalogue, objects) for _ in range(5)))
        assert {one.version for one in drafts} == {1}
        shares = await asyncio.gather(*(made(catalogue, objects, drafts[0]) for _ in range(3)))
        assert sorted(one.unit for share in shares for one in share) == [0, 1]  # each once

    told(redis_url, story)


def test_a_plan_is_put_on_air_beyond_the_change_horizon_and_once(redis_url: str, objects: FolderObjects) -> None:
    async def story(catalogue: Catalogue) -> None:
        channel = await staged(catalogue)
        plan = await planned(catalogue, objects, Wish(hours=3))
        # 100 s after the epoch: the lookahead of 16 s and the margin of 9 s later.
        assert (plan.version, plan.tick, plan.until) == (1, 125 * 90_000, 125 * 90_000 + 3 * HOUR)
        draft = planning.stored_draft(objects, "main", 1)
        assert await publish_plan(catalogue, objects, draft, Clock(EPOCH_MS + 999_000)) == plan
        stored = await catalogue.channel("main")
        assert (stored.version, stored.plans) == (channel.version + 1, (plan,))
        assert plan_ends(plan, stored.revisions) == plan.until
        assert not plan.resets  # there is no filler

    told(redis_url, story)


def test_a_new_plan_takes_over_from_the_one_before(redis_url: str, objects: FolderObjects) -> None:
    async def story(catalogue: Catalogue) -> None:
        await staged(catalogue)
        first = await planned(catalogue, objects)
        clock = Clock(EPOCH_MS + 3_600_000)
        draft = await drafted(catalogue, objects, clock=clock)
        assert draft.version == 2
        await made(catalogue, objects, draft)
        second = await publish_plan(catalogue, objects, draft, clock)
        stored = await catalogue.channel("main")
        assert stored.plans == (first, second)
        assert second.tick == 3625 * 90_000

    told(redis_url, story)


def test_a_plan_ends_where_the_pool_lacks_one_of_its_assets(redis_url: str, objects: FolderObjects) -> None:
    async def story(catalogue: Catalogue) -> None:
        await staged(catalogue)
        plan = await planned(catalogue, objects)
        ids = [film(n).id for n in range(40)]
        await catalogue.index_asset(film(77))
        await set_pool(catalogue, "main", [*ids, film(77).id], Clock(EPOCH_MS + 500_000))
        more = await catalogue.channel("main")
        assert plan_ends(plan, more.revisions) == plan.until
        await set_pool(catalogue, "main", [*ids[1:], film(77).id], Clock(EPOCH_MS + 900_000))
        less = await catalogue.channel("main")
        assert plan_ends(plan, less.revisions) == 925 * 90_000

    told(redis_url, story)


def test_who_has_nothing_left_of_the_pool_has_no_row(redis_url: str, objects: FolderObjects) -> None:
    async def story(catalogue: Catalogue) -> None:
        await staged(catalogue, viewers=2)
        await catalogue.profiles.put_all("main", {"picky": ProfileRecord(no_tags=TAGS), "v0": profile(0)})
        draft = await drafted(catalogue, objects)
        [report] = await made(catalogue, objects, draft)
        assert (report.viewers, report.derived) == (3, 1)
        assert derived_id("main", "picky") not in rows(objects, draft)

    told(redis_url, story)


async def _unknown(catalogue: Catalogue) -> None:
    await catalogue.unindex_asset(film(3).id)


async def _retired(catalogue: Catalogue) -> None:
    await catalogue.put_asset_state(film(3).id, "retired")


async def _rights_end(catalogue: Catalogue) -> None:
    said = await catalogue.metadata.of(film(3).id)
    ends = EPOCH_MS + 5 * 3_600_000
    await catalogue.metadata.store(said.model_copy(update={"version": 2, "rights_until_ms": ends}))


async def _rights_begin(catalogue: Catalogue) -> None:
    said = await catalogue.metadata.of(film(3).id)
    begin = EPOCH_MS + 5 * 3_600_000
    await catalogue.metadata.store(said.model_copy(update={"version": 2, "rights_from_ms": begin}))


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_unknown, "no asset '00000000000000000000000000000003': nothing was planned"),
        (_retired, "asset 00000000000000000000000000000003 is retired: it takes no new place"),
        (_rights_end, "asset 00000000000000000000000000000003 end at 2026-01-01T05:00:00.000Z, during the plan"),
        (_rights_begin, "asset 00000000000000000000000000000003 begin at 2026-01-01T05:00:00.000Z"),
    ],
)
def test_an_asset_that_cannot_be_planned_is_named_or_left_out(
    redis_url: str, objects: FolderObjects, spoil: Story, says: str
) -> None:
    async def story(catalogue: Catalogue) -> None:
        await staged(catalogue)
        await spoil(catalogue)
        with pytest.raises(Conflict, match=says):
            await drafted(catalogue, objects)
        assert list(objects.keys("plans/")) == []
        plan = await planned(catalogue, objects, Wish(skip_bad=True))
        assert plan.left_out == (3,)
        seen = rows(objects, planning.stored_draft(objects, "main", plan.version))
        assert all(film(3).id not in row for row in seen.values())

    told(redis_url, story)


def test_a_pool_of_which_nothing_can_be_planned_is_an_error(redis_url: str, objects: FolderObjects) -> None:
    async def story(catalogue: Catalogue) -> None:
        await staged(catalogue, assets=4)
        for number in range(4):
            await catalogue.put_asset_state(film(number).id, "retired")
        with pytest.raises(Conflict, match=r"and 3 more: nothing was planned"):
            await drafted(catalogue, objects)
        with pytest.raises(Conflict, match="nothing of its pool can be planned: asset 0"):
            await drafted(catalogue, objects, Wish(skip_bad=True))

    told(redis_url, story)


@pytest.mark.parametrize(
    ("channel", "wish", "kind", "says"),
    [
        ("nowhere", Wish(), NotFound, "no channel 'nowhere'"),
        ("a/b", Wish(), BadInput, "channel 'a/b'"),
        ("main", Wish(hours=0), BadInput, "0 hours: a plan is for 1 to 168"),
        ("main", Wish(hours=169), BadInput, "169 hours"),
    ],
)
def test_what_cannot_be_planned_is_told(
    redis_url: str, objects: FolderObjects, channel: str, wish: Wish, kind: type[StreamSyncError], says: str
) -> None:
    async def story(catalogue: Catalogue) -> None:
        await staged(catalogue)
        with pytest.raises(kind, match=says):
            await draft_plan(catalogue, objects, channel, wish, Clock())

    told(redis_url, story)


def test_without_profiles_there_is_nothing_to_plan(redis_url: str, objects: FolderObjects) -> None:
    async def story(catalogue: Catalogue) -> None:
        await staged(catalogue, viewers=0)
        with pytest.raises(Conflict, match="no viewer of whom anything is known"):
            await drafted(catalogue, objects)

    told(redis_url, story)


def test_a_plan_is_published_only_when_all_of_it_is_there_and_it_still_counts(
    redis_url: str, objects: FolderObjects
) -> None:
    async def story(catalogue: Catalogue) -> None:
        await staged(catalogue)
        draft = await drafted(catalogue, objects)
        with pytest.raises(Conflict, match="plan 1 of channel 'main': 1 shards are missing"):
            await publish_plan(catalogue, objects, draft, Clock())
        await made(catalogue, objects, draft)
        await set_pool(catalogue, "main", [film(n).id for n in range(39)], Clock())
        with pytest.raises(Conflict, match="lacks assets of the plan by now"):
            await publish_plan(catalogue, objects, draft, Clock())
        await stop_channel(catalogue, "main", Clock())
        await start_channel(catalogue, "main", EPOCH_MS + 1_000_000)
        with pytest.raises(Conflict, match="stopped or started anew"):
            await publish_plan(catalogue, objects, draft, Clock(EPOCH_MS + 1_000_000))
        assert (await catalogue.channel("main")).plans == ()

    told(redis_url, story)
