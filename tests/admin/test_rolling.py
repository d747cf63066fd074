"""Plans that roll, on a real store: nobody runs out of them, those that nothing depends on any more are dropped."""

import asyncio
import time
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from manifest_server.admin.edits import edit_all
from manifest_server.admin.fillers import set_filler
from manifest_server.admin.plan_work import PlanWork
from manifest_server.admin.planning import HOUR, Wish, named_plans, publish_plan
from manifest_server.admin.scorers import scorer_of
from manifest_server.onair.channels import Channels
from manifest_server.onair.making import STAY_DAYS
from manifest_server.onair.playlists import Playlists
from manifest_server.playout.days import day_of
from manifest_server.programming.filler import frame_counts
from manifest_server.programming.pool import derived_id
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.collection import GRACE_S, Collector, Facts
from storage.errors import NotFound
from storage.folder_objects import FolderObjects
from storage.folder_uploads import FolderParts
from storage.keys import plan_prefix
from storage.programme import PlanRecord
from storage.uploads import Uploads
from tests.admin.planned import drafted, film, made, staged
from tests.stage import EPOCH_MS, Clock, asset
from tests.storage.catalogues import told

DAY_MS = 86_400_000
EVERY = 3  # days that a planner waits
WISH = Wish(hours=168)


@pytest.fixture
def objects(tmp_path: Path) -> FolderObjects:
    return FolderObjects(tmp_path / "objects")


async def with_filler(catalogue: Catalogue, viewers: int = 5) -> None:
    await staged(catalogue, assets=8, viewers=viewers)
    await give_filler(catalogue, Clock())


async def give_filler(catalogue: Catalogue, clock: Clock) -> None:
    idents = [asset(1000 + count, count / 25) for count in frame_counts(Fraction(25))]
    for one in idents:
        await catalogue.index_asset(one)
    await set_filler(catalogue, "main", [one.id for one in idents], clock)


async def rolled(catalogue: Catalogue, objects: FolderObjects, clock: Clock) -> PlanRecord:
    """One run of a planner."""
    draft = await drafted(catalogue, objects, WISH, clock)
    await made(catalogue, objects, draft)
    return await publish_plan(catalogue, objects, draft, clock)


async def listed(catalogue: Catalogue, objects: FolderObjects, viewer: str, day: int, now_ms: int) -> str:
    """A playlist as a server gives it that has just been started."""
    url = f"{derived_id('main', viewer)}~{day}"
    playlists = Playlists(Channels(catalogue, objects.read), "/chunks")
    return (await playlists.media("main", url, "ts-240p", now_ms)).body.decode()


def test_a_plan_takes_over_to_the_tick_after_what_players_may_have_listed(
    redis_url: str, objects: FolderObjects
) -> None:
    async def story(catalogue: Catalogue) -> None:
        await with_filler(catalogue)
        plan = await rolled(catalogue, objects, Clock(EPOCH_MS + 3_600_000))
        # The lookahead of 16 s, the margin of 9 s and the bridge of 10 s later.
        assert (plan.resets, plan.tick, plan.until) == (True, 3635 * 90_000, 3635 * 90_000 + 168 * HOUR)
        channels = Channels(catalogue, objects.read)
        for viewer in ("v0", "v4", "stranger"):
            _, stream = await channels.joined(await channels.channel("main"), viewer)
            place = stream.succession(day_of(EPOCH_MS), plan.tick).place(plan.tick)
            assert (place.tick, place.segment) == (plan.tick, 0)

    told(redis_url, story)


def test_an_edit_that_some_wait_for_is_not_lost_to_a_plan(redis_url: str, objects: FolderObjects) -> None:
    async def story(catalogue: Catalogue) -> None:
        await with_filler(catalogue)
        clock = Clock(EPOCH_MS + 3_600_000)
        pushed = await edit_all(catalogue, "main", [ClipRecord(asset=film(0).id)], clock)
        plan = await rolled(catalogue, objects, clock)
        # By then the longest clip, of 288 s, has ended for everybody, and a segment of a second fits.
        assert plan.tick == pushed.edit.tick + 289 * 90_000
        clock.now_ms += 5000
        later = await edit_all(catalogue, "main", [ClipRecord(asset=film(1).id)], clock)
        assert later.edit.tick == plan.tick + 1

    told(redis_url, story)


