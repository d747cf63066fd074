"""`streamsync edit`: what airs next, for everybody, on one lineup, or for one viewer."""

from dataclasses import dataclass
from typing import Annotated

import typer

from manifest_server.admin.changes import Effects
from manifest_server.admin.edit_views import EditedView, EditsView
from manifest_server.viewer.clock import span_ms
from storage.errors import BadInput
from storage.keys import checked_name
from storage.settings import load
from streamsync.doors import doors, place
from streamsync.effects import Change, print_effects
from streamsync.options import grouped
from streamsync.session import Json, add_row, columns, err, print_facts, print_json, print_table

app = typer.Typer(
    help="Change what airs next, past what players have listed.", no_args_is_help=True, rich_markup_mode=None
)

Channel = Annotated[str, typer.Argument(help="The channel's name.", show_default=False)]
Clips = Annotated[
    list[str],
    typer.Argument(
        metavar="ASSET...", help="ASSET, or ASSET:FIRST:LAST for some of its segments.", show_default=False
    ),
]
Count = Annotated[int, typer.Argument(min=1, max=100, help="How many clips.", show_default=False)]


@dataclass(frozen=True)
class Whose:
    """Whose lineup is meant."""

    viewer: Annotated[str | None, typer.Option(help="The lineup that this viewer is on.", show_default=False)] = None
    lineup: Annotated[str | None, typer.Option(help="This lineup.", show_default=False)] = None
    everybody: Annotated[bool, typer.Option("--all", help="Everybody's.")] = False

    def path(self, channel: str) -> str:
        """The door of one's edits. Raises BadInput unless it is said whose."""
        if (self.viewer is not None) + (self.lineup is not None) + self.everybody != 1:
            raise BadInput("say whose lineup: --viewer NAME, --lineup NAME or --all")
        whose: tuple[str, ...] = ()
        if self.viewer is not None:
            whose = ("viewers", checked_name("viewer", self.viewer))
        if self.lineup is not None:
            whose = ("lineups", checked_name("lineup", self.lineup))
        return place("channels", checked_name("channel", channel), *whose, "edits")


Notice = Annotated[str | None, typer.Option(help="So much later: 30s, 5m. Until then it can be undone.")]


def _later(notice: str | None) -> dict[str, object]:
    return {} if notice is None else {"notice_s": span_ms(notice) / 1000}


@app.command()
@grouped
def insert(
    channel: Channel,
    asset: Clips,
    whose: Whose,
    change: Change,
    notice: Notice = None,
    json: Json = False,
) -> None:
    """Put clips in at the next clip boundary past the change horizon, 25 s from now.

    Examples:

        streamsync edit insert main 0f3a... --viewer alice --dry-run

        streamsync edit insert main 0f3a... 77b2...:0:5 --lineup kids
    """
    path = whose.path(channel)
    with doors(load()) as door:
        found = change.asked(door, EditedView, "POST", path, {"clips": asset, **_later(notice)})
    _print(found, json)


@app.command()
@grouped
def skip(
    channel: Channel,
    count: Count,
    whose: Whose,
    change: Change,
    notice: Notice = None,
    json: Json = False,
) -> None:
    """Leave out the next clips past the change horizon.

    Example: streamsync edit skip main 1 --all --dry-run
    """
    path = whose.path(channel)
    with doors(load()) as door:
        found = change.asked(door, EditedView, "POST", path, {"drop": count, **_later(notice)})
    _print(found, json)


@app.command()
@grouped
def replace(
    channel: Channel,
    count: Count,
    asset: Clips,
    whose: Whose,
    change: Change,
    notice: Notice = None,
    json: Json = False,
) -> None:
    """Let other clips air instead of the next ones past the change horizon.

    Example: streamsync edit replace main 2 0f3a... --viewer alice
    """
    path, body = whose.path(channel), {"clips": asset, "drop": count, **_later(notice)}
    with doors(load()) as door:
        found = change.asked(door, EditedView, "POST", path, body)
    _print(found, json)


@app.command()
@grouped
def reorder(
    channel: Channel,
    order: Annotated[str, typer.Argument(help="3,1,2: first the third clip that would air.", show_default=False)],
    whose: Whose,
    change: Change,
    notice: Notice = None,
    json: Json = False,
) -> None:
    """Put the next clips past the change horizon in another order, of one lineup.

    Example: streamsync edit reorder main 3,1,2 --viewer alice --dry-run
    """
    numbers = order.split(",")
    if not all(number.isascii() and number.isdecimal() and len(number) < 4 for number in numbers):
        raise BadInput(f"order {order[:80]!r}: it is the numbers from 1 on, each once, such as 3,1,2")
    if whose.everybody:
        raise BadInput("--all: what comes next is not the same for everybody; say --viewer NAME or --lineup NAME")
    path, body = whose.path(channel), {"order": [int(number) for number in numbers], **_later(notice)}
    with doors(load()) as door:
        found = change.asked(door, EditedView, "POST", path, body)
    _print(found, json)


@app.command()
@grouped
def push(
    channel: Channel,
    asset: Clips,
    change: Change,
    notice: Notice = None,
    json: Json = False,
) -> None:
    """Let everybody see clips next: each viewer at their next clip boundary past the change horizon.

    Where all are to see it at the same instant, see `streamsync moment add`.

    Examples:

        streamsync edit push main 0f3a... --dry-run --sample alice

        streamsync edit push main 0f3a... --notice 2m
    """
    path = Whose(everybody=True).path(channel)
    with doors(load()) as door:
        found = change.asked(door, EditedView, "POST", path, {"clips": asset, **_later(notice)})
    _print(found, json)


@app.command("list")
@grouped
def listed(channel: Channel, whose: Whose, json: Json = False) -> None:
    """List the edits that were made since the channel went on air.

    Examples:

        streamsync edit list main --all

        streamsync edit list main --viewer alice
    """
    with doors(load()) as door:
        _print_all(door.ask(EditsView, "GET", whose.path(channel)), json)


@app.command()
@grouped
def undo(
    channel: Channel,
    edit: Annotated[str, typer.Argument(help="The edit: see `edit list`.", show_default=False)],
    whose: Whose,
    change: Change,
    json: Json = False,
) -> None:
    """Take an edit back that no player has listed yet.

    Example: streamsync edit undo main 1f00912a --viewer alice
    """
    path = f"{whose.path(channel)}/{place(checked_name('edit', edit))}"
    with doors(load()) as door:
        found = change.asked(door, EditsView, "DELETE", path)
    if isinstance(found, Effects):
        print_effects(found, json)
    else:
        _print_all(found, json)


def _print(found: EditedView | Effects, json: bool) -> None:
    if isinstance(found, Effects):
        print_effects(found, json)
    elif json:
        print_json(found)
    else:
        whose = "everybody" if found.lineup is None else f"lineup {found.lineup}"
        facts = {"edit": found.id, "of": whose, "from": f"the first clip boundary at or after {found.starts}"}
        facts |= {"clips": " ".join(found.clips)} if found.clips else {}
        facts |= {"left out": str(found.drop)} if found.drop else {}
        print_facts(facts | {"version": str(found.version)})


def _print_all(found: EditsView, json: bool) -> None:
    if json:
        print_json(found)
    elif found.edits:
        table = columns("edit", "from", "clips", "left out", "state")
        for one in found.edits:
            add_row(table, one.id, one.starts, " ".join(one.clips), str(one.drop), one.state)
        print_table(table)
    else:
        err.print("no edits")
