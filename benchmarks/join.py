"""How close to the clock hls.js joins with its default settings, and whether it plays on over clip boundaries.

Page and server share one clock here. The first picture is left out: Chromium paints the first frame of its
buffer as a still before it seeks to the start.
"""

import tempfile
from dataclasses import replace
from pathlib import Path
from statistics import median

from benchmarks.report import figure, machine, spread
from tests.journeys.players import available, hlsjs
from tests.journeys.players.sightings import Verdict, judge
from tests.journeys.stream import Stream, on_air

JOINS = 8
BOUNDARIES = 6
SECONDS_FOR_BOUNDARIES = 85


def main() -> None:
    """Print join errors of several joins, and what six boundaries did."""
    print(f"  {machine()}")
    reason = available.missing("hlsjs")
    if reason is not None:
        print(f"  not measured: {reason}")
        return
    with tempfile.TemporaryDirectory() as folder, on_air(Path(folder)) as stream:
        joins = [_play(stream, 6)[0].join_error_ms / 1000 for _ in range(JOINS)]
        print(f"  join error, s behind (-) or ahead of the clock: {spread(joins)}")
        figure("join error, median", abs(median(joins)), "s", at_most=0.6)
        figure("join error, worst", max(map(abs, joins)), "s", at_most=0.6)
        verdict, report = _play(stream, SECONDS_FOR_BOUNDARIES)
        figure("boundaries crossed", verdict.boundaries, f"(wanted: {BOUNDARIES})")
        figure("stall events", len(report.stalls), "events", at_most=0)
        figure("fatal errors", len(report.fatal), "events", at_most=0)
        figure("longest time without a new frame", verdict.longest_gap_ms / 1000, "s")
        figure("median error over the whole time", abs(verdict.median_error_ms) / 1000, "s")


def _play(stream: Stream, seconds: float) -> tuple[Verdict, hlsjs.HlsReport]:
    viewer = stream.steady_viewer()
    report = hlsjs.play(stream.url(viewer, "cmaf"), seconds=seconds)
    moving = replace(report.viewing, sightings=report.viewing.sightings[1:])
    return judge(moving, stream.truth(viewer)), report
