"""Two courses of what is to air, before and after a change: where the change begins, and what differs. Pure."""

from collections.abc import Iterable, Iterator, Sequence

from manifest_server.playout.lineup import NEVER, Place
from manifest_server.playout.ticks import TICKS_PER_MS
from manifest_server.programming.bridge import BRIDGE_TICKS
from manifest_server.programming.foresight import LOOK_TICKS
from storage.audit_records import parted
from storage.programme import Edit, Moment
from storage.records import ChannelRecord, LineupRecord


def first_difference(before: Sequence[Place], after: Sequence[Place]) -> int | None:
    """Which clip is the first that is another, airs at another time, or has other numbers; None: all are the same."""
    for number, (one, other) in enumerate(zip(before, after, strict=False)):
        if one != other:
            return number
    return None if len(before) == len(after) else min(len(before), len(after))


def differs_from(before: Sequence[Place], after: Sequence[Place], number: int) -> int:
    """The tick from which on the clips of this number differ: of one that is only cut otherwise, where it is."""
    there = [some[number] for some in (before, after) if number < len(some)]
    if (
        len(there) == 2
        and len({(one.start, one.msn, one.dsn, one.clip.asset.id, one.clip.first) for one in there}) == 1
    ):
        return min(one.start + one.clip.ticks for one in there)
    return min(one.start for one in there)


def channel_changes(before: ChannelRecord, after: ChannelRecord, horizon: int, longest: int) -> int | None:
    """From which tick on what airs on a channel may differ, from the change horizon on; None: it never does.

    `longest`: ticks of its longest asset. What leads to a moment may be other clips, chosen so long before.
    """
    revisions = (one.tick for half in parted(before.revisions, after.revisions) for one in half)
    edits = _edits(before.edits, after.edits)
    lead = max(BRIDGE_TICKS + longest, LOOK_TICKS)
    moments = (tick - lead for tick in _moments(before, after, horizon))
    stops = (one.stop_tick for one in (before, after) if before.stop_tick != after.stop_tick)
    ticks = [*revisions, *edits, *moments, *(tick for tick in stops if tick is not None)]
    found = min(ticks, default=NEVER)
    return None if found == NEVER else max(found, horizon)


def lineup_changes(before: LineupRecord | None, after: LineupRecord | None, horizon: int) -> int | None:
    """The same of one lineup."""
    old, new = (one or LineupRecord(id="none") for one in (before, after))
    parts = (one.start for half in parted(old.parts, new.parts) for one in half)
    tastes = (one.tick for half in parted(old.tastes, new.tastes) for one in half)
    ticks = [*parts, *tastes, *_edits(old.edits, new.edits)]
    return max(min(ticks), horizon) if ticks else None


def _edits(before: Iterable[Edit], after: Iterable[Edit]) -> list[int]:
    return [one.tick for half in parted(before, after) for one in half]


def _moments(before: ChannelRecord, after: ChannelRecord, horizon: int) -> Iterator[int]:
    """Where moments begin next that are not the same any more, or end."""
    epoch_ms = after.epoch_ms or 0
    gone, new = parted(before.moments, after.moments)
    ends = {one.id: _end(one, epoch_ms) for one in gone}
    for one in (*gone, *new):
        first = (one.at_ms - epoch_ms) * TICKS_PER_MS
        if one.loops_until_ms is not None and first < horizon:
            # It is on air: what differs is its end.
            yield min(_end(one, epoch_ms), ends.get(one.id, NEVER))
        elif one.every_ms is None:
            yield first
        else:
            every = one.every_ms * TICKS_PER_MS
            following = first + max(-(-(horizon - first) // every), 0) * every
            if following < _end(one, epoch_ms):
                yield following


def _end(moment: Moment, epoch_ms: int) -> int:
    end_ms = moment.loops_until_ms if moment.loops_until_ms is not None else moment.until_ms
    return NEVER if end_ms is None else (end_ms - epoch_ms) * TICKS_PER_MS
