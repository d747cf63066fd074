"""The derived lineup: a channel's pool, revision by revision, in an order of the viewer's own. Pure.

Nothing is stored for it. A revision of the pool is an edit like any other: each viewer goes over to the new pool at
their first clip boundary at or after its tick, with the numbers carried on.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import NamedTuple

from manifest_server.playout.lineup import Boundary, Clip, Lineup, Succession
from manifest_server.programming.shuffle import Shuffled

DERIVED = "d-"  # how the ids of derived lineups begin; no given lineup's may


class Revision(NamedTuple):
    """From `tick` on, the pool is these clips."""

    tick: int
    clips: tuple[Clip, ...]


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
        order = Shuffled(
            revision.clips,
            f"{lineup_id}/{number}".encode(),
            start.previous.asset.id if start.previous else None,
        )
        lineups.append(Lineup(start.tick, start.msn, start.dsn, order))
    return Succession(lineups)
