"""Where a segment's numbers come from: which part of a lineup, which cycle, which clip, and how that adds up.

Pure. It holds for any succession: what is said here is reckoned from the same place that playlists are made of.
"""

from bisect import bisect_right
from typing import NamedTuple

from manifest_server.playout.lineup import Lineup, Place, Succession


class Addend(NamedTuple):
    """A number, and what it counts."""

    what: str
    value: int


class Derivation(NamedTuple):
    """The segment on air at a tick. The addends of `msn` and of `dsn` sum up to the place's numbers.

    `part` counts the succession's lineups from 0; `begins` is where it took over, at a clip's start. `cycle` counts
    from 0, as does `at`, the clip's place in it; a part that goes on in the middle of an order begins in the middle.
    """

    place: Place
    part: int
    lineup: Lineup
    begins: int
    cycle: int
    at: int
    cycle_clips: int
    msn: tuple[Addend, ...]
    dsn: tuple[Addend, ...]


def derivation(succession: Succession, tick: int) -> Derivation:
    """How the numbers of the segment at a tick come about."""
    place = succession.place(tick)
    starts = [lineup.begins for lineup in succession.lineups]
    part = max(bisect_right(starts, tick) - 1, 0)
    lineup = succession.lineups[part]
    first, opening = succession.place(succession.start), succession.place(lineup.begins)
    cycle = (place.start - lineup.start) // lineup.order.ticks if lineup.repeats else 0
    offset = place.start - lineup.start - cycle * lineup.order.ticks
    made = lineup.order.cycle(cycle)
    shown = place.segment - place.clip.first
    in_part = "since the part that is on air began"
    return Derivation(
        place,
        part,
        lineup,
        lineup.begins,
        cycle,
        bisect_right(made.ticks, offset) - 1,
        len(made.clips),
        (
            Addend(f"the first segment, at tick {succession.start}", first.msn),
            Addend(f"segments in the parts before, {part}", opening.msn - first.msn),
            Addend(f"segments of clips that have ended {in_part}", place.msn - shown - opening.msn),
            Addend("segments of the clip before this one", shown),
        ),
        (
            Addend(f"the first clip, at tick {succession.start}", first.dsn),
            Addend(f"clips in the parts before, {part}", opening.dsn - first.dsn),
            Addend(f"clips that have ended {in_part}", place.dsn - opening.dsn),
        ),
    )
