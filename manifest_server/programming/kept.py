"""What of a channel's rules its pool lets be kept, in numbers and in words. Pure.

It is read from what orders are drawn with, so that it holds for every viewer, in every cycle and over every seam.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from manifest_server.programming.day_parts import chosen
from manifest_server.programming.layout import laid_out
from manifest_server.programming.stock import Stock, mask
from storage.errors import Conflict
from storage.records import TICKS_PER_SECOND, PoolRevision


@dataclass(frozen=True, slots=True)
class Kept:
    """What airs of a pool of `pool` assets: `clips` in each cycle.

    `spacing`: by tag, how many clips without it are between two with it, at least, and no more than asked for.
    `met`, `relaxed`: the rules that are kept in full, and those that are not, for people.
    """

    pool: int
    clips: int
    spacing: Mapping[str, int]
    repeat_clips: int
    repeat_ticks: int
    met: tuple[str, ...]
    relaxed: tuple[str, ...]


def kept(stock: Stock) -> Kept:
    """What is kept of the rules of a stock."""
    rules, layout = stock.rules, stock.layout
    pool, clips = len(stock.clips), layout.clips
    met: list[str] = []
    relaxed: list[str] = []
    for tag, limit in rules.limits.items():
        having = int(stock.tags[tag].sum()) if tag in stock.tags else 0
        aired = sum(group.count for group in layout.groups if having and stock.tags[tag][group.members[0]])
        met.append(f"limit.{tag}={limit}: {aired} of {having} in a cycle")
    spacing: dict[str, int] = {}
    gaps = dict(zip(layout.spaced, layout.gaps, strict=True))
    for tag, asked in rules.spacing.items():
        spacing[tag] = min(asked, gaps.get(tag, asked))
        if spacing[tag] == asked:
            met.append(f"spacing.{tag}={asked}" + ("" if tag in gaps else ": no asset has the tag"))
        else:
            relaxed.append(f"spacing.{tag}={asked} is {spacing[tag]}: {_room(stock, tag)}")
    if rules.repeat_s:
        asked_ticks = rules.repeat_s * TICKS_PER_SECOND
        if layout.repeat_ticks == asked_ticks:
            met.append(f"repeat={rules.repeat_s}s")
        else:
            left_s = layout.repeat_ticks // TICKS_PER_SECOND
            relaxed.append(f"repeat={rules.repeat_s}s is {left_s}s: all others of a cycle last no longer")
    for part in rules.day_parts:
        having = len(chosen(part, pool, stock.tags, stock.ratings))
        met.append(f"day.{part.clock}: {having} of {pool} assets")
    if layout.repeat_clips == rules.repeat_clips:
        met.append(f"repeat={rules.repeat_clips}")
    elif rules.order != "fixed":
        relaxed.append(f"repeat={rules.repeat_clips} is {layout.repeat_clips}: a cycle has {clips} clips")
    return Kept(pool, clips, spacing, layout.repeat_clips, layout.repeat_ticks, tuple(met), tuple(relaxed))


def check_enough(channel: str, revision: PoolRevision) -> None:
    """Raises Conflict if the limits of a pool's rules leave one clip of many, which would air over and over, if there
    is nothing in a day part, and without the filler that leads to one.
    """
    count = len(revision.assets)
    masks = {tag: mask(having, count) for tag, having in revision.tags.items()}
    for part in revision.rules.day_parts:
        if not len(chosen(part, count, masks, revision.ratings)):
            raise Conflict(f"channel {channel!r}: none of its {count} assets is for the day part at {part.clock}")
    if revision.rules.day_parts and not revision.filler:
        raise Conflict(
            f"channel {channel!r} has no filler for the time before a day part: streamsync filler make IDENT"
        )
    if count == 1 or not revision.rules.limits:
        return
    if laid_out(revision.rules, masks, np.ones(count, dtype=np.int64)).clips == 1:
        raise Conflict(
            f"channel {channel!r}: of its {count} assets the limits leave one, which would air over and over"
        )


def _room(stock: Stock, tag: str) -> str:
    layout = stock.layout
    bit = layout.spaced.index(tag)
    having = sum(group.count for group in layout.groups if bit in layout.tags_of[group.kind])
    return f"{having} of the {layout.clips} clips of a cycle have the tag, beside what else is to be spaced"
