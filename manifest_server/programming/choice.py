"""Choosing what airs before a moment, so that nothing has to be cut for it. Pure.

Of the next clips one or two are brought forward: those with which the time up to the moment is filled to the tick, or
but for what idents fill. The others keep their order and come later. Where that cannot be, all stays as it was, and
the clip that is on is cut.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, combinations, islice, pairwise
from typing import NamedTuple

from manifest_server.playout.lineup import Clip
from manifest_server.programming.ahead import Ahead, clip_at
from manifest_server.programming.filler import REST_TICKS
from manifest_server.programming.orders import is_plain
from manifest_server.programming.stock import Stock
from storage.programme import Rules
from storage.records import TICKS_PER_SECOND

# So many clips from where one looks on may be brought forward: among twenty there nearly always are some that fit (of
# clips of two to ten minutes in 98 of 100 cases; among twelve in 67), and nothing comes much earlier than it would.
CANDIDATES = 20
# Up to so many clips before the moment all stays as it is.
KEPT_BEFORE = 2
# The shortest ident lasts a second, and up to a frame more.
LEAST_REST = TICKS_PER_SECOND * 11 // 10
# So many ways to fill the time are tried against the rules.
TRIED = 8


class Look(NamedTuple):
    """In so many ticks it is to be looked again; 0: now it was, and this is ahead."""

    wait: int
    ahead: Ahead


def chosen(ahead: Ahead, gap: int, stock: Stock, previous: str | None) -> Look:
    """What is ahead, in the order in which it best fills `gap` ticks.

    That is decided shortly before: where the last KEPT_BEFORE clips begin that air in full. `stock`: what the order
    is drawn of, whose rules are kept; `previous`: the asset that has just aired.
    """
    if len(ahead.queue) > ahead.spare or (ahead.length is not None and ahead.length <= gap):
        return Look(0, ahead)  # what is promised stays; and where nothing is to be cut, nothing is to be chosen
    spot, _ = clip_at(ahead, gap)
    for _ in range(KEPT_BEFORE):
        if spot.ticks:
            spot, _ = clip_at(ahead, spot.ticks - 1)
    if spot.ticks:
        return Look(spot.ticks, ahead)
    queue, offset = _next(ahead)
    for way in islice(_ways([clip.ticks for clip in queue], gap), TRIED):
        if way == tuple(range(len(way))):
            break  # it fits as it is
        numbers = (*way, *(number for number in range(len(queue)) if number not in way))
        clips = tuple(queue[number] for number in numbers)
        if _keeps(ahead, queue, clips, stock, previous):
            return Look(0, ahead._replace(queue=clips, offset=offset, spare=len(clips)))
    return Look(0, ahead)


def _next(ahead: Ahead) -> tuple[tuple[Clip, ...], int]:
    """The clips that may be brought forward, of one cycle, and where its order goes on after them."""
    order = ahead.order
    number, at = _place(ahead)
    cycle = order.cycle(number)
    count = min(max(CANDIDATES - len(ahead.queue), 0), order.clips - at)
    clips = (*ahead.queue, *cycle.clips[at : at + count])
    return clips, number * order.ticks + cycle.ticks[at + count]


def _place(ahead: Ahead) -> tuple[int, int]:
    """In which cycle the order goes on, and with which clip of it."""
    order = ahead.order
    if not ahead.repeats and ahead.offset == order.ticks:
        return 0, order.clips
    number, offset = divmod(ahead.offset, order.ticks)
    return number, bisect_left(order.cycle(number).ticks, offset)


def _ways(lengths: Sequence[int], gap: int) -> Iterator[tuple[int, ...]]:
    """Which of the clips, by number, may air up to the moment: what changes least first. `lengths`: in ticks."""
    sums = [0, *accumulate(lengths)]
    fits = bisect_right(sums, gap) - 1
    for kept in range(fits, -1, -1):
        left, numbers = gap - sums[kept], range(kept, len(lengths))
        if kept == fits and _fills(left):
            yield tuple(range(kept))
        found = [(rest, (one,)) for one in numbers if _fills(rest := left - lengths[one])]
        yield from ((*range(kept), *some) for _, some in sorted(found))
        pairs = combinations(numbers, 2)
        more = [(rest, (one, two)) for one, two in pairs if _fills(rest := left - lengths[one] - lengths[two])]
        yield from ((*range(kept), *some) for _, some in sorted(more))


def _fills(rest: int) -> bool:
    return rest == 0 or LEAST_REST <= rest <= REST_TICKS


# What the rules ask ------------------------------------------------------------


def _keeps(ahead: Ahead, old: Sequence[Clip], new: Sequence[Clip], stock: Stock, previous: str | None) -> bool:
    """Whether the new order keeps the rules, or as much of them as the old one did."""
    rules = stock.rules
    if is_plain(rules):
        assets = [previous, *(clip.asset.id for clip in new)]
        return all(one != other for one, other in pairwise(assets))
    before, after = _around(ahead, new, rules)
    return all(
        kept >= min(asked, was)
        for asked, was, kept in zip(
            _asked(rules),
            _apart((*before, *old, *after), stock),
            _apart((*before, *new, *after), stock),
            strict=True,
        )
    )


def _around(ahead: Ahead, chosen_from: Sequence[Clip], rules: Rules) -> tuple[Sequence[Clip], Sequence[Clip]]:
    """What the order has before the clips that may be brought forward, and behind them: as far as rules look."""
    order = ahead.order
    number, at = _place(ahead)
    waiting = set(ahead.queue)
    before = [clip for clip in order.cycle(number).clips[:at] if clip not in waiting]
    after = list(order.cycle(number).clips[at + len(chosen_from) - len(ahead.queue) :])
    if number:
        before = [*order.cycle(number - 1).clips, *before]
    if ahead.repeats:
        after += order.cycle(number + 1).clips
    far = max(rules.repeat_clips, *rules.spacing.values(), 0)
    if not rules.repeat_s:
        before, after = before[max(len(before) - far, 0) :], after[:far]
    return before, after


def _asked(rules: Rules) -> list[int]:
    return [rules.repeat_clips, rules.repeat_s * TICKS_PER_SECOND, *rules.spacing.values()]


def _apart(clips: Sequence[Clip], stock: Stock) -> list[int]:
    """The least there is between two airings of an asset, in clips and in ticks, and for each tag of the spacing."""
    far = 1 << 62
    counts, lengths = far, far
    last: dict[str, tuple[int, int]] = {}
    tick = 0
    tags = [stock.tags.get(tag) for tag in stock.rules.spacing]
    tagged, gaps = [-1] * len(tags), [far] * len(tags)
    for number, clip in enumerate(clips):
        asset = clip.asset.id
        if asset in last:
            counts = min(counts, number - last[asset][0] - 1)
            lengths = min(lengths, tick - last[asset][1])
        tick += clip.ticks
        last[asset] = (number, tick)
        index = stock.index_of.get(asset)
        for place, having in enumerate(tags):
            if having is not None and index is not None and having[index]:
                if tagged[place] >= 0:
                    gaps[place] = min(gaps[place], number - tagged[place] - 1)
                tagged[place] = number
    return [counts, lengths, *gaps]
