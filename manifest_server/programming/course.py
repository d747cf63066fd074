"""The course of a lineup: its succession, walked as far as somebody looks. Pure; what was walked is remembered."""

from collections import deque
from itertools import takewhile

from manifest_server.playout.lineup import NEVER, Lineup, Succession
from manifest_server.programming.foresight import targets as foreseen
from manifest_server.programming.programme import Programme
from manifest_server.programming.spans import Span, Spans
from manifest_server.programming.walk import Standing, Step, anchored, approach, begun, onward, share
from storage.records import TICKS_PER_SECOND

# How much further than asked for it is walked, so that not every playlist takes a step.
AHEAD_TICKS = 1800 * TICKS_PER_SECOND


class Course:
    """A lineup between the moments of a channel whose first numbers are `msn` and `dsn`.

    It begins at `anchor`, a moment that resets, or with the channel. By then its numbers have gone up by as much as
    seconds have passed: a segment lasts a second or more, so no number comes twice.
    """

    __slots__ = ("_at", "_before", "_made", "_programme", "_spans", "_succession", "_until", "anchor")

    def __init__(self, programme: Programme, spans: Spans, msn: int, dsn: int, anchor: Span | None = None) -> None:
        self.anchor = anchor
        self._programme = programme
        self._spans = spans
        self._made: list[Lineup] = []
        self._before: Span | None = None
        self._at = self._begun(msn, dsn, anchor)
        self._succession: Succession | None = None
        self._until = -1

    def until(self, tick: int) -> Succession:
        """The succession, which holds for every instant before `tick`. Raises NoWay."""
        if self._succession is None or tick > self._until:
            self._until = tick + AHEAD_TICKS
            self._walk(self._until)
            targets = tuple(foreseen(self._spans, self._at.tick, self._until))
            ahead = () if self._at.ended else onward(self._programme, self._at, targets)
            self._succession = Succession((*self._made, *ahead))
            if self._at.ended or not self._spans:
                self._until = NEVER
        return self._succession

    def _walk(self, until: int) -> None:
        targets = deque(foreseen(self._spans, self._at.tick, until))
        for span in self._spans.after(self._at.tick, until):
            while targets and targets[0].until <= self._at.tick:
                targets.popleft()
            known = tuple(takewhile(lambda one: one.since < span.start, targets))  # noqa: B023 - used at once
            self._take(approach(self._programme, self._at, span, self._before, known))
            if self._at.ended:
                return
            self._take(share(self._programme, self._at, span))
            self._before = span

    def _take(self, step: Step) -> None:
        lineups, self._at = step
        self._made += lineups

    def _begun(self, msn: int, dsn: int, anchor: Span | None) -> Standing:
        first = begun(self._programme, msn, dsn)
        if anchor is None:
            return first
        passed = anchor.start // TICKS_PER_SECOND
        at = anchored(self._programme, anchor, msn + passed, dsn + passed)
        if at is None:  # a list that ends: how far it has come is only known from where it began
            self._at = first
            self._walk(anchor.start)
            _, at = approach(self._programme, self._at, anchor, self._before)
            self._made.clear()
            self._before = None
            at = first if at.ended else at._replace(msn=msn + passed, dsn=dsn + passed)
        return at
