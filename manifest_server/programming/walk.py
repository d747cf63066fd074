"""The walk: from one shared moment to the next, what a viewer sees in between. Pure.

A step is a function of where one stands, so that it can be taken again on every server. It begins with the channel,
or at a moment that resets (spans.py): then where one stands depends on that moment alone.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from manifest_server.playout.lineup import NEVER, Clip, Given, Lineup, Order
from manifest_server.programming.ahead import Ahead, Spot, aired, boundary_after, clip_at, without
from manifest_server.programming.bridge import BRIDGE_TICKS, NoWay, bridge, rest
from manifest_server.programming.day_parts import WHOLE_DAY, Days
from manifest_server.programming.filler import Filler
from manifest_server.programming.spans import SHORTEST, Span

# Where an order goes on after a moment that resets, in ticks of it for each tick of the channel. For moments clips
# are cut, but hardly twice as much of an order passes as time does: nothing comes again soon.
STRIDE = 2


class Takeover(NamedTuple):
    """From the first clip boundary at or after `tick` on, another order. `make` is told which assets air before it,
    and which day part it is for.

    One that `clears` also drops what was put in before it. A plan ends by itself, or at the first boundary at or
    after `until`; then the order goes on that counts by then.
    """

    tick: int
    make: Callable[[tuple[str, ...], int], Order]
    repeats: bool = True
    clears: bool = False
    until: int = NEVER


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


class Standing(NamedTuple):
    """Where one stands: at a clip boundary at `tick`, with the numbers of what comes next.

    `taken`, `planned` and `spliced` count what has taken effect; `on_plan`: what is ahead is a plan's. `part`: the
    day part it is for. `ended`: there is nothing more.
    """

    tick: int
    msn: int
    dsn: int
    ahead: Ahead
    previous: str | None = None
    taken: int = 1
    planned: int = 0
    spliced: int = 0
    on_plan: bool = False
    ended: bool = False
    part: int = WHOLE_DAY


Step = tuple[tuple[Lineup, ...], Standing]


def begun(programme: Programme, msn: int, dsn: int) -> Standing:
    """Where everybody stands at tick 0."""
    first, part = programme.orders[0], programme.part(0)
    return Standing(0, msn, dsn, Ahead(first.make((), part), first.repeats), part=part)


def anchored(programme: Programme, span: Span, msn: int, dsn: int) -> Standing | None:
    """Where everybody stands when a moment that resets begins; None if that depends on what was before."""
    at = begun(programme, msn, dsn)._replace(tick=span.start)
    return reset(programme, at, span) if _base(programme, span.end).repeats else None


def reset(programme: Programme, at: Standing, span: Span) -> Standing:
    """`at`, but what comes after the moment is as if nothing had been before it. A list that ends goes on."""
    if not _base(programme, span.end).repeats:
        return at
    at = at._replace(
        taken=max(_counted(programme.orders, span.end), 1),
        planned=_counted(programme.plans, span.end),
        spliced=_counted(programme.splices, span.start),
        on_plan=False,
        part=programme.part(span.end),
    )
    if at.planned:
        plan = programme.plans[at.planned - 1]
        ahead = Ahead(plan.make((), at.part), repeats=False)
        found = boundary_after(ahead, span.end - plan.tick)
        if found is not None and found.ahead.offset < ahead.order.ticks and span.end < plan.until:
            return at._replace(ahead=found.ahead, on_plan=True)
    return at._replace(ahead=_of_base(programme, at.taken, span.end, at.part))


def onward(programme: Programme, at: Standing) -> tuple[Lineup, ...]:
    """All that a viewer sees from here on if there are no more moments."""
    made: list[Lineup] = []
    while (found := _event(programme, at)) is not None:
        lineups, at = _moved(at, found)
        made += lineups
        at = _applied(programme, at)
    return (*made, *aired(at.ahead, None, at.tick, at.msn, at.dsn).lineups)


def approach(programme: Programme, at: Standing, span: Span, before: Span | None) -> Step:
    """What a viewer sees until a moment begins; `before`: the one before it. Raises NoWay."""
    made: list[Lineup] = []
    if before is not None and before.pod and programme.pod is not None and at.tick == before.end:
        until = before.pod_end if span.start - before.pod_end >= SHORTEST else span.start
        lineups, at = _apart(at, Ahead(programme.pod(before)), until, programme.filler(until))
        made += lineups
    while at.tick < span.start and not at.ended:
        found = _event(programme, at)
        if found is None or at.tick + found.ticks > span.start - SHORTEST:
            lineups, at = _exactly(at, span.start, programme.filler(span.start), resumes=span.resumes)
        else:
            lineups, at = _moved(at, found)
            at = _applied(programme, at)
        made += lineups
    return tuple(made), at


def share(programme: Programme, at: Standing, span: Span) -> Step:
    """The moment itself, if there is anything to see. Raises NoWay."""
    lineups: tuple[Lineup, ...] = ()
    if span.order is not None:
        shared = Ahead(span.order, span.loops)
        lineups, at = _apart(at, shared, span.end, programme.filler(span.end))
    # A day part that began during it begins now.
    return lineups, reset(programme, at, span) if span.resets or programme.part(span.end) != at.part else at


# Steps -----------------------------------------------------------------------


def _event(programme: Programme, at: Standing) -> Spot | None:
    """The clip boundary at which the next change of orders, or edit, takes effect; None: there is none."""
    ticks = []
    if at.taken < len(programme.orders) and not at.on_plan:
        ticks.append(programme.orders[at.taken].tick)
    if at.planned < len(programme.plans):
        ticks.append(programme.plans[at.planned].tick)
    if at.spliced < len(programme.splices):
        ticks.append(programme.splices[at.spliced].tick)
    length = at.ahead.length
    if at.on_plan and length is not None:
        ticks.append(min(at.tick + length, programme.plans[at.planned - 1].until))
    return boundary_after(at.ahead, min(ticks) - at.tick) if ticks else None


def _moved(at: Standing, to: Spot) -> Step:
    """What airs up to a clip boundary."""
    done = aired(at.ahead, to.ahead, at.tick, at.msn, at.dsn)
    previous = done.previous or at.previous
    return done.lineups, at._replace(
        tick=at.tick + to.ticks, msn=done.msn, dsn=done.dsn, ahead=to.ahead, previous=previous
    )


def _applied(programme: Programme, at: Standing) -> Standing:
    """`at` with all that takes effect at this boundary."""
    if at.on_plan and (at.ahead.length == 0 or at.tick >= programme.plans[at.planned - 1].until):
        taken = max(_counted(programme.orders, at.tick), 1)
        ahead = _of_base(programme, taken, at.tick, at.part)._replace(queue=at.ahead.queue)
        at = at._replace(taken=taken, on_plan=False, ahead=ahead)
    while not at.on_plan and at.taken < len(programme.orders) and programme.orders[at.taken].tick <= at.tick:
        at = at._replace(part=programme.part(at.tick))
        at = _taken(at, programme.orders[at.taken])._replace(taken=at.taken + 1)
    while at.planned < len(programme.plans) and programme.plans[at.planned].tick <= at.tick:
        at = _taken(at, programme.plans[at.planned])._replace(planned=at.planned + 1, on_plan=True)
    while at.spliced < len(programme.splices) and programme.splices[at.spliced].tick <= at.tick:
        splice = programme.splices[at.spliced]
        left = without(at.ahead, splice.drop)
        ahead = left._replace(queue=(*splice.clips, *left.queue))
        at = at._replace(ahead=ahead, spliced=at.spliced + 1)
    return at


def _taken(at: Standing, by: Takeover) -> Standing:
    queue = () if by.clears else at.ahead.queue
    previous = queue[-1].asset.id if queue else at.previous
    return at._replace(ahead=Ahead(by.make((previous,) if previous else (), at.part), by.repeats, queue=queue))


def _of_base(programme: Programme, taken: int, tick: int, part: int) -> Ahead:
    """The order that counts, from a place on that the tick alone decides."""
    base = programme.orders[taken - 1]
    ahead = Ahead(base.make((), part), base.repeats)
    found = boundary_after(ahead, STRIDE * tick) if base.repeats else None
    return ahead if found is None else found.ahead


def _apart(at: Standing, shown: Ahead, until: int, filler: Filler | None) -> Step:
    """Something else up to exactly `until`; what was ahead is so afterwards."""
    lineups, after = _exactly(at._replace(ahead=shown), until, filler, stretches=True)
    return lineups, after._replace(ahead=at.ahead)


def _exactly(
    at: Standing, until: int, filler: Filler | None, *, resumes: bool = False, stretches: bool = False
) -> Step:
    """What airs up to exactly `until`. What ends before that has ended, unless it `stretches`. Raises NoWay."""
    total, length = until - at.tick, at.ahead.length
    if length is not None and length < total and not stretches:
        lineups, at = _moved(at, Spot(length, at.ahead._replace(queue=(), offset=at.ahead.order.ticks)))
        return lineups, at._replace(ended=True)
    whole = boundary_after(at.ahead, total)
    if whole is not None and whole.ticks == total:
        return _moved(at, whole)
    spot, clip = clip_at(at.ahead, total)
    found = bridge(clip, total - spot.ticks, filler)
    if found is None and spot.ticks:  # too little is left for an ident: the clip before gives way
        spot, clip = clip_at(at.ahead, spot.ticks - 1)
        found = bridge(clip, total - spot.ticks, filler)
    if found is None:
        raise NoWay(f"nothing fills the {total - spot.ticks} ticks before the moment at tick {until}")
    lineups, at = _moved(at, spot)
    left = at.ahead if found.shown == clip.first else without(at.ahead, 1)
    going_on = rest(clip, found.shown) if resumes else ()
    lead = Ahead(Given(found.clips), repeats=False)
    done = aired(lead, None, at.tick, at.msn, at.dsn)
    order = lead.order
    return (*lineups, *done.lineups), at._replace(
        tick=until,
        msn=at.msn + order.segments,
        dsn=at.dsn + order.clips,
        ahead=left._replace(queue=(*going_on, *left.queue)),
        previous=found.clips[-1].asset.id,
    )


def _base(programme: Programme, tick: int) -> Takeover:
    return programme.orders[max(_counted(programme.orders, tick), 1) - 1]


def _counted(changes: Sequence[Takeover] | Sequence[Splice], tick: int) -> int:
    """How many have a tick up to this one."""
    return bisect_right(changes, tick, key=lambda one: one.tick)
