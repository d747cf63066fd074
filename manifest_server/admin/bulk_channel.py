"""What rows of an import say of the channel itself, one by one: in a trial first, then in earnest."""

from manifest_server.admin import actions, pools
from manifest_server.admin.access import set_public
from manifest_server.admin.actions import Clock
from manifest_server.admin.bulk_lines import (
    AccessLine,
    ChannelLine,
    EpochLine,
    FillerLine,
    LeftLine,
    MomentLine,
    PoolLine,
    RulesLine,
    TextsLine,
    ToldLine,
)
from manifest_server.admin.descriptions import describe_channel
from manifest_server.admin.fillers import set_filler
from manifest_server.admin.moments import add_moment, earliest, unix_ms
from manifest_server.admin.rules import set_rules
from manifest_server.playout.ticks import date_text
from storage.catalogue import Catalogue
from storage.errors import Conflict
from storage.metadata import PoolQuery
from storage.programme import Moment
from storage.records import ChannelRecord

_SPARE_MS = 1000  # between now and when it is added


async def change_channel(catalogue: Catalogue, name: str, line: ChannelLine, clock: Clock) -> str | None:
    """Let a channel be as a line says. What of it cannot be taken over any more, if it cannot. Raises as verbs do."""
    before = await catalogue.channel(name)
    last = before.revisions[-1]
    match line:
        case PoolLine(query=PoolQuery() as query):
            await pools.set_query(catalogue, name, query, clock)
        case PoolLine() if before.query is not None or last.assets != line.assets:
            await actions.set_pool(catalogue, name, line.assets, clock)
        case RulesLine():
            await set_rules(catalogue, name, line.rules, clock)
        case FillerLine() if last.filler != line.assets:
            await set_filler(catalogue, name, line.assets, clock)
        case AccessLine():
            await set_public(catalogue, name, line.public)
        case TextsLine():
            await describe_channel(catalogue, name, line.model_dump(exclude={"kind"}), clock)
        case MomentLine(moment=moment):
            return await _moment(catalogue, before, moment, clock)
    return None


async def _moment(catalogue: Catalogue, channel: ChannelRecord, moment: Moment, clock: Clock) -> str | None:
    there = next((one for one in channel.moments if one.id == moment.id), None)
    if there is not None:
        if _same(there, moment):
            return None
        raise Conflict(f"channel {channel.name!r} has a moment {moment.id!r} already, and it is another")
    if moment.loops_until_ms is not None:
        return f"slate {moment.id!r}: it was for then"
    coming = _coming(channel, moment, clock())
    if coming is None:
        return f"moment {moment.id!r}: it was at {date_text(moment.at_ms)}"
    await add_moment(catalogue, channel.name, coming, clock)
    return None


def _same(there: Moment, moment: Moment) -> bool:
    """Whether a moment is the other, or comes when that one does."""
    if moment.every_ms is None or (there.at_ms - moment.at_ms) % moment.every_ms:
        return there == moment
    return there.model_copy(update={"at_ms": moment.at_ms}) == moment


def _coming(channel: ChannelRecord, moment: Moment, now_ms: int) -> Moment | None:
    """A moment from the first time on that it can be; None: it can be no more."""
    first_ms = now_ms + _SPARE_MS
    if channel.epoch_ms is not None:
        first_ms = max(unix_ms(channel, earliest(channel, now_ms)) + _SPARE_MS, channel.epoch_ms)
    if moment.at_ms >= first_ms:
        return moment
    if moment.every_ms is None:
        return None
    at_ms = moment.at_ms + -(-(first_ms - moment.at_ms) // moment.every_ms) * moment.every_ms
    gone = moment.until_ms is not None and at_ms >= moment.until_ms
    return None if gone else moment.model_copy(update={"at_ms": at_ms})


def told_of(channel: ChannelRecord, line: ToldLine) -> str | None:
    """What somebody should know who takes such a line in, if anything."""
    match line:
        case LeftLine(what=what, count=count):
            return f"{what[:80]}: {count} that the file does not have"
        case EpochLine(at_ms=at_ms) if channel.epoch_ms is None:
            at = date_text(at_ms)
            return f"epoch: `channel start {channel.name} --at {at}` lists the same as the channel that it was"
        case EpochLine(at_ms=at_ms) if channel.epoch_ms != at_ms:
            return f"epoch: it was {date_text(at_ms)}; this channel has another, so what airs when is another"
    return None
