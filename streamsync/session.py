"""What every command needs: settings, the catalogue, and a place to print."""

import asyncio
import getpass
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Annotated, TypeVar

import typer
from pydantic import BaseModel
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from storage.catalogue import Catalogue
from storage.errors import BadInput, StreamSyncError
from storage.private_valkey import PrivateValkey
from storage.settings import Settings
from streamsync import exits

Answer = TypeVar("Answer")

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


# Set by the option --server, which is for this one command; STREAMSYNC_SERVER may be there for others.
server_is_named: ContextVar[bool] = ContextVar("server_is_named", default=False)

# Why a change is made, which the audit trail keeps: set by the option --why.
reason_given: ContextVar[str | None] = ContextVar("reason_given", default=None)


def _because(said: str | None) -> str | None:
    if said is not None:
        reason_given.set(said)
    return said


Why = Annotated[
    str | None,
    typer.Option("--why", help="Why, for the audit trail.", callback=_because, show_default=False),
]


def user() -> str | None:
    """Who is at the keyboard."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user may have no name
        return None


@contextmanager
def redis_url(settings: Settings) -> Iterator[str]:
    """The Redis to use: the one that is set, else the private Valkey of the data folder.

    Raises BadInput if a server was named to ask instead.
    """
    if server_is_named.get():
        raise BadInput("--server: this command works on the storage itself; leave it out")
    if settings.redis_url is not None:
        yield settings.redis_url
    else:
        with PrivateValkey(settings) as url:
            yield url


def with_catalogue(settings: Settings, ask: Callable[[Catalogue], Awaitable[Answer]]) -> Answer:
    """The answer of one question to the catalogue."""

    async def asked(url: str) -> Answer:
        async with Catalogue.connect(url, settings.redis_replicas) as catalogue:
            return await ask(catalogue)

    with redis_url(settings) as url:
        return asyncio.run(asked(url))


def columns(*names: str) -> Table:
    """An empty table."""
    return Table(*names, box=None, pad_edge=False)


def add_row(table: Table, *cells: str) -> None:
    """A row of plain text, whatever it holds: titles are names of other people's files."""
    table.add_row(*(Text(printable(cell)) for cell in cells))


def printable(text: str) -> str:
    """`text` on one line, with nothing in it that a terminal obeys."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def print_table(table: Table) -> None:
    """A table whose cells are never cut or wrapped, however narrow the terminal: ids are there to be copied."""
    wide = out.options.update(max_width=10_000)
    Console(width=Measurement.get(out, wide, table).maximum, highlight=False).print(table)


def print_facts(facts: Mapping[str, str]) -> None:
    """Names and values, one below the other."""
    table = columns("", "")
    table.show_header = False
    for name, value in facts.items():
        add_row(table, name, value)
    print_table(table)


def print_json(value: object) -> None:
    """JSON on one line: records, or plain values."""
    out.print(json.dumps(_plain(value), ensure_ascii=False), markup=False)


def print_error(error: Exception) -> None:
    """An error on one line, whatever the names in it hold."""
    err.print(f"error: {printable(str(error))}", markup=False, style="red")


def end_if_failed(failures: Sequence[StreamSyncError]) -> None:
    """Print what failed of several, and end with the exit code of the first, if anything did."""
    for failure in failures:
        print_error(failure)
    if failures:
        raise typer.Exit(exits.exit_code(failures[0]))


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value


def duration_text(seconds: float) -> str:
    """`1:02:03` or `2:03.4`."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02d}:{int(rest):02d}" if hours else f"{minutes}:{rest:04.1f}"
