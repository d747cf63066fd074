"""An audience to plan for, and what was planned for it."""

from collections.abc import Sequence
from pathlib import Path

from manifest_server.admin.plan_work import Made, PlanWork
from manifest_server.admin.planning import Wish, draft_plan, publish_plan
from manifest_server.admin.scorers import scorer_of
from manifest_server.programming.pool import DERIVED
from storage.catalogue import Catalogue
from storage.folder_objects import FolderObjects
from storage.keys import plan_shard_key
from storage.plan_records import PlanDraft
from storage.plans import Shard
from storage.profile_records import ProfileRecord
from storage.programme import PlanRecord
from storage.records import AssetRecord, ChannelRecord
from tests.stage import Clock, asset, on_air

TAGS = ("kids", "sport", "news")


def film(number: int) -> AssetRecord:
    """Of two to eight minutes, in 24 s steps; of tag `number` modulo 3."""
    return asset(number, 120 + 24 * (number % 16))


async def staged(catalogue: Catalogue, assets: int = 40, viewers: int = 30) -> ChannelRecord:
    """The channel main on air, with assets of tags, and viewers who each like one of those and hate another."""
    films = [film(number) for number in range(assets)]
    channel = await on_air(catalogue, *films)
    for number, one in enumerate(films):
        said = await catalogue.metadata.of(one.id)
        await catalogue.metadata.store(said.model_copy(update={"version": 1, "tags": (TAGS[number % 3],)}))
    await catalogue.profiles.put_all("main", {f"v{n}": profile(n) for n in range(viewers)})
    return channel


def profile(number: int) -> ProfileRecord:
    return ProfileRecord(likes={TAGS[number % 3]: 1, TAGS[(number + 1) % 3]: -1})


async def drafted(
    catalogue: Catalogue, objects: FolderObjects, wish: Wish | None = None, clock: Clock | None = None
) -> PlanDraft:
    return await draft_plan(catalogue, objects, "main", wish or Wish(), clock or Clock())


async def made(catalogue: Catalogue, objects: FolderObjects, draft: PlanDraft) -> list[Made]:
    reports: list[Made] = []
    await PlanWork(catalogue, objects, draft, scorer_of(draft.scorer, objects.read)).run(reports.append)
    return reports


async def planned(catalogue: Catalogue, objects: FolderObjects, wish: Wish | None = None) -> PlanRecord:
    draft = await drafted(catalogue, objects, wish)
    await made(catalogue, objects, draft)
    return await publish_plan(catalogue, objects, draft, Clock())


def rows(objects: FolderObjects, draft: PlanDraft) -> dict[str, tuple[str, ...]]:
    """By lineup: the assets of its row."""
    found = {}
    for number in range(draft.shards):
        key = plan_shard_key(draft.channel, draft.version, number)
        shard = Shard(objects.read(key), len(draft.assets), key)
        for row, lineup in enumerate(shard.ids()):
            found[DERIVED + lineup.hex()] = tuple(draft.assets[index] for index in shard.row(row))
    return found


def files(root: Path) -> dict[str, bytes]:
    """Every object of a plan."""
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.glob("plans/**/*.bin"))}


def lengths(draft: PlanDraft, row: Sequence[str]) -> int:
    return sum(draft.lengths[draft.assets.index(one)] for one in row)
