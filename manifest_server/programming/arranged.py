"""Orders under rules: limits, spacing, and what is between two airings of a clip. Pure: seeded hashing only.

A cycle has slots of some kinds (layout.py), the same in every cycle of a lineup; where they begin is drawn for each.
In every cycle the clips of a kind are drawn into its slots. That keeps limits and spacing. What is between two
airings is kept in one of two ways:

- A free draw, when it is not more than a third of the cycle. A clip that would come too soon after the end of the
  cycle before changes places with one from the middle. The end of each cycle stays as it was drawn, so that the next
  one needs to know no more than that draw.
- In blocks, when it is more. The slots are cut into blocks, so small that the rest of a cycle is enough between two
  airings; a clip stays in its block, and each block is drawn by itself. The extreme is a block for each clip: the
  same order in every cycle.

For a viewer who likes some clips more than others each of these draws is one by weight (draws.py): which clips a
limit lets in, which block a clip is in, and in which slot of its cell. What is liked is let in, and comes first. No
rule depends on which clips those are.
"""

from collections.abc import Sequence

import numpy as np

from manifest_server.programming.draws import Octaves, raced
from manifest_server.programming.shuffle import Drawn, keys, permutation
from manifest_server.programming.stock import Indexes, Stock


class Arranged(Drawn):
    """A pool in an order that keeps its rules. `avoid`: the assets that air just before it, the last of them last.

    `octaves`: of each clip of the stock its weight as a logarithm, see draws.py, none NEVER; None: all are alike.
    """

    __slots__ = (
        "_apart", "_avoid", "_base", "_cells", "_cut", "_heavy", "_mask", "_octaves", "_shift", "_slots", "_words",
    )  # fmt: skip

    def __init__(self, stock: Stock, seed: bytes, avoid: Sequence[str] = (), octaves: Octaves | None = None) -> None:
        layout = stock.layout
        self._octaves = octaves
        chosen = [
            group.members
            if group.count == len(group.members)
            else np.sort(self._shuffled(seed + b"/group/%d" % number, group.members)[: group.count])
            for number, group in enumerate(layout.groups)
        ]
        super().__init__(stock, seed, np.concatenate(chosen))
        before = [stock.index_of[asset] for asset in avoid if asset in stock.index_of]
        kinds = _turned(stock, self._seed, before)
        self._base = self._assigned(chosen, kinds, before)
        self._heavy = None if octaves is None else octaves[self._base]
        self._apart = layout.apart
        self._cells = self._divided(kinds)
        self._slots = np.argsort(self._cells, kind="stable")
        # Cell, key and number in one word, to be sorted as one; a key is cut when there are very many clips.
        number_bits, cell_bits = self.clips.bit_length(), int(self._cells.max()).bit_length()
        key_bits = min(32, 64 - number_bits - cell_bits)
        self._words = self._cells.astype(np.uint64) << np.uint64(key_bits + number_bits)
        self._words |= np.arange(self.clips, dtype=np.uint64)
        self._cut, self._shift = np.uint64(32 - key_bits), np.uint64(number_bits)
        self._mask = np.uint64((1 << number_bits) - 1)
        # Where what aired before is in `_base`, and how many clips ago it aired.
        self._avoid = [
            (int(at), age)
            for age, index in enumerate(reversed(before), 1)
            for at in np.flatnonzero(self._base == index)
        ]

    def _shuffled(self, seed: bytes, clips: Indexes) -> Indexes:
        """These clips of the stock in an order that is drawn for good, what is liked first."""
        if self._octaves is None:
            return clips[permutation(seed, len(clips))]
        return clips[np.argsort(raced(keys(seed, len(clips)), self._octaves[clips]), kind="stable")]

    def _assigned(self, chosen: Sequence[Indexes], kinds: Indexes, before: Sequence[int]) -> Indexes:
        """A clip for each slot, of its kind. What has just aired comes late in it."""
        base = np.empty(self.clips, dtype=np.intp)
        for kind in range(len(self.stock.layout.tags_of)):
            groups = zip(self.stock.layout.groups, chosen, strict=True)
            clips = np.concatenate([members for group, members in groups if group.kind == kind])
            drawn = self._shuffled(self._seed + b"/kind/%d" % kind, clips)
            recent = [index for index in dict.fromkeys(reversed(before)) if index in clips][::-1]
            if recent:
                drawn = np.concatenate([drawn[~np.isin(drawn, recent)], np.array(recent, dtype=np.intp)])
            base[kinds == kind] = drawn
        return base

    def _divided(self, kinds: Indexes) -> Indexes:
        """The cell of each slot: clips of one cell change places."""
        count, apart = self.clips, self._apart
        if not apart:
            return kinds + len(self.stock.layout.tags_of) * self._blocks()
        # A kind is drawn freely if its middle has a clip for each that may have to leave the head.
        tail = np.bincount(kinds[count - apart :], minlength=len(self.stock.layout.tags_of))
        middle = np.bincount(kinds[apart : count - apart], minlength=len(tail))
        second: Indexes = (np.arange(count) >= count // 2).astype(np.intp)
        second[(middle >= tail)[kinds]] = 0
        return kinds + len(tail) * second

    def _blocks(self) -> Indexes:
        """The block of each slot: the cycle without a block is enough between two airings, in clips and in ticks."""
        layout, ticks = self.stock.layout, self.stock.ticks[self._base].tolist()
        most_clips, most_ticks = self.clips - layout.repeat_clips, self.ticks - layout.repeat_ticks
        blocks = max(-(-self.clips // most_clips), -(-self.ticks // most_ticks))
        # Of about one size: two halves are more of a shuffle than nearly all, and a few.
        most_clips = -(-self.clips // blocks)
        if layout.repeat_ticks:
            most_ticks = min(most_ticks, max(-(-self.ticks // blocks), *ticks))
        found, block, clips, length = [], 0, 0, 0
        for one in ticks:
            if clips == most_clips or (clips and length + one > most_ticks):
                block, clips, length = block + 1, 0, 0
            clips, length = clips + 1, length + one
            found.append(block)
        return np.array(found, dtype=np.intp)

    def indexes(self, number: int) -> Indexes:
        """What airs in cycle `number`."""
        order = self._drawn(number)
        apart = self._apart
        if number and apart:
            soonest = np.zeros(self.clips, dtype=np.intp)
            soonest[self._drawn(number - 1)[-apart:]] = np.arange(1, apart + 1)
            self._part(order, soonest)
        elif not number and self._avoid:
            soonest = np.zeros(self.clips, dtype=np.intp)
            between = apart or max(self.stock.layout.repeat_clips, 1)
            for at, age in self._avoid:
                soonest[at] = max(soonest[at], between + 1 - age)
            self._part_first(order, soonest)
        return self._base[order]

    def _drawn(self, number: int) -> Indexes:
        """A cycle as its clips are drawn into the slots, as indexes of `_base`."""
        drawn = keys(self._seeded(number), self.clips)
        if self._heavy is not None:
            drawn = raced(drawn, self._heavy)
        found = self._words | (drawn.astype(np.uint64) >> self._cut << self._shift)
        found.sort()
        order = np.empty(self.clips, dtype=np.intp)
        order[self._slots] = found & self._mask
        return order

    def _part(self, order: Indexes, soonest: Indexes) -> None:
        """Exchange what comes before its soonest slot with clips of its cell from the middle."""
        apart = self._apart
        early = np.flatnonzero(soonest[order[:apart]] > np.arange(apart))
        if not len(early):
            return
        middle = np.arange(apart, self.clips - apart)
        middle = middle[soonest[order[middle]] == 0]
        for cell in np.unique(self._cells[early]):
            these = early[self._cells[early] == cell]
            those = middle[self._cells[middle] == cell]
            count = min(len(these), len(those))  # there are always enough; but a stream never breaks
            these, those = these[:count], those[:count]
            order[these], order[those] = order[those], order[these]

    def _part_first(self, order: Indexes, soonest: Indexes) -> None:
        """As far as that can be for what aired before the first cycle, which had other rules or another pool."""
        end = self.clips - self._apart
        for slot in np.flatnonzero(soonest[order] > np.arange(self.clips)).tolist():
            late = np.arange(max(slot + 1, int(soonest[order[slot]])), end)
            late = late[(self._cells[late] == self._cells[slot]) & (soonest[order[late]] <= slot)]
            if len(late):
                order[slot], order[late[0]] = int(order[late[0]]), int(order[slot])


def _turned(stock: Stock, seed: bytes, before: Sequence[int]) -> Indexes:
    """The kinds of the slots, from one on that is drawn, or the next that keeps spacing to what airs before."""
    layout = stock.layout
    turn = int.from_bytes(keys(seed + b"/turn", 2).tobytes(), "little") % layout.clips
    turns, fits = np.arange(layout.clips), np.ones(layout.clips, dtype=np.bool_)
    for bit, (tag, gap) in enumerate(zip(layout.spaced, layout.gaps, strict=True)):
        since = next((age for age, index in enumerate(reversed(before)) if stock.tags[tag][index]), None)
        at = np.flatnonzero(np.isin(layout.slots, [kind for kind, of in enumerate(layout.tags_of) if bit in of]))
        if since is not None and len(at):
            following = np.append(at, at[0] + layout.clips)[np.searchsorted(at, turns)]
            fits &= following - turns + since >= min(gap, stock.rules.spacing[tag])
    fitting = np.flatnonzero(fits)
    if len(fitting):
        turn = int(fitting[np.searchsorted(fitting, turn) % len(fitting)])
    return np.roll(layout.slots, -turn)
