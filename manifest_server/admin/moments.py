"""The verbs of shared moments: add one, take one away, put a slate on and end it."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from manifest_server.admin.actions import Clock, change_horizon, check_live, check_version, deadline, replaced
from manifest_server.admin.outlooks import KEPT_TICKS, with_outlook
from manifest_server.onair.channel import Channel
from manifest_server.onair.channels import Channels
from manifest_server.playout.ticks import TICKS_PER_MS, date_ms, date_text, position
from manifest_server.programming.bridge import BRIDGE_TICKS
from manifest_server.programming.spans import SHORTEST, Shared, clash, lasts
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.errors import BadInput, Conflict, NotFound, NotOnAir
from storage.keys import checked_asset, checked_name
from storage.programme import Moment
from storage.records import ChannelRecord

MOMENTS_LIMIT = 500
CHECKED_MS = 62 * 86_400_000  # so far ahead it is looked whether moments are in each other's way
KEPT_MS = KEPT_TICKS // TICKS_PER_MS  # those that were on air are kept so long: playlists' numbers count from them
BREAK_LIMIT_S = 6 * 3600
UNTIL_ENDED_MS = 366 * 86_400_000  # how long a slate lasts that nobody ends


@dataclass(frozen=True, slots=True)
class Added:
    """A channel with a moment that was added, or changed."""

    channel: ChannelRecord
    moment: Moment


async def add_moment(
    catalogue: Catalogue, name: str, moment: Moment, clock: Clock, version: int | None = None
) -> Added:
    """Add a moment at which all viewers see the same. It comes after everything that a player may have listed.

    Raises BadInput for one that is in the past, inside the change horizon, or has too long a break; NotFound for
    assets that are not there; Conflict for one in the way of another, for assets that are retired or out of rights,
    and without filler.
    """
    checked_name("moment", moment.id)
    for one in moment.breaks:
        if one.length_ms > BREAK_LIMIT_S * 1000:  # not of the record: older ones are longer
            raise BadInput(
                f"moment {moment.id!r}: the break behind clip {one.after} is {one.length_ms / 1000:g} s long, "
                f"and {BREAK_LIMIT_S} s at most"
            )
    channel = await _loaded(catalogue, name, moment.everything)
    await _check_assets(catalogue, channel, moment)
    deadline_ms = await deadline(catalogue, name)
    record = await catalogue.channel(name)
    check_version(f"channel {name!r}", record.version, version)
    now_ms = clock()
    _check_time(record, moment, now_ms)
    on = Channel(record, channel.assets)
    _check_ways(on, moment, now_ms)
    moments = (*_kept(record, now_ms), moment)
    changes = with_outlook(on, now_ms, moments=moments)
    return Added(await replaced(catalogue, record, deadline_ms, **changes), moment)


async def add_slate(
    catalogue: Catalogue,
    name: str,
    clips: Sequence[ClipRecord],
    clock: Clock,
    *,
    lasts_ms: int | None = None,
    title: str = "",
    version: int | None = None,
) -> Added:
    """Show all viewers the same, over and over, as soon as can be: for so long, or until it is ended.

    It goes before every other moment, also one that is on air. Raises as `add_moment` does, and NotOnAir.
    """
    if not clips:
        raise BadInput("a slate needs at least one clip")
    channel = await _loaded(catalogue, name, clips)
    deadline_ms = await deadline(catalogue, name)
    record = await catalogue.channel(name)
    check_version(f"channel {name!r}", record.version, version)
    epoch_ms, now_ms = Channel(record, {}).epoch_ms, clock()
    if record.stop_tick is not None:  # nobody would see it but who joins when the channel is started anew
        raise NotOnAir(f"channel {name!r} was stopped", None)
    at_ms = -(-earliest(record, now_ms) // TICKS_PER_MS) + epoch_ms
    slate = Moment(
        id=f"slate-{secrets.token_hex(4)}",
        at_ms=at_ms,
        clips=tuple(clips),
        title=title,
        loops_until_ms=at_ms + (UNTIL_ENDED_MS if lasts_ms is None else lasts_ms),
    )
    on = Channel(record, channel.assets)
    await _check_assets(catalogue, on, slate)
    _check_filler(on)
    moments = (slate, *_kept(record, now_ms))
    changes = with_outlook(on, now_ms, moments=moments)
    return Added(await replaced(catalogue, record, deadline_ms, **changes), slate)


async def remove_moment(
    catalogue: Catalogue, name: str, moment: str, clock: Clock, version: int | None = None
) -> ChannelRecord:
    """Take a moment away, or end one: what comes again comes no more, a slate ends as soon as can be.

    Raises NotFound, and Conflict for one that nobody can take back any more.
    """
    channel = await _loaded(catalogue, name, ())
    deadline_ms = await deadline(catalogue, name)
    record = await catalogue.channel(name)
    check_version(f"channel {name!r}", record.version, version)
    one = next((one for one in record.moments if one.id == moment), None)
    if one is None:
        raise NotFound(f"no moment {moment!r} on channel {name!r}")
    now_ms = clock()
    after = shortened(record, one, now_ms)
    moments = (after if each is one else each for each in record.moments)
    left = tuple(each for each in moments if each is not None)
    changes = with_outlook(Channel(record, channel.assets), now_ms, moments=left)
    return await replaced(catalogue, record, deadline_ms, **changes)


def earliest(record: ChannelRecord, now_ms: int) -> int:
    """The first tick at which a moment may begin that is added now: what leads to it is past the change horizon."""
    if record.epoch_ms is None:
        return 0
    return max(change_horizon(record, now_ms), 0) + BRIDGE_TICKS


def shortened(record: ChannelRecord, moment: Moment, now_ms: int) -> Moment | None:
    """What is left of a moment that is ended now; None: nothing."""
    if record.epoch_ms is None or moment.at_ms >= (first_ms := unix_ms(record, earliest(record, now_ms))):
        return None
    ended = f"moment {moment.id!r} of channel {record.name!r}"
    if moment.loops_until_ms is not None:
        # From its end on, and a while before that, it is filled otherwise: as if another moment began there.
        if moment.loops_until_ms <= first_ms:
            raise Conflict(f"{ended} has ended, or is about to")
        return moment.model_copy(update={"loops_until_ms": max(first_ms, moment.at_ms + 4000)})
    if moment.every_ms is None:
        raise Conflict(f"{ended} began at {date_text(moment.at_ms)}, or is about to: it cannot be taken back")
    if moment.until_ms is not None and moment.until_ms <= first_ms:
        raise Conflict(f"{ended} comes no more as it is")
    return moment.model_copy(update={"until_ms": first_ms})


def unix_ms(record: ChannelRecord, tick: int) -> int:
    """Unix milliseconds of a tick, rounded up."""
    return (record.epoch_ms or 0) - (-tick // TICKS_PER_MS)


def _kept(record: ChannelRecord, now_ms: int) -> tuple[Moment, ...]:
    """The moments of a channel, without those that ended long ago. Raises Conflict when there are too many."""
    kept = tuple(one for one in record.moments if one.every_ms is not None or one.at_ms > now_ms - KEPT_MS)
    if len(kept) >= MOMENTS_LIMIT:
        raise Conflict(f"channel {record.name!r} has {MOMENTS_LIMIT} moments: take some away, or let one come again")
    return kept


async def _loaded(catalogue: Catalogue, name: str, clips: Iterable[ClipRecord]) -> Channel:
    """The channel with all these assets. Raises NotFound, BadInput."""
    for clip in clips:
        checked_asset(clip.asset)
    channels = Channels(catalogue)
    return await channels.widened(await channels.channel(name), clips)


async def _check_assets(catalogue: Catalogue, on: Channel, moment: Moment) -> None:
    """Raises NotFound for missing segments; Conflict for assets that are retired, or out of rights by its end."""
    ends_ms = _ends_ms(moment, lasts(_shared(on, moment)))
    assets = {clip.asset for clip in moment.everything}
    await check_live(catalogue, assets)
    for asset, said in (await catalogue.metadata.of_all(assets)).items():
        start, end = said.rights_from_ms, said.rights_until_ms
        if start is not None and moment.at_ms < start:
            raise Conflict(f"asset {asset}: its rights begin at {date_text(start)}, after moment {moment.id!r} does")
        if end is not None and (ends_ms is None or ends_ms > end):
            raise Conflict(f"asset {asset}: its rights end at {date_text(end)}, before moment {moment.id!r} does")


def _ends_ms(moment: Moment, length_ticks: int) -> int | None:
    """When a moment is on air no more, the last time that it comes; None: it comes for ever."""
    if moment.loops_until_ms is not None:
        return moment.loops_until_ms
    last_ms = moment.at_ms
    if moment.every_ms is not None:
        if moment.until_ms is None:
            return None
        last_ms += (moment.until_ms - 1 - moment.at_ms) // moment.every_ms * moment.every_ms
    return last_ms - (-length_ticks // TICKS_PER_MS)


def _check_time(record: ChannelRecord, moment: Moment, now_ms: int) -> None:
    at = f"moment {moment.id!r} at {date_text(moment.at_ms)}"
    if any(one.id == moment.id for one in record.moments):
        raise Conflict(f"channel {record.name!r} has a moment {moment.id!r} already")
    past = "that is in the past"
    if record.epoch_ms is None:
        if moment.at_ms < now_ms:
            raise BadInput(f"{at}: {past}")
        return
    first = earliest(record, now_ms)
    can_be = f"from {_text(record, first)} on it can be"
    if moment.at_ms < now_ms:
        raise BadInput(f"{at}: {past}; {can_be}")
    if 0 != position(moment.at_ms, record.epoch_ms) < SHORTEST:
        raise BadInput(f"{at}: channel {record.name!r} begins at {date_text(record.epoch_ms)}; leave it a second")
    if position(moment.at_ms, record.epoch_ms) < first:
        raise BadInput(f"{at}: players may have listed what leads to it; {can_be}")


def _text(record: ChannelRecord, tick: int) -> str:
    return date_text(date_ms(record.epoch_ms or 0, tick + TICKS_PER_MS - 1))


def _check_filler(on: Channel) -> None:
    if not on.record.revisions[-1].filler:
        raise Conflict(
            f"channel {on.record.name!r} has no filler for the time before a moment: streamsync filler make IDENT"
        )


def _check_ways(on: Channel, moment: Moment, now_ms: int) -> None:
    """Raises Conflict for a moment that is in the way of another, or of itself."""
    _check_filler(on)
    # A slate is in nobody's way: what it covers comes back when it has ended.
    others = [_shared(on, one) for one in on.record.moments if one.loops_until_ms is None]
    shared = _shared(on, moment)
    length = lasts(shared)
    if moment.every_ms is not None and 0 != moment.every_ms * TICKS_PER_MS - length < SHORTEST:
        raise Conflict(
            f"moment {moment.id!r} lasts {length / TICKS_PER_MS / 1000:.3f} s: it cannot come again every "
            f"{moment.every_ms / 1000:g} s"
        )
    epoch_ms = on.record.epoch_ms if on.record.epoch_ms is not None else now_ms
    since = position(now_ms - UNTIL_ENDED_MS, epoch_ms)
    found = clash(shared, others, epoch_ms, since, position(max(now_ms, moment.at_ms) + CHECKED_MS, epoch_ms))
    if found is not None:
        at = date_text(date_ms(epoch_ms, found.tick))
        raise Conflict(
            f"moment {moment.id!r} is in the way of {found.moment!r} at {at}: between two is nothing, or a second"
        )


def _shared(on: Channel, moment: Moment) -> Shared:
    return Shared(moment, on.clips(moment.clips), tuple(on.clips(one.pool) for one in moment.breaks))
