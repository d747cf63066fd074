"""What is wrong with the rows of an import, before any is applied."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from manifest_server.admin.actions import check_given
from manifest_server.admin.bulk_lines import (
    AccessLine,
    End,
    FillerLine,
    Head,
    Line,
    LineupLine,
    PoolLine,
    RulesLine,
    ViewerLine,
    read_line,
)
from manifest_server.admin.zones import checked_zone
from manifest_server.onair.channels import Channels
from storage.catalogue import Catalogue
from storage.errors import BadInput, Conflict, NotFound, NotOnAir, StreamSyncError
from storage.records import ChannelRecord, LineupRecord

BAD_LIMIT = 10_000  # after so many it is some other file

Row = tuple[int, bytes]


@dataclass(slots=True)
class Import:
    """What an import did, or why it did nothing. Rows are lines, counted from 1."""

    rows: int = 0
    bad: dict[int, str] = field(default_factory=dict)
    applied: bool = False
    changed: set[str] = field(default_factory=set)  # what of the channel itself: "pool", "rules", "filler", "access"
    lineups_given: int = 0
    lineups_edited: int = 0
    viewers: int = 0

    def refuse(self, row: int, error: StreamSyncError) -> None:
        """Note that a row is bad. Raises BadInput when there are too many."""
        self.bad[row] = str(error)
        if len(self.bad) > BAD_LIMIT:
            raise BadInput(
                f"over {BAD_LIMIT} rows are bad, the first is row {min(self.bad)}: {self.bad[min(self.bad)]}"
            )


async def known_lineup(catalogue: Catalogue, channel: str, lineup: str) -> LineupRecord | None:
    """A given lineup, if there is one."""
    try:
        return await catalogue.lineup(channel, lineup)
    except NotFound:
        return None


def is_so(lineup: LineupRecord, line: LineupLine) -> bool:
    """Whether a lineup plays what a row says."""
    last = lineup.parts[-1]
    return last.clips == line.clips and last.repeats == line.repeats


class RowCheck:
    """Looks at rows, and changes nothing."""

    def __init__(self, catalogue: Catalogue, channels: Channels, channel: ChannelRecord, done: Import) -> None:
        self._catalogue = catalogue
        self._channels = channels
        self._channel = channel
        self._done = done
        self._first: Line | None = None
        self._end: End | None = None
        self._live: set[str] = set()  # assets that may take a new place
        self._lineups: dict[str, bool] = {}  # whether there is one, or will be
        self._seen: dict[tuple[str, str], int] = {}

    async def batch(self, batch: list[Row]) -> None:
        """Look at some rows, which follow those before. Raises BadInput when too many are bad."""
        for row, text in batch:
            self._done.rows = row
            try:
                await self._row(row, text)
            except (BadInput, NotFound, Conflict, NotOnAir) as error:
                self._done.refuse(row, error)
        await asyncio.sleep(0)  # reading takes some milliseconds; others want to go on

    def end(self) -> None:
        """After the last row: what begins with a head is whole only with its end."""
        if not self._done.rows:
            raise BadInput("there is no row")
        if isinstance(self._first, Head) and self._end is None:
            self._done.refuse(self._done.rows + 1, BadInput("it is cut off: its last line is missing"))

    async def _row(self, row: int, text: bytes) -> None:
        line = read_line(text)
        self._first = line if row == 1 else self._first
        if self._end is not None:
            raise BadInput("something comes after the end")
        match line:
            case Head() | End():
                self._framed(row, line)
            case PoolLine() | FillerLine():
                self._once(line.kind, "", text)
                await self._assets(line.assets)
            case RulesLine():
                self._once(line.kind, "", text)
                if line.rules.time_zone is not None:
                    checked_zone(line.rules.time_zone)
            case AccessLine():
                self._once(line.kind, "", text)
            case LineupLine():
                self._once("lineup", line.id, text)
                self._lineups[line.id] = False
                await self._lineup(line)
                self._lineups[line.id] = True
            case ViewerLine():
                self._once("viewer", line.name, text)
                if line.lineup is not None and not await self._is_there(line.lineup):
                    raise NotFound(f"viewer {line.name!r}: there is no lineup {line.lineup!r}, nor in a row before")

    def _framed(self, row: int, line: Head | End) -> None:
        if isinstance(line, End):
            self._end = line
            if line.lines != row - 2:
                raise BadInput(f"it ends after {row - 2} lines, and had {line.lines}")
        elif row != 1:
            raise BadInput("another head: it is the first line")

    def _once(self, kind: str, name: str, text: bytes) -> None:
        # The very same row may come twice: so may a field, while Redis makes a hash larger that is exported.
        if self._seen.setdefault((kind, name), hash(text)) != hash(text):
            raise BadInput(
                f"{kind} {name!r} was something else in a row before" if name else f"a second {kind}, and another"
            )

    async def _assets(self, assets: Iterable[str]) -> None:
        missing = {asset for asset in assets if asset not in self._live}
        found, states = await self._catalogue.assets_of(missing), await self._catalogue.states_of(missing)
        for asset in sorted(missing):
            if asset not in found:
                raise NotFound(f"no asset {asset!r}")
            if asset in states:
                raise Conflict(f"asset {asset} is {states[asset]}: it takes no new place")
        self._live |= missing

    async def _lineup(self, line: LineupLine) -> None:
        check_given(line.id)
        await self._assets(clip.asset for clip in line.clips)
        channel = await self._channels.channel(self._channel.name)
        (await self._channels.widened(channel, line.clips)).order(line.clips)
        known = await known_lineup(self._catalogue, self._channel.name, line.id)
        if known is not None and not is_so(known, line) and self._channel.epoch_ms is None:
            raise Conflict(f"lineup {line.id!r} is there with other clips, and can be edited only on air")

    async def _is_there(self, lineup: str) -> bool:
        if lineup not in self._lineups:
            self._lineups[lineup] = await known_lineup(self._catalogue, self._channel.name, lineup) is not None
        return self._lineups[lineup]
