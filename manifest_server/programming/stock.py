"""The clips that an order is drawn of, with what is looked at when it is drawn, as arrays. Pure.

It is made once for each revision of a pool, so that drawing an order for a viewer is arithmetic on arrays.
"""

from array import array
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from manifest_server.playout.lineup import Clip, Cycle, Given
from manifest_server.programming.draws import Draw, words
from manifest_server.programming.layout import Layout, laid_out
from manifest_server.programming.recent import Recent
from storage.programme import Rules

Indexes = NDArray[np.intp]


class Picked(Sequence[Clip]):
    """Clips of a pool in another order: a list of numbers, a quarter of one of clips, and those are left alone."""

    __slots__ = ("_numbers", "_pool")

    def __init__(self, pool: tuple[Clip, ...], indexes: Indexes) -> None:
        short = len(pool) <= 1 << 16
        self._pool = pool
        self._numbers = array("H" if short else "I", indexes.astype(np.uint16 if short else np.uint32).tobytes())

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, at: int) -> Clip: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Clip, ...]: ...
    def __getitem__(self, at: int | slice) -> Clip | tuple[Clip, ...]:
        if isinstance(at, slice):
            return tuple(map(self._pool.__getitem__, self._numbers[at]))
        return self._pool[self._numbers[at]]


class Stock:
    """Clips, the rules for their order, and by tag and by rating what is said of them.

    `tags`: for each tag that rules or tastes look at, the clips that have it, by index; `ratings`: of each clip, or
    none at all.
    """

    def __init__(
        self,
        clips: Sequence[Clip],
        rules: Rules | None = None,
        tags: Mapping[str, Sequence[int]] | None = None,
        ratings: Sequence[int] = (),
        recent: Recent | None = None,
    ) -> None:
        """`recent` is told of the cycles that orders of it remember."""
        self.recent = recent
        self.clips = tuple(clips)
        if not self.clips:
            raise ValueError("a lineup needs at least one clip")
        self.rules = rules or Rules()
        self._whole: tuple[Stock, Indexes] | None = None  # what it is a part of
        self.tags = {tag: mask(having, len(self.clips)) for tag, having in (tags or {}).items()}
        self.ratings = np.array(ratings, dtype=np.int64)
        self.ticks = np.array([clip.ticks for clip in self.clips], dtype=np.int64)
        self.segments = np.array([clip.last - clip.first for clip in self.clips], dtype=np.uint32)

    def only(self, indexes: Indexes) -> "Stock":
        """The stock of these clips alone. `indexes`: ascending; the stock itself if it is all of them."""
        if len(indexes) == len(self.clips):
            return self
        made = Stock.__new__(Stock)
        made.rules, made.recent = self.rules, self.recent
        made._whole = (self, indexes)
        made.tags = {tag: having[indexes] for tag, having in self.tags.items()}
        made.ratings = self.ratings[indexes] if len(self.ratings) else self.ratings
        made.ticks, made.segments = self.ticks[indexes], self.segments[indexes]
        made.clips = tuple(map(self.clips.__getitem__, indexes.tolist()))
        return made

    def cycle(self, indexes: Indexes) -> Cycle:
        """A cycle of these clips, in this order."""
        clips = Picked(self.clips, indexes)
        return Cycle.summed(clips, _sums(self.ticks, indexes, "q"), _sums(self.segments, indexes, "I"))

    @cached_property
    def totals(self) -> tuple[int, int, int]:
        """Ticks, segments and clips of all of it."""
        return int(self.ticks.sum()), int(self.segments.sum()), len(self.clips)

    @cached_property
    def layout(self) -> Layout:
        """What of each cycle is the same for all viewers."""
        return laid_out(self.rules, self.tags, self.ticks)

    @cached_property
    def draw(self) -> Draw:
        """Draws by weight from the clips."""
        if self._whole is not None:
            whole, indexes = self._whole
            return Draw(whole.draw.marks[indexes])
        return Draw(words(clip.asset.id.encode() for clip in self.clips))

    @cached_property
    def index_of(self) -> dict[str, int]:
        """The index of each asset."""
        return {clip.asset.id: index for index, clip in enumerate(self.clips)}

    @cached_property
    def as_given(self) -> Given:
        """The order of the pool itself; of a tag that has a limit, the first so many."""
        return Given(self.clips[index] for index in self.layout.first)


def mask(having: Sequence[int], count: int) -> NDArray[np.bool_]:
    """Which of so many clips have something, from the indexes of those that do."""
    made = np.zeros(count, dtype=np.bool_)
    made[list(having)] = True
    return made


def _sums(values: NDArray[Any], indexes: Indexes, code: str) -> "array[int]":
    """The prefix sums of `values` in the order of `indexes`, from 0, as an array of numbers of this type code."""
    sums = np.zeros(len(indexes) + 1, dtype=values.dtype)
    np.add.accumulate(values.take(indexes, mode="wrap"), out=sums[1:])  # "wrap" spares a check and a copy
    return array(code, sums.tobytes())
