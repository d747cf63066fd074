"""How long caches keep a media playlist, and what they pass on of what they are asked. Pure.

Time is seconds since the list of a lineup last grew, a cycle of one segment's length. Each player asks once in a
cycle, always at about the same place of it. Lists grow at whole seconds; where segments are none, that is the mean.
"""

from math import floor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from manifest_server.onair.playlists import JOIN_MS
from streamsync.simulation.audience import Audience, Station

Floats = NDArray[np.float64]

BINS = 160  # of a cycle
STAGES = 8  # of copies in a cycle that are followed; each is kept for about a second or more

# Edges that give an old list while they fetch the new one do so for this long (deploy/nginx, which a test looks at).
STALE_S = 8.0


def kept_by_second(station: Station) -> float:
    """Until when nginx keeps a list: until it grows, whenever it was made (viewer/finished.py)."""
    return station.segment_s


def kept_by_age(given: float, grows: float) -> float:
    """Until when a CDN keeps one that it was given then: by s-maxage, which is the rest in whole seconds."""
    return given + floor(grows - given)


class Passed(NamedTuple):
    """What of the requests for one list in a cycle each tier passes on: to the shields, and to the servers."""

    by_edge: float
    by_shield: float


def passed(station: Station, audience: Audience, others: float) -> Passed:
    """For a list that a viewer shares with so many `others` at their edge, and as many at each other edge.

    Of one request; both are 0 to 1.
    """
    if others <= 0:
        return Passed(1.0, 1.0)
    even = _come(station)
    second = np.full(BINS, kept_by_second(station))
    count = others + 1
    if not audience.shields:
        out = fetched(station, even, count, audience.origin_trip_s, second)
        return Passed(float(out.sum()) / count, 1.0)
    if station.public:
        given = (np.arange(BINS) + 0.5) * station.segment_s / BINS
        age = np.array([kept_by_age(one, station.segment_s) for one in given])
        out = fetched(station, even, count, audience.edge_trip_s, age)
    else:
        out = even * count  # what is not public no CDN may keep (viewer/answers.py); the shields look at tokens
    by_edge = float(out.sum()) / count
    asked = others * by_edge * audience.edges / audience.shields
    if asked <= 1:
        return Passed(by_edge, 1.0)
    through = fetched(station, out / out.sum(), asked, audience.origin_trip_s, second)
    return Passed(by_edge, float(through.sum()) / asked)


def _come(station: Station) -> Floats:
    """When in a cycle a player asks: just when it joined. Who joins as the edge is about to move is made to wait."""
    waits = round(JOIN_MS / 1000 / station.segment_s * BINS)
    come = np.full(BINS, 1 / BINS)
    come[0] += waits / BINS
    come[BINS - waits :] = 0
    return come


def fetched(station: Station, asked: Floats, count: float, trip_s: float, kept: Floats) -> Floats:
    """How many requests a cache passes on, bin by bin, of `count` in a cycle that are spread as `asked` (sum 1).

    `kept`: until when a copy is fresh that is made in each bin. While one request is under way, for `trip_s`, others
    are given the list of a moment ago. Who has been seen in a cycle does not come again in it, so with one player
    there are no hits, and with many the cache asks as often as its copies end.
    """
    width = station.segment_s / BINS
    places = np.arange(BINS)
    weight = np.concatenate(([0.0], np.cumsum(asked)))  # of what comes before a bin
    dead = kept <= (places + 0.5) * width + trip_s  # what is made then is not kept at all
    alive = np.concatenate(([0.0], np.cumsum(np.where(dead, 0.0, asked))))
    until = np.clip(np.rint(kept / width), places + 1, BINS).astype(int)
    result = np.zeros(BINS)
    ends, here, hidden = np.array([0]), np.ones(1), np.zeros(1)
    left = np.ones(1)  # the weight over which those are spread that have not been seen yet
    for stage in range(STAGES):
        unseen = count - stage
        if unseen <= 0 or here.sum() < 1e-9:
            break
        gone = np.maximum(alive[None, :] - alive[ends][:, None], 0.0) / np.maximum(left, 1e-12)[:, None]
        stays = np.exp(unseen * np.log1p(-np.minimum(gone, 1 - 1e-12)))  # nobody has come since the copy ended
        comes = here[:, None] * (stays[:, :-1] - stays[:, 1:])
        density = unseen * asked[None, :] / np.maximum(left[:, None] * (1 - gone[:, :-1]), 1e-9)
        one_at_a_time = density / (1 + density / width * trip_s)
        open_ = dead[None, :] & (places[None, :] >= ends[:, None])
        there = comes.sum(axis=0)
        result += there + (here[:, None] * stays[:, :-1] * np.where(open_, one_at_a_time, 0.0)).sum(axis=0)
        hidden = (comes * hidden[:, None]).sum(axis=0) / np.maximum(there, 1e-12)
        left = 1 - weight[:-1] - asked / 2 + hidden
        hidden = hidden + weight[until] - weight[:-1] - asked / 2
        ends, here = until, there
    total = result.sum()
    return result * min(1.0, count / total) if total else result
