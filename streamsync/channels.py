"""`streamsync channel`: make a channel, put it on air, stop it, look at it."""

from typing import Annotated

import typer
from pydantic import ValidationError

from manifest_server.admin.changes import Effects
from manifest_server.admin.views import ChannelLine, ChannelPage, ChannelView, Selection
from manifest_server.viewer.clock import instant_ms, span_ms
from storage.errors import BadInput
from storage.keys import checked_asset, checked_name
from storage.metadata import PoolQuery, mistake
from storage.settings import load
from streamsync.doors import doors, place
from streamsync.effects import Change, print_effects
from streamsync.options import grouped
from streamsync.session import Json, add_row, columns, err, print_facts, print_json, print_table

app = typer.Typer(
    help="Make a channel, put it on air, change its pool, stop it.", no_args_is_help=True, rich_markup_mode=None
)

Name = Annotated[str, typer.Argument(help="The channel's name.", show_default=False)]
Assets = Annotated[
    list[str] | None,
    typer.Option("--asset", "-a", help="An asset of the pool; may be repeated. Default: all there are."),
]


@app.command()
def create(
    name: Name,
    asset: Assets = None,
    follow: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="The pool follows what is said of assets, as `channel follow` says."),
    ] = None,
    title: Annotated[str, typer.Option(help="What viewers know it by. Default: its name.")] = "",
    json: Json = False,
) -> None:
    """Make a channel; `start` puts it on air.

    Examples:

        streamsync channel create main --asset 0f3a... --asset 77b2... --title "Channel One"

        streamsync channel create kids --follow tags=kids --follow most_rating=6
    """
    checked_name("channel", name)
    query = None if follow is None else _query(follow).model_dump(mode="json")
    with doors(load()) as door:
        body = {"name": name, "title": title, "assets": asset, "query": query}
        _print(door.ask(ChannelView, "POST", "channels", body), json)


@app.command()
def start(
    name: Name,
    at: Annotated[str | None, typer.Option(help="When: Unix seconds or RFC 3339. Default: now.")] = None,
    json: Json = False,
) -> None:
    """Put a channel on air.

    Examples:

        streamsync channel start main

        streamsync channel start main --at 2026-12-31T23:00:00Z
    """
    if at is not None:
        instant_ms(at)
    with doors(load()) as door:
        _print(door.ask(ChannelView, "POST", _path(name, "start"), {"at": at}), json)


@app.command()
def stop(name: Name, json: Json = False) -> None:
    """End a channel: players play what is listed, then stop.

    Example: streamsync channel stop main
    """
    with doors(load()) as door:
        _print(door.ask(ChannelView, "POST", _path(name, "stop")), json)


@app.command()
@grouped
def pool(
    name: Name,
    asset: Annotated[list[str], typer.Argument(help="All assets of the new pool.")],
    change: Change,
    json: Json = False,
) -> None:
    """Name the assets of the pool. On air, each viewer goes over at their next clip after the change horizon.

    Examples:

        streamsync channel pool main 0f3a... 77b2...

        streamsync channel pool main 0f3a... --dry-run --sample alice
    """
    assets = [checked_asset(one) for one in asset]
    with doors(load()) as door:
        found = change.asked(door, ChannelView, "PUT", _path(name, "pool"), {"assets": assets})
    if isinstance(found, Effects):
        print_effects(found, json)
    else:
        _print(found, json)


@app.command()
def follow(
    name: Name,
    said: Annotated[list[str] | None, typer.Argument(metavar="NAME=VALUE...", show_default=False)] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list the assets that it would be now.")] = False,
    json: Json = False,
) -> None:
    """Let the pool follow what is said of assets, as that changes and as rights begin and end.

    Names: tags (it has all of them), any_tags (one of them), no_tags (none of them), languages, least_rating and
    most_rating (an asset that nobody has rated counts as the highest), more.NAME, and without (ids of assets). Commas
    stand between values. Without any it is all assets. `pool` names them by hand again.

    Examples:

        streamsync channel follow main tags=kids no_tags=scary languages=de,en most_rating=6

        streamsync channel follow main more.series=Planets --dry-run
    """
    query = _query(said or []).model_dump(mode="json")
    with doors(load()) as door:
        if not dry_run:
            _print(door.ask(ChannelView, "PUT", _path(name, "query"), query), json)
            return
        found = door.ask(Selection, "POST", _path(name, "query", "try"), query).assets
    if json:
        print_json(found)
        return
    table = columns("asset", "title")
    for one in found:
        add_row(table, one.id, one.title)
    print_table(table)


