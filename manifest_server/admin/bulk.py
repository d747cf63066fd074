"""The verbs of a whole channel's programming: give it out as lines, take it in from rows (bulk_rows.py).

All rows are looked at before any is applied. Applying may be repeated: what is so already is left alone.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import closing

from manifest_server.admin.actions import Clock
from manifest_server.admin.bulk_apply import Application, in_batches
from manifest_server.admin.bulk_check import Import, RowCheck
from manifest_server.admin.bulk_lines import (
    AccessLine,
    ChannelLine,
    CohortsLine,
    End,
    EpochLine,
    FillerLine,
    Head,
    LeftLine,
    Line,
    LineupLine,
    MomentLine,
    PoolLine,
    RulesLine,
    TextsLine,
    ViewerLine,
    written,
)
from manifest_server.admin.bulk_rows import read_rows
from storage.catalogue import Catalogue
from storage.keys import checked_name
from storage.programme import Rules
from storage.records import ChannelRecord

_BATCH = 500  # rows at once

Rows = Callable[[], Iterable[bytes]]  # the lines, from the first on, as often as they are asked for


async def export_channel(catalogue: Catalogue, name: str) -> AsyncIterator[bytes]:
    """The lines of a channel's programming, in constant memory. Raises NotFound before the first."""
    channel = await catalogue.channel(checked_name("channel", name))
    return _exported(catalogue, channel)


async def _exported(catalogue: Catalogue, channel: ChannelRecord) -> AsyncIterator[bytes]:
    yield written(Head(channel=channel.name))
    lines, gone = 0, set[str | None]()
    for line in _of_channel(channel):
        yield written(line)
        lines += 1
    left = {"plans": len(channel.plans), "edits of everybody": len(channel.edits)}
    left |= {"edits of lineups": 0, "profiles that were applied": 0}
    async for lineup in catalogue.all_lineups(channel.name):
        left["edits of lineups"] += len(lineup.edits)
        left["profiles that were applied"] += bool(lineup.tastes)
        if lineup.removed:
            gone.add(lineup.id)
        elif lineup.parts:  # else it is something that is stored of a derived one
            last = lineup.parts[-1]
            yield written(LineupLine(id=lineup.id, clips=last.clips, repeats=last.repeats))
            lines += 1
    async for viewer in catalogue.all_viewers(channel.name):
        yield written(ViewerLine(name=viewer.name, lineup=None if viewer.lineup in gone else viewer.lineup))
        lines += 1
    for told in _after(channel, left):
        yield written(told)
        lines += 1
    yield written(End(lines=lines))


def _after(channel: ChannelRecord, left: Mapping[str, int]) -> Iterator[Line]:
    """What comes after lineups and filler, and what is only told."""
    if channel.cohorts is not None:
        yield CohortsLine(cohorts=channel.cohorts)
    for moment in channel.moments:
        yield MomentLine(moment=moment)
    if channel.epoch_ms is not None:
        yield EpochLine(at_ms=channel.epoch_ms)
    for what, count in left.items():
        if count:
            yield LeftLine(what=what, count=count)


def _of_channel(channel: ChannelRecord) -> Iterator[ChannelLine]:
    """What of a channel itself is no default."""
    last = channel.revisions[-1]
    yield PoolLine(query=channel.query, assets=() if channel.query is not None else last.assets)
    if last.filler:
        yield FillerLine(assets=last.filler)
    if last.rules != Rules():
        yield RulesLine(rules=last.rules)  # day parts need filler
    if not channel.public:
        yield AccessLine(public=False)
    said = TextsLine(title=channel.title, description=channel.description, timeshift_s=channel.timeshift_s)
    if said != TextsLine():
        yield said


async def import_channel(
    catalogue: Catalogue, name: str, rows: Rows, clock: Clock, *, skip_bad: bool, done: Import | None = None
) -> Import:
    """Let a channel play what the rows say. Nothing is applied if one of them is bad, unless those are to be skipped.

    Lineups and viewers that no row names stay. Raises NotFound, BadInput, Conflict, and Unavailable; what was applied
    by then stays, and it is safe to repeat. `done` tells on the way how far it is.
    """
    done = done or Import()
    channel = await catalogue.channel(checked_name("channel", name))
    await _look(catalogue, channel, rows, clock, done)
    if done.bad and not skip_bad:
        return done
    apply = Application(catalogue, name, clock, done, skip_bad=skip_bad)
    for batch in in_batches(read_rows(rows(), lambda row: row not in done.bad), _BATCH):
        await apply.batch(batch)
    done.applied = True
    return done


async def _look(catalogue: Catalogue, channel: ChannelRecord, rows: Rows, clock: Clock, done: Import) -> None:
    """Look at all rows, and change nothing."""
    with closing(RowCheck(catalogue, channel, clock, done)) as check:
        for batch in in_batches(read_rows(rows()), _BATCH):
            await check.batch(batch)
            await asyncio.sleep(0)  # reading takes some milliseconds; others want to go on
        faults = check.end()
        if faults:  # by digests of names: the rows have the names
            of = defaultdict(list)
            for fault in faults:
                of[fault.row].append(fault)
            for row in read_rows(rows(), of.__contains__):
                check.contradicts(row, of[row.number])
