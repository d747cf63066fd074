"""The verbs of running channels, for the API and, through it, for the command line.

What came too late to be stored raises Unavailable; nothing has changed then, and it is safe to repeat. `version`: the
one that a change was made for; Conflict if it is at another by now.
"""

from collections.abc import Callable, Iterable, Sequence

from manifest_server.admin.given import check_given, checked_clips, given
from manifest_server.admin.rights import check_rights
from manifest_server.admin.streams import succeeded, taken_away
from manifest_server.onair.channel import Channel
from manifest_server.onair.channels import Channels
from manifest_server.playout.days import NUMBERS_SINCE_S, day_of
from manifest_server.playout.ticks import position
from manifest_server.programming.captured import captured
from manifest_server.programming.edits import horizon
from manifest_server.programming.revisions import revised
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.errors import BadInput, Conflict, NotFound
from storage.keys import checked_asset, checked_name
from storage.metadata import PoolQuery
from storage.programme import Rules
from storage.records import (
    TICKS_PER_SECOND,
    ChannelRecord,
    LineupRecord,
    PoolRevision,
    ViewerRecord,
)

# Every change keeps this far from the edge, so that nobody has listed what it replaces. It is more than all that can
# lie between asking the clock here and the last playlist that a server makes of the record before:
#   2.0 s  the write: refused after WRITE_MS by Redis's clock, which is asked before the clock here;
#   2.0 s  GOOD_S, what a server has read of the stream of changes is taken to be the latest for (onair/follow.py),
#   0.5 s  and PATIENCE_S, how long it waits for a newer reading, or for what has changed (onair/remembered.py);
#   3.0 s  CLOCKS_S, that the clocks of two servers, this one among them, may differ;
#   1.0 s  a list is that of the end of its second (playout/ticks.py);
#   0.01 s milliseconds rounded down, here and there.
# A server that is cut off from Redis for longer goes on with what it knows (docs/outages.md).
MARGIN_TICKS = 9 * TICKS_PER_SECOND
WRITE_MS = 2000
CLOCKS_S = 3.0

Clock = Callable[[], int]  # Unix milliseconds; asked just before a change is stored


async def create_channel(
    catalogue: Catalogue, name: str, assets: Sequence[str] | None, title: str = "", query: PoolQuery | None = None
) -> ChannelRecord:
    """A new channel with these assets as its pool, or all; not on air yet. Raises BadInput, NotFound, Conflict.

    `query`: what the pool follows from now on; `assets` are those that it selects (`pools.create_following`).
    """
    checked_name("channel", name)
    if assets is None:
        states = await catalogue.asset_states()
        live = [record.id for record in await catalogue.assets() if record.id not in states]
        said = await catalogue.metadata.of_all(live)
        assets = [asset for asset in live if asset not in said or not said[asset].is_filler]
    pool = await _pool(catalogue, assets)
    said = await catalogue.metadata.of_all(pool)
    first = PoolRevision(tick=0, assets=pool, **captured(Rules(), pool, said))
    record = ChannelRecord(name=name, title=title, query=query, revisions=(first,))
    await catalogue.create_channel(record)
    return record


