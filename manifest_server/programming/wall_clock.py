"""A clock on a wall: what it shows at an instant, and when it first shows a time. Pure.

It goes by a table, which was worked out once and for all: nobody asks here what time zones are like. A clock that is
set back stands still here until it has caught up, so that no time comes twice; one that is set forward has shown at
that instant all that it left out.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise

MINUTE_MS = 60_000


class WallClock:
    """`offsets`: from which Unix ms on it is how many minutes ahead of UTC, in order; the first counts before too."""

    def __init__(self, offsets: Sequence[tuple[int, int]]) -> None:
        self._since = [since for since, _ in offsets]
        self._ahead = [minutes * MINUTE_MS for _, minutes in offsets]
        # The latest that it has shown when each of them begins; the first has no beginning.
        self._shown: list[int] = []
        for ahead, (_, until) in zip(self._ahead, pairwise(self._since), strict=False):
            last = until - 1 + ahead
            self._shown.append(max(last, self._shown[-1]) if self._shown else last)

    def shows(self, at_ms: int) -> int:
        """The latest that it has shown by an instant, in ms as Unix ms are counted."""
        number = max(bisect_right(self._since, at_ms) - 1, 0)
        now = at_ms + self._ahead[number]
        return max(now, self._shown[number - 1]) if number else now

    def first(self, shown_ms: int) -> int:
        """The first instant by which it has shown that."""
        number = bisect_left(self._shown, shown_ms)
        at_ms = shown_ms - self._ahead[number]
        return max(at_ms, self._since[number]) if number else at_ms
