"""The verbs of a whole channel's programming: give it out as lines, take it in from lines (bulk_lines.py).

All rows are looked at before any is applied. Applying may be repeated: what is so already is left alone.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from itertools import islice

from manifest_server.admin import actions, pools
from manifest_server.admin.access import set_public
from manifest_server.admin.actions import Clock
from manifest_server.admin.bulk_check import Import, Row, RowCheck, is_so, known_lineup
from manifest_server.admin.bulk_lines import (
    AccessLine,
    ChannelLine,
    End,
    FillerLine,
    Head,
    LineupLine,
    PoolLine,
    RulesLine,
    ViewerLine,
    read_line,
    written,
)
from manifest_server.admin.fillers import set_filler
from manifest_server.admin.rules import set_rules
from manifest_server.onair.channels import Channels
from storage.catalogue import Catalogue
from storage.errors import BadInput, Conflict, NotFound, NotOnAir
from storage.keys import checked_name
from storage.metadata import PoolQuery
from storage.programme import Rules
from storage.records import ChannelRecord, ViewerRecord

_BATCH = 64  # rows at once

Rows = Callable[[], Iterable[bytes]]  # the lines, from the first on, as often as they are asked for


async def export_channel(catalogue: Catalogue, name: str) -> AsyncIterator[bytes]:
    """The lines of a channel's programming, in constant memory. Raises NotFound before the first."""
    channel = await catalogue.channel(checked_name("channel", name))
    return _exported(catalogue, channel)


async def _exported(catalogue: Catalogue, channel: ChannelRecord) -> AsyncIterator[bytes]:
    yield written(Head(channel=channel.name))
    lines = 0
    for line in _of_channel(channel):
        yield written(line)
        lines += 1
    async for lineup in catalogue.all_lineups(channel.name):
        if lineup.parts:  # else it is something that is stored of a derived one
            last = lineup.parts[-1]
            yield written(LineupLine(id=lineup.id, clips=last.clips, repeats=last.repeats))
            lines += 1
    async for viewer in catalogue.all_viewers(channel.name):
        yield written(ViewerLine(name=viewer.name, lineup=viewer.lineup))
        lines += 1
    yield written(End(lines=lines))


def _of_channel(channel: ChannelRecord) -> Iterator[ChannelLine]:
    """What of a channel itself is no default."""
    last = channel.revisions[-1]
    yield PoolLine(query=channel.query, assets=() if channel.query is not None else last.assets)
    if last.rules != Rules():
        yield RulesLine(rules=last.rules)
    if last.filler:
        yield FillerLine(assets=last.filler)
    if not channel.public:
        yield AccessLine(public=False)


async def import_channel(catalogue: Catalogue, name: str, rows: Rows, clock: Clock, *, skip_bad: bool) -> Import:
    """Let a channel play what the rows say. Nothing is applied if one of them is bad, unless those are to be skipped.

    Lineups and viewers that no row names stay. Raises NotFound, BadInput, Conflict, and Unavailable; what was applied
    by then stays, and it is safe to repeat.
    """
    done = Import()
    channel = await catalogue.channel(checked_name("channel", name))
    check = RowCheck(catalogue, Channels(catalogue), channel, done)
    for batch in _batches(enumerate(rows(), 1)):
        await check.batch(batch)
    check.end()
    if done.bad and not skip_bad:
        return done
    apply = _Application(catalogue, Channels(catalogue), name, clock, done, skip_bad)
    for batch in _batches((row, text) for row, text in enumerate(rows(), 1) if row not in done.bad):
        await apply.batch(batch)
    done.applied = True
    return done


class _Application:
    """Applies rows that were found good."""

    def __init__(
        self, catalogue: Catalogue, channels: Channels, name: str, clock: Clock, done: Import, skip_bad: bool
    ) -> None:
        self._catalogue = catalogue
        self._channels = channels
        self._name = name
        self._clock = clock
        self._done = done
        self._skip_bad = skip_bad

    async def batch(self, batch: list[tuple[int, bytes]]) -> None:
        """All of a batch at once: no row of it depends on another, but viewers on lineups, which come first."""
        lines = [(row, read_line(text)) for row, text in batch]
        for row, line in lines:
            if isinstance(line, ChannelLine):
                await self._tried(row, self._changed(line))
        given = {line.id: self._tried(row, self._lineup(line)) for row, line in lines if isinstance(line, LineupLine)}
        for error in await asyncio.gather(*given.values(), return_exceptions=True):  # each to its end
            if error is not None:
                raise error
        viewers = [line for _, line in lines if isinstance(line, ViewerLine)]
        await self._catalogue.put_viewers(
            self._name, [ViewerRecord(name=viewer.name, lineup=viewer.lineup) for viewer in viewers]
        )
        self._done.viewers += len(viewers)
        for lineup in {viewer.lineup for viewer in viewers} - {None}:
            await self._keep(str(lineup), viewers)

    async def _keep(self, lineup: str, viewers: list[ViewerLine]) -> None:
        """Nobody is on a lineup that was removed meanwhile: see actions.remove_lineup."""
        if await known_lineup(self._catalogue, self._name, lineup) is None:
            gone = [ViewerRecord(name=viewer.name) for viewer in viewers if viewer.lineup == lineup]
            await self._catalogue.put_viewers(self._name, gone)
            raise Conflict(f"lineup {lineup!r} was removed meanwhile; what was applied before stays")

    async def _tried(self, row: int, applied: Awaitable[None]) -> None:
        try:
            await applied
        except (BadInput, NotFound, Conflict, NotOnAir) as error:
            if not self._skip_bad:
                raise type(error)(
                    f"row {row}: {error}; what was applied before stays, and it may be repeated"
                ) from None
            self._done.refuse(row, error)

    async def _changed(self, line: ChannelLine) -> None:
        catalogue, name, clock = self._catalogue, self._name, self._clock
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
        if (await catalogue.channel(name)).version != before.version:
            self._done.changed.add(line.kind)

    async def _lineup(self, line: LineupLine) -> None:
        known = await known_lineup(self._catalogue, self._name, line.id)
        if known is None:
            await actions.give_lineup(
                self._catalogue, self._name, line.id, line.clips, repeats=line.repeats, channels=self._channels
            )
            self._done.lineups_given += 1
        elif not is_so(known, line):
            await actions.edit_lineup(
                self._catalogue, self._name, line.id, line.clips, repeats=line.repeats, clock=self._clock
            )
            self._done.lineups_edited += 1


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    left = iter(rows)
    while batch := list(islice(left, _BATCH)):
        yield batch
