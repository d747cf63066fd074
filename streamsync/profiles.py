"""`streamsync profile`: what is known of viewers, for plans."""

import re
from collections.abc import Iterator
from typing import Annotated

import typer

from manifest_server.admin.profiles_api import ProfileImportView, ProfileView
from storage.errors import BadInput
from storage.keys import checked_asset, checked_name
from storage.settings import load
from streamsync import exits
from streamsync.backup import target_of, told
from streamsync.bulk import chunks, source
from streamsync.doors import doors, place
from streamsync.progress import line
from streamsync.session import Json, err, print_error, print_facts, print_json

app = typer.Typer(help="What viewers like and have watched.", no_args_is_help=True, rich_markup_mode=None)

Channel = Annotated[str, typer.Option(help="The channel.")]
Name = Annotated[str, typer.Argument(help="The viewer's name.", show_default=False)]
File = Annotated[str, typer.Argument(help="The file; '-' for standard input or output.")]

_SHOWN = 20
_LIKE = re.compile(r"(.+?)=(-?[0-9.]*)", re.DOTALL)


@app.command()
def show(name: Name, channel: Channel = "main", json: Json = False) -> None:
    """Show what is known of a viewer.

    Example: streamsync profile show alice
    """
    with doors(load()) as door:
        _print(door.ask(ProfileView, "GET", _path(channel, name)), json)


@app.command()
def like(
    name: Name,
    tags: Annotated[
        list[str] | None, typer.Argument(metavar="TAG=NUMBER...", help="From -1 (never) to 1.", show_default=False)
    ] = None,
    channel: Channel = "main",
    no_tags: Annotated[str | None, typer.Option(help="Tags that are none of theirs, with commas between.")] = None,
    without: Annotated[str | None, typer.Option(help="Assets that are none of theirs, likewise.")] = None,
    most_rating: Annotated[int | None, typer.Option(help="The highest rating that they may see.")] = None,
    json: Json = False,
) -> None:
    """Say what a viewer likes. It counts from the next plan on. Nothing after the "=" takes back what was said.

    Examples:

        streamsync profile like alice kids=0.8 sport=-1 news=

        streamsync profile like alice --most-rating 12 --no-tags horror,crime
    """
    changes: dict[str, object] = {}
    if tags:
        changes["likes"] = dict(map(_like, tags))
    for field, words in (("no_tags", no_tags), ("without", without)):
        if words is not None:
            changes[field] = [word.strip() for word in words.split(",") if word.strip()]
    if most_rating is not None:
        changes["most_rating"] = most_rating
    if not changes:
        raise BadInput("say what they like: TAG=NUMBER, --no-tags, --without or --most-rating")
    with doors(load()) as door:
        _print(door.ask(ProfileView, "PATCH", _path(channel, name), changes), json)


@app.command()
def watched(
    name: Name,
    asset: Annotated[str, typer.Argument(help="The asset's id.", show_default=False)],
    part: Annotated[float, typer.Argument(help="Which part of it, from 0 to 1.")] = 1.0,
    channel: Channel = "main",
    json: Json = False,
) -> None:
    """Say what a viewer has watched: the tags of what was seen to the end are liked, of what was left at once not.

    Example: streamsync profile watched alice 0f3a... 0.9
    """
    body = {"asset": checked_asset(asset), "part": part}
    with doors(load()) as door:
        _print(door.ask(ProfileView, "POST", f"{_path(channel, name)}/watched", body), json)


@app.command()
def apply(name: Name, channel: Channel = "main", json: Json = False) -> None:
    """Let a viewer's own lineup follow their profile from their next clip on, and not only with a plan.

    Example: streamsync profile apply alice
    """
    with doors(load()) as door:
        _print(door.ask(ProfileView, "POST", f"{_path(channel, name)}/apply"), json)


@app.command()
def forget(name: Name, channel: Channel = "main") -> None:
    """Know nothing of a viewer any more: no plan has them from the next one on.

    Example: streamsync profile forget alice
    """
    with doors(load()) as door:
        door.tell("DELETE", _path(channel, name))


@app.command()
def export(channel: Channel = "main", file: File = "-") -> None:
    """Write all profiles, as lines of JSON.

    Example: streamsync profile export profiles.jsonl
    """
    path = _path(channel)
    with doors(load()) as door, line("exporting profiles"), door.lines(path) as lines:
        _write(lines, file)


@app.command("import")
def take_in(
    file: File = "-",
    channel: Channel = "main",
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Store the others although rows are bad.")] = False,
    json: Json = False,
) -> None:
    """Store profiles, as lines of JSON as `export` writes them, or as CSV. Without --skip-bad all of them, or none.

    CSV has a head of viewer, and any of likes, no_tags, without, most_rating and history; within a cell ";" is
    between values: alice,kids=0.8;sport=-1. Who is there twice with something else is a bad row. Viewers that no row
    names stay as they are. It is safe to repeat.

    Examples:

        streamsync profile import profiles.jsonl

        streamsync profile import likes.csv --channel movies --skip-bad
    """
    with doors(load()) as door, told(file), source(file) as opened, line("importing profiles"):
        done = door.send(ProfileImportView, _path(channel), chunks(opened), {"skip_bad": skip_bad})
    if json:
        print_json(done)
    else:
        for one in done.bad[:_SHOWN]:
            err.print(f"row {one.row}: {one.why}", markup=False)
        if done.bad_rows > _SHOWN:
            err.print(f"and {done.bad_rows - min(_SHOWN, len(done.bad))} more bad rows")
        if done.applied:
            err.print(f"{done.stored} profiles stored, of {done.rows} rows")
        else:
            print_error(BadInput(f"nothing was changed: {done.bad_rows} of {done.rows} rows are bad"))
    if not done.applied:
        raise typer.Exit(exits.CODES[BadInput])


def _write(lines: Iterator[bytes], file: str) -> None:
    with told(file), target_of(file) as target:
        for one in lines:
            target.write(one)


def _path(channel: str, *viewer: str) -> str:
    names = [checked_name("viewer", one) for one in viewer]
    return place("channels", checked_name("channel", channel), "profiles", *names)


def _like(text: str) -> tuple[str, float | None]:
    found = _LIKE.fullmatch(text)
    try:
        if found is not None:
            return found[1], float(found[2]) if found[2] else None
    except ValueError:
        pass
    raise BadInput(f"{text[:80]!r}: it is TAG=NUMBER, from -1 to 1")


def _print(known: ProfileView, json: bool) -> None:
    if json:
        print_json(known)
        return
    likes = sorted(known.likes.items(), key=lambda pair: (-pair[1], pair[0]))
    facts = {
        "viewer": known.viewer,
        "lineup": known.lineup,
        "likes": ", ".join(f"{tag} {like:g}" for tag, like in likes),
        "never": ", ".join(known.no_tags),
        "without": ", ".join(known.without),
        "rating": "" if known.most_rating == 21 else f"at most {known.most_rating}",
        "watched": f"{len(known.history)} clips" if known.history else "",
        "version": str(known.version),
    }
    print_facts({name: value for name, value in facts.items() if value})
