"""The verbs of running channels. The command line calls them, and so will the API."""

from collections.abc import Sequence

from manifest_server.onair.channels import Channels
from manifest_server.playout.days import NUMBERS_SINCE_S
from manifest_server.playout.ticks import position
from manifest_server.programming.edits import TooLate, horizon, succeed
from manifest_server.programming.pool import DERIVED
from storage.catalogue import Catalogue
from storage.errors import BadInput, Conflict
from storage.keys import checked_asset, checked_name
from storage.records import (
    TICKS_PER_SECOND,
    ChannelRecord,
    ClipRecord,
    LineupPart,
    LineupRecord,
    PoolRevision,
    ViewerRecord,
)

# Every change keeps this far from the edge: longer than any server goes on with a record that it has read
# (onair/channels.py), so nobody has listed what the change replaces.
MARGIN_TICKS = 4 * TICKS_PER_SECOND


async def create_channel(catalogue: Catalogue, name: str, assets: Sequence[str]) -> ChannelRecord:
    """A new channel with these assets as its pool; not on air yet. Raises BadInput, NotFound, Conflict."""
    record = ChannelRecord(
        name=checked_name("channel", name), revisions=(PoolRevision(tick=0, assets=await _pool(catalogue, assets)),)
    )
    await catalogue.create_channel(record)
    return record


async def start_channel(catalogue: Catalogue, name: str, epoch_ms: int) -> ChannelRecord:
    """Put a channel on air from `epoch_ms` (Unix milliseconds) on: past, now or future.

    A channel that was on air before begins above every number that it has ever listed. Raises NotFound, and
    Conflict if it is on air.
    """
    channel = await catalogue.channel(name)
    if channel.epoch_ms is not None and channel.stop_tick is None:
        raise Conflict(f"channel {name!r} is on air already")
    # A segment lasts a second or more, so that a channel started later begins above what it ever listed.
    msn = max(epoch_ms // 1000 - NUMBERS_SINCE_S, 1)
    if channel.epoch_ms is not None and channel.stop_tick is not None:
        # It has also listed ahead, and may be started as of a time gone by.
        msn = max(msn, channel.msn + (channel.stop_tick + channel.lookahead_ticks) // TICKS_PER_SECOND + 1)
    return await _replaced(
        catalogue,
        channel,
        epoch_ms=epoch_ms,
        stop_tick=None,
        msn=msn,
        dsn=msn,  # for both, as there are no more clips than segments; see playout/days.py for what is printed
        revisions=(PoolRevision(tick=0, assets=channel.revisions[-1].assets),),
    )


async def stop_channel(catalogue: Catalogue, name: str, now_ms: int) -> ChannelRecord:
    """End a channel: its playlists end with what is listed a moment from now. Before its epoch: do not begin.

    Raises NotFound, and Conflict if it is not on air.
    """
    channel = await catalogue.channel(name)
    if channel.epoch_ms is None or channel.stop_tick is not None:
        raise Conflict(f"channel {name!r} is not on air")
    if now_ms < channel.epoch_ms:
        return await _replaced(catalogue, channel, epoch_ms=None)
    return await _replaced(catalogue, channel, stop_tick=position(now_ms, channel.epoch_ms) + MARGIN_TICKS)


async def set_pool(catalogue: Catalogue, name: str, assets: Sequence[str], now_ms: int) -> ChannelRecord:
    """Change the assets of a channel. On air, each viewer goes over at their first clip boundary past the horizon."""
    channel = await catalogue.channel(name)
    pool = await _pool(catalogue, assets)
    if channel.epoch_ms is None or channel.stop_tick is not None or now_ms < channel.epoch_ms:
        return await _replaced(catalogue, channel, revisions=(PoolRevision(tick=0, assets=pool),))
    tick = horizon(position(now_ms, channel.epoch_ms), channel.lookahead_ticks, MARGIN_TICKS)
    tick = max(tick, channel.revisions[-1].tick + 1)
    return await _replaced(catalogue, channel, revisions=(*channel.revisions, PoolRevision(tick=tick, assets=pool)))


async def give_lineup(
    catalogue: Catalogue, channel: str, lineup: str, clips: Sequence[ClipRecord], *, repeats: bool
) -> LineupRecord:
    """A new lineup on a channel, from its epoch on. Raises BadInput, NotFound, Conflict."""
    if lineup.startswith(DERIVED):
        raise BadInput(f"lineup {lineup!r}: names that start with {DERIVED!r} are those of derived lineups")
    channels = Channels(catalogue)
    on = await channels.widened(await channels.channel(channel), clips)
    part = LineupPart(start=0, msn=on.record.msn, dsn=on.record.dsn, clips=_clips(clips), repeats=repeats)
    record = LineupRecord(id=checked_name("lineup", lineup), epoch_ms=on.record.epoch_ms, parts=(part,))
    on.given(record)
    await catalogue.create_lineup(channel, record)
    return record


async def edit_lineup(
    catalogue: Catalogue, channel: str, lineup: str, clips: Sequence[ClipRecord], *, repeats: bool, now_ms: int
) -> LineupRecord:
    """Let other clips take over at the first clip boundary past the change horizon.

    Raises BadInput, NotFound, NotOnAir, and Conflict if the lineup changed meanwhile or ends before.
    """
    channels = Channels(catalogue)
    on = await channels.channel(channel)
    record = await catalogue.lineup(channel, lineup)
    on = await channels.widened(on, (*clips, *(clip for part in record.parts for clip in part.clips)))
    tick = horizon(on.position(now_ms), on.record.lookahead_ticks, MARGIN_TICKS)
    try:
        after = succeed(on.given(record), tick, on.order(_clips(clips)), repeats).lineups
    except TooLate as error:
        raise Conflict(f"lineup {lineup!r} of channel {channel!r}: {error}") from None
    new = after[-1]
    part = LineupPart(start=new.start, msn=new.msn, dsn=new.dsn, clips=tuple(clips), repeats=repeats)
    kept = on.parts(record)[: len(after) - 1]
    changed = LineupRecord(id=record.id, version=record.version + 1, epoch_ms=on.record.epoch_ms, parts=(*kept, part))
    await catalogue.replace_lineup(channel, changed)
    return changed


async def assign_viewer(catalogue: Catalogue, channel: str, viewer: str, lineup: str | None) -> ViewerRecord:
    """Put a viewer on a given lineup, or back on the one derived from their name (None)."""
    await catalogue.channel(channel)
    if lineup is not None:
        await catalogue.lineup(channel, lineup)
    record = ViewerRecord(name=checked_name("viewer", viewer), lineup=lineup)
    await catalogue.put_viewer(channel, record)
    return record


async def _pool(catalogue: Catalogue, assets: Sequence[str]) -> tuple[str, ...]:
    """The assets of a pool: each exists, each once, in the order given."""
    pool = tuple(dict.fromkeys(map(checked_asset, assets)))
    if not pool:
        raise BadInput("a channel needs at least one asset")
    for asset in pool:
        await catalogue.asset(asset)
    return pool


def _clips(clips: Sequence[ClipRecord]) -> tuple[ClipRecord, ...]:
    if not clips:
        raise BadInput("a lineup needs at least one clip")
    return tuple(clips)


async def _replaced(catalogue: Catalogue, channel: ChannelRecord, **changes: object) -> ChannelRecord:
    """Store the channel with these changes; Conflict if it changed since it was read."""
    changed = channel.model_copy(update={**changes, "version": channel.version + 1})
    await catalogue.replace_channel(changed)
    return changed
