"""`streamsync moment` and `streamsync slate`: what all viewers see at one instant."""

from dataclasses import dataclass
from typing import Annotated

import typer

from manifest_server.admin.changes import Effects
from manifest_server.admin.moment_views import MomentsView, MomentView
from manifest_server.viewer.clock import instant_ms, span_ms
from storage.errors import BadInput
from storage.keys import checked_name
from storage.programme import SOONEST_MS
from storage.settings import load
from streamsync.doors import doors, place
from streamsync.effects import Change, print_effects
from streamsync.options import grouped
from streamsync.session import Json, add_row, columns, err, print_facts, print_json, print_table

app = typer.Typer(help="Let all viewers see the same at an instant.", no_args_is_help=True, rich_markup_mode=None)

Channel = Annotated[str, typer.Argument(help="The channel's name.", show_default=False)]
Clips = Annotated[
    list[str],
    typer.Argument(
        metavar="ASSET...", help="ASSET, or ASSET:FIRST:LAST for some of its segments.", show_default=False
    ),
]
Name = Annotated[str, typer.Argument(help="The moment's name: see `moment list`.", show_default=False)]


@dataclass(frozen=True)
class Times:
    """When a moment is on air."""

    at: Annotated[str, typer.Option(help="When: Unix seconds or RFC 3339.", show_default=False)]
    every: Annotated[str | None, typer.Option(help="Again and again: 5m, 1h, 7d.", show_default=False)] = None
    until: Annotated[str | None, typer.Option(help="No more at or after this.", show_default=False)] = None
    resume: Annotated[bool, typer.Option(help="Go on with a clip that was cut for it.")] = True

    def body(self) -> dict[str, object]:
        """As the API takes it. Raises BadInput."""
        instant_ms(self.at)
        every_ms = None if self.every is None else span_ms(self.every)
        if every_ms is not None and every_ms < SOONEST_MS:
            raise BadInput(f"--every {self.every}: it is {SOONEST_MS // 60_000}m or longer")
        every_s = None if every_ms is None else every_ms / 1000
        return {"at": self.at, "every_s": every_s, "until": self.until, "resumes": self.resume}


Title = Annotated[str, typer.Option(help="What guides call it.")]


@app.command()
@grouped
def add(
    channel: Channel,
    asset: Clips,
    times: Times,
    change: Change,
    name: Annotated[str | None, typer.Option(help="What it is called; made up without.", show_default=False)] = None,
    title: Title = "",
    pause: Annotated[
        list[str] | None,
        typer.Option("--break", metavar="after=N,length=SPAN,pool=ASSET,...", help="Filled for each viewer."),
    ] = None,
    json: Json = False,
) -> None:
    """Let all viewers see the same from an instant on, to the tick. It takes 35 s of notice.

    A --break is behind the clip of that number, and is filled for each viewer from its pool.

    Examples:

        streamsync moment add main 0f3a... --at 2026-12-31T23:00:00Z --name kick-off --dry-run

        streamsync moment add main 0f3a... --at 2026-12-31T23:00:00Z --every 1h --until 2027-01-31T00:00:00Z

        streamsync moment add main 0f3a... 77b2... --at 2026-12-31T23:00:00Z --break after=1,length=60s,pool=91c4...
    """
    named = {"id": None if name is None else checked_name("moment", name), "clips": asset, "title": title}
    body = {**named, **times.body(), "breaks": [_break(one) for one in pause or []]}
    with doors(load()) as door:
        found = change.asked(door, MomentView, "POST", _path(channel, "moments"), body)
    _print(found, json)


@app.command("list")
def listed(channel: Channel, json: Json = False) -> None:
    """List the moments of a channel; where they overlap the first counts.

    Example: streamsync moment list main
    """
    with doors(load()) as door:
        _print_all(door.ask(MomentsView, "GET", _path(channel, "moments")), json)


@app.command()
def show(channel: Channel, name: Name, json: Json = False) -> None:
    """Show a moment.

    Example: streamsync moment show main kick-off
    """
    with doors(load()) as door:
        _print(door.ask(MomentView, "GET", _path(channel, "moments", checked_name("moment", name))), json)


@app.command()
@grouped
def remove(
    channel: Channel,
    name: Name,
    change: Change,
    json: Json = False,
) -> None:
    """Take a moment away in time, or end one that comes again, or a slate.

    Examples:

        streamsync moment remove main kick-off --dry-run

        streamsync moment remove main slate-1f00912a
    """
    path = _path(channel, "moments", checked_name("moment", name))
    with doors(load()) as door:
        found = change.asked(door, MomentsView, "DELETE", path)
    if isinstance(found, Effects):
        print_effects(found, json)
    else:
        _print_all(found, json)


@grouped
def slate(
    channel: Channel,
    asset: Clips,
    change: Change,
    lasts: Annotated[
        str | None, typer.Option("--for", help="For so long: 45s, 5m. Else until it is removed.", show_default=False)
    ] = None,
    title: Title = "",
    json: Json = False,
) -> None:
    """Show all viewers the same, over and over, as soon as can be: 35 s from now. It goes before every other moment.

    `streamsync moment remove CHANNEL SLATE`, with the name that is told, ends it as soon as can be.

    Examples:

        streamsync slate main 0f3a... --for 5m --title "We will be back"

        streamsync moment remove main slate-1f00912a
    """
    body = {"clips": asset, "for_s": None if lasts is None else span_ms(lasts) / 1000, "title": title}
    with doors(load()) as door:
        found = change.asked(door, MomentView, "POST", _path(channel, "slate"), body)
    _print(found, json)


def _break(said: str) -> dict[str, object]:
    """A break of `after=N,length=SPAN,pool=ASSET,...`. Raises BadInput."""
    head, _, pool = said.partition(",pool=")
    parts = dict(one.partition("=")[::2] for one in head.split(","))
    if not pool or parts.keys() != {"after", "length"} or not parts["after"].isdecimal():
        raise BadInput(f"--break {said[:80]!r}: it is after=N,length=SPAN,pool=ASSET,... such as length=60s")
    length = parts["length"]
    try:
        length_ms = span_ms(f"{length}s" if length.isdecimal() else length)
    except BadInput as error:
        raise BadInput(f"--break {said[:80]!r}: length: {error}") from None
    return {"after": int(parts["after"]), "length_s": length_ms / 1000, "pool": pool.split(",")}


def _path(channel: str, *rest: str) -> str:
    return place("channels", checked_name("channel", channel), *rest)


def _print(found: MomentView | Effects, json: bool) -> None:
    if isinstance(found, Effects):
        print_effects(found, json)
        return
    if json:
        print_json(found)
        return
    facts = {"moment": found.id, "title": found.title, "at": _when(found), "clips": " ".join(found.clips)}
    for number, one in enumerate(found.breaks, 1):
        facts[f"break {number}"] = f"behind clip {one.after}, {one.length_s:g} s of {' '.join(one.pool)}"
    print_facts(facts | {"state": found.state, "channel": f"{found.channel}, version {found.version}"})


def _print_all(found: MomentsView, json: bool) -> None:
    if json:
        print_json(found)
    elif found.moments:
        table = columns("moment", "at", "title", "clips", "state")
        for one in found.moments:
            add_row(table, one.id, _when(one), one.title, " ".join(one.clips), one.state)
        print_table(table)
    else:
        err.print("no moments: streamsync moment add makes one")


def _when(one: MomentView) -> str:
    if one.slate:
        return f"{one.at}, over and over until {one.until}"
    if one.every_s is None:
        return one.at
    return f"{one.at}, every {one.every_s:g} s" + (f" until {one.until}" if one.until is not None else "")
