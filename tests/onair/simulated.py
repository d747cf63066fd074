"""A world of servers with clocks that differ, and a catalogue that every question takes time to reach.

The verbs, the lineups and the windows are the real ones; only the time and the ways between are made up.
"""

import asyncio
from collections.abc import Coroutine, Iterable
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Any, NamedTuple, cast

from manifest_server.admin import actions
from manifest_server.admin.edits import edit_all
from manifest_server.admin.moments import add_moment, add_slate, remove_moment
from manifest_server.admin.planning import publish_plan
from manifest_server.onair.channel import Channel
from manifest_server.onair.stream import stream
from manifest_server.playout.days import day_of
from manifest_server.playout.window import Window
from manifest_server.programming.filler import frame_counts
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.errors import BadInput, Conflict, NotOnAir, Unavailable
from storage.metadata import AssetMetadata
from storage.objects import Objects
from storage.programme import Moment
from storage.records import (
    TICKS_PER_SECOND,
    AssetRecord,
    ChannelRecord,
    LineupPart,
    LineupRecord,
    PoolRevision,
)
from tests.onair.simulated_plans import Shards, draft_of, rows
from tests.stage import EPOCH_MS, asset

# Segments of a second and of four: a short one is listed soonest after a boundary.
ASSETS = {one.id: one for one in (asset(1, 1.0), asset(2, 3.0), asset(3), asset(4, 1.5), asset(5, 8.0))}
IDENTS = {one.id: one for one in (asset(1000 + count, count / 25) for count in frame_counts(Fraction(25)))}
KNOWN = ASSETS | IDENTS
DERIVED = "d-somebody"
GIVEN = "kids"
REDIS_AHEAD_MS = 77_000_000  # its clock need not be anybody's


@dataclass(frozen=True, slots=True)
class Bounds:
    """What may happen in the world. Milliseconds."""

    spread: int = 2500  # from a write to the last use of what it replaced
    clocks: int = 3000  # between any two
    deadline: bool = True  # late writes are refused
    runs: bool = True  # and those that were made for another run of the channel


class Written(NamedTuple):
    """A record, when it was stored, and from when on each server uses it."""

    record: ChannelRecord | LineupRecord
    at_ms: int
    used_ms: tuple[int, ...]


class Fact(NamedTuple):
    """What a playlist says of a segment."""

    asset: str
    segment: int
    date_ticks: int
    dsn: int