async def start_channel(catalogue: Catalogue, name: str, epoch_ms: int, version: int | None = None) -> ChannelRecord:
    """Put a channel on air from `epoch_ms` (Unix milliseconds) on: past, now or future.

    A channel that was on air before begins above every number that it has ever listed. Raises NotFound, and
    Conflict if it is on air, or was at `epoch_ms`.
    """
    channel = await catalogue.channel(name)
    check_version(f"channel {name!r}", channel.version, version)
    if channel.epoch_ms is not None and channel.stop_tick is None:
        raise Conflict(f"channel {name!r} is on air already")
    last = channel.revisions[-1]
    await check_live(catalogue, (*last.assets, *last.filler))
    # A segment lasts a second or more, so that a channel started later begins above what it ever listed.
    msn = max(epoch_ms // 1000 - NUMBERS_SINCE_S, channel.msn, 1)
    if channel.epoch_ms is not None and channel.stop_tick is not None:
        if position(epoch_ms, channel.epoch_ms) < channel.stop_tick - MARGIN_TICKS:
            raise Conflict(f"channel {name!r} was on air then: start it later than it was stopped")
        # It has also listed ahead.
        msn = max(msn, channel.msn + (channel.stop_tick + channel.lookahead_ticks) // TICKS_PER_SECOND + 1)
    return await replaced(
        catalogue,
        channel,
        None,  # it asks no clock
        epoch_ms=epoch_ms,
        stop_tick=None,
        msn=msn,
        dsn=msn,  # for both, as there are no more clips than segments; see playout/days.py for what is printed
        revisions=(revised(last, 0),),
        # Their ticks are those of the run before.
        plans=(),
        forgotten=0,
        past_from=0,
        outlooks=(),
        edits=channel.edits if channel.epoch_ms is None else (),
    )


async def stop_channel(catalogue: Catalogue, name: str, clock: Clock, version: int | None = None) -> ChannelRecord:
    """End a channel: its playlists end with what is listed a moment from now. Well before its epoch: do not begin.

    Raises NotFound, and Conflict if it is not on air.
    """
    deadline_ms = await deadline(catalogue, name)
    channel = await catalogue.channel(name)
    check_version(f"channel {name!r}", channel.version, version)
    if channel.epoch_ms is None or channel.stop_tick is not None:
        raise Conflict(f"channel {name!r} is not on air")
    stop_tick = position(clock(), channel.epoch_ms) + MARGIN_TICKS
    if stop_tick < 0:
        return await replaced(catalogue, channel, deadline_ms, epoch_ms=None)
    if channel.query is None:
        return await replaced(catalogue, channel, deadline_ms, stop_tick=stop_tick)
    # What was planned for later is not the pool that it may be started with again.
    revisions = kept_revisions(channel, stop_tick + channel.lookahead_ticks)
    return await replaced(catalogue, channel, deadline_ms, stop_tick=stop_tick, revisions=revisions)


async def set_pool(
    catalogue: Catalogue, name: str, assets: Sequence[str], clock: Clock, version: int | None = None
) -> ChannelRecord:
    """Change the assets of a channel. On air, each viewer goes over at their first clip boundary past the horizon.

    Of a channel that was stopped, what it listed stays as it is; the pool is for its next start. What a query had
    planned is dropped, and the pool follows it no more.
    """
    pool = await _pool(catalogue, assets)
    said = await catalogue.metadata.of_all(pool)
    check_rights(said, clock())
    deadline_ms = await deadline(catalogue, name)
    channel = await catalogue.channel(name)
    check_version(f"channel {name!r}", channel.version, version)
    tick, last = changes_from(channel, clock()), channel.revisions[-1]
    changed = revised(last, tick, assets=pool, **captured(last.rules, pool, said))
    revisions = (*kept_revisions(channel, tick), changed)
    return await replaced(catalogue, channel, deadline_ms, revisions=revisions, query=None)


def change_horizon(channel: ChannelRecord, now_ms: int) -> int:
    """The change horizon of a channel that has an epoch."""
    return horizon(position(now_ms, channel.epoch_ms or 0), channel.lookahead_ticks, MARGIN_TICKS)


def changes_from(channel: ChannelRecord, now_ms: int) -> int:
    """From which tick on another pool can count; 0 before the channel begins."""
    if channel.epoch_ms is None or position(now_ms, channel.epoch_ms) + MARGIN_TICKS < 0:
        return 0
    until = position(now_ms, channel.epoch_ms) if channel.stop_tick is None else channel.stop_tick
    return horizon(until, channel.lookahead_ticks, MARGIN_TICKS)


def kept_revisions(channel: ChannelRecord, tick: int) -> tuple[PoolRevision, ...]:
    """The revisions that a change at this tick follows. Later ones, which nobody has seen, it takes the place of."""
    return tuple(revision for revision in channel.revisions if revision.tick < tick)


async def give_lineup(
    catalogue: Catalogue, channel: str, lineup: str, clips: Sequence[ClipRecord], *, repeats: bool, clock: Clock
) -> LineupRecord:
    """A new lineup on a channel, from its epoch on. Raises BadInput, NotFound, Conflict."""
    check_given(lineup)
    channels = Channels(catalogue)
    on = await channels.widened(await channels.channel(channel), clips)
    record = given(on, lineup, clips, repeats=repeats)
    on.order(clips)
    await check_placed(catalogue, (clip.asset for clip in clips), clock())
    known = await catalogue.overlay(channel, lineup)
    if known is not None and known.removed:
        raise Conflict(
            f"lineup {lineup!r} of channel {channel!r} was taken away, but players may still have its URLs: "
            "edit it, and it is there again"
        )
    await catalogue.create_lineup(channel, record)
    return record


async def edit_lineup(
    catalogue: Catalogue,
    channel: str,
    lineup: str,
    clips: Sequence[ClipRecord],
    *,
    repeats: bool,
    clock: Clock,
    version: int | None = None,
) -> LineupRecord:
    """Let other clips take over at the first clip boundary past the change horizon; also of one taken away.

    Raises BadInput, NotFound, NotOnAir, and Conflict if the lineup changed meanwhile or ends before.
    """
    channels = Channels(catalogue)
    await channels.widened(await channels.channel(channel), clips)  # so that it takes no time later
    deadline_ms = await deadline(catalogue, channel)
    record = await catalogue.lineup_on_air(channel, lineup)
    check_version(f"lineup {lineup!r} of channel {channel!r}", record.version, version)
    on = await channels.ready(await catalogue.channel(channel))
    on = await channels.widened(on, (*clips, *record.clips))
    now_ms = clock()
    changed = succeeded(on, record, checked_clips(clips), repeats, next_change(on, now_ms), day_of(now_ms))
    await check_placed(catalogue, (clip.asset for clip in clips), now_ms)
    await catalogue.replace_lineup(channel, changed, deadline_ms, record)
    return changed


def next_change(on: Channel, now_ms: int) -> int:
    """The first tick that a change may count from. Raises NotOnAir."""
    return horizon(on.position(now_ms), on.record.lookahead_ticks, MARGIN_TICKS)


async def remove_lineup(
    catalogue: Catalogue, channel: str, lineup: str, clock: Clock, version: int | None = None
) -> None:
    """Take a given lineup away: its viewers get their own when they join next. Raises NotFound, Conflict.

    Players that have its URLs go over to the channel's pool, at its first clip boundary past the change horizon; so
    the record stays, unless the channel was never on air.
    """
    channels = Channels(catalogue)
    checked_name("lineup", lineup)
    on = await channels.channel(channel)
    await channels.widened(on, (await catalogue.lineup(channel, lineup)).clips)  # so that it takes no time later
    deadline_ms = await deadline(catalogue, channel)
    record = await catalogue.lineup(channel, lineup)
    check_version(f"lineup {lineup!r} of channel {channel!r}", record.version, version)
    on = await channels.ready(await catalogue.channel(channel))
    if not on.record.msn:
        await catalogue.remove_lineup(channel, record)
        return
    on = await channels.widened(on, record.clips)
    now_ms = clock()
    changed = taken_away(on, record, changes_from(on.record, now_ms), day_of(now_ms))
    await catalogue.replace_lineup(channel, changed, deadline_ms, record)


async def assign_viewer(catalogue: Catalogue, channel: str, viewer: str, lineup: str | None) -> ViewerRecord:
    """Put a viewer on a given lineup, or back on the one derived from their name (None). Raises NotFound."""
    await catalogue.channel(channel)
    if lineup is not None:
        await catalogue.lineup(channel, checked_name("lineup", lineup))
    before = await catalogue.viewer(channel, checked_name("viewer", viewer))
    before = before or ViewerRecord(name=viewer)
    record = before.model_copy(update={"lineup": lineup})
    await catalogue.put_viewer(channel, record, before)
    return record


async def _pool(catalogue: Catalogue, assets: Sequence[str]) -> tuple[str, ...]:
    """The assets of a pool: each exists, each once, in the order given."""
    pool = tuple(dict.fromkeys(map(checked_asset, assets)))
    if not pool:
        raise BadInput("a channel needs at least one asset")
    known = await catalogue.assets_of(pool)
    for asset in pool:
        if asset not in known:
            raise NotFound(f"no asset {asset!r}")
    await check_live(catalogue, pool)
    return pool


async def check_live(catalogue: Catalogue, assets: Iterable[str]) -> None:
    """Raises Conflict for an asset that was retired or deleted: it takes no new place."""
    for asset, state in (await catalogue.states_of(assets)).items():
        raise Conflict(f"asset {asset} is {state}: it takes no new place")


async def check_placed(catalogue: Catalogue, assets: Iterable[str], now_ms: int) -> None:
    """Raises Conflict for an asset that takes no new place: retired or deleted, or out of rights now."""
    placed = set(assets)
    await check_live(catalogue, placed)
    check_rights(await catalogue.metadata.of_all(placed), now_ms)


def check_version(what: str, version: int, wanted: int | None) -> None:
    """Raises Conflict if something is no longer at the version that a change was made for."""
    if wanted is not None and wanted != version:
        raise Conflict(f"{what} is at version {version}, not {wanted}")


async def deadline(catalogue: Catalogue, channel: str) -> int:
    """Until when, by Redis's clock, a change may be stored whose place is computed from now on."""
    return await catalogue.redis_ms(checked_name("channel", channel)) + WRITE_MS


async def replaced(
    catalogue: Catalogue, channel: ChannelRecord, deadline_ms: int | None, **changes: object
) -> ChannelRecord:
    """Store the channel with these changes; Conflict if it changed since it was read."""
    changed = channel.model_copy(update={**changes, "version": channel.version + 1})
    await catalogue.replace_channel(changed, deadline_ms, channel)
    return changed
