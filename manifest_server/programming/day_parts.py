"""Day parts: when one begins, which is on, and which clips of a pool it has. Pure.

A day part begins to the tick for everybody, as a moment does, only that nothing is shown: so nobody's numbers depend
on what was before it.
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
from storage.metadata import OLDEST
from storage.programme import DayPart, Rules

Ratings = NDArray[np.int64]

WHOLE_DAY = -1  # the part that is on where there are none
_MINUTE_MS = 60_000
_DAY_MS = 1440 * _MINUTE_MS


class Begin(NamedTuple):
    """A day part begins at a tick."""

    tick: int
    part: int


class Days:
    """The day parts of a channel whose tick 0 is at `epoch_ms`. `changes`: rules, and from which tick on they count.

    A part still begins by the rules before, when players may have listed what leads to it.
    """

    def __init__(self, changes: Sequence[tuple[int, Rules]], epoch_ms: int) -> None:
        self._changes = tuple(changes)
        self._epoch_ms = epoch_ms
        self._any = any(rules.day_parts for _, rules in self._changes)  # every playlist asks

    def __bool__(self) -> bool:
        return self._any

    @property
    def last(self) -> int:
        """After which tick no part begins any more."""
        return NEVER if self._changes and self._changes[-1][1].day_parts else self._until

    def part(self, tick: int) -> int:
        """Which part is on."""
        rules = self._rules(tick)
        if not rules.day_parts:
            return WHOLE_DAY
        minute = (self._ms(tick, rules) % _DAY_MS) // _MINUTE_MS
        at = bisect_right(rules.day_parts, minute, key=lambda one: one.minute)
        return (at or len(rules.day_parts)) - 1

    def begins(self, start: int, end: int) -> Iterator[Begin]:
        """The parts that begin from one tick up to another, none in the first second."""
        for number, (since, rules) in enumerate(self._changes):
            until = self._changes[number + 1][0] + BRIDGE_TICKS if number + 1 < len(self._changes) else NEVER
            first, last = max(start, since + BRIDGE_TICKS if number else 90_000), min(end, until)
            if rules.day_parts and first < last:
                yield from self._of(rules, first, last)

    def before(self, tick: int) -> int:
        """When the last part before a tick began; negative: none did."""
        found = list(self.begins(tick - 2 * _DAY_MS * TICKS_PER_MS, tick))
        if found:
            return found[-1].tick
        earlier = [until for until in (self._until,) if 0 <= until < tick]
        return self.before(earlier[0]) if earlier else -1

    @property
    def _until(self) -> int:
        """Up to where the last rules that have parts counted; negative if none ever did."""
        found = -1
        for number, (_, rules) in enumerate(self._changes[:-1]):
            if rules.day_parts:
                found = self._changes[number + 1][0] + BRIDGE_TICKS
        return found

    def _of(self, rules: Rules, first: int, last: int) -> Iterator[Begin]:
        day = self._ms(first, rules) // _DAY_MS
        while True:
            for number, part in enumerate(rules.day_parts):
                at_ms = day * _DAY_MS + part.minute * _MINUTE_MS - rules.utc_offset_min * _MINUTE_MS
                tick = (at_ms - self._epoch_ms) * TICKS_PER_MS
                if tick >= last:
                    return
                if tick >= first:
                    yield Begin(tick, number)
            day += 1

    def _ms(self, tick: int, rules: Rules) -> int:
        return self._epoch_ms + tick // TICKS_PER_MS + rules.utc_offset_min * _MINUTE_MS

    def _rules(self, tick: int) -> Rules:
        return self._changes[max(bisect_right(self._changes, tick, key=lambda one: one[0]) - 1, 0)][1]


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


def clock_text(part: DayPart) -> str:
    """When it begins: "06:00"."""
    return f"{part.minute // 60:02d}:{part.minute % 60:02d}"
