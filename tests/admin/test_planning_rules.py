"""Plans of channels with rules: kept in every row, and a plan counts no longer than its rules do."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from manifest_server.admin.plan_work import PlanWork
from manifest_server.admin.planning import Wish, publish_plan
from manifest_server.admin.rules import set_rules
from manifest_server.admin.scorers import scorer_of
from manifest_server.programming.captured import captured
from manifest_server.programming.planned import plan_ends
from manifest_server.programming.pool import derived_id
from storage.catalogue import Catalogue
from storage.errors import Conflict
from storage.folder_objects import FolderObjects
from storage.plan_records import PlanDraft
from storage.programme import DayPart, PlanRecord, Rules
from storage.records import PoolRevision
from tests.admin.planned import TAGS, drafted, files, film, lengths, made, planned, rows, staged
from tests.stage import EPOCH_MS, Clock
from tests.storage.catalogues import told

RULES = Rules(order="weighted", limits={"kids": 4}, spacing={"news": 2}, repeat_clips=6)


@pytest.fixture
def objects(tmp_path: Path) -> FolderObjects:
    return FolderObjects(tmp_path)


async def ruled_channel(catalogue: Catalogue, rules: Rules = RULES, viewers: int = 30) -> None:
    """On air with rules that are followed from the first tick on."""
    channel = await staged(catalogue, viewers=viewers)
    last = channel.revisions[-1]
    said = await catalogue.metadata.of_all(last.assets)
    revision = last.model_copy(update={"rules": rules, **captured(rules, last.assets, said)})
    changed = channel.model_copy(update={"version": channel.version + 1, "revisions": (revision,)})
    await catalogue.replace_channel(changed)


def distance(row: Sequence[str], tag_of: dict[str, str], tag: str) -> int:
    at = [place for place, one in enumerate(row) if tag_of[one] == tag]
    return min((b - a - 1 for a, b in pairwise(at)), default=1 << 30)


def test_every_row_keeps_the_rules_and_goes_by_what_is_liked(redis_url: str, objects: FolderObjects) -> None:
    async def story(catalogue: Catalogue) -> None:
        await ruled_channel(catalogue)
        draft = await drafted(catalogue, objects, Wish(hours=12))  # several cycles
        assert draft.rules == RULES
        await made(catalogue, objects, draft)
        found = rows(objects, draft)
        tag_of = dict(zip(draft.assets, (tags[0] for tags in draft.tags), strict=True))
        assert sorted(found) == sorted(derived_id("main", f"v{n}") for n in range(30))
        for number in range(30):
            row = found[derived_id("main", f"v{number}")]
            never = TAGS[(number + 1) % 3]
            # Of 14 kids, 13 sport and 13 news: how many are in a cycle, and how far apart news can be in it.
            cycle, apart = {"kids": (26, 1), "sport": (17, 0), "news": (17, 1 << 30)}[never]
            assert never not in {tag_of[one] for one in row}
            assert lengths(draft, row[:-1]) < 12 * 3600 * 90_000 <= lengths(draft, row)
            assert all(len(set(row[at : at + 7])) == 7 for at in range(len(row) - 7))
            assert distance(row, tag_of, "news") >= apart
            for start in range(0, len(row), cycle):
                assert sum(tag_of[one] == "kids" for one in row[start : start + cycle]) <= 4

    told(redis_url, story)


def test_the_same_inputs_are_the_same_bytes(redis_url: str, tmp_path: Path) -> None:
    async def story(catalogue: Catalogue) -> None:
        await ruled_channel(catalogue)
        one, two = FolderObjects(tmp_path / "one"), FolderObjects(tmp_path / "two")
        draft = await drafted(catalogue, one)
        await made(catalogue, one, draft)
        again = await drafted(catalogue, two, clock=Clock(EPOCH_MS + 200_000))
        assert again.same(draft)
        await PlanWork(catalogue, two, again, scorer_of("affinity", two.read)).make(0)  # another has claimed it
        assert files(tmp_path / "one") == files(tmp_path / "two") != {}

    told(redis_url, story)


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        (Rules(day_parts=(DayPart(minute=360), DayPart(minute=1200))), "channel 'main' has day parts, which no plan"),
        (Rules(order="fixed"), "channel 'main' has a fixed order, the same for everybody: there is nothing to plan"),
    ],
)
def test_rules_that_a_plan_would_break_are_told(
    redis_url: str, objects: FolderObjects, rules: Rules, says: str
) -> None:
    async def story(catalogue: Catalogue) -> None:
        await ruled_channel(catalogue, rules)
        with pytest.raises(Conflict, match=says):
            await drafted(catalogue, objects)
        assert list(objects.keys("plans/")) == []

    told(redis_url, story)


def test_a_plan_ends_where_other_rules_begin(redis_url: str, objects: FolderObjects) -> None:
    async def story(catalogue: Catalogue) -> None:
        await ruled_channel(catalogue)
        plan = await planned(catalogue, objects)
        assert plan.keeps_rules
        await set_rules(catalogue, "main", RULES.model_copy(update={"repeat_clips": 7}), Clock(EPOCH_MS + 900_000))
        later = await catalogue.channel("main")
        assert plan_ends(plan, later.revisions) == 925 * 90_000

    told(redis_url, story)


def test_a_plan_is_not_published_when_there_are_other_rules(redis_url: str, objects: FolderObjects) -> None:
    async def story(catalogue: Catalogue) -> None:
        await ruled_channel(catalogue)
        draft = await drafted(catalogue, objects)
        await made(catalogue, objects, draft)
        await set_rules(catalogue, "main", Rules(limits={"kids": 3}), Clock())
        with pytest.raises(Conflict, match="the rules of channel 'main', or its tags, are others by now: plan again"):
            await publish_plan(catalogue, objects, draft, Clock())
        assert (await catalogue.channel("main")).plans == ()
        clock = Clock(EPOCH_MS + 130_000)
        again = await drafted(catalogue, objects, clock=clock)
        assert (again.version, again.rules.limits) == (2, {"kids": 3})
        await made(catalogue, objects, again)
        await publish_plan(catalogue, objects, again, clock)

    told(redis_url, story)


POOL = PoolRevision(
    tick=0, assets=(film(0).id, film(1).id), rules=RULES, tags={"kids": (0,), "news": (1,), "x": (1,)}
)


@pytest.mark.parametrize(
    ("changed", "ends"),
    [
        ({"rules": RULES.model_copy(update={"order": "shuffled"})}, False),  # it is drawn by what is liked anyway
        ({"tags": {"kids": (0,), "news": (1,)}}, False),  # no rule names x
        (
            {"assets": (film(5).id, *POOL.assets), "tags": {"kids": (0, 1), "news": (2,)}},
            False,
        ),  # a new one is for kids
        ({"tags": {"kids": (0, 1), "news": (1,)}}, True),
        ({"rules": RULES.model_copy(update={"limits": {}})}, True),
        ({"rules": RULES.model_copy(update={"order": "fixed", "spacing": {}, "repeat_clips": 1})}, True),
    ],
)
def test_a_plan_ends_when_its_rules_mean_something_else(changed: dict[str, object], ends: bool) -> None:
    plan = PlanRecord(version=1, tick=10, until=500, pool=0, shards=1, keeps_rules=True)
    revisions = (POOL, POOL.model_copy(update={"tick": 60, **changed}))
    assert plan_ends(plan, revisions) == (60 if ends else 500)
    # What was listed of a plan that was made before stays.
    assert plan_ends(plan.model_copy(update={"keeps_rules": False}), revisions) == 500


def test_drafts_and_plans_of_older_form_are_read() -> None:
    draft = PlanDraft.model_validate_json(
        '{"schema_version": 1, "channel": "main", "version": 1, "run_msn": 5, "pool": 0, "span": 9, "shards": 1, '
        '"scorer": "affinity", "made_ms": 7, "assets": ["a"], "tags": [[]], "ratings": [21], "lengths": [9]}'
    )
    assert draft.rules == Rules()
    plan = PlanRecord.model_validate_json('{"version": 1, "tick": 10, "until": 500, "pool": 0, "shards": 1}')
    assert not plan.keeps_rules
