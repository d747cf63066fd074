"""`streamsync filler`: make idents of one video, and give them to a channel for the time before its moments."""

import os
import re
import socket
import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import closing, contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from manifest_server.admin import fillers
from manifest_server.programming.filler import all_frame_counts, frame_counts
from manifest_server.viewer.clock import now_ms
from packager import idents, rates
from packager.idents import Length, Original
from packager.progress import Progress
from storage import asset_ids, asset_states
from storage.errors import BadInput, StreamSyncError
from storage.fleet_queue import FleetQueue
from storage.job_records import JobFacts
from storage.keys import checked_name
from storage.objects import Objects
from storage.records import AssetRecord
from storage.settings import Settings, load
from storage.stores import objects
from streamsync import exits
from streamsync.session import (
    Json,
    add_row,
    columns,
    err,
    print_error,
    print_json,
    print_table,
    printable,
    redis_url,
    with_catalogue,
)

app = typer.Typer(
    help="Make idents of exact lengths, which fill the little time before a moment.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_RATE = re.compile(r"[0-9]{1,3}(\.[0-9]{1,6})?|[0-9]{4,6}/1001")


class _Stopped(Exception):
    """Somebody has pressed Ctrl-C."""


@app.command()
def make(
    ident: Annotated[Path, typer.Argument(help="A video of 4 s or more, or a picture.", show_default=False)],
    fps: Annotated[str, typer.Option(help="Frames per second, best those of the channel's assets.")] = "25",
    channel: Annotated[str | None, typer.Option(help="Give them to this channel, too.")] = None,
    every_length: Annotated[
        bool, typer.Option("--every-length", help="Every length from 1 s to 4 s: fewer joins, much more to package.")
    ] = False,
    json: Json = False,
) -> None:
    """Package a video at the lengths that fill any rest of a second or more: 1 s to 2 s by the frame, 3 s and 4 s.

    Each is cut from the beginning, with its sound faded out. What is shorter than 4 s ends with its last picture.
    What is there already is not made again, so that it may be stopped and repeated.

    Examples:

        streamsync filler make ident.mp4 --channel main

        streamsync filler make logo.jpg --fps 30000/1001 --json | jq -r .[].id
    """
    settings, rate = load(), _rate(fps)
    if channel is not None:
        checked_name("channel", channel)
    counts = all_frame_counts(rate) if every_length else frame_counts(rate)
    records, failures = _made(settings, ident, [Length(count, rate) for count in counts])
    for failure in failures:
        print_error(failure)
    if channel is not None and not failures:
        ids = [record.id for record in records]
        with_catalogue(settings, lambda catalogue: fillers.set_filler(catalogue, channel, ids, now_ms))
        _tell(channel, len(ids))
    if json:
        print_json(records)
    else:
        _print(records)
    if failures:
        raise typer.Exit(exits.exit_code(failures[0]))


@app.command("set")
def give(
    channel: Annotated[str, typer.Argument(help="The channel's name.", show_default=False)],
    asset: Annotated[list[str], typer.Argument(help="All idents of its filler.", show_default=False)],
) -> None:
    """Give a channel idents that are packaged already, from the change horizon on.

    Example: streamsync filler set main 0f3a... 77b2...
    """
    from manifest_server.admin.views import ChannelView  # noqa: PLC0415  FastAPI takes its time
    from streamsync.doors import doors, place  # noqa: PLC0415  and httpx its own

    with doors(load()) as door:
        door.ask(ChannelView, "PUT", place("channels", channel, "filler"), {"assets": asset})
    _tell(channel, len(asset))


def _tell(channel: str, count: int) -> None:
    err.print(f"channel {channel!r} has {count} idents", markup=False)


def _rate(text: str) -> Fraction:
    """A rate that the packager gives assets. Raises BadInput."""
    if _RATE.fullmatch(text) and (wanted := Fraction(text)):
        found = rates.nearest(wanted)
        if abs(found / wanted - 1) < Fraction(1, 10_000):  # 29.97 is 30000/1001, and 30 is not
            return found
    known = ", ".join(map(str, sorted(rates.RATES)))
    raise BadInput(f"--fps {text[:40]!r}: it is one of {known}")


def _made(
    settings: Settings, path: Path, lengths: Sequence[Length]
) -> tuple[list[AssetRecord], list[StreamSyncError]]:
    """The idents of these lengths, and what failed. One that fails does not keep the others from being made."""
    settings.data.mkdir(parents=True, exist_ok=True)
    store, digest = objects(settings), asset_ids.settings_digest(settings)
    with redis_url(settings) as url, idents.opened(path, settings) as original:
        known = with_catalogue(settings, lambda catalogue: fillers.made_before(catalogue, digest))
        found = {length: known[name] for length in lengths if (name := length.of(original)) in known}
        failures: list[StreamSyncError] = []
        queue = FleetQueue(url)
        try:
            rest = [length for length in lengths if length not in found]
            packaged = closing(_packaged(settings, store, queue, original, rest))
            with _bar(original.name, len(lengths), len(found)) as advance, packaged as each:
                for length, done in each:
                    try:
                        found[length] = done.result()
                        _admit(settings, store, found[length], length.of(original))
                    except StreamSyncError as error:
                        failures.append(_named(length, error))
                    advance(str(length))
        finally:
            queue.close()
    return [found[length] for length in lengths if length in found], failures


def _named(length: Length, error: StreamSyncError) -> StreamSyncError:
    return type(error)(f"{length.title}: {error}")


def _packaged(
    settings: Settings, store: Objects, queue: FleetQueue, original: Original, lengths: Sequence[Length]
) -> Generator[tuple[Length, Future[AssetRecord]]]:
    """Each length as it is done, as many at a time as there are cores. When it is left, none goes on."""
    stop = threading.Event()

    def watch(_: Progress) -> None:
        if stop.is_set():
            raise _Stopped

    @contextmanager
    def alone(facts: JobFacts) -> Iterator[None]:
        from packager.worker import holding  # noqa: PLC0415  dramatiq takes its time

        with holding(queue.jobs(), facts, f"{socket.gethostname()}:{settings.work_root.resolve()}"):
            yield

    def one(length: Length) -> AssetRecord:
        return idents.make(original, length, objects=store, settings=settings, progress=watch, alone=alone)

    with ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="ident") as pool:
        running: Mapping[Future[AssetRecord], Length] = {pool.submit(one, length): length for length in lengths}
        try:
            for done in as_completed(running):
                yield running[done], done
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)


def _admit(settings: Settings, store: Objects, record: AssetRecord, said: str) -> None:
    state = asset_states.state_of(store, record.id)
    with_catalogue(settings, lambda catalogue: fillers.admit(catalogue, store, record, state, said))


@contextmanager
def _bar(name: str, total: int, done: int) -> Iterator[Callable[[str], None]]:
    """A bar of so many idents; what it yields is called with each that is done."""
    shown = (TextColumn("{task.fields[name]}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
             TextColumn("{task.fields[last]}", markup=False))  # fmt: skip
    with Bars(*shown, console=err, disable=not err.is_terminal) as bars:
        bar = bars.add_task("", total=total, completed=done, name=printable(name), last="")
        yield lambda last: bars.update(bar, advance=1, last=last)


def _print(records: Sequence[AssetRecord]) -> None:
    table = columns("asset", "title", "frames", "rate")
    for record in records:
        add_row(table, record.id, record.title, str(record.frames), f"{float(record.fps):.5g}")
    if records:
        print_table(table)