class World:
    """Three servers, an admin and a catalogue."""

    def __init__(self, drawn: Random, bounds: Bounds) -> None:
        self.drawn = drawn
        self.bounds = bounds
        self.now_ms = EPOCH_MS + 3_600_000
        far = bounds.clocks // 2
        self.offsets = [drawn.choice((-far, far, drawn.randint(-far, far))) for _ in range(3)]
        self.admin_offset = drawn.choice((-far, far, drawn.randint(-far, far)))
        pool = (PoolRevision(tick=0, assets=tuple(ASSETS)[:3], filler=tuple(IDENTS)),)
        channel = ChannelRecord(name="main", revisions=pool, epoch_ms=EPOCH_MS, msn=1000, dsn=1000)
        clips = (ClipRecord(asset=next(iter(ASSETS))),)
        part = LineupPart(start=0, msn=1000, dsn=1000, clips=clips, repeats=True)
        lineup = LineupRecord(id=GIVEN, run_msn=1000, parts=(part,))
        self.channels = [Written(channel, 0, (0, 0, 0))]
        self.lineups = [Written(lineup, 0, (0, 0, 0))]

    # The catalogue, as the verbs ask it ------------------------------------

    async def redis_ms(self, channel: str) -> int:
        self._takes()
        told = self.now_ms + REDIS_AHEAD_MS
        self._takes()
        return told

    async def channel(self, name: str) -> ChannelRecord:
        return cast("ChannelRecord", self._stored(self.channels))

    async def lineup_on_air(self, channel: str, lineup: str) -> LineupRecord:
        return cast("LineupRecord", self._stored(self.lineups))

    async def assets_of(self, ids: list[str]) -> dict[str, AssetRecord]:
        return {one: KNOWN[one] for one in ids}

    async def states_of(self, assets: Iterable[str]) -> dict[str, str]:
        return {}  # nothing is retired

    async def asset(self, one: str) -> AssetRecord:
        return KNOWN[one]

    @property
    def metadata(self) -> "World":
        return self

    async def of_all(self, ids: Iterable[str]) -> dict[str, AssetMetadata]:
        return {}  # nothing is said of any

    async def replace_channel(
        self, record: ChannelRecord, deadline_ms: int | None = None, before: ChannelRecord | None = None
    ) -> None:
        self._write(self.channels, record, deadline_ms)

    async def replace_lineup(
        self, channel: str, record: LineupRecord, deadline_ms: int | None = None, before: LineupRecord | None = None
    ) -> None:
        if self.drawn.random() < 0.3:
            await self._begun_anew()
        if self.bounds.runs and record.run_msn != _run(self.channels[-1]):
            raise Conflict("made for another run")
        self._write(self.lineups, record, deadline_ms)

    async def _begun_anew(self) -> None:
        """Another admin, while an edit is on its way."""
        catalogue = cast("Catalogue", self)
        with suppress(Conflict, Unavailable):
            await actions.stop_channel(catalogue, "main", self._clock)
            await actions.start_channel(catalogue, "main", self._clock())

    def _clock(self) -> int:
        return self.now_ms + self.admin_offset

    def _takes(self) -> None:
        self.now_ms += self.drawn.choice((0, 1, self.drawn.randrange(400)))

    def _stored(self, written: list[Written]) -> ChannelRecord | LineupRecord:
        self._takes()
        record = written[-1].record
        self._takes()
        return record

    def _write(self, written: list[Written], record: ChannelRecord | LineupRecord, deadline_ms: int | None) -> None:
        if deadline_ms is not None and self.drawn.random() < 0.7:
            # At the very last moment, or just after.
            last_ms = deadline_ms - REDIS_AHEAD_MS + self.drawn.choice((0, 0, 1))
            self.now_ms = max(self.now_ms, last_ms)
        else:
            self._takes()
        if not self.bounds.deadline:
            self.now_ms += 4000
        elif deadline_ms is not None and self.now_ms + REDIS_AHEAD_MS > deadline_ms:
            raise Unavailable("late")
        slowest = self.bounds.spread
        spread = [self.drawn.choice((0, slowest, self.drawn.randint(0, slowest))) for _ in self.offsets]
        # Who reads something newer has read this too.
        used = [max(self.now_ms + late, written[-1].used_ms[n]) for n, late in enumerate(spread)]
        written.append(Written(record, self.now_ms, tuple(used)))

    # What happens -----------------------------------------------------------

    def edit(self) -> None:
        """Something that an admin does."""
        self.now_ms += self.drawn.choice((10, 1_000, 7_000, 40_000))
        catalogue = cast("Catalogue", self)
        pool = self.drawn.sample(tuple(ASSETS), self.drawn.randint(1, 4))
        clips = [ClipRecord(asset=one) for one in pool]
        match self.drawn.randrange(16):
            case 0:
                self._done(actions.stop_channel(catalogue, "main", self._clock))
            case 1:
                self._done(actions.start_channel(catalogue, "main", self._clock()))
            case 2 | 3 | 4:
                self._done(actions.set_pool(catalogue, "main", pool, self._clock))
            case 5:
                self._done(edit_all(catalogue, "main", clips[:2], self._clock, drop=self.drawn.randint(0, 2)))
            case 6:
                lasts_ms = self.drawn.choice((4000, 60_000, None))
                self._done(add_slate(catalogue, "main", clips[:2], self._clock, lasts_ms=lasts_ms))
            case 7 | 8:
                self._done(self._moment(clips))
            case 9:
                ids = [one.id for one in cast("ChannelRecord", self.channels[-1].record).moments]
                if ids:
                    self._done(remove_moment(catalogue, "main", self.drawn.choice(ids), self._clock))
            case 10 | 11:
                self._done(self._plan())
            case _:
                self._done(actions.edit_lineup(catalogue, "main", GIVEN, clips, repeats=True, clock=self._clock))

    def _moment(self, clips: list[ClipRecord]) -> Coroutine[Any, Any, object]:
        """As soon as can be, or a little too soon, or later."""
        at_ms = self._clock() + 35_000 + self.drawn.choice((0, 1, 800, 10_333, 60_000))
        moment = Moment(
            id=f"m{len(self.channels)}", at_ms=at_ms, clips=tuple(clips), resumes=self.drawn.random() < 0.5,
            every_ms=self.drawn.choice((None, None, 300_000)),
        )  # fmt: skip
        return add_moment(cast("Catalogue", self), "main", moment, self._clock)

    def _plan(self) -> Coroutine[Any, Any, object]:
        """Of the newest pool, for less than half a minute or for longer than anybody looks."""
        record = cast("ChannelRecord", self.channels[-1].record)
        draft = draft_of(record, len(self.channels), self.drawn.choice((25, 90, 86_400)) * TICKS_PER_SECOND)
        return publish_plan(cast("Catalogue", self), cast("Objects", Shards()), draft, self._clock)

    def _done(self, action: Coroutine[Any, Any, object]) -> None:
        with suppress(BadInput, Conflict, Unavailable, NotOnAir):  # refused: nothing has changed
            asyncio.run(action)

    def disagreements(self) -> list[tuple[str, int, Fact, Fact]]:
        """Every segment of which two servers, or one at two moments, say different things."""
        found, seen = [], dict[tuple[str, int], Fact]()
        for server, offset in enumerate(self.offsets):
            for now_ms in self._moments(server):
                for lineup in (DERIVED, GIVEN):
                    for msn, fact in self._listed(server, lineup, now_ms, now_ms + offset).items():
                        known = seen.setdefault((lineup, msn), fact)
                        if known != fact:
                            found.append((lineup, msn, known, fact))
        return found

    def _moments(self, server: int) -> list[int]:
        """Just before and after each change reaches the server, and later."""
        reached = [one.used_ms[server] for one in (*self.channels[1:], *self.lineups[1:])]
        return [reach + late for reach in reached for late in (-1, 0, 6_000, 15_000)]

    def _listed(self, server: int, lineup: str, now_ms: int, clock_ms: int) -> dict[int, Fact]:
        used = [one for one in self.channels if one.used_ms[server] <= now_ms][-1]
        channel = Channel(cast("ChannelRecord", used.record), KNOWN)
        record: LineupRecord | None = None
        if lineup != DERIVED:
            # When a channel is found to be in another run, its lineups are loaded anew.
            begun_ms = next(one.at_ms for one in self.channels if _run(one) == _run(used))
            known = [one for one in self.lineups if one.used_ms[server] <= now_ms or one.at_ms <= begun_ms]
            record = cast("LineupRecord", known[-1].record)
            if record.run_msn > channel.record.msn:  # and the channel, when a lineup is
                channel = Channel(cast("ChannelRecord", self._of_run(record.run_msn)), KNOWN)
        try:
            position = channel.listed_position(clock_ms)
        except NotOnAir:
            return {}
        plans = rows(channel.record) if lineup == DERIVED else []
        listed = stream(channel, channel, lineup, record, plans).window(day_of(clock_ms), position)
        return _facts(listed, channel.epoch_ms)

    def _of_run(self, msn: int) -> ChannelRecord | LineupRecord:
        return next(one.record for one in self.channels if _run(one) == msn)


def _run(written: Written) -> int:
    assert isinstance(written.record, ChannelRecord)
    return written.record.msn


def _facts(listed: Window, epoch_ms: int) -> dict[int, Fact]:
    return {
        run.msn + number - run.first: Fact(
            run.asset.id,
            number,
            epoch_ms * 90 + run.tick + run.asset.ticks[number] - run.asset.ticks[run.first],
            run.dsn,
        )
        for run in listed.runs
        for number in range(run.first, run.last)
    }
