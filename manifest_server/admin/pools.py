"""The verbs of pools that follow a query: make a channel by one, set it, try it, and let the pool follow it.

What rights will change within a day is planned with it, so that it happens in time even while nobody looks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from manifest_server.admin.actions import (
    Clock,
    changes_from,
    check_version,
    create_channel,
    deadline,
    kept_revisions,
    replaced,
)
from manifest_server.playout.ticks import TICKS_PER_MS, date_ms, date_text, position
from manifest_server.programming.captured import captured
from manifest_server.programming.kept import check_enough
from manifest_server.programming.query import Candidate, explained, selections
from manifest_server.programming.revisions import revised
from storage.catalogue import Catalogue
from storage.errors import Conflict
from storage.keys import checked_name
from storage.metadata import AssetMetadata, PoolQuery
from storage.records import ChannelRecord, PoolRevision

AHEAD_MS = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Followed:
    """What following a query did. `empty_ms`: from when on (Unix milliseconds) nothing would be left, if so.

    A channel is never without a pool: it keeps the one before then.
    """

    channel: ChannelRecord
    changed: bool
    empty_ms: int | None


async def create_following(
    catalogue: Catalogue, name: str, query: PoolQuery, clock: Clock, title: str = ""
) -> ChannelRecord:
    """A new channel whose pool follows a query, not on air yet. BadInput; Conflict if it selects nothing."""
    checked_name("channel", name)
    among, now_ms = await candidates(catalogue), clock()
    pool = selections(query, among, now_ms, now_ms + 1)[0].assets
    if not pool:
        why = explained(query, {one.asset: one.metadata for one in among})
        raise Conflict(f"channel {name!r}: its pool would be empty: {why}")
    return await create_channel(catalogue, name, pool, title, query)


async def set_query(
    catalogue: Catalogue, name: str, query: PoolQuery, clock: Clock, version: int | None = None
) -> Followed:
    """Let a channel's pool follow a query from the change horizon on.

    Raises NotFound, and Conflict if the query leaves nothing, be it only when rights end within a day, or if the
    channel's rules leave too little of it.
    """
    among = await candidates(catalogue)
    deadline_ms = await deadline(catalogue, checked_name("channel", name))
    channel = await catalogue.channel(name)
    check_version(f"channel {name!r}", channel.version, version)
    revisions, empty_ms = _planned(channel, query, among, clock())
    if empty_ms is not None:
        why = explained(query, {one.asset: one.metadata for one in among})
        raise Conflict(f"channel {name!r}: from {date_text(empty_ms)} on its pool would be empty: {why}")
    for revision in revisions:
        if revision not in channel.revisions:
            check_enough(name, revision)
    return await _stored(catalogue, channel, deadline_ms, query, revisions, None)


async def follow_query(
    catalogue: Catalogue, name: str, clock: Clock, among: Sequence[Candidate] | None = None
) -> Followed | None:
    """Make a channel's pool what its query selects; None if it has none. Safe to repeat.

    `among`: the candidates, if somebody has just read them. Raises NotFound, and Conflict if the channel changed
    meanwhile.
    """
    among = await candidates(catalogue) if among is None else among  # before all that must not take long
    deadline_ms = await deadline(catalogue, checked_name("channel", name))
    channel = await catalogue.channel(name)
    if channel.query is None:
        return None
    revisions, empty_ms = _planned(channel, channel.query, among, clock())
    return await _stored(catalogue, channel, deadline_ms, channel.query, revisions, empty_ms)


async def keep_up(
    catalogue: Catalogue, name: str, clock: Clock, among: Sequence[Candidate] | None = None
) -> Followed:
    """Let a channel's pool follow its query, if it has one, and what is said of its assets. Safe to repeat.

    Raises NotFound, and Conflict if the channel changed meanwhile.
    """
    channel = await catalogue.channel(checked_name("channel", name))
    if channel.query is not None:
        followed = await follow_query(catalogue, name, clock, among)
        if followed is not None:
            return followed
    last = channel.revisions[-1]
    said = await catalogue.metadata.of_all(last.assets)
    deadline_ms = await deadline(catalogue, name)
    tick = max(last.tick, changes_from(channel, clock()))
    changed = revised(last, tick, **captured(last.rules, last.assets, said))
    if changed == revised(last, tick):
        return Followed(channel, False, None)
    revisions = (*kept_revisions(channel, tick), changed)
    return Followed(await replaced(catalogue, channel, deadline_ms, revisions=revisions), True, None)


async def selected(catalogue: Catalogue, query: PoolQuery, now_ms: int) -> tuple[str, ...]:
    """The assets that a query selects at an instant, the first packaged first."""
    return selections(query, await candidates(catalogue), now_ms, now_ms + 1)[0].assets


async def candidates(catalogue: Catalogue) -> list[Candidate]:
    """All assets that may take a new place, with what is said of them, the first packaged first."""
    states = await catalogue.asset_states()
    records = [record for record in await catalogue.assets() if record.id not in states]
    said = await catalogue.metadata.of_all(record.id for record in records)
    return [
        Candidate(
            record.id, -(-record.ticks[-1] // TICKS_PER_MS), said.get(record.id, AssetMetadata(asset=record.id))
        )
        for record in records
    ]


def _planned(
    channel: ChannelRecord, query: PoolQuery, among: Sequence[Candidate], now_ms: int
) -> tuple[tuple[PoolRevision, ...], int | None]:
    """The channel's revisions with what the query selects from the change horizon on, and when that is nothing."""
    first = changes_from(channel, now_ms)
    kept = kept_revisions(channel, first)
    epoch_ms, from_ms, until_ms = _span(channel, first, now_ms)
    planned, last, empty_ms = list(kept), channel.revisions[-1], None
    said = {one.asset: one.metadata for one in among}
    for selection in selections(query, among, from_ms, until_ms):
        if not selection.assets:
            empty_ms = selection.at_ms if empty_ms is None else empty_ms
            continue
        tick = max(first, position(selection.at_ms, epoch_ms))
        base = planned[-1] if planned else last
        kept_said = captured(last.rules, selection.assets, said)
        going_on = {"rules": last.rules, "offsets": last.offsets, "filler": last.filler}
        changed = revised(base, tick, assets=selection.assets, **going_on, **kept_said)
        if not planned or changed != revised(base, tick):
            planned.append(changed)
    # A channel that has not begun has a pool from its first tick on.
    return tuple(planned) if planned and planned[0].tick == 0 else channel.revisions, empty_ms


def _span(channel: ChannelRecord, first: int, now_ms: int) -> tuple[int, int, int]:
    """The instant of tick 0, and from when until when is planned. Without an epoch, or stopped: for now alone."""
    if channel.epoch_ms is None or channel.stop_tick is not None:
        return now_ms, now_ms, now_ms + 1  # what is selected now is for the next start
    from_ms = date_ms(channel.epoch_ms, first)
    return channel.epoch_ms, from_ms, from_ms + AHEAD_MS


async def _stored(
    catalogue: Catalogue,
    channel: ChannelRecord,
    deadline_ms: int,
    query: PoolQuery,
    revisions: tuple[PoolRevision, ...],
    empty_ms: int | None,
) -> Followed:
    if channel.query == query and channel.revisions == revisions:
        return Followed(channel, False, empty_ms)
    changed = await replaced(catalogue, channel, deadline_ms, query=query, revisions=revisions)
    return Followed(changed, True, empty_ms)
