"""From when until when plans count, and which assets their rows name. Pure."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from manifest_server.playout.lineup import NEVER
from storage.programme import PlanRecord
from storage.records import PoolRevision


class PlanSpan(NamedTuple):
    """A plan takes over at each viewer's first clip boundary at or after `tick`, and gives way at that of `until`.

    `assets`: what the indexes in its rows mean.
    """

    tick: int
    until: int
    plan: PlanRecord
    assets: tuple[str, ...]


def plan_spans(plans: Sequence[PlanRecord], revisions: Sequence[PoolRevision]) -> tuple[PlanSpan, ...]:
    """When the plans of a channel count, by tick. A plan also gives way to the next one."""
    found: list[PlanSpan] = []
    pools = {revision.tick: revision.assets for revision in revisions}
    overtaken = [*(plan.tick for plan in plans[1:]), NEVER]
    for plan, over in zip(plans, overtaken, strict=True):
        assets = pools.get(plan.pool)
        if assets is None:
            continue  # a pool that something took the place of before it aired
        until = min(plan.until, over, ends_at(plan.pool, aired(assets, plan.left_out), revisions))
        if until > plan.tick:
            found.append(PlanSpan(plan.tick, until, plan, assets))
    return tuple(found)


def aired(assets: Sequence[str], left_out: Collection[int]) -> set[str]:
    """The assets that a plan may air."""
    return {asset for index, asset in enumerate(assets) if index not in left_out}


def ends_at(pool: int, assets: Collection[str], revisions: Sequence[PoolRevision]) -> int:
    """The tick of the first revision after that at the tick `pool` that lacks one of the assets; NEVER if none does.

    So a plan lists nothing for longer than the pool does: retiring an asset need not look at plans.
    """
    later = (one for one in revisions if one.tick > pool)
    return next((one.tick for one in later if not set(one.assets).issuperset(assets)), NEVER)
