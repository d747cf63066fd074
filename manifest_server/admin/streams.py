"""A lineup's stream for a change of it: made beforehand, so that it takes no time between the clock and the write."""

from collections.abc import Callable

from manifest_server.onair.channel import Channel
from manifest_server.onair.channels import Channels
from manifest_server.onair.stream import Stream, stream
from manifest_server.playout.days import day_of
from manifest_server.playout.lineup import NEVER, Succession
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.errors import Conflict
from storage.records import ChannelRecord, LineupPart, LineupRecord

Reader = Callable[[str], bytes]  # the bytes of an object


async def loaded_stream(catalogue: Catalogue, read: Reader | None, name: str, lineup: str) -> Stream:
    """What a lineup airs. `read` is for plans. Raises NotFound, and Unavailable for a plan that cannot be read."""
    channels = Channels(catalogue, read)
    return await channels.on_air(await channels.channel(name), lineup)


def check_unchanged(stream: Stream, record: ChannelRecord, known: LineupRecord) -> None:
    """Raises Conflict if a stream is not that of these records."""
    made_of = stream.channel.record.version, None if stream.record is None else stream.record.version
    if made_of != (record.version, known.version):
        raise Conflict(f"lineup {known.id!r} of channel {record.name!r} was changed meanwhile")


def takes_effect(stream: Stream, tick: int, now_ms: int) -> int:
    """Before which tick nothing of a stream depends on what counts from its first clip boundary at `tick` on."""
    found = stream.succession(day_of(now_ms), tick).boundary(tick)
    return NEVER if found is None else found.tick


def succeeded(
    on: Channel, record: LineupRecord, clips: tuple[ClipRecord, ...], repeats: bool, tick: int, day: int
) -> LineupRecord:
    """The lineup with other clips from its first clip boundary at or after `tick` on; what was to come is dropped.

    Raises Conflict if it has ended before.
    """
    airs = stream(on, on, record.id, record).succession(day, tick)
    found = airs.boundary(tick)
    if found is None:
        name = on.record.name
        raise Conflict(f"lineup {record.id!r} of channel {name!r}: the lineup has ended before the change horizon")
    part = LineupPart(start=found.tick, msn=found.msn, dsn=found.dsn, clips=clips, repeats=repeats)
    changed = _followed(on, record, airs, part)
    at = stream(on, on, record.id, changed).takes_over(day, found.tick)
    if at is None:
        return changed
    part = part.model_copy(update={"start": at.start, "msn": at.msn, "dsn": at.dsn})
    return _followed(on, record, airs, part)


def taken_away(on: Channel, record: LineupRecord, tick: int, day: int) -> LineupRecord:
    """The lineup with an order of the pool from its first clip boundary at or after `tick` on, if it has one."""
    if on.record.epoch_ms is None or tick <= 0:  # nobody has seen anything of this run
        part = LineupPart(start=0, msn=on.record.msn, dsn=on.record.dsn, clips=(), repeats=True)
        return LineupRecord(id=record.id, version=record.version + 1, run_msn=on.record.msn, parts=(part,))
    airs = stream(on, on, record.id, record).succession(day, tick)
    found, last = airs.boundary(tick), airs.place(tick)
    start, msn, dsn = (found.tick, found.msn, found.dsn) if found is not None else (tick, last.msn, last.dsn + 1)
    return _followed(on, record, airs, LineupPart(start=start, msn=msn, dsn=dsn, clips=(), repeats=True))


def _followed(on: Channel, record: LineupRecord, airs: Succession, part: LineupPart) -> LineupRecord:
    """The lineup with this part as its last. Of the edits stay those that have been put in before."""
    previous = airs.place(part.start - 1).start
    return LineupRecord(
        id=record.id,
        version=record.version + 1,
        run_msn=on.record.msn,
        parts=(*(one for one in on.parts(record) if one.start < part.start), part),
        edits=tuple(one for one in record.edits if record.run_msn == on.record.msn and one.tick <= previous),
    )
