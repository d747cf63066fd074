"""The plots of an audience on paper, as one page. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from streamsync.simulation.aggregate import Rates, loads, steady
from streamsync.simulation.audience import Audience, Station
from streamsync.simulation.drawing import Line, document, plot, table
from streamsync.simulation.report import BEFORE_S, WORDS, Report, number, rows, storm_seconds


def page(station: Station, reports: Sequence[Report]) -> str:
    """The whole page: the table, the storm of each audience, and what sharing lineups saves."""
    parts = [f"<h1>An audience on paper</h1>{table(rows(reports))}"]
    for one in reports:
        parts.append(f"<h2>{number(one.audience.viewers)} viewers: the storm of joins</h2>")
        parts.append("<p>Requests a second; seconds since the storm begins.</p>")
        parts.append(plot(_storm(station, one.audience), logarithmic_x=False))
    largest = max((one.audience for one in reports), key=lambda one: one.viewers)
    parts.append(f"<h2>{number(largest.viewers)} viewers: what sharing saves</h2>")
    parts.append("<p>Media playlists a second at servers, by how many lineups all share.</p>")
    parts.append(plot([_sharing(station, largest)], logarithmic_x=True))
    return document("An audience on paper", "".join(parts))


def _storm(station: Station, audience: Audience) -> list[Line]:
    seconds = storm_seconds(station, audience)
    step = max(1, len(seconds) // 240)
    at = range(0, len(seconds), step)
    lines = [
        Line(f"servers: {WORDS[kind]}", tuple((float(n - BEFORE_S), getattr(seconds[n].origin, kind)) for n in at))
        for kind in Rates._fields
        if kind != "segment"
    ]
    lines.append(Line("edges: playlists", tuple((float(n - BEFORE_S), seconds[n].edge.playlist) for n in at)))
    return [one for one in lines if any(value > 0 for _, value in one.points)]


def _sharing(station: Station, audience: Audience) -> Line:
    counts = sorted({min(10**power, audience.viewers) for power in range(len(str(audience.viewers)) + 1)})
    found = []
    for lineups in counts:
        shared = replace(audience, lineups=lineups, shared=1.0)
        found.append((float(lineups), loads(station, shared, steady(shared)).origin.playlist))
    return Line("playlists at servers", tuple(found))
