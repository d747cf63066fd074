"""What a lineup is made of: orders, plans, edits and filler, each from a tick on. Pure."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from manifest_server.playout.lineup import NEVER, Clip, Order
from manifest_server.programming.bridge import BRIDGE_TICKS
from manifest_server.programming.day_parts import WHOLE_DAY, Days
from manifest_server.programming.filler import Filler
from manifest_server.programming.spans import SHORTEST, Span
from manifest_server.programming.stock import Stock


class Takeover(NamedTuple):
    """From the first clip boundary at or after `tick` on, another order. `make` is told which assets air before it,
    and which day part it is for.

    One that `clears` also drops what was put in before it. A plan ends by itself, or at the first boundary at or
    after `until`; then the order goes on that counts by then. `stock`: what the order of a day part is drawn of;
    without, its clips stay in their order, whatever has to be cut.
    """

    tick: int
    make: Callable[[tuple[str, ...], int], Order]
    repeats: bool = True
    clears: bool = False
    until: int = NEVER
    stock: Callable[[int], Stock] | None = None


class Splice(NamedTuple):
    """At the first clip boundary at or after `tick` these clips air, and `drop` of those to come do not."""

    tick: int
    clips: tuple[Clip, ...]
    drop: int = 0


@dataclass(frozen=True, slots=True)
class Programme:
    """What a lineup is made of, all by tick: orders (the first from tick 0 on), plans, edits, and filler.

    `pod` gives an order of the viewer's own for what a break is filled from, `days` says which day part is on.
    """

    orders: Sequence[Takeover]
    splices: Sequence[Splice] = ()
    plans: Sequence[Takeover] = ()
    fillers: Sequence[tuple[int, Filler]] = ()
    pod: Callable[[Span], Order] | None = None
    days: Days | None = None

    def part(self, tick: int) -> int:
        """Which day part is on at a tick; one that begins within a second is."""
        return WHOLE_DAY if self.days is None else self.days.part(tick + SHORTEST - 1)

    def filler(self, start: int) -> Filler | None:
        """The filler before a moment that begins at `start`: the first, or one known before the bridge to it."""
        at = bisect_right(self.fillers, start - BRIDGE_TICKS, key=lambda one: one[0])
        return self.fillers[max(at, 1) - 1][1] if self.fillers else None


def base_at(programme: Programme, tick: int) -> Takeover:
    """The order that counts at a tick, plans left aside."""
    return programme.orders[max(counted(programme.orders, tick), 1) - 1]


def counted(changes: Sequence[Takeover] | Sequence[Splice], tick: int) -> int:
    """How many have a tick up to this one."""
    return bisect_right(changes, tick, key=lambda one: one.tick)
