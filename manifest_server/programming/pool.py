"""The derived lineup: a channel's pool, revision by revision, in an order of the viewer's own. Pure.

Nothing is stored for it. A revision of the pool is an edit like any other: each viewer goes over to the new pool at
their first clip boundary at or after its tick, with the numbers carried on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b

from manifest_server.playout.lineup import Boundary, Clip, Lineup, Succession
from manifest_server.programming.orders import order_of
from manifest_server.programming.stock import Stock
from storage.programme import Rules

DERIVED = "d-"  # how the ids of derived lineups begin; no given lineup's may


@dataclass(frozen=True)
class Revision:
    """From `tick` on, the pool is these clips, under these rules. `tags`, `ratings`: as Stock has them."""

    tick: int
    clips: tuple[Clip, ...]
    rules: Rules = field(default_factory=Rules)
    tags: Mapping[str, Sequence[int]] = field(default_factory=dict)
    ratings: Sequence[int] = ()

    @cached_property
    def stock(self) -> Stock:
        """What orders are drawn of; made once for all viewers."""
        return Stock(self.clips, self.rules, self.tags, self.ratings)


def derived_id(channel: str, viewer: str) -> str:
    """The id of a viewer's derived lineup. It is public, so it does not give the viewer's name away."""
    digest = blake2b(f"{channel}\0{viewer}".encode(), digest_size=12, person=b"streamsync-line").hexdigest()
    return DERIVED + digest


def derived(lineup_id: str, revisions: Sequence[Revision], msn: int, dsn: int) -> Succession:
    """The derived lineup `lineup_id` of a channel whose first numbers are `msn` and `dsn`.

    Costs one partial cycle for each revision. `revisions`: at least one, the first at tick 0, ticks ascending.
    """
    lineups: list[Lineup] = []
    start = Boundary(0, msn, dsn, None)
    for number, revision in enumerate(revisions):
        if lineups:
            found = Succession(lineups).boundary(revision.tick)
            if found is None:
                raise AssertionError("a lineup that repeats has no end")
            if found.tick == lineups[-1].start:
                lineups.pop()  # the revision before never came on air for this viewer; `start` stands
            else:
                start = found
        avoid = (start.previous.asset.id,) if start.previous else ()
        order = order_of(revision.stock, f"{lineup_id}/{number}".encode(), avoid)
        lineups.append(Lineup(start.tick, start.msn, start.dsn, order))
    return Succession(lineups)
