"""The verbs of filler: let an ident be one, give a channel its idents."""

from collections.abc import Sequence
from fractions import Fraction

from manifest_server.admin.actions import Clock, changes_from, check_version, deadline, replaced
from manifest_server.admin.metadata import changed_metadata
from manifest_server.programming.filler import SHORTEST_TICKS, frame_counts, gaps, ident_ticks
from manifest_server.programming.revisions import amended
from storage.asset_index import index
from storage.asset_states import AssetState
from storage.catalogue import Catalogue
from storage.errors import BadInput, Conflict
from storage.keys import checked_asset, checked_name
from storage.metadata import FILLER
from storage.metadata_copies import copy
from storage.objects import Objects
from storage.records import TICKS_PER_SECOND, AssetRecord, ChannelRecord

_NAMED = 5  # of what is missing


async def set_filler(
    catalogue: Catalogue, name: str, assets: Sequence[str], clock: Clock, version: int | None = None
) -> ChannelRecord:
    """Give a channel the idents that fill the time before its moments, from the change horizon on.

    Raises NotFound; Conflict for an asset that was retired; BadInput for one that is no ident, for two rates, and
    when they cannot fill every rest from a second to 9 s, with what is missing.
    """
    ids = tuple(dict.fromkeys(map(checked_asset, assets)))
    checked_name("channel", name)
    await catalogue.channel(name)
    if not ids:
        raise BadInput(f"channel {name!r}: filler is one or more idents: streamsync filler make IDENT")
    known = await catalogue.assets_of(ids)
    records = [known[asset] if asset in known else await catalogue.asset(asset) for asset in ids]
    _check_idents(records)
    for asset, state in (await catalogue.states_of(ids)).items():
        raise Conflict(f"asset {asset} is {state}: it takes no new place")
    _check_enough(name, records)
    deadline_ms = await deadline(catalogue, name)
    channel = await catalogue.channel(name)
    check_version(f"channel {name!r}", channel.version, version)
    if channel.revisions[-1].filler == ids:
        return channel
    revisions = amended(channel.revisions, changes_from(channel, clock()), filler=ids)
    return await replaced(catalogue, channel, deadline_ms, revisions=revisions)


async def admit(
    catalogue: Catalogue, objects: Objects, record: AssetRecord, state: AssetState | None, said: str
) -> None:
    """Tell the catalogue of an ident that was packaged; `said` is what it is an ident of. Safe to repeat."""
    known = await catalogue.metadata.of(record.id)
    changed = changed_metadata(known, {"tags": [*known.tags, FILLER], "more": {**known.more, FILLER: said}})
    # What it is comes first, so that no pool gets it in between.
    if changed != known:
        await catalogue.metadata.store(changed.model_copy(update={"version": known.version + 1}))
    await index(catalogue, record, state)
    await copy(catalogue, objects, record.id)


async def made_before(catalogue: Catalogue, settings_digest: str) -> dict[str, AssetRecord]:
    """The idents that were packaged with these settings and can take a new place, by what they are idents of."""
    said = {one.asset: one.more[FILLER] async for one in catalogue.metadata.everything() if one.is_filler}
    states = await catalogue.states_of(said)
    records = await catalogue.assets_of(asset for asset in said if asset not in states)
    return {said[asset]: record for asset, record in records.items() if record.settings == settings_digest}


def _check_idents(records: Sequence[AssetRecord]) -> None:
    for record in records:
        if record.segments != 1:
            raise BadInput(f"asset {record.id} has {record.segments} segments: an ident is one")
        if record.ticks[-1] < SHORTEST_TICKS:
            raise BadInput(f"asset {record.id} lasts {record.duration_s:.2f} s: an ident lasts a second or more")
    rates: dict[Fraction, AssetRecord] = {}
    for record in records:
        rates.setdefault(record.fps, record)
    if len(rates) > 1:
        first, second, *_ = rates.values()
        raise BadInput(
            f"asset {first.id} has {first.frame_rate} frames a second, {second.id} has {second.frame_rate}: idents "
            "of a channel have one rate"
        )


def _check_enough(name: str, records: Sequence[AssetRecord]) -> None:
    fps, lengths = records[0].fps, [record.ticks[-1] for record in records]
    missing = gaps(lengths, fps)
    if missing:
        wanted = [count for count in frame_counts(fps) if ident_ticks(count, fps) not in lengths]
        raise BadInput(
            f"channel {name!r}: no three of these idents fill {_seconds(missing, fps)}; of a set that does, "
            f"{_seconds(wanted, fps)} are missing: streamsync filler make IDENT"
        )


def _seconds(counts: Sequence[int], fps: Fraction) -> str:
    """`1.04, 1.08 and 3 more s`."""
    shown = ", ".join(f"{ident_ticks(count, fps) / TICKS_PER_SECOND:.2f}" for count in counts[:_NAMED])
    more = f" and {len(counts) - _NAMED} more" if len(counts) > _NAMED else ""
    return f"{shown}{more} s"
