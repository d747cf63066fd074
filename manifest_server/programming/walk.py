"""The walk: from one shared moment to the next, what a viewer sees in between. Pure.

A step is a function of where one stands, so that it can be taken again on every server. It begins with the channel,
or at a moment that resets (spans.py): then where one stands depends on that moment alone.
"""

from collections.abc import Sequence
from typing import NamedTuple

from manifest_server.playout.lineup import Given, Lineup
from manifest_server.programming.ahead import Ahead, Spot, aired, boundary_after, clip_at, without
from manifest_server.programming.bridge import NoWay, bridge, rest
from manifest_server.programming.choice import chosen
from manifest_server.programming.day_parts import WHOLE_DAY
from manifest_server.programming.filler import Filler
from manifest_server.programming.foresight import Target
from manifest_server.programming.programme import Programme, Takeover, base_at, counted
from manifest_server.programming.shuffle import Drawn
from manifest_server.programming.spans import SHORTEST, Span

# Where an order goes on after a moment that resets, in ticks of it for each tick of the channel. For moments clips
# are cut, but hardly twice as much of an order passes as time does: nothing comes again soon.
STRIDE = 2


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
    return reset(programme, at, span) if base_at(programme, span.end).repeats else None


def reset(programme: Programme, at: Standing, span: Span) -> Standing:
    """`at`, but what comes after the moment is as if nothing had been before it. A list that ends goes on."""
    if not base_at(programme, span.end).repeats:
        return at
    at = at._replace(
        taken=max(counted(programme.orders, span.end), 1),
        planned=counted(programme.plans, span.end),
        spliced=counted(programme.splices, span.start),
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


def onward(programme: Programme, at: Standing, targets: Sequence[Target] = ()) -> tuple[Lineup, ...]:
    """All that a viewer sees from here on if there are no more moments. `targets`: for which clips are chosen."""
    made: list[Lineup] = []
    at, look = _settled(programme, at, targets)
    while (found := _event(programme, at, look)) is not None:
        lineups, at = _moved(at, found)
        made += lineups
        at, look = _settled(programme, at, targets)
    return (*made, *aired(at.ahead, None, at.tick, at.msn, at.dsn).lineups)


def approach(
    programme: Programme, at: Standing, span: Span, before: Span | None, targets: Sequence[Target] = ()
) -> Step:
    """What a viewer sees until a moment begins; `before`: the one before it. Raises NoWay.

    `targets`: for which moments clips are chosen on the way, as far as they were known.
    """
    made: list[Lineup] = []
    if before is not None and before.pod and programme.pod is not None and at.tick == before.end:
        until = before.pod_end if span.start - before.pod_end >= SHORTEST else span.start
        lineups, at = _pod(at, Ahead(programme.pod(before)), before, until, programme.filler(until))
        made += lineups
    if at.tick < span.start:
        at, look = _settled(programme, at, targets)
    while at.tick < span.start and not at.ended:
        found = _event(programme, at, look)
        if found is None or at.tick + found.ticks > span.start - SHORTEST:
            lineups, at = _exactly(at, span.start, programme.filler(span.start), resumes=span.resumes)
        else:
            lineups, at = _moved(at, found)
            at, look = _settled(programme, at, targets)
        made += lineups
    return tuple(made), at


def share(programme: Programme, at: Standing, span: Span) -> Step:
    """The moment itself, if there is anything to see. Raises NoWay."""
    lineups: tuple[Lineup, ...] = ()
    if span.order is not None:
        filler = programme.filler(span.end)
        shown = at._replace(ahead=Ahead(span.order, span.loops))
        lineups, after = _exactly(shown, span.end, filler, stretches=True, shared=True)
        at = after._replace(ahead=at.ahead)
    # A day part that began during it begins now.
    return lineups, reset(programme, at, span) if span.resets or programme.part(span.end) != at.part else at


# Steps -----------------------------------------------------------------------


def _event(programme: Programme, at: Standing, look: int | None) -> Spot | None:
    """The clip boundary at which the next change of orders, or edit, takes effect, or clips are chosen; None: none.

    `look`: from when on the latter is so.
    """
    ticks = [] if look is None else [look]
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


def _settled(programme: Programme, at: Standing, targets: Sequence[Target]) -> tuple[Standing, int | None]:
    """`at` with all that takes effect at this boundary, and clips chosen; and from when on they are next."""
    at, look = _chosen(programme, _applied(programme, at), targets)
    after = _spliced(programme, at)  # an edit drops clips in the order in which they would have aired
    return (at, look) if after is at else _chosen(programme, after, targets)


def _chosen(programme: Programme, at: Standing, targets: Sequence[Target]) -> tuple[Standing, int | None]:
    number = next((number for number, one in enumerate(targets) if one.until > at.tick), len(targets))
    if number == len(targets):
        return at, None
    target = targets[number]
    if at.tick < target.since:
        return at, target.since
    by = programme.plans[at.planned - 1] if at.on_plan else programme.orders[at.taken - 1]
    if by.stock is not None:
        look = chosen(at.ahead, target.start - at.tick, by.stock(at.part), at.previous)
        if look.wait:
            return at, at.tick + look.wait
        at = at._replace(ahead=look.ahead)
    return at, targets[number + 1].since if number + 1 < len(targets) else None


def _applied(programme: Programme, at: Standing) -> Standing:
    """`at` with the orders and plans that take effect at this boundary."""
    if at.on_plan and (at.ahead.length == 0 or at.tick >= programme.plans[at.planned - 1].until):
        taken = max(counted(programme.orders, at.tick), 1)
        ahead = _of_base(programme, taken, at.tick, at.part)._replace(queue=at.ahead.promised)
        at = at._replace(taken=taken, on_plan=False, ahead=ahead)
    while not at.on_plan and at.taken < len(programme.orders) and programme.orders[at.taken].tick <= at.tick:
        at = at._replace(part=programme.part(at.tick))
        at = _taken(at, programme.orders[at.taken])._replace(taken=at.taken + 1)
    while at.planned < len(programme.plans) and programme.plans[at.planned].tick <= at.tick:
        at = _taken(at, programme.plans[at.planned])._replace(planned=at.planned + 1, on_plan=True)
    return at


def _spliced(programme: Programme, at: Standing) -> Standing:
    """`at` with the edits that take effect at this boundary."""
    while at.spliced < len(programme.splices) and programme.splices[at.spliced].tick <= at.tick:
        splice = programme.splices[at.spliced]
        left = without(at.ahead, splice.drop)
        ahead = left._replace(queue=(*splice.clips, *left.queue))
        at = at._replace(ahead=ahead, spliced=at.spliced + 1)
    return at


def _taken(at: Standing, by: Takeover) -> Standing:
    queue = () if by.clears else at.ahead.promised
    previous = queue[-1].asset.id if queue else at.previous
    return at._replace(ahead=Ahead(by.make((previous,) if previous else (), at.part), by.repeats, queue=queue))


def _of_base(programme: Programme, taken: int, tick: int, part: int) -> Ahead:
    """The order that counts, from a place on that the tick alone decides."""
    base = programme.orders[taken - 1]
    ahead = Ahead(base.make((), part), base.repeats)
    found = boundary_after(ahead, STRIDE * tick) if base.repeats else None
    return ahead if found is None else found.ahead


def _pod(at: Standing, shown: Ahead, before: Span, until: int, filler: Filler | None) -> Step:
    """A break, up to exactly `until`, with clips chosen for its end; what was ahead is so afterwards."""
    made: tuple[Lineup, ...] = ()
    after, order = at._replace(ahead=shown), shown.order
    while isinstance(order, Drawn):
        # For the end it has by itself: when a slate begins in it, part of it may have been listed.
        look = chosen(after.ahead, before.pod_end - after.tick, order.stock, after.previous)
        if not look.wait:
            after = after._replace(ahead=look.ahead)
            break
        found = boundary_after(after.ahead, look.wait)
        if found is None or after.tick + found.ticks > until - SHORTEST:
            break
        lineups, after = _moved(after, found)
        made += lineups
    lineups, after = _exactly(after, until, filler, stretches=True)
    return (*made, *lineups), after._replace(ahead=at.ahead)


def _exactly(
    at: Standing,
    until: int,
    filler: Filler | None,
    *,
    resumes: bool = False,
    stretches: bool = False,
    shared: bool = False,
) -> Step:
    """What airs up to exactly `until`. What ends before that has ended, unless it `stretches`. Raises NoWay.

    `resumes`: a clip that is cut goes on later. `shared`: even a few seconds of a clip are shown.
    """
    total, length = until - at.tick, at.ahead.length
    if length is not None and length < total and not stretches:
        lineups, at = _moved(at, Spot(length, at.ahead._replace(queue=(), offset=at.ahead.order.ticks)))
        return lineups, at._replace(ended=True)
    whole = boundary_after(at.ahead, total)
    if whole is not None and whole.ticks == total:
        return _moved(at, whole)
    spot, clip = clip_at(at.ahead, total)
    found = bridge(clip, total - spot.ticks, filler, alone=not shared)
    if found is None and spot.ticks:  # too little is left for an ident: the clip before gives way
        spot, clip = clip_at(at.ahead, spot.ticks - 1)
        found = bridge(clip, total - spot.ticks, filler, alone=not shared)
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
