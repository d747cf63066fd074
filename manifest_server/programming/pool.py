"""The derived lineup: a channel's pool, revision by revision, in an order of the viewer's own. Pure.

Nothing is stored for it. A revision of the pool is an edit like any other: each viewer goes over to the new pool at
their first clip boundary at or after its tick, with the numbers carried on.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from hashlib import blake2b

from manifest_server.playout.lineup import Clip, Order, Succession
from manifest_server.programming.course import Course
from manifest_server.programming.day_parts import of_part
from manifest_server.programming.orders import order_of
from manifest_server.programming.programme import Programme, Takeover
from manifest_server.programming.recent import Recent
from manifest_server.programming.spans import Spans
from manifest_server.programming.stock import Stock
from storage.programme import Rules, Taste

DERIVED = "d-"  # how the ids of derived lineups begin; no given lineup's may
PLAIN = ".plain"  # how those end of which nothing that is stored counts


_DERIVED_ID = re.compile(re.escape(DERIVED) + "[0-9a-f]{24}")


def is_derived_id(lineup: str) -> bool:
    """Whether it has the form of the id of a viewer's derived lineup."""
    return _DERIVED_ID.fullmatch(lineup) is not None


@dataclass(frozen=True)
class Revision:
    """From `tick` on, the pool is these clips, under these rules. `tags`, `ratings`, `recent`: as Stock has them."""

    tick: int
    clips: tuple[Clip, ...]
    rules: Rules = field(default_factory=Rules)
    tags: Mapping[str, Sequence[int]] = field(default_factory=dict)
    ratings: Sequence[int] = ()
    recent: Recent | None = field(default=None, compare=False, repr=False)

    @cached_property
    def stock(self) -> Stock:
        """What orders are drawn of; made once for all viewers."""
        return Stock(self.clips, self.rules, self.tags, self.ratings, self.recent)

    @cached_property
    def parts(self) -> list[Stock]:
        """The same of each day part."""
        return [of_part(self.stock, number) for number in range(len(self.rules.day_parts))]

    def of_part(self, part: int) -> Stock:
        """What is drawn of in a day part; in none, and one of other rules, which take its place at once, all."""
        return self.parts[part] if 0 <= part < len(self.rules.day_parts) else self.stock


def derived_id(channel: str, viewer: str) -> str:
    """The id of a viewer's derived lineup. It is public, so it does not give the viewer's name away."""
    digest = blake2b(f"{channel}\0{viewer}".encode(), digest_size=12, person=b"streamsync-line").hexdigest()
    return DERIVED + digest


def drawn(lineup_id: str, revisions: Sequence[Revision], tastes: Sequence[tuple[int, Taste]] = ()) -> list[Takeover]:
    """What the derived lineup `lineup_id` airs: from each revision on, and from each change of its viewer's taste on.

    `revisions`: at least one, the first at tick 0, ticks ascending, as those of `tastes` are.
    """
    made: list[Takeover] = []
    for tick in sorted({one.tick for one in revisions} | {max(tick, 0) for tick, _ in tastes}):
        number = bisect_right(revisions, tick, key=lambda one: one.tick) - 1
        known = [taste for since, taste in tastes if since <= tick]
        seed = f"{lineup_id}/{number}" + (f"/{known[-1].version}" if known else "")
        revision = revisions[number]
        make = partial(_order, revision, seed.encode(), known[-1] if known else None)
        made.append(Takeover(tick, make, stock=drawn_of(revision)))
    return made


def drawn_of(revision: Revision) -> Callable[[int], Stock] | None:
    """What orders of a revision's day parts are drawn of; None if nothing is drawn: clips keep their places."""
    return None if revision.rules.order == "fixed" else revision.of_part


def _order(revision: Revision, seed: bytes, taste: Taste | None, avoid: tuple[str, ...], part: int) -> Order:
    if 0 <= part < len(revision.rules.day_parts):
        seed += b"/%d" % part
    return order_of(revision.of_part(part), seed, avoid, taste)


def derived(lineup_id: str, revisions: Sequence[Revision], msn: int, dsn: int) -> Succession:
    """The derived lineup `lineup_id` of a channel without moments, whose first numbers are `msn` and `dsn`."""
    return Course(Programme(drawn(lineup_id, revisions)), Spans((), 0), msn, dsn).until(0)
