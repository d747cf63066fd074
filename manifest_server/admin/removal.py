"""The verbs of removal: retire an asset, make it live again, delete it. For the command line, and for the API.

The mark in the object store comes first, the catalogue's copy next, what follows from it last: whatever is cut short
can be repeated.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import inf

from pydantic import ConfigDict

from manifest_server.admin import actions
from manifest_server.admin.actions import Clock
from manifest_server.admin.examples import RETIREMENT
from manifest_server.admin.places import Listing, listings, referred, repeating
from manifest_server.admin.pools import follow_query
from storage import asset_states, keys
from storage.asset_index import forget
from storage.asset_states import AssetState
from storage.catalogue import Catalogue
from storage.errors import Conflict, NotFound
from storage.media_removal import Freed, delete_all
from storage.objects import Objects
from storage.records import AssetRecord, ChannelRecord

# Whoever looked at an asset's state before it was marked has stored what they were about to, or failed: an answer of
# Redis with all attempts takes 6 s (storage/redis_link.py).
SETTLE_S = 10.0
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Retirement:
    """What retiring did: channels that got a pool without the assets, and what goes on as it was."""

    __pydantic_config__ = ConfigDict(json_schema_extra={"examples": [RETIREMENT]})

    channels: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()  # stopped channels whose pool holds nothing else: they cannot be started with it
    lineups: tuple[tuple[str, str], ...] = ()  # channel and given lineup that repeats one of them until it is edited


@dataclass(frozen=True, slots=True)
class Removal:
    """What deleting an asset would break, or wait for. `record`: None if only traces of it are left."""

    asset: str
    record: AssetRecord | None
    state: AssetState | None
    listings: tuple[Listing, ...]


@dataclass(frozen=True, slots=True)
class Deletion:
    """What deleting did. `kept_record`: a channel's history or a lineup needs what is known of its length."""

    freed: Freed
    kept_record: bool


@dataclass(frozen=True, slots=True)
class Ways:
    """How a deletion is carried out."""

    force: bool = False
    by: str | None = None
    settle_s: float = SETTLE_S
    under_way: Callable[[str], bool] = field(default=lambda _: False)  # is it being packaged? Blocks.
    watcher: Callable[[Freed], None] = field(default=lambda _: None)  # called in another thread


async def retire(
    catalogue: Catalogue, objects: Objects, assets: Sequence[str], clock: Clock, by: str | None = None
) -> Retirement:
    """Let assets take no new place: from the change horizon on every pool is without them. Safe to repeat.

    Raises NotFound, and Conflict if one was deleted or a channel would have an empty pool; nothing has changed then.
    """
    gone = frozenset(assets)
    for asset in sorted(gone):
        await _retirable(objects, asset)
    for channel in await catalogue.channels():
        if channel.stop_tick is None and not gone.isdisjoint(channel.revisions[-1].filler):
            raise Conflict(f"channel {channel.name!r}: it is filler there; give it other idents first")
        if channel.stop_tick is None and await _rest(catalogue, channel, gone) == []:
            raise Conflict(f"channel {channel.name!r}: its pool holds nothing else; give it another one first")
    for asset in sorted(gone):
        await _mark(catalogue, objects, asset, "retired", clock, by)
    return await _taken_out(catalogue, gone, clock)


async def reinstate(catalogue: Catalogue, objects: Objects, assets: Sequence[str]) -> None:
    """Make retired assets live again; no pool gets them back by that. Raises NotFound, Conflict for a deleted one."""
    for asset in assets:
        await _retirable(objects, asset)
    for asset in assets:
        await _unmark(catalogue, objects, asset)


async def examine(catalogue: Catalogue, objects: Objects, asset: str, now_ms: int) -> Removal:
    """What stands against deleting an asset. Nothing does any more once it is deleted. Raises NotFound."""
    record = await asyncio.to_thread(asset_states.stored_record, objects, asset)
    state = await asyncio.to_thread(asset_states.state_of, objects, asset)
    deleted = state is not None and state.state == "deleted"
    if record is None and not deleted:
        raise NotFound(f"no asset {asset!r}")
    places = [] if record is None or deleted else await listings(catalogue, record, now_ms)
    return Removal(asset, record, state, tuple(places))


async def delete(catalogue: Catalogue, objects: Objects, asset: str, clock: Clock, ways: Ways) -> Deletion:
    """Remove the media of an asset, and all traces of it unless a channel's history needs its record.

    Raises NotFound, and Conflict while it is being packaged, or while it can be listed unless that is to be forced.
    Safe to repeat, and to kill at any point.
    """
    if await asyncio.to_thread(ways.under_way, asset):
        raise Conflict(f"asset {asset} is being packaged: streamsync jobs cancel {asset}, or wait")
    before = await examine(catalogue, objects, asset, clock())
    state = before.state
    if state is None or state.state != "deleted":
        _check_free(before, ways)
        await _settled(catalogue, objects, before, clock, ways)
        await _mark(catalogue, objects, asset, "deleted", clock, ways.by)
        until_s = inf
    else:
        await catalogue.put_asset_state(asset, state.state)
        until_s = state.at_s  # what is newer belongs to somebody who packages it again
    freed = await asyncio.to_thread(_delete_media, objects, asset, until_s, ways)
    needed = bool(await referred(catalogue, {asset}))
    if not needed:
        await forget(catalogue, objects, asset)
    return Deletion(freed, needed)


