"""`streamsync analytics`: the audience of a channel, now and over some time."""

from typing import Annotated
from urllib.parse import urlencode

import typer

from manifest_server.admin.analytics_views import AnalyticsNow, AnalyticsSeries, AudienceFacts
from storage.errors import BadInput
from storage.keys import checked_name
from storage.settings import load
from streamsync.doors import doors, place
from streamsync.session import Json, add_row, columns, out, print_facts, print_json, print_table


def analytics(
    channel: Annotated[str, typer.Argument(help="The channel's name.", show_default=False)],
    start: Annotated[
        str | None, typer.Option("--from", help="Unix seconds or RFC 3339. Default: an hour before --to.")
    ] = None,
    until: Annotated[str | None, typer.Option("--to", help="As --from. Default: now.")] = None,
    step: Annotated[int | None, typer.Option(help="Seconds of each point. Default: what fits.", min=10)] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print a series as CSV.")] = False,
    json: Json = False,
) -> None:
    """Show the audience of a channel: now; with --from, --to, --step or --csv as a series.

    Examples:

        streamsync analytics main

        streamsync analytics main --from 2026-12-31T20:00:00Z --step 60 --csv > evening.csv
    """
    if as_csv and json:
        raise BadInput("--csv and --json: it is one of the two")
    name = checked_name("channel", channel)
    given = {"from": start, "to": until, "step": step}
    params: dict[str, str | int] = {key: value for key, value in given.items() if value is not None}
    with doors(load()) as door:
        if as_csv:
            with door.lines(f"{place('analytics', name + '.csv')}?{urlencode(params)}") as lines:
                for line in lines:
                    out.print(line.decode(), end="", markup=False)
            return
        if params:
            series = door.ask(AnalyticsSeries, "GET", place("analytics", name), params=params)
            print_json(series) if json else _print_series(series)
            return
        now = door.ask(AnalyticsNow, "GET", place("analytics"), params={"channel": name})
    print_json(now) if json else _print_now(now)


def _print_series(series: AnalyticsSeries) -> None:
    table = columns("at", "viewers", "peak", "joins", "leaves", "start-up p95", "stalled", "errors", "sync p95")
    for one in series.points:
        counts = (f"{one.concurrent:g}", str(one.peak), str(one.joins), str(one.leaves))
        stalled = "" if one.stall_ratio is None else f"{one.stall_ratio:.2%}"
        add_row(table, one.at, *counts, _ms(one.startup_p95_ms), stalled, str(one.errors), _ms(one.sync_p95_ms))
    print_table(table)


def _print_now(now: AnalyticsNow) -> None:
    out.print(f"{now.channel} at {now.at}: {now.concurrent} viewers; in the last {now.window_s} s:", markup=False)
    print_facts(_told(now.facts))


def _told(facts: AudienceFacts) -> dict[str, str]:
    startup, stalls, sync = facts.startup, facts.stalls, facts.sync
    together = [
        f"{share:.1%} within {name}"
        for name, share in (("40 ms", sync.within_40ms), ("100 ms", sync.within_100ms), ("1 s", sync.within_1s))
        if share is not None
    ]
    return {
        "came, left": f"{facts.joins}, {facts.leaves}",
        "assets": ", ".join(f"{one.title or one.asset} {one.viewers:g}" for one in facts.assets),
        "heights": ", ".join(f"{one.height} {one.viewers:g}" for one in facts.heights),
        "countries": ", ".join(f"{one.country} {one.viewers:g}" for one in facts.countries),
        "start-up": f"{startup.count}; p50 {_ms(startup.p50_ms)}, p95 {_ms(startup.p95_ms)}",
        "stalls": f"{stalls.count}, {stalls.stalled_ms} ms",
        "errors": ", ".join(f"{one.code} {one.count}" for one in facts.errors) or "none",
        "bit rate": "-" if facts.bitrate_kbps is None else f"{facts.bitrate_kbps:g} kbit/s",
        "together": ", ".join([f"p50 {_ms(sync.p50_ms)}, p95 {_ms(sync.p95_ms)}", *together]),
    }


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:g} ms"
