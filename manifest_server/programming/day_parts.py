"""Day parts: when one begins, which is on, and which clips of a pool it has. Pure.

A day part begins to the tick for everybody, as a moment does, only that nothing is shown: so nobody's numbers depend
on what was before it. That is when the clock of its rules first shows its time, or has left it out (wall_clock.py).
Of those that begin at once the last is on; the others have no length.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from manifest_server.playout.lineup import NEVER
from manifest_server.playout.ticks import TICKS_PER_MS
from manifest_server.programming.bridge import BRIDGE_TICKS
from manifest_server.programming.stock import Indexes, Stock
from manifest_server.programming.wall_clock import MINUTE_MS, WallClock
from storage.metadata import OLDEST
from storage.programme import DayPart, Offsets, Rules

Ratings = NDArray[np.int64]

WHOLE_DAY = -1  # the part that is on where there are none
_DAY_MS = 1440 * MINUTE_MS
_DAY = _DAY_MS * TICKS_PER_MS


class Begin(NamedTuple):
    """A day part begins at a tick."""

    tick: int
    part: int


class Ruling(NamedTuple):
    """From `tick` on these rules count, whose time zone is ahead of UTC by `offsets`; with none, it has none."""

    tick: int
    rules: Rules
    offsets: Offsets = ()


class Days:
    """The day parts of a channel whose tick 0 is at `epoch_ms`, by its rules.

    A part still begins by the rules before, when players may have listed what leads to it.
    """

    def __init__(self, changes: Sequence[Ruling], epoch_ms: int) -> None:
        self._changes = tuple(changes)
        self._epoch_ms = epoch_ms
        self._any = any(one.rules.day_parts for one in self._changes)  # every playlist asks
        tables = [one.offsets or ((0, one.rules.utc_offset_min),) for one in self._changes]
        clocks = {table: WallClock(table) for table in set(tables)}  # most revisions of a channel share one
        self._clocks = [clocks[table] for table in tables]

    def __bool__(self) -> bool:
        return self._any

    @property
    def last(self) -> int:
        """After which tick no part begins any more."""
        return NEVER if self._changes and self._changes[-1].rules.day_parts else self._until

    def part(self, tick: int) -> int:
        """Which part is on."""
        number = self._number(tick)
        parts = self._changes[number].rules.day_parts
        if not parts:
            return WHOLE_DAY
        minute = self._clocks[number].shows(self._ms(tick)) % _DAY_MS // MINUTE_MS
        at = bisect_right(parts, minute, key=_minute)
        return (at or len(parts)) - 1

    def day_part(self, tick: int) -> DayPart | None:
        """The same as it is in the rules; None: there are none."""
        return self._changes[self._number(tick)].rules.day_parts[number] if (number := self.part(tick)) >= 0 else None

    def begins(self, start: int, end: int) -> Iterator[Begin]:
        """The parts that begin from one tick up to another, none in the first second."""
        for number, ruling in enumerate(self._changes):
            until = self._changes[number + 1].tick + BRIDGE_TICKS if number + 1 < len(self._changes) else NEVER
            first, last = max(start, ruling.tick + BRIDGE_TICKS if number else 90_000), min(end, until)
            if ruling.rules.day_parts and first < last:
                yield from self._of(ruling.rules.day_parts, self._clocks[number], first, last)

    def before(self, tick: int) -> int:
        """When the last part before a tick began; negative: none did."""
        # Some part begins each day, but for days on which a clock is set back, by a day at most.
        for days in (1, 3):
            if found := list(self.begins(tick - days * _DAY, tick)):
                return found[-1].tick
        earlier = [until for until in (self._until,) if 0 <= until < tick]
        return self.before(earlier[0]) if earlier else -1

    @property
    def _until(self) -> int:
        """Up to where the last rules that have parts counted; negative if none ever did."""
        found = -1
        for number, ruling in enumerate(self._changes[:-1]):
            if ruling.rules.day_parts:
                found = self._changes[number + 1].tick + BRIDGE_TICKS
        return found

    def _of(self, parts: Sequence[DayPart], clock: WallClock, first: int, last: int) -> Iterator[Begin]:
        known = Begin(-1, WHOLE_DAY)
        day = clock.shows(self._ms(first) - 1) // _DAY_MS  # all that begins from there on is of that day, or later
        while known.tick < last:
            for number, part in enumerate(parts):
                at_ms = clock.first(day * _DAY_MS + part.minute * MINUTE_MS)
                one = Begin((at_ms - self._epoch_ms) * TICKS_PER_MS, number)
                if one.tick > known.tick and first <= known.tick < last:
                    yield known
                known = one
            day += 1

    def _number(self, tick: int) -> int:
        return max(bisect_right(self._changes, tick, key=_tick) - 1, 0)

    def _ms(self, tick: int) -> int:
        return self._epoch_ms + tick // TICKS_PER_MS


def _tick(ruling: Ruling) -> int:
    return ruling.tick


def _minute(part: DayPart) -> int:
    return part.minute


def of_part(stock: Stock, part: int) -> Stock:
    """What of a stock is on in a day part; all of it where that leaves nothing."""
    if not 0 <= part < len(stock.rules.day_parts):
        return stock
    found = chosen(stock.rules.day_parts[part], len(stock.clips), stock.tags, stock.ratings)
    return stock.only(found) if len(found) else stock


def chosen(
    part: DayPart, count: int, tags: Mapping[str, NDArray[np.bool_]], ratings: Sequence[int] | Ratings
) -> Indexes:
    """Which of so many clips are a day part's. `tags`: which of them have a tag; `ratings`: of each, or none."""
    none = np.zeros(count, dtype=np.bool_)
    rated = np.asarray(ratings, dtype=np.int64) if len(ratings) else np.full(count, OLDEST, dtype=np.int64)
    left = (part.least_rating <= rated) & (rated <= part.most_rating)
    if part.any_tags:
        left &= np.any([tags.get(tag, none) for tag in part.any_tags], axis=0)
    for tag in part.no_tags:
        left &= ~tags.get(tag, none)
    return np.flatnonzero(left)


def part_text(part: DayPart, rules: Rules) -> str:
    """When it begins and what it has, for people: "day part 06:00 Europe/Berlin: kids, not news, rated up to 12"."""
    has = [*part.any_tags, *(f"not {tag}" for tag in part.no_tags)]
    if part.least_rating > 0:
        has.append(f"rated from {part.least_rating}")
    if part.most_rating < OLDEST:
        has.append(f"rated up to {part.most_rating}")
    return f"day part {part.clock} {zone_text(rules)}: {', '.join(has) or 'everything'}"


def zone_text(rules: Rules) -> str:
    """By what clock its day parts begin: "Europe/Berlin", or "UTC+01:00"."""
    hours, minutes = divmod(abs(rules.utc_offset_min), 60)
    return rules.time_zone or f"UTC{'-' if rules.utc_offset_min < 0 else '+'}{hours:02d}:{minutes:02d}"