def _check_free(removal: Removal, ways: Ways) -> None:
    if removal.listings and not ways.force:
        shown = "; ".join(map(str, removal.listings[:3]))
        more = f"; and {len(removal.listings) - 3} more" if len(removal.listings) > 3 else ""
        raise Conflict(f"asset {removal.asset} can be listed: {shown}{more}")


async def _settled(catalogue: Catalogue, objects: Objects, before: Removal, clock: Clock, ways: Ways) -> None:
    """Wait until no change that does not know of the retirement is under way, and look again."""
    asset = before.asset
    if before.state is None or before.state.at_s > clock() / 1000 - ways.settle_s:
        if before.state is None:
            await _mark(catalogue, objects, asset, "retired", clock, ways.by)
        try:
            if ways.force:
                await _taken_out(catalogue, frozenset({asset}), clock)
            await asyncio.sleep(ways.settle_s)
            _check_free(await examine(catalogue, objects, asset, clock()), ways)
        except Conflict:
            if before.state is None:
                await _unmark(catalogue, objects, asset)
            raise
    elif ways.force:
        await _taken_out(catalogue, frozenset({asset}), clock)


def _delete_media(objects: Objects, asset: str, until_s: float, ways: Ways) -> Freed:
    entries = (entry for entry in objects.entries(keys.asset_prefix(asset)) if entry.modified_s <= until_s)
    return delete_all(objects, entries, ways.watcher)


async def _retirable(objects: Objects, asset: str) -> None:
    state = await asyncio.to_thread(asset_states.state_of, objects, asset)
    if state is not None and state.state == "deleted":
        raise Conflict(f"asset {asset} was deleted; packaging the same file makes it again")
    if await asyncio.to_thread(asset_states.stored_record, objects, asset) is None:
        raise NotFound(f"no asset {asset!r}")


async def _taken_out(catalogue: Catalogue, gone: frozenset[str], clock: Clock) -> Retirement:
    """Give every channel a pool without these assets, unless that would be an empty one."""
    changed, kept, lineups = [], [], []
    for channel in await catalogue.channels():
        if await _rest(catalogue, channel, gone) == []:
            kept.append(channel.name)
        elif await _without(catalogue, channel, gone, clock):
            changed.append(channel.name)
        lineups += [(channel.name, lineup) async for lineup in repeating(catalogue, channel, gone)]
    return Retirement(tuple(changed), tuple(kept), tuple(lineups))


async def _without(catalogue: Catalogue, channel: ChannelRecord, gone: frozenset[str], clock: Clock) -> bool:
    """Whether the channel's pool had to be changed. Raises Conflict when others change it time and again."""
    for attempt in range(_ATTEMPTS):
        try:
            if channel.query is not None:
                followed = await follow_query(catalogue, channel.name, clock)
                return followed is not None and followed.changed
            rest = await _rest(catalogue, channel, gone)
            if not rest:
                return False
            await actions.set_pool(catalogue, channel.name, rest, clock)
        except Conflict:
            if attempt == _ATTEMPTS - 1:
                raise
            channel = await catalogue.channel(channel.name)
        else:
            return True
    raise AssertionError("the last attempt returns or raises")


async def _rest(catalogue: Catalogue, channel: ChannelRecord, gone: frozenset[str]) -> list[str] | None:
    """What is left of a channel's pool without these assets; None if none of them is in it."""
    pool = channel.revisions[-1].assets
    if gone.isdisjoint(pool):
        return None
    # Others may have been retired by somebody who was cut short.
    gone |= (await catalogue.states_of(pool)).keys()
    return [asset for asset in pool if asset not in gone]


async def _mark(
    catalogue: Catalogue, objects: Objects, asset: str, state: asset_states.State, clock: Clock, by: str | None
) -> AssetState:
    before = await asyncio.to_thread(asset_states.state_of, objects, asset)
    if before is not None and before.state == state:
        made = before  # since when it is so does not change by repeating
    else:
        made = await asyncio.to_thread(asset_states.mark, objects, asset, state, clock(), by)
    await catalogue.put_asset_state(asset, state)
    return made


async def _unmark(catalogue: Catalogue, objects: Objects, asset: str) -> None:
    await asyncio.to_thread(asset_states.unmark, objects, asset)
    await catalogue.put_asset_state(asset, "")
