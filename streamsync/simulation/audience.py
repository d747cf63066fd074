"""What is simulated: a channel as far as it counts, an audience, and the caches before the servers. Pure."""

from dataclasses import dataclass, fields
from math import isfinite
from typing import NamedTuple

from storage.errors import BadInput

MOST_VIEWERS = 10_000_000_000
LONGEST_S = 31_536_000.0  # a year
MOST_RUNGS = 20


class Rung(NamedTuple):
    """A video rung: bits a second on average, and the share of viewers who watch it."""

    name: str
    bps: float
    share: float


@dataclass(frozen=True, slots=True)
class Station:
    """A channel as its players and caches see it. `clip_s`, `pool_s`: a clip's length, and of all its assets."""

    target_s: float
    segment_s: float
    lookahead_s: float
    lookback_s: float
    clip_s: float
    pool_s: float
    rungs: tuple[Rung, ...]
    audio_bps: float
    public: bool = True

    def checked(self) -> "Station":
        """Itself. Raises BadInput for what no channel can be."""
        for one in fields(self):
            if one.name.endswith("_s"):
                _within(_word(one.name), getattr(self, one.name), 0.1, LONGEST_S)
        if self.segment_s > self.target_s:
            raise BadInput(f"segment {self.segment_s:g} s: no segment is longer than the target {self.target_s:g} s")
        if self.lookahead_s < 3 * self.target_s:
            raise BadInput(f"lookahead {self.lookahead_s:g} s: it is at least three targets of {self.target_s:g} s")
        if self.clip_s < self.segment_s:
            raise BadInput(f"clip {self.clip_s:g} s: it is at least a segment of {self.segment_s:g} s")
        if not 0 < len(self.rungs) <= MOST_RUNGS:
            raise BadInput(f"{len(self.rungs)} rungs: there are 1 to {MOST_RUNGS}")
        if abs(sum(one.share for one in self.rungs) - 1) > 1e-6:
            raise BadInput("the shares of the rungs do not add up to 1")
        return self


@dataclass(frozen=True, slots=True)
class Audience:
    """Who watches, and through how many caches.

    `shared`: the share of viewers on one of `lineups` shared lineups, spread evenly; others have one of their own.
    `storm`: the share who come within `storm_s`; the others are there before. `session_s`: for how long they stay.
    `ts`: the share whose players take one muxed playlist; `web`: the share on our own player. `edges`: the caches
    that viewers ask; `shields`: those between them and the servers, nginx as in deploy/. Without shields the edges
    are that; else they are a CDN's.
    """

    viewers: int
    lineups: int = 0
    shared: float = 1.0
    storm: float = 0.5
    storm_s: float = 300.0
    session_s: float = 2700.0
    ts: float = 0.0
    web: float = 1.0
    edges: int = 1
    shields: int = 0
    edge_trip_s: float = 0.03
    origin_trip_s: float = 0.005
    edge_disk_gb: float = 20.0
    shield_disk_gb: float = 20.0

    @property
    def on_shared(self) -> float:
        """How many viewers share a lineup."""
        return self.viewers * self.shared if self.lineups else 0.0

    def checked(self) -> "Audience":
        """Itself. Raises BadInput for nonsense."""
        _within("viewers", self.viewers, 1, MOST_VIEWERS)
        _within("lineups", self.lineups, 0, self.viewers)
        _within("edges", self.edges, 1, 1_000_000)
        _within("shields", self.shields, 0, self.edges)
        for name in ("shared", "storm", "ts", "web"):
            _within(name, getattr(self, name), 0, 1)
        for name in ("storm_s", "session_s"):
            _within(_word(name), getattr(self, name), 1, LONGEST_S)
        for name in ("edge_trip_s", "origin_trip_s"):
            _within(_word(name), getattr(self, name), 0, 10)
        for name in ("edge_disk_gb", "shield_disk_gb"):
            _within(_word(name), getattr(self, name), 0, 1e9)
        return self


def _within(name: str, value: float, least: float, most: float) -> None:
    if not (isfinite(value) and least <= value <= most):
        raise BadInput(f"{name} {value:g}: it is {least:g} to {most:g}")


def _word(name: str) -> str:
    return name.removesuffix("_s").replace("_", " ")
