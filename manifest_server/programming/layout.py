"""What rules leave the same in each cycle of every viewer: how many clips of which tags, in which slots. Pure.

Rules give way in this order, the last named first: limits, spacing, `repeat_s`, `repeat_clips`. Limits always hold:
they only leave clips out. Spacing holds as far as the tags' clips fit among those left. Repeats never have to give
way to spacing, only to the size of the pool: clips that exchange their slots are of the same tags (arranged.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from manifest_server.programming.spacing import spread
from storage.programme import Rules
from storage.records import TICKS_PER_SECOND

Ints = NDArray[np.int64]
Masks = Mapping[str, NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class Group:
    """Clips with the same tags, by index: of them `count` air in each cycle, in slots of `kind`."""

    members: NDArray[np.intp]
    count: int
    kind: int


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """The slots of a cycle.

    `spaced`: the tags with spacing that there are; `gaps`: the clips between two of each, at least; `tags_of`: which
    of them each kind of slot has. `repeat_clips`, `repeat_ticks`: what is kept between two airings of a clip.
    `apart`: when so many clips between two airings are enough for both, and few enough for a free draw; else 0.
    """

    groups: tuple[Group, ...]
    slots: NDArray[np.intp]
    spaced: tuple[str, ...]
    gaps: tuple[int, ...]
    tags_of: tuple[tuple[int, ...], ...]
    repeat_clips: int
    repeat_ticks: int
    apart: int

    @property
    def clips(self) -> int:
        """How many clips a cycle has."""
        return len(self.slots)

    @property
    def first(self) -> list[int]:
        """The first clips of each group, in the order of the pool."""
        return sorted(int(index) for group in self.groups for index in group.members[: group.count])


def laid_out(rules: Rules, tags: Masks, ticks: Ints) -> Layout:
    """The layout of a pool; `tags`: which clips have a tag; `ticks`: how long each is."""
    spaced = tuple(tag for tag in rules.spacing if tag in tags and tags[tag].any())
    limited = tuple(tag for tag in rules.limits if tag in tags and tags[tag].any())
    masks = [tags[tag] for tag in (*spaced, *limited)]
    code = np.zeros(len(ticks), dtype=np.int64)
    for bit, mask in enumerate(masks):
        code |= mask.astype(np.int64) << bit
    codes = [int(one) for one in np.unique(code)]
    members = [np.flatnonzero(code == one) for one in codes]
    limits = [(1 << (len(spaced) + number), rules.limits[tag]) for number, tag in enumerate(limited)]
    counts = quotas([len(one) for one in members], codes, limits)
    every = (1 << len(spaced)) - 1
    kinds = sorted({one & every for one, count in zip(codes, counts, strict=True) if count})
    groups = tuple(
        Group(having, count, kinds.index(one & every))
        for one, having, count in zip(codes, members, counts, strict=True)
        if count
    )
    tags_of = tuple(tuple(bit for bit in range(len(spaced)) if kind >> bit & 1) for kind in kinds)
    of_kind = tuple(sum(group.count for group in groups if group.kind == kind) for kind in range(len(kinds)))
    slots, gaps = spread(of_kind, tags_of, tuple(rules.spacing[tag] for tag in spaced))
    clips, between, apart = _repeats(rules, groups, ticks)
    return Layout(groups, np.array(slots, dtype=np.intp), spaced, gaps, tags_of, clips, between, apart)


def quotas(sizes: Sequence[int], codes: Sequence[int], limits: Sequence[tuple[int, int]]) -> list[int]:
    """How many clips of each group air: of all that have a bit of `limits` at most so many, shared in proportion.

    At least one in all.
    """
    counts = list(sizes)
    for bit, limit in limits:
        having = [index for index, code in enumerate(codes) if code & bit]
        total = sum(counts[index] for index in having)
        if total > limit:
            for index in having:
                counts[index] = counts[index] * limit // total
    # Rounding, and limits that came later, have left room.
    room = [limit - sum(counts[index] for index, code in enumerate(codes) if code & bit) for bit, limit in limits]
    for index, (size, code) in enumerate(zip(sizes, codes, strict=True)):
        more = min([size - counts[index], *(room[at] for at, (bit, _) in enumerate(limits) if code & bit)])
        counts[index] += more
        room = [left - more if code & bit else left for left, (bit, _) in zip(room, limits, strict=True)]
    return counts


def _repeats(rules: Rules, groups: Sequence[Group], ticks: Ints) -> tuple[int, int, int]:
    """What is kept of the repeats, in clips and in ticks, and `apart`, as Layout has them."""
    wanted = rules.repeat_s * TICKS_PER_SECOND
    # What is drawn of a group lasts as long as its shortest clips, or longer; and the longest clip is the one with
    # the least beside it.
    shortest = np.concatenate([np.sort(ticks[group.members])[: group.count] for group in groups])
    clips = min(rules.repeat_clips, len(shortest) - 1)
    kept = min(wanted, int(shortest.sum() - shortest.max()))
    # Any clips that are apart last as long as the shortest of all, or longer.
    enough = int(np.searchsorted(np.cumsum(np.sort(ticks)), wanted)) + 1 if wanted else 0
    apart = max(clips, enough)
    return clips, kept, apart if 3 * apart <= len(shortest) else 0
