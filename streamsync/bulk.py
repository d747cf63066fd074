"""`streamsync channel export` and `import`: what a channel plays as lines of JSON, and back, or from CSV."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import IO, Annotated

import typer

from manifest_server.admin.views import ImportView
from storage.errors import BadInput
from storage.keys import checked_name
from storage.settings import load
from streamsync import exits
from streamsync.backup import target_of, told
from streamsync.doors import doors, place
from streamsync.progress import line
from streamsync.session import Json, err, print_error, print_json

Name = Annotated[str, typer.Argument(help="The channel's name.", show_default=False)]
File = Annotated[str, typer.Argument(help="The file; '-' for standard input or output.")]
_CHUNK = 1 << 16
_SHOWN = 20


def export(name: Name, file: File = "-") -> None:
    """Write what a channel plays as lines of JSON: pool, rules, filler, lineups, viewers, cohorts and moments.

    Not plans, edits and profiles: the file says how many of these there are, but for profiles.

    Examples:

        streamsync channel export main main.jsonl

        streamsync channel export main | streamsync --server https://tv.example channel import main -
    """
    path = place("channels", checked_name("channel", name), "export")
    with doors(load()) as door, line(f"exporting {name}"), door.lines(path) as lines, told(file):
        last = b""
        with target_of(file) as target:
            for last in lines:
                target.write(last)
            if not last.startswith(b'{"kind":"end"'):
                raise BadInput(f"the export of channel {name!r} was cut off")


def take_in(
    name: Name,
    file: File = "-",
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Apply the others although rows are bad.")] = False,
    json: Json = False,
) -> None:
    """Let a channel play what lines of JSON say, as `export` writes them, or CSV. Without --skip-bad all, or none.

    CSV has a head of viewer, lineup, clips and repeats, or some of these; within clips ";" is between ASSET,
    ASSET:FIRST or ASSET:FIRST:LAST. Clips of a row without a lineup are the viewer's own. Lineups and viewers that
    no row names stay as they are. It is safe to repeat.

    Examples:

        streamsync channel import main main.jsonl

        streamsync channel import main lineups.csv --skip-bad --json

        psql -c "copy (select viewer, string_agg(asset, ';' order by place) clips from given group by viewer)
        to stdout with csv header" | streamsync channel import main -
    """
    path = place("channels", checked_name("channel", name), "import")
    far: dict[str, int] = {}
    with doors(load()) as door, told(file), source(file) as opened, line(f"importing {name}") as say:

        def watch(now: dict[str, int]) -> None:
            far.update(now)
            say(f"importing {name}: {far['looked_at']} rows looked at, {far['applied']} applied")

        try:
            done = door.send(ImportView, path, _counted(opened, name, say), {"skip_bad": skip_bad}, watch)
        except KeyboardInterrupt:
            applied = far.get("applied", 0)
            err.print(f"stopped: a second ago {applied} rows had been applied, and stay; the same command goes on")
            raise
    if json:
        print_json(done)
    else:
        _print(done)
    if not done.applied:
        raise typer.Exit(exits.CODES[BadInput])


def _print(done: ImportView) -> None:
    for one in done.bad[:_SHOWN]:
        err.print(f"row {one.row}: {one.why}", markup=False)
    if done.bad_rows > _SHOWN:
        err.print(f"and {done.bad_rows - min(_SHOWN, len(done.bad))} more bad rows")
    if not done.applied:
        print_error(BadInput(f"nothing was changed: {done.bad_rows} of {done.rows} rows are bad"))
        return
    for one in done.left_out:
        err.print(f"left out, row {one.row}: {one.why}", markup=False)
    changed = "".join(f"{what} changed, " for what in done.changed)
    err.print(
        f"{done.rows} rows: {changed}{done.lineups_given} lineups given, {done.lineups_edited} edited, "
        f"{done.viewers} viewers"
    )


def _counted(opened: IO[bytes], name: str, say: Callable[[str], None]) -> Iterable[bytes]:
    sent = 0
    for chunk in chunks(opened):
        yield chunk
        sent += len(chunk)
        say(f"importing {name}: {sent / 1e6:.0f} MB sent")


def chunks(source: IO[bytes]) -> Iterable[bytes]:
    """What is in a file, some at a time."""
    return iter(lambda: source.read(_CHUNK), b"")


@contextmanager
def source(file: str) -> Iterator[IO[bytes]]:
    """The file that was named, or standard input."""
    if file == "-":
        yield sys.stdin.buffer
        return
    with open(file, "rb") as opened:
        yield opened
