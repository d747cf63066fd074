"""What comes next on a lineup: some clips, then an order from somewhere in its cycles on. Pure."""

from typing import NamedTuple

from manifest_server.playout.lineup import Boundary, Clip, Given, Lineup, Order, Succession, boundary


class Ahead(NamedTuple):
    """First `queue`, then `order` from its tick `offset`, a clip boundary, on; over and over if it `repeats`.

    The last `spare` clips of the queue, or what is left of them, are of the order: they only changed places.
    """

    order: Order
    repeats: bool = True
    offset: int = 0
    queue: tuple[Clip, ...] = ()
    spare: int = 0

    @property
    def promised(self) -> tuple[Clip, ...]:
        """What of the queue is not of the order."""
        return self.queue[: max(len(self.queue) - self.spare, 0)]

    @property
    def length(self) -> int | None:
        """How many ticks there are of it; None: it goes on for ever."""
        return None if self.repeats else sum(clip.ticks for clip in self.queue) + self.order.ticks - self.offset


class Spot(NamedTuple):
    """A clip boundary `ticks` from where one stands, and what comes from there on."""

    ticks: int
    ahead: Ahead


def boundary_after(ahead: Ahead, ticks: int) -> Spot | None:
    """The first clip boundary at least so many ticks on, the end included; None when there is none."""
    now = 0
    for number, clip in enumerate(ahead.queue):
        if now >= ticks:
            return Spot(now, ahead._replace(queue=ahead.queue[number:]))
        now += clip.ticks
    if now >= ticks:
        return Spot(now, ahead._replace(queue=()))
    found = boundary(_line(ahead), ahead.offset + ticks - now)
    if found is None:
        return None
    return Spot(now + found.tick - ahead.offset, ahead._replace(queue=(), offset=found.tick))


def clip_at(ahead: Ahead, ticks: int) -> tuple[Spot, Clip]:
    """The clip that is on so many ticks on, and where it begins; the last one when all has ended."""
    now = 0
    for number, clip in enumerate(ahead.queue):
        if now + clip.ticks > ticks:
            return Spot(now, ahead._replace(queue=ahead.queue[number:])), clip
        now += clip.ticks
    place = Succession([_line(ahead)]).place(ahead.offset + ticks - now)
    return Spot(now + place.start - ahead.offset, ahead._replace(queue=(), offset=place.start)), place.clip


def without(ahead: Ahead, count: int) -> Ahead:
    """All but the first clips, or what there is of them."""
    for _ in range(count):
        found = boundary_after(ahead, 1)
        if found is None:
            break
        ahead = found.ahead
    return ahead


class Aired(NamedTuple):
    """Lineups, the numbers of what comes after them, and the asset that airs last (None: they are none)."""

    lineups: tuple[Lineup, ...]
    msn: int
    dsn: int
    previous: str | None


def aired(ahead: Ahead, until: Ahead | None, tick: int, msn: int, dsn: int) -> Aired:
    """What airs from `tick` on up to `until`, which is a part of what is ahead; all of it without."""
    lineups: list[Lineup] = []
    previous = None
    queue = ahead.queue if until is None else ahead.queue[: len(ahead.queue) - len(until.queue)]
    if queue:
        given = Given(queue)
        lineups.append(Lineup(tick, msn, dsn, given, repeats=False))
        tick, msn, dsn = tick + given.ticks, msn + given.segments, dsn + given.clips
        previous = queue[-1].asset.id
    if until is None or until.offset > ahead.offset:
        start = _at(ahead, ahead.offset)
        if ahead.repeats or ahead.offset < ahead.order.ticks:
            since = {"since": tick} if ahead.offset else {}
            lineups.append(
                Lineup(tick - start.tick, msn - start.msn, dsn - start.dsn, ahead.order, ahead.repeats, **since)
            )
        if until is not None:
            end = _at(ahead, until.offset)
            msn, dsn = msn + end.msn - start.msn, dsn + end.dsn - start.dsn
            previous = None if end.previous is None else end.previous.asset.id
    return Aired(tuple(lineups), msn, dsn, previous)


def _line(ahead: Ahead) -> Lineup:
    return Lineup(0, 0, 0, ahead.order, ahead.repeats)


def _at(ahead: Ahead, offset: int) -> Boundary:
    found = boundary(_line(ahead), offset)
    if found is None:
        raise AssertionError("an offset is a clip boundary of its order")
    return found
