"""Until when plans count, and which are needed. Pure."""

from collections.abc import Callable, Collection, Sequence
from itertools import takewhile

from manifest_server.playout.lineup import NEVER
from storage.programme import PlanRecord, Rules
from storage.records import PoolRevision


def plan_ends(plan: PlanRecord, revisions: Sequence[PoolRevision]) -> int:
    """Until when a plan counts: its end, or where the pool first lacks one of its assets, or has other rules."""
    pool = next(one for one in revisions if one.tick == plan.pool)
    ruled = ruled_at(pool, plan.left_out, revisions) if plan.keeps_rules else NEVER
    return min(plan.until, lacks_at(pool, plan.left_out, revisions), ruled)


def lacks_at(pool: PoolRevision, left_out: Collection[int], revisions: Sequence[PoolRevision]) -> int:
    """The tick of the first revision after `pool` that lacks one of its assets, but `left_out`; NEVER if none does.

    So a plan lists nothing for longer than the pool does: retiring an asset need not look at plans.
    """
    assets = _aired(pool.assets, left_out)
    return _first(pool, revisions, lambda one: not set(one.assets).issuperset(assets))


def ruled_at(pool: PoolRevision, left_out: Collection[int], revisions: Sequence[PoolRevision]) -> int:
    """The tick of the first revision after `pool` with other rules, or of which they mean others of its assets.

    So what was planned never breaks rules that were set since.
    """
    assets, rules = _aired(pool.assets, left_out), asked(pool.rules)
    having = {tag: _having(pool, tag) & assets for tag in pool.rules.tags}

    def other(one: PoolRevision) -> bool:
        return asked(one.rules) != rules or any(_having(one, tag) & assets != some for tag, some in having.items())

    return _first(pool, revisions, other)


def asked(rules: Rules) -> Rules:
    """What rules ask of a plan: it is drawn by what viewers like, be they weighted or not."""
    return rules if rules.order == "fixed" else rules.model_copy(update={"order": "weighted"})


def _aired(assets: Sequence[str], left_out: Collection[int]) -> set[str]:
    return {asset for index, asset in enumerate(assets) if index not in left_out}


def _having(revision: PoolRevision, tag: str) -> set[str]:
    return {revision.assets[index] for index in revision.tags.get(tag, ())}


def _first(pool: PoolRevision, revisions: Sequence[PoolRevision], ends: Callable[[PoolRevision], bool]) -> int:
    return next((one.tick for one in revisions if one.tick > pool.tick and ends(one)), NEVER)


def over(plans: Sequence[PlanRecord], tick: int) -> int:
    """How many of the first plans of a channel nothing depends on that counts from a span which resets at `tick`.

    One that a shorter one followed stays as long as any before it does: whoever is in both went over to the shorter.
    """
    return sum(1 for _ in takewhile(lambda one: one.until <= tick, plans))
