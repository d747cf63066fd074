"""`streamsync viewers`: who is on which lineup."""

from typing import Annotated

import typer

from manifest_server.admin.views import ViewerPage, ViewerView
from storage.errors import BadInput
from storage.keys import checked_name
from storage.settings import load
from streamsync.doors import doors, place
from streamsync.session import Json, add_row, columns, err, print_json, print_table

app = typer.Typer(help="Put viewers on lineups.", no_args_is_help=True, rich_markup_mode=None)

Channel = Annotated[str, typer.Option(help="The channel.")]
Name = Annotated[str, typer.Argument(help="The viewer's name; any will do.", show_default=False)]


@app.command()
def assign(
    name: Name,
    lineup: Annotated[str | None, typer.Argument(help="The given lineup.", show_default=False)] = None,
    derived: Annotated[bool, typer.Option("--derived", help="Back on the one derived from their name.")] = False,
    channel: Channel = "main",
    json: Json = False,
) -> None:
    """Put a viewer on a given lineup, from their next join on.

    Examples:

        streamsync viewers assign alice kids

        streamsync viewers assign alice --derived
    """
    if (lineup is None) != derived:
        raise BadInput("name a lineup, or say --derived")
    if lineup is not None:
        checked_name("lineup", lineup)
    with doors(load()) as door:
        _print([door.ask(ViewerView, "PUT", _path(channel, name), {"lineup": lineup})], json)


@app.command()
def show(name: Name, channel: Channel = "main", json: Json = False) -> None:
    """Show which lineup a viewer is on; `streamsync lineup` shows what they see.

    Example: streamsync viewers show alice
    """
    with doors(load()) as door:
        _print([door.ask(ViewerView, "GET", _path(channel, name))], json)


@app.command("list")
def listed(
    channel: Channel = "main",
    prefix: Annotated[str, typer.Option(help="Only those whose names begin so.")] = "",
    json: Json = False,
) -> None:
    """List the viewers that something is stored of; all others are on the lineup derived from their name.

    Examples:

        streamsync viewers list --json

        streamsync viewers list --prefix ali
    """
    params = {"prefix": checked_name("viewer", prefix)} if prefix else {}
    with doors(load()) as door:
        found = [one for page in door.pages(ViewerPage, _path(channel), params) for one in page.viewers]
    found = sorted({one.name: one for one in found}.values(), key=lambda one: one.name)
    if json:
        print_json(found)
    elif found:
        _print(found, json)
    else:
        begins = f" whose name begins with {prefix}" if prefix else ""
        err.print(f"no viewer{begins} was assigned: streamsync viewers assign VIEWER LINEUP does it")


def _path(channel: str, *viewer: str) -> str:
    names = [checked_name("viewer", one) for one in viewer]
    return place("channels", checked_name("channel", channel), "viewers", *names)


def _print(found: list[ViewerView], json: bool) -> None:
    if json:
        print_json(found[0])
        return
    table = columns("viewer", "lineup", "")
    for one in found:
        add_row(table, one.name, one.lineup, "given" if one.given else "derived")
    print_table(table)
