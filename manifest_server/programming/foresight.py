"""Foresight: for which moment clips are chosen at a clip boundary, as it was known by then. Pure.

What is chosen for a moment is on air long before it. When a moment is added or taken away, what was chosen before the
change horizon stays: for that a channel keeps what was to come until then (`Outlook`).
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from manifest_server.programming.spans import SHORTEST, Span, Spans
from storage.programme import Outlook
from storage.records import TICKS_PER_SECOND

# So long before a moment clips are chosen for it.
LOOK_TICKS = 3600 * TICKS_PER_SECOND


class Target(NamedTuple):
    """At clip boundaries from `since` on and before `until`, clips are chosen for what begins at `start`. Ticks."""

    since: int
    until: int
    start: int


def targets(spans: Spans, tick: int, until: int) -> Iterator[Target]:
    """All for which clips are chosen at a boundary from `tick` on and before `until`, in order."""
    outlooks = spans.outlooks
    first = bisect_right(outlooks, tick, key=lambda outlook: outlook.until)
    since = tick
    for outlook in (*outlooks[first:], None):
        if since >= until:
            return
        end = until if outlook is None else min(outlook.until, until)
        yield from _between(_known(spans, outlook, since, end + LOOK_TICKS), since, end)
        since = end


def outlook_of(spans: Spans, after: Spans, horizon: int) -> Outlook | None:
    """What is to be kept of `spans` when others come after it, from the change horizon on; None: nothing differs."""
    was, comes = (_starts(one.after(horizon, horizon + LOOK_TICKS)) for one in (spans, after))
    return None if was == comes else Outlook(until=horizon, spans=was)


def _starts(spans: Iterable[Span]) -> tuple[tuple[int, int], ...]:
    return tuple((span.start, _end(span)) for span in spans)


def _end(span: Span) -> int:
    return span.pod_end if span.pod else span.end


def _known(spans: Spans, outlook: Outlook | None, since: int, until: int) -> Sequence[tuple[int, int]]:
    """What was to begin from `since` on, and when it was to end, as it was known in the time of an outlook."""
    if outlook is None:
        return _starts(spans.after(since, until))
    sure = _starts(spans.after(since, min(outlook.until, until)))
    return (*sure, *(one for one in outlook.spans if one[0] >= since))


def _between(known: Sequence[tuple[int, int]], since: int, until: int) -> Iterator[Target]:
    free = since
    for start, end in known:
        target = Target(max(start - LOOK_TICKS, free), min(start - SHORTEST, until), start)
        if target.since < target.until:
            yield target
        free = max(free, end)
