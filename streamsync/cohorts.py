"""`streamsync cohort`: viewers who share lineups, by what is known of them."""

from typing import IO, Annotated

import typer
from pydantic import ValidationError

from manifest_server.admin.cohorts_api import CohortsView, CohortView
from storage.cohort_records import Cohorts
from storage.errors import BadInput
from storage.keys import checked_name
from storage.metadata import mistake
from storage.settings import load
from streamsync.backup import told
from streamsync.bulk import source
from streamsync.doors import doors, place
from streamsync.session import Json, add_row, columns, err, out, print_json, print_table

app = typer.Typer(help="Viewers who share given lineups.", no_args_is_help=True, rich_markup_mode=None)

Channel = Annotated[str, typer.Option(help="The channel.")]
Version = Annotated[int | None, typer.Option(help="Refuse if the channel is at another version by now.")]

_LIMIT = 1 << 20  # bytes of a file


@app.command("set")
def put(
    file: Annotated[str, typer.Argument(help="A file of JSON; '-' for standard input.")] = "-",
    channel: Channel = "main",
    version: Version = None,
    json: Json = False,
) -> None:
    """Put viewers on given lineups: by the first rule that fits, else by the taste that is nearest to theirs.

    The file: {"rules": [{"lineup": "children", "most_rating": 6}, {"lineup": "fans", "likes": {"sport": 0.5}}],
    "tastes": [{"lineup": "drama", "likes": {"drama": 1}}], "otherwise": "mixed"}. A rule fits those who like each of
    its tags at least so much, and may see nothing rated higher; `otherwise` is for those of whom nothing is known.

    Examples:

        streamsync cohort set cohorts.json

        streamsync cohort set - --channel movies < cohorts.json
    """
    checked_name("channel", channel)
    with told(file), source(file) as opened:
        asked = _read(opened)
    with doors(load()) as door:
        body = asked.model_dump(mode="json")
        _print(door.ask(CohortsView, "PUT", place("channels", channel, "cohorts"), body, version=version), json)


@app.command()
def show(channel: Channel = "main", json: Json = False) -> None:
    """Show the cohorts of a channel.

    Example: streamsync cohort show --json
    """
    with doors(load()) as door:
        _print(door.ask(CohortsView, "GET", place("channels", checked_name("channel", channel), "cohorts")), json)


@app.command()
def clear(channel: Channel = "main", version: Version = None, json: Json = False) -> None:
    """Let every viewer have a lineup of their own again, from their next join on.

    Example: streamsync cohort clear
    """
    path = place("channels", checked_name("channel", channel), "cohorts")
    with doors(load()) as door:
        _print(door.ask(CohortsView, "DELETE", path, version=version), json)


@app.command()
def of(
    viewer: Annotated[str, typer.Argument(help="The viewer's name.", show_default=False)],
    channel: Channel = "main",
    json: Json = False,
) -> None:
    """Show which lineup a viewer is on, and whether they share it as one of a cohort.

    Example: streamsync cohort of alice
    """
    path = place("channels", checked_name("channel", channel), "cohorts", checked_name("viewer", viewer))
    with doors(load()) as door:
        found = door.ask(CohortView, "GET", path)
    if json:
        print_json(found)
    else:
        out.print(f"{found.viewer}: {found.lineup}{' (cohort)' if found.cohort else ''}", markup=False)


def _read(file: IO[bytes]) -> Cohorts:
    text = file.read(_LIMIT + 1)
    if len(text) > _LIMIT:
        raise BadInput(f"the file is over {_LIMIT} bytes long")
    try:
        return Cohorts.model_validate_json(text)
    except ValidationError as error:
        raise mistake(error, "cohorts") from None


def _print(found: CohortsView, json: bool) -> None:
    if json:
        print_json(found)
        return
    if found.cohorts is None:
        err.print(f"channel {found.channel} has no cohorts: every viewer has a lineup of their own", markup=False)
        return
    table = columns("lineup", "for those who")
    for rule in found.cohorts.rules:
        asked = [f"like {tag} {least:g} or more" for tag, least in rule.likes.items()]
        asked += [] if rule.most_rating is None else [f"may see up to {rule.most_rating}"]
        add_row(table, rule.lineup, ", ".join(asked) or "are known")
    for taste in found.cohorts.tastes:
        likes = ", ".join(f"{tag} {like:g}" for tag, like in taste.likes.items())
        add_row(table, taste.lineup, f"are nearest to: {likes}")
    if found.cohorts.otherwise is not None:
        add_row(table, found.cohorts.otherwise, "are not known")
    print_table(table)
