"""Rows of an import that were found good, applied some hundred at a time."""

from collections.abc import Iterable, Sequence

from manifest_server.admin import actions
from manifest_server.admin.actions import Clock
from manifest_server.admin.bulk_channel import change_channel, told_of
from manifest_server.admin.bulk_check import Import, is_so
from manifest_server.admin.bulk_lines import ChannelLine, CohortsLine, LineupLine, ToldLine, ViewerLine
from manifest_server.admin.bulk_rows import Row
from manifest_server.admin.cohorts import set_cohorts
from manifest_server.admin.given import given
from manifest_server.admin.streams import succeeded
from manifest_server.onair.channels import Channels
from manifest_server.playout.days import day_of
from storage.catalogue import Catalogue
from storage.errors import BadInput, Conflict, NotFound, NotOnAir, StreamSyncError
from storage.records import LineupRecord, ViewerRecord

_EDITS = 50  # lineups whose place is computed from one look at the clock
_REFUSALS = (BadInput, NotFound, Conflict, NotOnAir)

Lineups = dict[str, tuple[int, LineupLine]]  # by id, each with its row


class Application:
    """Applies rows that were found good."""

    def __init__(self, catalogue: Catalogue, name: str, clock: Clock, done: Import, *, skip_bad: bool) -> None:
        self._catalogue = catalogue
        self._name = name
        self._clock = clock
        self._done = done
        self._skip_bad = skip_bad
        self._channels = Channels(catalogue)

    async def batch(self, batch: Sequence[Row]) -> None:
        """Lines of the channel first, then lineups, viewers, cohorts: those depend on each other in no other way."""
        lines = [(row.number, said.line) for row in batch for said in row.said]
        for row, line in lines:
            if isinstance(line, ChannelLine):
                await self._channel(row, line)
            elif isinstance(line, ToldLine):
                self._done.leave(row, told_of(await self._catalogue.channel(self._name), line))
        await self._lineups({line.id: (row, line) for row, line in lines if isinstance(line, LineupLine)})
        viewers = {line.name: line.lineup for _, line in lines if isinstance(line, ViewerLine)}
        await self._viewers(viewers)
        for row, line in lines:
            if isinstance(line, CohortsLine):
                await self._channel(row, line)
        self._done.passed += len(batch)

    async def _lineups(self, lines: Lineups) -> None:
        known = await self._catalogue.many.lineups(self._name, lines)
        new = {name: said for name, said in lines.items() if name not in known}
        if new:
            on = await self._channels.channel(self._name)
            taken = await self._catalogue.many.create_lineups(
                self._name, [given(on, line.id, line.clips, repeats=line.repeats) for _, line in new.values()]
            )
            for name in sorted(taken):
                self._refused(new[name][0], Conflict(f"lineup {name!r} was given by somebody else meanwhile"))
            self._done.lineups_given += len(new) - len(taken)
        others = [(lines[name], record) for name, record in known.items() if not is_so(record, lines[name][1])]
        for start in range(0, len(others), _EDITS):
            await self._edits(others[start : start + _EDITS])

    async def _edits(self, some: Sequence[tuple[tuple[int, LineupLine], LineupRecord]]) -> None:
        """Let other clips take over in some lineups that were read as these."""
        catalogue, name = self._catalogue, self._name
        clips = [clip for (_, line), record in some for clip in (*line.clips, *record.clips)]
        await self._channels.widened(await self._channels.channel(name), clips)  # so that it takes no time later
        deadline_ms = await actions.deadline(catalogue, name)
        on = await self._channels.ready(await catalogue.channel(name))
        on = await self._channels.widened(on, clips)
        now_ms = self._clock()
        pairs, rows = [], {}
        for (row, line), record in some:
            try:
                tick = actions.next_change(on, now_ms)
                after = succeeded(on, record, line.clips, line.repeats, tick, day_of(now_ms))
            except _REFUSALS as error:
                self._refused(row, error)
                continue
            pairs.append((record, after))
            rows[line.id] = row
        refused = await catalogue.many.replace_lineups(name, pairs, deadline_ms) if pairs else {}
        self._done.lineups_edited += len(pairs) - len(refused)
        for lineup, why in refused.items():
            self._refused(rows[lineup], why)

    async def _viewers(self, viewers: dict[str, str | None]) -> None:
        self._done.viewers += await self._catalogue.many.put_viewers(
            self._name, [ViewerRecord(name=viewer, lineup=lineup) for viewer, lineup in viewers.items()]
        )

    async def _channel(self, row: int, line: ChannelLine | CohortsLine) -> None:
        before = await self._catalogue.channel(self._name)
        try:
            if isinstance(line, CohortsLine):
                await set_cohorts(self._catalogue, self._name, line.cohorts)
            else:
                self._done.leave(row, await change_channel(self._catalogue, self._name, line, self._clock))
        except _REFUSALS as error:
            self._refused(row, error)
        if (await self._catalogue.channel(self._name)).version != before.version:
            self._done.changed.add(line.kind)

    def _refused(self, row: int, error: StreamSyncError) -> None:
        """What became bad since it was looked at."""
        if not self._skip_bad or not isinstance(error, _REFUSALS):
            raise type(error)(f"row {row}: {error}; what was applied before stays, and it may be repeated") from None
        self._done.refuse(row, error)


def in_batches(rows: Iterable[Row], size: int) -> "Iterable[list[Row]]":
    """The rows, so many at a time."""
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
