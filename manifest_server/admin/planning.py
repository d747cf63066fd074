"""The verbs of plans: draft one, see what is left to do, publish it. Making its shards: plan_work.py.

Of a plan that is not published nothing counts. Whoever asks for the same plan as one that was begun goes on with it,
on this machine or another.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from manifest_server.admin.actions import Clock, changes_from, deadline, replaced
from manifest_server.admin.outlooks import with_outlook
from manifest_server.onair.channel import Channel
from manifest_server.onair.making import STAY_DAYS
from manifest_server.playout.days import day_of
from manifest_server.playout.ticks import TICKS_PER_MS, date_text
from manifest_server.programming.bridge import BRIDGE_TICKS
from manifest_server.programming.draws import POOL_LIMIT
from manifest_server.programming.planned import asked, lacks_at, over, ruled_at
from manifest_server.programming.spans import SHORTEST
from storage import keys
from storage.catalogue import Catalogue
from storage.errors import BadInput, Conflict, NotFound
from storage.metadata import OLDEST, AssetMetadata
from storage.objects import Objects
from storage.plan_records import HOURS_LIMIT, PlanDraft
from storage.plans import SHARDS_LIMIT
from storage.programme import PlanRecord, Rules
from storage.record_objects import read_record
from storage.records import TICKS_PER_SECOND, AssetRecord, ChannelRecord, PoolRevision

HOUR = 3600 * TICKS_PER_SECOND
SHARD_VIEWERS = 300  # of six-minute clips, a day of theirs is 100 kB
UNIT_SHARDS = 16  # that are made together
RESUMED_MS = 12 * 3600 * 1000  # a plan that was begun earlier is begun anew: tastes change
PLANS_LIMIT = 1000  # of one run of a channel


@dataclass(frozen=True, slots=True)
class Wish:
    """What plan somebody wants. `skip_bad`: assets that cannot be planned are left out instead of refused."""

    hours: int = 24
    scorer: str = "affinity"
    skip_bad: bool = False


async def draft_plan(catalogue: Catalogue, objects: Objects, name: str, wish: Wish, clock: Clock) -> PlanDraft:
    """What the plan is made from: one that was begun and is not published, if it says the same, else a new one.

    Raises BadInput, NotFound, and Conflict for assets that cannot be planned, or a channel that has nothing to plan.
    """
    if not 1 <= wish.hours <= HOURS_LIMIT:
        raise BadInput(f"{wish.hours} hours: a plan is for 1 to {HOURS_LIMIT}")
    channel = await catalogue.channel(keys.checked_name("channel", name))
    if channel.stop_tick is not None:
        raise Conflict(f"channel {name!r} was stopped: there is nothing to plan")
    now_ms = clock()
    wanted = await _wanted(catalogue, channel, wish, now_ms)
    begun, newest = await asyncio.to_thread(_begun, objects, channel, wanted)
    if begun is not None:
        return begun
    viewers = await catalogue.profiles.count(name)
    if not viewers:
        raise Conflict(f"channel {name!r} has no viewer of whom anything is known: see streamsync profile import")
    shards = min(1 << max((viewers - 1) // SHARD_VIEWERS, 0).bit_length(), SHARDS_LIMIT)
    draft = wanted.model_copy(update={"version": newest + 1, "shards": shards})
    key = keys.plan_key(name, draft.version)
    if await asyncio.to_thread(lambda: objects.put(key, draft.stored().encode(), if_absent=True)):
        return draft
    other = await asyncio.to_thread(stored_draft, objects, name, draft.version)
    if not other.same(draft):
        raise Conflict(f"another plan of channel {name!r} was begun just now: it has the version {other.version}")
    return other


def stored_draft(objects: Objects, channel: str, version: int) -> PlanDraft:
    """What a plan is made from. Blocks. Raises NotFound, and Unavailable for what is none."""
    return read_record(objects, keys.plan_key(channel, version), PlanDraft, "a plan")


def units(draft: PlanDraft) -> int:
    """In how many parts a plan is made."""
    return max(draft.shards // UNIT_SHARDS, 1)


def made_shards(objects: Objects, draft: PlanDraft) -> set[int]:
    """The shards that are there. Blocks."""
    prefix = keys.plan_prefix(draft.channel, draft.version)
    names = (key.removeprefix(prefix).removesuffix(".bin") for key in objects.keys(prefix))
    return {int(name) for name in names if name.isdecimal()}


async def publish_plan(catalogue: Catalogue, objects: Objects, draft: PlanDraft, clock: Clock) -> PlanRecord:
    """Let a plan take over as soon as can be, and drop those that nothing depends on any more. Safe to repeat.

    On a channel with filler it takes over to the tick, else at each viewer's first clip boundary.

    Raises Conflict if it is not all there, if the channel or its pool are others by now, or just being changed.
    """
    made = await asyncio.to_thread(made_shards, objects, draft)
    if len(made) < draft.shards:
        left = draft.shards - len(made)
        raise Conflict(f"plan {draft.version} of channel {draft.channel!r}: {left} shards are missing")
    known = await catalogue.assets_of((await catalogue.channel(draft.channel)).named)
    deadline_ms = await deadline(catalogue, draft.channel)
    channel = await catalogue.channel(draft.channel)
    done = next((one for one in channel.plans if one.version == draft.version), None)
    if done is not None:
        return done
    now_ms = clock()
    on = Channel(channel, known)
    resets = bool(channel.revisions[-1].filler) and changes_from(channel, now_ms) > 0
    tick = _settled(channel, known, now_ms) if resets else changes_from(channel, now_ms)
    if channel.msn != draft.run_msn or channel.stop_tick is not None:
        raise Conflict(f"channel {draft.channel!r} was stopped or started anew meanwhile: plan again")
    if channel.plans and channel.plans[-1].version > draft.version:
        raise Conflict(f"channel {draft.channel!r} has a newer plan than {draft.version}")
    pool = next((one for one in channel.revisions if one.tick == draft.pool), None)
    if pool is None or pool.assets != draft.assets or lacks_at(pool, draft.left_out, channel.revisions) <= tick:
        raise Conflict(f"the pool of channel {draft.channel!r} lacks assets of the plan by now: plan again")
    if asked(pool.rules) != asked(draft.rules) or ruled_at(pool, draft.left_out, channel.revisions) <= tick:
        raise Conflict(f"the rules of channel {draft.channel!r}, or its tags, are others by now: plan again")
    plans = tuple(one for one in channel.plans if one.tick < tick)
    gone = over(plans, _anchor(on, now_ms))
    kept = plans[gone:]
    if len(kept) >= PLANS_LIMIT:
        raise Conflict(f"channel {draft.channel!r} has {PLANS_LIMIT} plans: stop it and start it anew")
    plan = PlanRecord(
        version=draft.version,
        tick=tick,
        until=tick + draft.span,
        pool=draft.pool,
        shards=draft.shards,
        left_out=draft.left_out,
        keeps_rules=True,
        resets=resets,
    )
    forgotten = max((one.until for one in plans[:gone]), default=channel.forgotten)
    changes = with_outlook(on, now_ms, plans=(*kept, plan), forgotten=forgotten)
    await replaced(catalogue, channel, deadline_ms, **changes)
    return plan


def _settled(channel: ChannelRecord, known: Mapping[str, AssetRecord], now_ms: int) -> int:
    """The first tick that a plan may reset at: what leads to it is past the change horizon, as before a moment.

    A viewer for whom no clip ends between an edit and a reset would never see the edit: none of those made so far is
    left pending.
    """
    first = changes_from(channel, now_ms)
    tick = first + BRIDGE_TICKS
    longest = max((one.ticks[-1] for one in known.values()), default=0)
    edits = [one.tick for one in channel.edits]
    if channel.overlaid:
        edits.append(first)  # of single lineups, made without notice
    not_in = [(edit, edit + longest + SHORTEST) for edit in edits]
    not_in += [(one.tick + 1, one.tick + SHORTEST) for one in channel.plans]  # no segment is shorter
    for since, until in sorted(not_in):
        if since <= tick < until:
            tick = until
    return tick


def _anchor(on: Channel, now_ms: int) -> int:
    """The tick that numbers count from in the oldest URL that any server still answers; 0: from the beginning."""
    if on.record.epoch_ms is None:
        return 0
    return on.counts_from(day_of(now_ms) - STAY_DAYS - 1)  # a day more: clocks differ


async def named_plans(catalogue: Catalogue, name: str) -> set[int] | None:
    """The versions of the plans that a channel names; None if nobody can tell, as there is not a single channel."""
    channels = {one.name: one for one in await catalogue.channels()}
    if not channels:
        return None  # perhaps the catalogue was lost, and is about to be restored
    return {plan.version for plan in channels[name].plans} if name in channels else set()


async def _wanted(catalogue: Catalogue, channel: ChannelRecord, wish: Wish, now_ms: int) -> PlanDraft:
    """The draft, without its version and shards."""
    revision = _revision(channel, changes_from(channel, now_ms))
    if len(revision.assets) > POOL_LIMIT:
        raise Conflict(f"channel {channel.name!r} has more than {POOL_LIMIT} assets in its pool")
    records = await catalogue.assets_of(revision.assets)
    said = await catalogue.metadata.of_all(revision.assets)
    states = await catalogue.states_of(revision.assets)
    span = wish.hours * HOUR
    horizon_ms = (changes_from(channel, now_ms) + span) // TICKS_PER_MS
    ends_ms = now_ms + span // TICKS_PER_MS if channel.epoch_ms is None else channel.epoch_ms + horizon_ms
    faults = {
        index: fault
        for index, asset in enumerate(revision.assets)
        if (fault := _fault(asset, records.get(asset), said.get(asset), states.get(asset), (now_ms, ends_ms)))
    }
    if faults and not wish.skip_bad:
        more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
        raise Conflict(f"{next(iter(faults.values()))}{more}: nothing was planned")
    if len(faults) == len(revision.assets):
        raise Conflict(f"channel {channel.name!r}: nothing of its pool can be planned: {next(iter(faults.values()))}")
    lengths = tuple(records[one].ticks[-1] if one in records else 1 for one in revision.assets)
    _check_rules(channel.name, revision.rules)
    known = [said.get(asset, AssetMetadata(asset=asset)) for asset in revision.assets]
    return PlanDraft(
        channel=channel.name,
        version=1,
        run_msn=channel.msn,
        pool=revision.tick,
        rules=revision.rules,
        span=span,
        shards=1,
        scorer=wish.scorer,
        made_ms=now_ms,
        assets=revision.assets,
        tags=tuple(one.tags for one in known),
        ratings=tuple(OLDEST if one.rating is None else one.rating for one in known),
        lengths=lengths,
        left_out=tuple(faults),
    )


def _fault(
    asset: str, record: AssetRecord | None, said: AssetMetadata | None, state: str | None, during_ms: tuple[int, int]
) -> str | None:
    """Why an asset cannot be planned, for people."""
    if record is None:
        return f"no asset {asset!r}"
    if state:
        return f"asset {asset} is {state}: it takes no new place"
    if said is None:
        return None
    start, end = said.rights_from_ms, said.rights_until_ms
    if start is not None and start > during_ms[0]:
        return f"the rights of asset {asset} begin at {date_text(start)}"
    # A clip that begins just before the plan's end plays to its own.
    if end is not None and end - -(-record.ticks[-1] // TICKS_PER_MS) < during_ms[1]:
        return f"the rights of asset {asset} end at {date_text(end)}, during the plan"
    return None


def _check_rules(name: str, rules: Rules) -> None:
    """Raises Conflict for rules that a plan would not keep."""
    if rules.order == "fixed":
        raise Conflict(f"channel {name!r} has a fixed order, the same for everybody: there is nothing to plan")
    if rules.day_parts:
        raise Conflict(f"channel {name!r} has day parts, which no plan keeps: viewers have the derived lineup")


def _revision(channel: ChannelRecord, tick: int) -> PoolRevision:
    """The last revision that nothing can take the place of any more."""
    fixed = [one for one in channel.revisions if one.tick < max(tick, 1)]
    return fixed[-1]


def _begun(objects: Objects, channel: ChannelRecord, wanted: PlanDraft) -> tuple[PlanDraft | None, int]:
    """A plan that says the same and is neither published nor old; and the newest version there is."""
    prefix = keys.plan_drafts(channel.name)
    names = (key.removeprefix(prefix).removesuffix(".json") for key in objects.keys(prefix))
    drafted = {int(name) for name in names if name.isdecimal()}
    newest = max((one.version for one in channel.plans), default=0)
    for version in sorted((one for one in drafted if one > newest), reverse=True):
        try:
            draft = stored_draft(objects, channel.name, version)
        except NotFound:
            continue  # it was collected just now
        if draft.same(wanted) and wanted.made_ms - draft.made_ms < RESUMED_MS:
            return draft, version
    return None, max(drafted | {newest})
