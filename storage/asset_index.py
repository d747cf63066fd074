"""The index of assets in the catalogue, kept true to the object store, and rebuilt from it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice

from storage import asset_states, keys
from storage.asset_states import AssetState
from storage.catalogue import Catalogue
from storage.errors import BadInput, Unavailable
from storage.metadata_copies import stored_metadata
from storage.objects import Objects
from storage.records import AssetRecord

_BATCH = 64  # records are up to some 100 kB each
_AT_ONCE = 8

Referred = Callable[[set[str]], Awaitable[set[str]]]


@dataclass(slots=True)
class Reindexing:
    """What reindexing found, or did. `states`: marks that differed; `said`: of how many something newer is said."""

    same: int = 0
    added: int = 0
    replaced: int = 0
    removed: int = 0
    states: int = 0
    said: int = 0
    damaged: list[str] = field(default_factory=list)  # what cannot be read, and why
    needed: list[str] = field(default_factory=list)  # in the index, named by a channel, and without a record

    @property
    def seen(self) -> int:
        """How many records were read."""
        return self.same + self.added + self.replaced + len(self.damaged)


async def index(catalogue: Catalogue, record: AssetRecord, state: AssetState | None) -> None:
    """Tell the catalogue of an asset and of its state."""
    # The state last: an asset that is live again is not offered before its record is the new one.
    await catalogue.index_asset(record)
    await catalogue.put_asset_state(record.id, state.state if state else "")


async def forget(catalogue: Catalogue, objects: Objects, asset: str) -> None:
    """Remove all that is left of a deleted asset that nothing refers to, its mark last. Not of one that is there."""
    record = await asyncio.to_thread(asset_states.stored_record, objects, asset)
    if record is not None and not await asyncio.to_thread(asset_states.is_deleted, objects, asset):
        return  # it was packaged again
    await asyncio.to_thread(objects.delete, keys.metadata_key(asset))
    await asyncio.to_thread(objects.delete, keys.record_key(asset))
    await catalogue.unindex_asset(asset)
    record = await asyncio.to_thread(asset_states.stored_record, objects, asset)
    if record is not None:  # in this very moment
        await index(catalogue, record, None)
    await asyncio.to_thread(asset_states.unmark, objects, asset)


async def reindex(
    catalogue: Catalogue, objects: Objects, referred: Referred, *, write: bool, watcher: Callable[[Reindexing], None]
) -> Reindexing:
    """Make the index what the object store says; without `write`, say what would be done.

    What cannot be read is passed over, and stays in the index as it was. `referred` gives those of some assets that a
    channel needs: they stay in the index even without a record. Safe beside everything else, and to repeat.
    """
    done = Reindexing()
    gone = set(await catalogue.asset_ids())
    names = _names(objects, keys.RECORDS, done)
    while batch := await asyncio.to_thread(lambda: list(islice(names, _BATCH))):
        gone.difference_update(batch)
        await _index_batch(catalogue, objects, batch, done, write)
        watcher(done)
    await _index_states(catalogue, objects, done, write)
    await _index_metadata(catalogue, objects, done, write)
    # An asset that was packaged meanwhile is in the index, and was not in the listing.
    absent = [one for one in sorted(gone) if not await asyncio.to_thread(objects.exists, keys.record_key(one))]
    done.needed = sorted(await referred(set(absent))) if absent else []
    for asset in absent:
        if asset not in done.needed:
            done.removed += 1
            if write:
                await catalogue.unindex_asset(asset)
    return done


async def _index_batch(
    catalogue: Catalogue, objects: Objects, batch: list[str], done: Reindexing, write: bool
) -> None:
    known = await _known(catalogue, batch)
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="read") as pool:
        loop = asyncio.get_running_loop()
        reading = [loop.run_in_executor(pool, asset_states.stored_record, objects, asset) for asset in batch]
        records = await asyncio.gather(*reading, return_exceptions=True)
    for asset, record in zip(batch, records, strict=True):
        if isinstance(record, Unavailable):
            done.damaged.append(str(record))
        elif isinstance(record, BaseException):
            raise record
        elif record is not None:  # else it was deleted meanwhile
            before = known.get(asset)
            done.same += record == before
            done.added += before is None
            done.replaced += before is not None and record != before
            if write and record != before:
                await catalogue.index_asset(record)


async def _known(catalogue: Catalogue, batch: list[str]) -> dict[str, AssetRecord]:
    """What the index has of these; nothing of those that it holds no record of."""
    try:
        return await catalogue.assets_of(batch)
    except Unavailable:
        if len(batch) == 1:
            await catalogue.ping()  # it does answer
            return {}
    found: dict[str, AssetRecord] = {}
    for asset in batch:
        found |= await _known(catalogue, [asset])
    return found


async def _index_states(catalogue: Catalogue, objects: Objects, done: Reindexing, write: bool) -> None:
    known = await catalogue.asset_states()
    for asset in await asyncio.to_thread(lambda: list(_names(objects, keys.STATES, done))):
        try:
            state = await asyncio.to_thread(asset_states.state_of, objects, asset)
        except Unavailable as error:
            done.damaged.append(str(error))
            known.pop(asset, None)
            continue
        before = known.pop(asset, "")
        after = state.state if state else ""
        if before != after:
            done.states += 1
            if write:
                await catalogue.put_asset_state(asset, after)
    for asset in known:
        # Read once more: it may have been marked since.
        state = await asyncio.to_thread(asset_states.state_of, objects, asset)
        if state is None:
            done.states += 1
            if write:
                await catalogue.put_asset_state(asset, "")


async def _index_metadata(catalogue: Catalogue, objects: Objects, done: Reindexing, write: bool) -> None:
    """Take over what is said of assets where the catalogue has nothing, or an earlier version."""
    names = _names(objects, keys.METADATA, done)
    while batch := await asyncio.to_thread(lambda: list(islice(names, _BATCH))):
        known = await catalogue.metadata.of_all(batch)
        for asset in batch:
            try:
                stored = await asyncio.to_thread(stored_metadata, objects, asset)
            except Unavailable as error:
                done.damaged.append(str(error))
                continue
            if stored is not None and (asset not in known or known[asset].version < stored.version):
                done.said += 1
                if write:
                    await catalogue.metadata.put(stored)


def _names(objects: Objects, prefix: str, done: Reindexing) -> Iterator[str]:
    """The assets that there is a `{asset}.json` of; what is called otherwise is told."""
    for key in objects.keys(prefix):
        name = key.removeprefix(prefix)
        try:
            yield keys.checked_asset(name.removesuffix(".json"))
        except BadInput:
            done.damaged.append(f"object {key!r} is not called after an asset")
