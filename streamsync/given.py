"""`streamsync lineups`: lineups that are given, to one viewer or to many."""

from typing import Annotated

import typer
from pydantic import ValidationError

from manifest_server.admin.changes import Effects
from manifest_server.admin.views import LineupLine, LineupPage, LineupView
from storage.clips import ClipRecord
from storage.errors import BadInput
from storage.keys import checked_asset, checked_name
from storage.settings import load
from streamsync.doors import doors, place
from streamsync.effects import Change, print_effects
from streamsync.options import grouped
from streamsync.session import Json, add_row, columns, err, print_facts, print_json, print_table

app = typer.Typer(
    help="Give lineups, let other clips take over, take them away.", no_args_is_help=True, rich_markup_mode=None
)

Channel = Annotated[str, typer.Option(help="The channel.")]
Name = Annotated[str, typer.Argument(help="The lineup's name.", show_default=False)]
Clips = Annotated[
    list[str],
    typer.Argument(
        metavar="ASSET[:FIRST[:LAST]]...",
        help="Clips: assets, or their segments from FIRST up to, not including, LAST.",
        show_default=False,
    ),
]
Once = Annotated[bool, typer.Option("--once", help="It ends after the last clip; else it begins again.")]
Version = Annotated[int | None, typer.Option(help="Refuse if it is at another version by now.")]


@app.command()
def give(name: Name, clip: Clips, channel: Channel = "main", once: Once = False, json: Json = False) -> None:
    """Give a lineup, from the channel's epoch on; viewers are put on it with `viewers assign`.

    Examples:

        streamsync lineups give kids 0f3a... 77b2...

        streamsync lineups give premiere 0f3a...:0:3 77b2... --once --channel movies
    """
    body = {"id": checked_name("lineup", name), "clips": _clips(clip), "repeats": not once}
    with doors(load()) as door:
        _print(door.ask(LineupView, "POST", _path(channel), body), json)


@app.command()
def edit(
    name: Name,
    clip: Clips,
    channel: Channel = "main",
    once: Once = False,
    version: Version = None,
    json: Json = False,
) -> None:
    """Let other clips take over, at the first clip boundary after the change horizon.

    Example: streamsync lineups edit kids 77b2... 0f3a...
    """
    body = {"clips": _clips(clip), "repeats": not once}
    with doors(load()) as door:
        _print(door.ask(LineupView, "PUT", _path(channel, name), body, version=version), json)


@app.command()
def show(name: Name, channel: Channel = "main", json: Json = False) -> None:
    """Show a given lineup.

    Example: streamsync lineups show kids --json
    """
    with doors(load()) as door:
        _print(door.ask(LineupView, "GET", _path(channel, name)), json)


@app.command("list")
def listed(channel: Channel = "main", json: Json = False) -> None:
    """List the given lineups of a channel.

    Example: streamsync lineups list --channel movies
    """
    with doors(load()) as door:
        found = [one for page in door.pages(LineupPage, _path(channel)) for one in page.lineups]
    found = sorted({one.id: one for one in found}.values(), key=lambda one: one.id)
    if json:
        print_json(found)
    elif found:
        _print_lines(found)
    else:
        err.print("no given lineups: streamsync lineups give NAME ASSET... makes one")


@app.command()
@grouped
def remove(name: Name, change: Change, channel: Channel = "main", json: Json = False) -> None:
    """Take a lineup away. Its viewers get their own when they join next; who plays it goes over to the pool.

    Examples:

        streamsync lineups remove kids --dry-run

        streamsync lineups remove kids
    """
    with doors(load()) as door:
        if change.dry_run:
            found = change.asked(door, Effects, "DELETE", _path(channel, name))
        else:
            found = None
            door.tell("DELETE", _path(channel, name), version=change.version)
    if found is None:
        err.print("removed")
    else:
        print_effects(found, json)


def _path(channel: str, *lineup: str) -> str:
    names = [checked_name("lineup", one) for one in lineup]
    return place("channels", checked_name("channel", channel), "lineups", *names)


def _clips(words: list[str]) -> list[dict[str, object]]:
    """Clips of `ASSET[:FIRST[:LAST]]`. Raises BadInput."""
    found: list[dict[str, object]] = []
    for word in words:
        try:
            clip = ClipRecord.model_validate(word)
        except ValidationError:
            raise BadInput(f"clip {word[:80]!r}: it is ASSET, ASSET:FIRST or ASSET:FIRST:LAST") from None
        try:
            checked_asset(clip.asset)
        except BadInput as error:
            if len(words) > 1 and not found:  # as where a channel is the first argument
                raise BadInput(f"{error}; first comes the lineup, and a channel is said with --channel") from None
            raise
        found.append(clip.model_dump())
    return found


def _print(lineup: LineupView, json: bool) -> None:
    if json:
        print_json(lineup)
        return
    last = lineup.parts[-1] if lineup.parts else None
    clips = "" if last is None else " ".join(clip.stored() for clip in last.clips)
    ends = "" if last is None else "it begins again" if last.repeats else "it ends"
    facts = {"lineup": lineup.id, "version": str(lineup.version), "parts": str(len(lineup.parts))}
    print_facts({**facts, "clips": clips, "then": ends})


def _print_lines(found: list[LineupLine]) -> None:
    table = columns("lineup", "version", "clips", "then")
    for one in found:
        add_row(table, one.id, str(one.version), str(one.clips), "again" if one.repeats else "ends")
    print_table(table)
