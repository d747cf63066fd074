"""The verbs of running channels. The command line calls them, and so will the API."""

from collections.abc import Callable, Sequence

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

# Every change keeps this far from the edge, so that nobody has listed what it replaces: longer than a write can take
# with all its retries (6.3 s, storage/catalogue.py) and a server then goes on with what it has read (1.5 s,
# onair/remembered.py). A server that is cut off from the catalogue for longer goes on with what it knows.
MARGIN_TICKS = 8 * TICKS_PER_SECOND

Clock = Callable[[], int]  # Unix milliseconds; asked just before a change is stored


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
    Conflict if it is on air, or was at `epoch_ms`.
    """
    channel = await catalogue.channel(name)
    if channel.epoch_ms is not None and channel.stop_tick is None:
        raise Conflict(f"channel {name!r} is on air already")
    # A segment lasts a second or more, so that a channel started later begins above what it ever listed.
    msn = max(epoch_ms // 1000 - NUMBERS_SINCE_S, channel.msn, 1)
    if channel.epoch_ms is not None and channel.stop_tick is not None:
        if position(epoch_ms, channel.epoch_ms) < channel.stop_tick - MARGIN_TICKS:
            raise Conflict(f"channel {name!r} was on air then: start it later than it was stopped")
        # It has also listed ahead.
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


async def stop_channel(catalogue: Catalogue, name: str, clock: Clock) -> ChannelRecord:
    """End a channel: its playlists end with what is listed a moment from now. Well before its epoch: do not begin.

    Raises NotFound, and Conflict if it is not on air.
    """
    channel = await catalogue.channel(name)
    if channel.epoch_ms is None or channel.stop_tick is not None:
        raise Conflict(f"channel {name!r} is not on air")
    stop_tick = position(clock(), channel.epoch_ms) + MARGIN_TICKS
    if stop_tick < 0:
        return await _replaced(catalogue, channel, epoch_ms=None)
    return await _replaced(catalogue, channel, stop_tick=stop_tick)


async def set_pool(catalogue: Catalogue, name: str, assets: Sequence[str], clock: Clock) -> ChannelRecord:
    """Change the assets of a channel. On air, each viewer goes over at their first clip boundary past the horizon.

    Of a channel that was stopped, what it listed stays as it is; the pool is for its next start.
    """
    pool = await _pool(catalogue, assets)
    channel = await catalogue.channel(name)
    if channel.epoch_ms is None or position(clock(), channel.epoch_ms) + MARGIN_TICKS < 0:
        return await _replaced(catalogue, channel, revisions=(PoolRevision(tick=0, assets=pool),))
    until = position(clock(), channel.epoch_ms) if channel.stop_tick is None else channel.stop_tick
    tick = max(horizon(until, channel.lookahead_ticks, MARGIN_TICKS), channel.revisions[-1].tick + 1)
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
    record = LineupRecord(id=checked_name("lineup", lineup), run_msn=on.record.msn, parts=(part,))
    on.given(record)
    await catalogue.create_lineup(channel, record)
    return record


async def edit_lineup(
    catalogue: Catalogue, channel: str, lineup: str, clips: Sequence[ClipRecord], *, repeats: bool, clock: Clock
) -> LineupRecord:
    """Let other clips take over at the first clip boundary past the change horizon.

    Raises BadInput, NotFound, NotOnAir, and Conflict if the lineup changed meanwhile or ends before.
    """
    channels = Channels(catalogue)
    on = await channels.channel(channel)
    record = await catalogue.lineup(channel, lineup)
    on = await channels.widened(on, (*clips, *(clip for part in record.parts for clip in part.clips)))
    tick = horizon(on.position(clock()), on.record.lookahead_ticks, MARGIN_TICKS)
    try:
        after = succeed(on.given(record), tick, on.order(_clips(clips)), repeats).lineups
    except TooLate as error:
        raise Conflict(f"lineup {lineup!r} of channel {channel!r}: {error}") from None
    new = after[-1]
    part = LineupPart(start=new.start, msn=new.msn, dsn=new.dsn, clips=tuple(clips), repeats=repeats)
    kept = on.parts(record)[: len(after) - 1]
    changed = LineupRecord(id=record.id, version=record.version + 1, run_msn=on.record.msn, parts=(*kept, part))
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