@pytest.mark.slow
def test_plans_roll_for_weeks_and_no_list_of_the_last_thirty_days_changes(
    redis_url: str, objects: FolderObjects, tmp_path: Path
) -> None:
    async def story(catalogue: Catalogue) -> None:
        await with_filler(catalogue)
        seen, now_ms, reads = dict[tuple[str, int, int], str](), 0, list[str]()
        for number in range(19):
            clock = Clock(EPOCH_MS + 3_600_000 + number * EVERY * DAY_MS)
            now_ms = clock() + 7_200_000
            await some_run(catalogue, objects, number, clock)
            stored = await catalogue.channel("main")
            # The one before goes on until the next begins, also after a run that was missed.
            assert all(two.tick < one.until for one, two in pairwise(stored.plans))
            assert len(stored.plans) <= 14
            if number % 4 == 1:
                asked = [(name, day_of(now_ms) - age, now_ms) for name in ("v1", "stranger") for age in (0, 9, 28)]
                seen |= {one: await listed(catalogue, objects, *one) for one in asked if one[1] >= day_of(EPOCH_MS)}
        await same(catalogue, objects, seen, day_of(now_ms))
        assert len(seen) == 22

        def read(key: str) -> bytes:
            reads.append(key)
            return objects.read(key)

        channels = Channels(catalogue, read)
        on = await channels.channel("main")
        await channels.joined(on, "v2", day_of(now_ms))
        assert len(reads) == 4  # of a dozen that are kept
        with pytest.raises(NotFound, match="is no longer known"):
            await channels.on_air(on, derived_id("main", "v2"), day_of(EPOCH_MS) + 7)
        await check_collected(catalogue, objects, tmp_path)

    told(redis_url, story)


async def some_run(catalogue: Catalogue, objects: FolderObjects, number: int, clock: Clock) -> None:
    """A run of a planner, as it should be or not."""
    match number % 9:
        case 4:
            return  # nobody planned on that day
        case 6:
            one, other = await asyncio.gather(*(rolled(catalogue, objects, clock) for _ in range(2)))
            assert one == other
            return
        case 2:  # it was killed an hour before
            draft = await drafted(catalogue, objects, WISH, Clock(clock() - 3_600_000))
            work = PlanWork(catalogue, objects, draft, scorer_of("affinity", objects.read))
            await work.make(0)
    plan = await rolled(catalogue, objects, clock)
    assert (await catalogue.channel("main")).plans[-1] == plan


async def same(
    catalogue: Catalogue, objects: FolderObjects, seen: dict[tuple[str, int, int], str], today: int
) -> None:
    """What URLs listed that are answered still, they list."""
    assert any(today - day <= STAY_DAYS for _, day, _ in seen)
    for (viewer, day, now_ms), text in seen.items():
        if today - day <= STAY_DAYS:
            assert await listed(catalogue, objects, viewer, day, now_ms) == text


async def check_collected(catalogue: Catalogue, objects: FolderObjects, root: Path) -> None:
    """What is not named any more goes, as with `streamsync gc`, and nothing else."""
    named = await named_plans(catalogue, "main")
    assert named is not None
    facts = Facts(time.time() + 2 * GRACE_S, lambda _: False, set[str], lambda _: None, lambda _: named)
    uploads = Uploads(objects, FolderParts(root / "objects"))
    before = versions(objects)
    for garbage, remove in Collector(objects, uploads, facts).find():
        if garbage.kind == "plan":
            remove()
    assert versions(objects) == named < before


def versions(objects: FolderObjects) -> set[int]:
    return {version for version in range(1, 60) if any(objects.keys(plan_prefix("main", version)))}


@pytest.mark.slow
def test_without_filler_all_plans_of_a_run_are_kept(redis_url: str, objects: FolderObjects) -> None:
    async def story(catalogue: Catalogue) -> None:
        await staged(catalogue, assets=8, viewers=2)
        for days in (0, 40, 80):
            plan = await rolled(catalogue, objects, Clock(EPOCH_MS + 3_600_000 + days * DAY_MS))
            assert not plan.resets
        stored = await catalogue.channel("main")
        assert (len(stored.plans), stored.forgotten) == (3, 0)
        # Filler that comes later lets the next plan reset, and in time those before be dropped.
        await give_filler(catalogue, Clock(EPOCH_MS + 81 * DAY_MS))
        for days in (88, 120):
            assert (await rolled(catalogue, objects, Clock(EPOCH_MS + days * DAY_MS))).resets
        stored = await catalogue.channel("main")
        assert [one.version for one in stored.plans] == [4, 5]
        assert stored.forgotten == 80 * 24 * HOUR + 3625 * 90_000 + 168 * HOUR

    told(redis_url, story)
