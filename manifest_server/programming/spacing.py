"""Which slots of a cycle are for clips of which tags, so that those of one tag are apart, also over the seam. Pure.

The slots are the same in every cycle and go round: where a cycle ends, the same slots begin again. So what holds in
one cycle holds over every seam, and a cycle can be filled without a look at the one before.
"""

from collections.abc import Sequence
from functools import lru_cache

SCALE = 1 << 20  # deadlines are reckoned in so many parts of a slot, in integers
TRIES, LEAST_TRIES = 4, 100  # for each slot, and as if there were so many more: what takes longer is a puzzle
LAYOUTS_KEPT = 512  # a viewer who rules something out has other counts; of a pool of 1000 each takes 8 kB
STEPS = 32  # how finely the gaps are made smaller when not all of them fit


@lru_cache(maxsize=LAYOUTS_KEPT)
def spread(
    counts: tuple[int, ...], tags_of: tuple[tuple[int, ...], ...], wanted: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The kind of each slot, and the gap that each tag has at least.

    `counts`: how many clips of each kind there are; `tags_of`: the tags of each kind, as numbers; `wanted`: how many
    clips without it shall be between two of each tag. Where that cannot be, all gaps give way in proportion, and then
    each takes what is left, the first tag first.
    """
    total = sum(counts)
    if len(counts) == 1 and not tags_of[0]:
        return (0,) * total, tuple(total for _ in wanted)
    having = [
        sum(count for count, tags in zip(counts, tags_of, strict=True) if tag in tags) for tag in range(len(wanted))
    ]
    most = [min(gap, total // max(having[tag], 1) - 1) for tag, gap in enumerate(wanted)]
    slots = _filled(counts, tags_of, most)
    if slots is None:
        slots = _relaxed(counts, tags_of, most)
    return slots, tuple(_gap(slots, tags_of, tag) for tag in range(len(wanted)))


def _relaxed(counts: Sequence[int], tags_of: Sequence[Sequence[int]], most: Sequence[int]) -> tuple[int, ...]:
    low, high = 0, STEPS  # with no gap at all everything fits; with all of them it does not
    gaps = [0] * len(most)
    slots = _filled(counts, tags_of, gaps)
    while high - low > 1:
        step = (low + high) // 2
        smaller = [gap * step // STEPS for gap in most]
        found = _filled(counts, tags_of, smaller)
        if found is None:
            high = step
        else:
            low, gaps, slots = step, smaller, found
    for tag, gap in enumerate(most):
        larger = [*gaps[:tag], gap, *gaps[tag + 1 :]]
        found = _filled(counts, tags_of, larger)
        if found is not None:
            gaps, slots = larger, found
    if slots is None:
        raise AssertionError("without a gap every order is one")
    return slots


def _filled(counts: Sequence[int], tags_of: Sequence[Sequence[int]], gaps: Sequence[int]) -> tuple[int, ...] | None:
    """The kind of each slot, each kind spread evenly; None if that was not found in so many tries."""
    filling = _Filling(counts, tags_of, gaps)
    untried: list[list[int]] = []  # what may still be tried, for each slot that was come to
    for _ in range(TRIES * (filling.total + LEAST_TRIES)):
        if len(filling.slots) == filling.total:
            return tuple(filling.slots)
        if len(untried) == len(filling.slots):
            untried.append(filling.candidates())
        if untried[-1]:
            filling.put(untried[-1].pop())
            if not filling.fits():
                filling.take_back()
        else:
            untried.pop()
            if not untried:
                return None
            filling.take_back()
    return None


class _Filling:
    """Slots that are being filled, one after the other."""

    def __init__(self, counts: Sequence[int], tags_of: Sequence[Sequence[int]], gaps: Sequence[int]) -> None:
        self.total = sum(counts)
        self.slots: list[int] = []
        self._counts, self._tags_of, self._gaps = counts, tags_of, gaps
        self._left = list(counts)
        # How many there are, the slots' share of those before the next one, and up to when it is due, of each kind.
        self._shares = [(count, 0, self.total * SCALE // count) for count in counts]
        numbers = range(len(gaps))
        self._tags_left = [
            sum(count for count, tags in zip(counts, tags_of, strict=True) if tag in tags) for tag in numbers
        ]
        self._free_at = [0] * len(gaps)  # the slot from which on a tag may come again
        self._until = [self.total] * len(gaps)  # and up to which: its first slot comes again in the next cycle
        self._undo: list[list[tuple[int, int, int]]] = []

    def candidates(self) -> list[int]:
        """The kinds that the next slot may be for, the best one last."""
        slot, free_at, until = len(self.slots), self._free_at, self._until
        found: list[tuple[bool, int, int]] = []
        for kind, left in enumerate(self._left):
            if not left:
                continue
            for tag in self._tags_of[kind]:
                if not free_at[tag] <= slot < until[tag]:
                    break
            else:
                # Its turn has come when its share of the slots has; of those whose turn has come, the most urgent.
                count, share, due = self._shares[kind]
                found.append((share > slot * count, due, kind))
        if len(found) > 1:
            found.sort(reverse=True)
        return [kind for _, _, kind in found]

    def put(self, kind: int) -> None:
        """Let the next slot be for this kind."""
        slot, before = len(self.slots), list[tuple[int, int, int]]()
        for tag in self._tags_of[kind]:
            before.append((tag, self._free_at[tag], self._until[tag]))
            if self._free_at[tag] == 0:
                self._until[tag] = min(self.total, slot + self.total - self._gaps[tag])
            self._free_at[tag] = slot + self._gaps[tag] + 1
            self._tags_left[tag] -= 1
        self._undo.append(before)
        self._take(kind, 1)
        self.slots.append(kind)

    def take_back(self) -> None:
        """As it was before the last slot."""
        self._take(self.slots.pop(), -1)
        for tag, free_at, until in self._undo.pop():
            self._free_at[tag], self._until[tag] = free_at, until
            self._tags_left[tag] += 1

    def fits(self) -> bool:
        """Whether, for each tag alone, what is left of it has room."""
        slot, free_at, until, gaps = len(self.slots), self._free_at, self._until, self._gaps
        for tag, left in enumerate(self._tags_left):
            if left and max(slot, free_at[tag]) + (left - 1) * (gaps[tag] + 1) >= until[tag]:
                return False
        return True

    def _take(self, kind: int, count: int) -> None:
        self._left[kind] -= count
        of = self._counts[kind]
        done = of - self._left[kind]
        self._shares[kind] = of, done * self.total, (done + 1) * self.total * SCALE // of


def _gap(slots: Sequence[int], tags_of: Sequence[Sequence[int]], tag: int) -> int:
    """How many slots without the tag are between two with it, at least; as many as there are if none has it."""
    at = [slot for slot, kind in enumerate(slots) if tag in tags_of[kind]]
    after = [*at[1:], *(slot + len(slots) for slot in at[:1])]
    return min((two - one - 1 for one, two in zip(at, after, strict=True)), default=len(slots))
