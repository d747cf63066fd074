"""`streamsync lineup`: what a viewer sees."""

from dataclasses import asdict
from typing import Annotated

import typer

from manifest_server.admin.preview import Preview
from manifest_server.viewer.clock import instant_ms
from storage.keys import checked_name
from storage.settings import load
from streamsync.doors import doors, place
from streamsync.session import Json, add_row, columns, duration_text, out, print_json, print_table


def lineup(
    viewer: Annotated[str, typer.Argument(help="The viewer's name; any will do.", show_default=False)],
    channel: Annotated[str, typer.Option(help="The channel.")] = "main",
    at: Annotated[str | None, typer.Option(help="When: Unix seconds or RFC 3339. Default: now.")] = None,
    count: Annotated[int, typer.Option(min=1, max=1000, help="How many clips to show.")] = 8,
    json: Json = False,
) -> None:
    """Show what a viewer sees at an instant: now and next.

    Examples:

        streamsync lineup alice

        streamsync lineup alice --at 2026-12-31T23:59:30Z --json
    """
    if at is not None:
        instant_ms(at)
    names = (checked_name("channel", channel), "viewers", checked_name("viewer", viewer))
    with doors(load()) as door:
        seen = door.ask(
            Preview, "GET", place("channels", *names, "preview"),
            params={"count": count, **({} if at is None else {"at": at})},
        )  # fmt: skip
    if json:
        print_json(asdict(seen))
    else:
        _print(seen)


def _print(seen: Preview) -> None:
    out.print(f"{seen.viewer} on {seen.channel} at {seen.at}, lineup {seen.lineup}", markup=False)
    out.print(f"listed: MSN {seen.first_msn} to {seen.last_msn}{', ended' if seen.ended else ''}")
    if seen.position_s is None:
        out.print("nothing is on air any more")
        return
    table = columns("", "starts", "title", "asset", "MSN", "DSN")
    for number, airing in enumerate(seen.airings):
        when = f"now, at {duration_text(seen.position_s)}" if number == 0 else "next" if number == 1 else ""
        add_row(table, when, airing.starts, airing.title, airing.asset, str(airing.msn), str(airing.dsn))
    print_table(table)
