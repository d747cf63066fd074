"""Until when an asset can be listed: on a pool by whichever viewer, or on a given lineup. Pure.

Answers are positions, in ticks: from there on no window lists it. NEVER: as things are it is listed for ever, be it
that it goes on airing, or that it is in the list that stands when a channel or a lineup has ended.
"""

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from manifest_server.playout.days import SKEW_S
from manifest_server.playout.lineup import NEVER, Given, Lineup, Succession
from manifest_server.playout.window import last_position, window
from manifest_server.programming.bridge import BRIDGE_TICKS
from manifest_server.programming.spans import Spans, lasts
from storage.records import TICKS_PER_SECOND

# So far moments are looked at. A clip that is not over by then was never on: there is no room between them.
LIMIT_TICKS = 62 * 86_400 * TICKS_PER_SECOND


class Pool(NamedTuple):
    """A revision of a channel's pool as one asset sees it: how long that lasts in it, 0 when it is not in it."""

    tick: int
    length: int


class Reach(NamedTuple):
    """What a channel's windows list around a position, and from which position on they stand still (None: never)."""

    lookahead: int
    lookback: int
    stop: int | None = None


def pool_listed_until(pools: Sequence[Pool], reach: Reach, spans: Spans, edits: int = 0) -> int:
    """From when on no derived lineup lists an asset that is in some of these pools; 0 if none ever did.

    A viewer leaves a pool at the first clip boundary at or after the next revision's tick. So a clip of the old pool
    begins before that tick, whoever the viewer is, and of the asset nothing airs later than its own length after it,
    and what the moments in between take. `edits`: how long what was edited in lasts, as it comes before what is left
    of a clip that a moment has cut.
    """
    waits = edits if spans else 0
    until = 0
    overtaken = [pool.tick for pool in pools[1:]]
    for pool, over in zip(pools, [*overtaken, NEVER], strict=True):
        if not pool.length or (reach.stop is not None and pool.tick >= reach.stop + reach.lookahead):
            continue
        last = NEVER if over == NEVER else aired_by(spans, over - 1, pool.length + waits) + reach.lookback
        if reach.stop is not None and last > reach.stop:
            return NEVER
        until = max(until, last)
    return min(until, NEVER)


def given_listed_until(succession: Succession, asset: str, reach: Reach) -> int:
    """From when on a given lineup does not list an asset; 0 if it never did. What it draws from a pool is left aside.

    `succession`: as far as one has to look for that (onair/stream.py, Stream.settled).
    """
    limit = last_position(succession, reach.lookahead, reach.stop)
    before = NEVER
    if limit < NEVER:
        standing = window(succession, limit, reach.lookahead, reach.lookback, reach.stop)
        if any(run.asset.id == asset for run in standing.runs):
            return NEVER
        before = limit - reach.lookback  # what begins later would be in that window, or is never listed
    end = _last_end(succession, asset, before)
    return NEVER if end == NEVER else end + reach.lookback if end else 0


def aired_by(spans: Spans, tick: int, length: int) -> int:
    """When at the latest what has begun by `tick` has aired for `length`: a clip that a moment cuts goes on after it.

    It is counted to air up to the bridge to each moment, and not before all breaks of that are over.
    """
    now, left = tick, length
    longest = max(map(lasts, spans.moments), default=0)
    for span in spans.after(tick - longest, tick + LIMIT_TICKS):
        end = max(span.end, span.pod_end)
        if end <= tick:
            continue
        if span.start >= now + left + BRIDGE_TICKS:
            break
        left -= max(span.start - now - BRIDGE_TICKS, 0)
        now = max(now, end)
    return now + left


def kept_ticks(reach: Reach, target: int) -> int:
    """How long a segment has to stay in the store after it has left the last window; `target`: the longest segment.

    Its own duration and that of the longest playlist that listed it, counted from its removal as RFC 8216 6.2.2 does
    (rfc8216bis counts from its first listing); and as long again as servers' clocks may differ.
    """
    longest_list = reach.lookback + reach.lookahead + target
    return target + longest_list + SKEW_S * TICKS_PER_SECOND


def _last_end(succession: Succession, asset: str, before: int) -> int:
    """Where the last clip of the asset that begins before the tick `before` ends; NEVER if there is no last, or 0."""
    for index in reversed(range(len(succession.lineups))):
        lineup, until = succession.lineups[index], succession.until(index)
        bound = before if until is None else min(before, until)
        if lineup.begins < bound and isinstance(lineup.order, Given):
            end = _last_end_of(lineup, asset, bound)
            if end > lineup.begins:  # what ends earlier is only reckoned back
                return end
    return 0


def _last_end_of(lineup: Lineup, asset: str, before: int) -> int:
    cycle = lineup.order.cycle(0)
    numbers = [number for number, clip in enumerate(cycle.clips) if clip.asset.id == asset]
    if not numbers:
        return 0
    if not lineup.repeats:
        fitting = [number for number in numbers if lineup.start + cycle.ticks[number] < before]
        return lineup.start + cycle.ticks[fitting[-1] + 1] if fitting else 0
    if before == NEVER:
        return NEVER
    cycles, offset = divmod(before - 1 - lineup.start, lineup.order.ticks)
    at = bisect_right([cycle.ticks[number] for number in numbers], offset) - 1
    if at < 0:  # not yet in this cycle: the last one of the cycle before
        cycles -= 1
    return lineup.start + cycles * lineup.order.ticks + cycle.ticks[numbers[at] + 1] if cycles >= 0 else 0