def _query(said: list[str]) -> PoolQuery:
    """The query of `NAME=VALUE`. Raises BadInput."""
    values: dict[str, object] = {}
    more: dict[str, str] = {}
    for text in said:
        name, equals, value = text.partition("=")
        if not equals or (name not in PoolQuery.model_fields.keys() - {"more"} and not name.startswith("more.")):
            known = ", ".join(field for field in PoolQuery.model_fields if field != "more")
            raise BadInput(f"{text[:80]!r}: it is NAME=VALUE, where NAME is more.NAME or one of {known}")
        if name.startswith("more."):
            more[name[5:]] = value
        else:
            values[name] = value if name.endswith("_rating") else [one for one in value.split(",") if one.strip()]
    try:
        return PoolQuery.model_validate({**values, "more": more})
    except ValidationError as error:
        raise mistake(error, "the query") from None


@app.command()
def describe(
    name: Name,
    title: Annotated[str | None, typer.Option(help='What viewers know it by; "": its name.')] = None,
    description: Annotated[str | None, typer.Option(help='What it shows; "": nothing is said.')] = None,
    timeshift: Annotated[
        str | None, typer.Option(help="How far back viewers may go: 90m, 2h, at most 24h; 0.")
    ] = None,
    json: Json = False,
) -> None:
    """Say what viewers are told of a channel, and how far back they may go. What is left out stays.

    Examples:

        streamsync channel describe main --title "Channel One" --timeshift 2h

        streamsync channel describe main --timeshift 0
    """
    shift_s = None if timeshift is None else 0 if timeshift == "0" else span_ms(timeshift) // 1000
    said = {"title": title, "description": description, "timeshift_s": shift_s}
    with doors(load()) as door:
        _print(door.ask(ChannelView, "PATCH", _path(name), said), json)


@app.command()
def show(name: Name, json: Json = False) -> None:
    """Show a channel.

    Example: streamsync channel show main --json
    """
    with doors(load()) as door:
        _print(door.ask(ChannelView, "GET", _path(name)), json)


@app.command("list")
def listed(json: Json = False) -> None:
    """List all channels.

    Example: streamsync --server https://tv.example channel list
    """
    with doors(load()) as door:
        found = [channel for page in door.pages(ChannelPage, "channels") for channel in page.channels]
    if json:
        print_json(found)
    elif found:
        table = columns("channel", "state", "assets", "follows")
        for one in found:
            add_row(table, one.name, _state(one), str(one.assets), "" if one.query is None else _words(one.query))
        print_table(table)
    else:
        err.print("no channels yet: streamsync channel create NAME makes one")


def _path(name: str, *rest: str) -> str:
    return place("channels", checked_name("channel", name), *rest)


def _print(channel: ChannelView, json: bool) -> None:
    if json:
        print_json(channel)
        return
    pool = f"{len(channel.revisions[-1].assets)} assets, revision {len(channel.revisions)}"
    print_facts(
        {"channel": channel.name, "state": _state(channel), "pool": pool}
        | ({"title": channel.title} if channel.title else {})
        | ({"description": channel.description} if channel.description else {})
        | ({"time shift": f"{channel.timeshift_s} s"} if channel.timeshift_s else {})
        | ({} if channel.query is None else {"follows": _words(channel.query)})
        | {"numbers": f"MSN from {channel.msn}, DSN from {channel.dsn}"}
    )


def _words(query: PoolQuery) -> str:
    """A query as it may be typed."""
    said = query.model_dump(exclude_defaults=True)
    more = [f"more.{name}={value}" for name, value in said.pop("more", {}).items()]
    lists = [f"{name}={','.join(map(str, one)) if isinstance(one, tuple) else one}" for name, one in said.items()]
    return " ".join([*lists, *more]) or "all assets"


def _state(channel: ChannelView | ChannelLine) -> str:
    match channel.state:
        case "not started":
            return "not started"
        case "to begin":
            return f"begins at {channel.on_air_from}"
        case "on air":
            return f"on air since {channel.on_air_from}"
    return f"stopped at {channel.on_air_until}, on air since {channel.on_air_from}"
