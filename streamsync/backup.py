"""`streamsync backup` and `restore`: the catalogue in a file, and back."""

import asyncio
import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated, TypeVar

import typer

from storage import backup as backups
from storage.errors import BadInput, NoRoom, NotFound, Unavailable
from storage.redis_link import Link
from storage.restore import restore as put_back
from storage.settings import Settings, load
from streamsync.progress import line
from streamsync.session import err, redis_url

Answer = TypeVar("Answer")

File = Annotated[str, typer.Argument(help="The file; '-' for standard input or output.", show_default=False)]


def backup(
    file: File,
    profiles: Annotated[bool, typer.Option(help="Also what is known of viewers, of which there may be much.")] = True,
) -> None:
    """Write channels, viewers, profiles, lineups, states of assets, tokens, accounts to a file, beside what goes on.

    Webhooks too, with the secrets that sign what is sent to them: keep the file to yourself.

    Not the media, nor the asset records, which are in the object store: streamsync reindex makes an index of them.

    Examples:

        streamsync backup catalogue.gz

        streamsync backup - | ssh elsewhere streamsync restore -
    """
    settings = load()
    if file == "-" and sys.stdout.isatty():
        raise BadInput("a backup is compressed bytes, and standard output is a terminal: name a file")
    with line("backing up") as show, told(file), target_of(file) as target:

        async def written(link: Link) -> int:
            return await backups.write_backup(
                link, target, lambda count: show(f"backing up: {count} records"), profiles=profiles
            )

        count = _with_link(settings, written)
    err.print(f"{count} records")


def restore(
    file: File, replace: Annotated[bool, typer.Option("--replace", help="Remove what is there first.")] = False
) -> None:
    """Put a backed-up catalogue back. A damaged file is refused before anything is written.

    Examples:

        streamsync restore catalogue.gz

        streamsync restore --replace catalogue.gz
    """
    settings = load()
    with line("restoring") as show, told(file), _source(file) as source:

        async def restored(link: Link) -> int:
            try:
                return await put_back(
                    link, source, replicas=settings.redis_replicas, replace=replace,
                    watcher=lambda count: show(f"restoring: {count} records"),
                )  # fmt: skip
            except BadInput as error:
                raise BadInput(f"{file}: {error}") from None

        count = _with_link(settings, restored)
    err.print(f"{count} records; streamsync reindex makes the index of assets, if that is gone too")


def _with_link(settings: Settings, ask: Callable[[Link], Awaitable[Answer]]) -> Answer:
    async def asked(url: str) -> Answer:
        link = Link(url)
        try:
            return await ask(link)
        finally:
            await link.aclose()

    with redis_url(settings) as url:
        return asyncio.run(asked(url))


@contextmanager
def target_of(file: str) -> Iterator[IO[bytes]]:
    """What to write to: under the file's name only when it is whole, and its owner's alone, as viewers have names."""
    if file == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(file)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(descriptor, "wb") as unfinished:
            yield unfinished
            unfinished.flush()
            os.fsync(unfinished.fileno())
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


@contextmanager
def _source(file: str) -> Iterator[IO[bytes]]:
    """What to read from, twice."""
    if file != "-":
        with open(file, "rb") as opened:
            yield opened
        return
    with tempfile.TemporaryFile() as kept:
        shutil.copyfileobj(sys.stdin.buffer, kept)
        kept.seek(0)
        yield kept


@contextmanager
def told(file: str) -> Iterator[None]:
    """Tell an error of the file system in our own words."""
    try:
        yield
    except FileNotFoundError:
        raise NotFound(f"{file}: no such file or folder") from None
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise NoRoom(f"{file}: no room") from None
        raise Unavailable(f"{file}: {error.strerror or error}") from None
