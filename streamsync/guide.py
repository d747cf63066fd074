"""`streamsync epg` and `explain`: what airs when, and why."""

from dataclasses import asdict
from typing import Annotated
from urllib.parse import urlencode

import typer

from manifest_server.admin.epg import Guide
from manifest_server.admin.explain import Explanation
from manifest_server.playout.ticks import date_text
from manifest_server.viewer.clock import instant_ms, now_ms
from storage.errors import BadInput
from storage.keys import checked_name
from storage.settings import load
from streamsync.doors import doors, place
from streamsync.session import Json, add_row, columns, duration_text, out, print_facts, print_json, print_table

_HOUR_MS = 3_600_000


def epg(
    channel: Annotated[str, typer.Argument(help="The channel.", show_default=False)],
    viewer: Annotated[
        str | None, typer.Option(help="For this viewer, clip by clip. Default: what is the same for all.")
    ] = None,
    start: Annotated[str | None, typer.Option("--from", help="Unix seconds or RFC 3339. Default: now.")] = None,
    until: Annotated[str | None, typer.Option(help="As --from; 7 days later at most.")] = None,
    hours: Annotated[float | None, typer.Option(help="Instead of --until. Default: 24.", min=0.01, max=168)] = None,
    limit: Annotated[int, typer.Option(help="How many entries at most.", min=1, max=1000)] = 1000,
    xmltv: Annotated[bool, typer.Option("--xmltv", help="Print an XMLTV document.")] = False,
    json: Json = False,
) -> None:
    """Show the guide of a channel, or of one viewer of it.

    Examples:

        streamsync epg main --hours 6

        streamsync epg main --viewer alice --from 2026-12-31T18:00:00Z --until 2027-01-01T02:00:00Z

        streamsync epg main --viewer alice --xmltv > alice.xml
    """
    if until is not None and hours is not None:
        raise BadInput("--until and --hours: it is one of the two")
    if xmltv and json:
        raise BadInput("--xmltv and --json: it is one of the two")
    from_ms = now_ms() if start is None else instant_ms(start)
    until_ms = from_ms + round((24 if hours is None else hours) * _HOUR_MS) if until is None else instant_ms(until)
    names = [checked_name("channel", channel)]
    names += [] if viewer is None else ["viewers", checked_name("viewer", viewer)]
    params: dict[str, str | int] = {"from": date_text(from_ms), "until": date_text(until_ms), "limit": limit}
    with doors(load()) as door:
        if xmltv:
            with door.lines(f"{place('channels', *names, 'epg.xml')}?{urlencode(params)}") as lines:
                for line in lines:
                    out.print(line.decode(), end="", markup=False)
            return
        guide = door.ask(Guide, "GET", place("channels", *names, "epg"), params=params)
    if json:
        print_json(asdict(guide))
    else:
        _print_guide(guide)


def _print_guide(guide: Guide) -> None:
    table = columns("starts", "ends", "", "title", "asset")
    for one in guide.entries:
        what = " ".join(filter(None, (one.kind, one.moment, one.part)))
        about = f"{one.assets} assets" if one.assets is not None else one.asset or ""
        add_row(table, one.starts, one.ends or "", what, one.title, about)
    print_table(table)
    if guide.next is not None:
        out.print(f"more: --from {guide.next}", markup=False)


def explain(
    viewer: Annotated[str, typer.Argument(help="The viewer's name; any will do.", show_default=False)],
    channel: Annotated[str, typer.Option(help="The channel.")] = "main",
    at: Annotated[str | None, typer.Option(help="When: Unix seconds or RFC 3339. Default: now.")] = None,
    rendition: Annotated[str | None, typer.Option(help="Whose playlist to show, such as cmaf-720p.")] = None,
    json: Json = False,
) -> None:
    """Say why a viewer sees what they see at an instant, past or to come, with the playlist as a player gets it.

    Examples:

        streamsync explain alice

        streamsync explain alice --channel main --at 2026-12-31T23:59:30Z --rendition cmaf-720p --json
    """
    if at is not None:
        instant_ms(at)
    names = (checked_name("channel", channel), "viewers", checked_name("viewer", viewer), "explain")
    params = {name: value for name, value in {"at": at, "rendition": rendition}.items() if value is not None}
    with doors(load()) as door:
        found = door.ask(Explanation, "GET", place("channels", *names), params=params)
    if json:
        print_json(asdict(found))
    else:
        _print_explanation(found)


def _print_explanation(found: Explanation) -> None:
    where, pool, on_air = found.where, found.pool, found.on_air
    out.print(f"{found.viewer} on {found.channel} at {found.at}", markup=False)
    rules = ", ".join(pool.met) or "none"
    print_facts(
        {
            "on air": f"{on_air.title} ({on_air.asset}), at {duration_text(found.position_s)}",
            "from": f"{on_air.starts} to {on_air.ends}",
            "next": ", ".join(f"{one.title} at {one.starts}" for one in found.next),
            "lineup": f"{found.lineup_kind}: {found.lineup_why}",
            "why": found.reason.text + (", cut" if found.reason.cut else ""),
            "place": f"clip {where.place} of {where.clips} in cycle {where.cycle} of part {where.part}, "
            f"on air since {where.part_since}; segment {where.segment} of {where.of_segments}",
            "pool": f"revision {pool.revision} since {pool.since}: {pool.assets} assets, {pool.filler} idents",
            "rules": f"{pool.rules['order']}; kept: {rules}",
            "relaxed": "; ".join(pool.relaxed) or "nothing",
            "MSN": found.msn.text,
            "DSN": found.dsn.text,
            "listed": f"MSN {found.playlist.first_msn} to {found.playlist.last_msn}",
        }
    )
    out.print(f"\n{found.playlist.lineup}/{found.playlist.rendition}.m3u8:", markup=False)
    out.print(found.playlist.text, end="", markup=False)
