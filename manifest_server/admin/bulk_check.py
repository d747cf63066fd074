"""What is wrong with the rows of an import, before any is applied."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from manifest_server.admin.actions import Clock
from manifest_server.admin.bulk_channel import change_channel
from manifest_server.admin.bulk_lines import (
    AccessLine,
    ChannelLine,
    CohortsLine,
    End,
    FillerLine,
    Head,
    Line,
    LineupLine,
    MomentLine,
    PoolLine,
    RulesLine,
    TextsLine,
    ViewerLine,
)
from manifest_server.admin.bulk_names import Fault, Names, digest
from manifest_server.admin.bulk_rows import Row, Said
from manifest_server.admin.given import check_given
from manifest_server.admin.rights import rights_fault
from manifest_server.admin.zones import checked_zone
from manifest_server.playout.lineup import Asset, Clip
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.errors import BadInput, Conflict, NotFound, NotOnAir, StreamSyncError
from storage.records import ChannelRecord, LineupRecord
from storage.trial import Trial

BAD_LIMIT = 10_000  # after so many it is some other file
LEFT_LIMIT = 1000
_KEPT = 100_000  # lineups and clips that are not looked up again


@dataclass(slots=True)
class Import:
    """What an import did, or why it did nothing. Rows are lines, counted from 1; `passed`: rows that are applied."""

    rows: int = 0
    bad: dict[int, str] = field(default_factory=dict)
    passed: int = 0
    applied: bool = False
    changed: set[str] = field(default_factory=set)  # what of the channel itself: "pool", "rules", "filler", "access"
    lineups_given: int = 0
    lineups_edited: int = 0
    viewers: int = 0
    left_out: dict[int, str] = field(default_factory=dict)  # by row, what could not be taken over, and why

    def leave(self, row: int, why: str | None) -> None:
        """Note what of a good row was left out, if anything was."""
        if why is not None and len(self.left_out) < LEFT_LIMIT:
            self.left_out[row] = why

    def refuse(self, row: int, error: StreamSyncError | str) -> None:
        """Note that a row is bad. Raises BadInput when there are too many."""
        self.bad.setdefault(row, str(error))
        if len(self.bad) > BAD_LIMIT:
            raise BadInput(
                f"over {BAD_LIMIT} rows are bad, the first is row {min(self.bad)}: {self.bad[min(self.bad)]}"
            )


def is_so(lineup: LineupRecord, line: LineupLine) -> bool:
    """Whether a lineup plays what a row says."""
    last = lineup.parts[-1]
    return last.clips == line.clips and last.repeats == line.repeats


class RowCheck:
    """Looks at rows, and changes nothing. In constant memory: what names they have had is on the disk."""

    def __init__(self, catalogue: Catalogue, channel: ChannelRecord, clock: Clock, done: Import) -> None:
        self._catalogue = catalogue
        self._trial = Trial(catalogue.link)  # in which lines of the channel itself follow each other
        self._clock = clock
        self._channel = channel
        self._done = done
        self._first: Line | None = None
        self._end: End | None = None
        self._once: dict[str, int] = {}
        self._assets: dict[str, Asset | str] = {}  # or why it takes no new place; those that there are
        self._clips: set[ClipRecord] = set()  # that are good
        self._there: set[str] = set()  # lineups that there are, or will be by a row before
        self._names = Names()

    def close(self) -> None:
        """Give the disk back."""
        self._names.close()

    async def batch(self, batch: Sequence[Row]) -> None:
        """Look at some rows, which follow those before. Raises BadInput when too many are bad."""
        lines = [said.line for row in batch for said in row.said]
        lineups = [line for line in lines if isinstance(line, LineupLine)]
        await self._load({clip.asset for line in lineups for clip in line.clips if clip not in self._clips})
        await self._load(
            {asset for line in lines if isinstance(line, PoolLine | FillerLine) for asset in line.assets}
        )
        wanted = {line.lineup for line in lines if isinstance(line, ViewerLine)} - {None} - self._there
        wanted |= {name for line in lines if isinstance(line, CohortsLine) for name in line.cohorts.lineups}
        known = await self._catalogue.many.lineups(
            self._channel.name, [*(line.id for line in lineups), *map(str, wanted)]
        )
        if len(self._there) > _KEPT:
            self._there.clear()
        if len(self._clips) > _KEPT:
            self._clips.clear()
        self._there.update(name for name, record in known.items() if not record.removed)
        for row in batch:
            self._done.rows = row.number
            try:
                if row.fault is not None:
                    raise BadInput(row.fault)
                await self._look(row, known)
            except (BadInput, NotFound, Conflict, NotOnAir) as error:
                self._done.refuse(row.number, error)

    def end(self) -> list[Fault]:
        """After the last row: what begins with a head is whole only with its end. Which rows contradict others."""
        if not self._done.rows:
            raise BadInput("there is no row")
        if isinstance(self._first, Head) and self._end is None:
            self._done.refuse(self._done.rows + 1, "it is cut off: its last line is missing")
        found = []
        for fault in self._names.faults():
            found.append(fault)
            if len(found) > BAD_LIMIT:
                break
        return found

    def contradicts(self, row: Row, faults: Iterable[Fault]) -> None:
        """Note what a row said that contradicts others. Raises BadInput when too many are bad."""
        for fault in faults:
            for line in (said.line for said in row.said):
                match line:
                    case ViewerLine(lineup=str() as lineup) if fault.before is None:
                        if digest("lineup", lineup) == fault.name:
                            why = f"viewer {line.name!r}: there is no lineup {lineup!r}, nor in a row before"
                            self._done.refuse(row.number, why)
                    case CohortsLine(cohorts=cohorts) if fault.before is None:
                        for lineup in (one for one in cohorts.lineups if digest("lineup", one) == fault.name):
                            why = f"cohorts: there is no lineup {lineup!r}, nor in a row before"
                            self._done.refuse(row.number, why)
                    case ViewerLine() if digest("viewer", line.name) == fault.name:
                        self._done.refuse(
                            row.number, f"viewer {line.name!r} was something else in row {fault.before}"
                        )
                    case LineupLine() if digest("lineup", line.id) == fault.name:
                        self._done.refuse(row.number, f"lineup {line.id!r} was something else in row {fault.before}")

    async def _look(self, row: Row, known: dict[str, LineupRecord]) -> None:
        """One row. What it says of names is noted only if all of it is good."""
        if row.number == 1:
            self._first = row.said[0].line
        if self._end is not None:
            raise BadInput("something comes after the end")
        for said in row.said:
            self._say(row.number, said, known)
            if isinstance(said.line, ChannelLine):
                await change_channel(self._trial, self._channel.name, said.line, self._clock)
        here = {said.line.id for said in row.said if isinstance(said.line, LineupLine)}
        for said in row.said:
            self._note(row.number, said, here)

    def _say(self, row: int, said: Said, known: dict[str, LineupRecord]) -> None:
        line, content = said
        match line:
            case Head() | End():
                self._framed(row, line)
            case PoolLine() | FillerLine():
                self._single(line.kind, content)
                self._live(line.assets)
            case RulesLine():
                self._single(line.kind, content)
                if line.rules.time_zone is not None:
                    checked_zone(line.rules.time_zone)
            case AccessLine() | TextsLine() | CohortsLine():
                self._single(line.kind, content)
            case MomentLine():
                self._single(f"moment {line.moment.id!r}", content)
            case LineupLine():
                self._lineup(line, known.get(line.id))

    def _note(self, row: int, said: Said, here: set[str]) -> None:
        match said.line:
            case LineupLine(id=lineup):
                self._names.says("lineup", lineup, said.content, row)
                self._there.add(lineup)
            case ViewerLine(name=viewer, lineup=lineup):
                self._names.says("viewer", viewer, said.content, row)
                if lineup is not None and lineup not in here and lineup not in self._there:
                    self._names.needs("lineup", lineup, row)
            case CohortsLine(cohorts=cohorts):
                for lineup in set(cohorts.lineups) - self._there:
                    self._names.needs("lineup", lineup, row)

    def _framed(self, row: int, line: Head | End) -> None:
        if isinstance(line, End):
            self._end = line
            if line.lines != row - 2:
                raise BadInput(f"it ends after {row - 2} lines, and had {line.lines}")
        elif row != 1:
            raise BadInput("another head: it is the first line")

    def _single(self, kind: str, content: int) -> None:
        # The very same row may come twice, as a lineup and a viewer may while Redis makes a hash larger.
        if self._once.setdefault(kind, content) != content:
            raise BadInput(f"a second {kind}, and another")

    async def _load(self, assets: set[str]) -> None:
        missing = assets - self._assets.keys()
        if not missing:
            return
        states = await self._catalogue.states_of(missing)
        said = await self._catalogue.metadata.of_all(missing)
        for asset, record in (await self._catalogue.assets_of(missing)).items():
            refused = f"asset {asset} is {states[asset]}: it takes no new place" if asset in states else None
            if refused is None and asset in said:
                refused = rights_fault(asset, said[asset], self._clock())
            self._assets[asset] = refused or Asset(asset, record.ticks)

    def _live(self, assets: Iterable[str]) -> None:
        for asset in assets:
            self._asset(asset)

    def _asset(self, asset: str) -> Asset:
        found = self._assets.get(asset)
        if found is None:
            raise NotFound(f"no asset {asset!r}: it is unknown, or not packaged yet")
        if isinstance(found, str):
            raise Conflict(found)
        return found

    def _lineup(self, line: LineupLine, known: LineupRecord | None) -> None:
        check_given(line.id)
        for clip in line.clips:
            if clip not in self._clips:
                asset = self._asset(clip.asset)
                try:
                    Clip(asset, clip.first, len(asset.ticks) - 1 if clip.last is None else clip.last)
                except ValueError as error:
                    raise NotFound(str(error)) from None
                self._clips.add(clip)
        if known is not None and not is_so(known, line) and self._channel.epoch_ms is None:
            raise Conflict(f"lineup {line.id!r} is there with other clips, and can be edited only on air")
