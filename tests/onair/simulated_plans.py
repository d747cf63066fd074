"""Plans of a world whose servers have no store: what is in a row follows from the plan alone."""

from collections.abc import Iterator
from random import Random

from manifest_server.onair.stream import Planned
from manifest_server.programming.planned import plan_ends
from storage.keys import plan_shard_key
from storage.plan_records import PlanDraft
from storage.records import ChannelRecord

ROW = 300  # clips


class Shards:
    """A store that has every shard of a plan, as publishing one asks for them."""

    def keys(self, prefix: str) -> Iterator[str]:
        yield prefix + plan_shard_key("main", 1, 0).rpartition("/")[2]


def draft_of(record: ChannelRecord, version: int, span: int) -> PlanDraft:
    """A plan of the pool as it is at last, for so many ticks."""
    pool = record.revisions[-1]
    count = len(pool.assets)
    return PlanDraft(
        channel=record.name, version=version, run_msn=record.msn, pool=pool.tick, rules=pool.rules, span=span,
        shards=1, scorer="affinity", made_ms=0, assets=pool.assets, tags=((),) * count, ratings=(0,) * count,
        lengths=(90_000,) * count,
    )  # fmt: skip


def rows(record: ChannelRecord) -> list[Planned]:
    """What the plans of a channel have for a lineup that is in three of four."""
    pools = {one.tick: one.assets for one in record.revisions}
    return [
        Planned(plan.tick, plan_ends(plan, record.revisions), _row(plan.version, pools[plan.pool]), plan.pool)
        for plan in record.plans
        if plan.version % 4
    ]


def _row(version: int, pool: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(Random(version).choices(pool, k=ROW))
