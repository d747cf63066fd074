"""`streamsync upload`: files to a server, with a bar; until they are assets."""

import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import SecretStr
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from storage.errors import BadInput, BadSource, Conflict, StreamSyncError
from storage.settings import Settings, load
from storage.upload_records import NAME_LIMIT
from streamsync.session import Json, add_row, columns, end_if_failed, err, print_json, print_table, printable

if TYPE_CHECKING:
    from streamsync.client import Client
    from streamsync.sending import Sender, Sent

_LOOK_S = 1.0
_NAME = TextColumn("{task.fields[name]}", markup=False)


def upload(
    files: Annotated[list[Path], typer.Argument(help="Videos.", show_default=False)],
    server: Annotated[str | None, typer.Option(help="URL of the server; else STREAMSYNC_SERVER.")] = None,
    token_file: Annotated[Path | None, typer.Option(help="File with the token; else STREAMSYNC_TOKEN.")] = None,
    priority: Annotated[int, typer.Option(min=0, max=9, help="Of their packaging; 9 is first.")] = 5,
    wait: Annotated[bool, typer.Option(help="Follow the packaging to its end.")] = True,
    json: Json = False,
) -> None:
    """Upload videos to a server, which makes them assets. Interrupted, the same command goes on where it was.

    Examples:

        STREAMSYNC_SERVER=https://tv.example STREAMSYNC_TOKEN=... streamsync upload film.mov

        streamsync upload --server https://tv.example --token-file token --no-wait *.mp4
    """
    from streamsync.client import Client  # noqa: PLC0415 - httpx takes its time
    from streamsync.sending import PATIENCE_S, Sender  # noqa: PLC0415

    settings = _settings(load(), server, token_file)
    stop = threading.Event()

    def pause(seconds: float) -> None:
        if stop.wait(seconds):
            raise KeyboardInterrupt

    try:
        with Client(settings, patience_s=PATIENCE_S, wait=pause) as client, Sender(client, stop) as sender:
            found, failures = _all(sender, files, priority)
            if wait:
                found = [_followed(client, path, sent, failures) for path, sent in found]
    except KeyboardInterrupt:
        stop.set()
        err.print("interrupted; the same command goes on where it was")
        raise
    if json:
        print_json([_plain(path, sent) for path, sent in found])
    elif found:
        table = columns("asset", "file", "state")
        for path, sent in found:
            add_row(table, sent.asset, path.name, sent.state)
        print_table(table)
    end_if_failed(failures)


def _all(
    sender: "Sender", files: Sequence[Path], priority: int
) -> "tuple[list[tuple[Path, Sent]], list[StreamSyncError]]":
    """Upload one after the other. A file that fails does not keep the next from its turn."""
    found: list[tuple[Path, Sent]] = []
    failures: list[StreamSyncError] = []
    shown = (_NAME, BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*shown, console=err, disable=not err.is_terminal) as bars:
        for path in files:
            name = printable(path.name)[:NAME_LIMIT]
            total = path.stat().st_size if path.is_file() else 0
            bar = bars.add_task("", total=total, name=name)
            wish: dict[str, object] = {
                "name": name,
                "title": printable(path.stem)[:200] or name,
                "priority": priority,
            }
            try:
                found.append((path, sender.send(path, wish, lambda count, bar=bar: bars.advance(bar, count))))  # type: ignore[misc]
            except StreamSyncError as error:
                failures.append(_named(type(error), path, str(error)))
    return found, failures


def _followed(client: "Client", path: Path, sent: "Sent", failures: list[StreamSyncError]) -> "tuple[Path, Sent]":
    """A file when its job has ended, with how it did."""
    state = sent.state
    shown = (_NAME, BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TextColumn("{task.fields[stage]}"))
    with Progress(*shown, TimeRemainingColumn(), console=err, disable=not err.is_terminal) as bars:
        bar = bars.add_task("", total=1.0, name=printable(path.name), stage=state)
        try:
            while state in {"queued", "running"}:
                job = client.job(sent.asset)
                state = job.state
                speed = "" if job.speed is None else f" {job.speed:.1f}x"
                bars.update(bar, completed=job.done, stage=state + speed)
                if state in {"queued", "running"}:
                    time.sleep(_LOOK_S)
            if state != "done":
                kind = BadSource if state == "failed" else Conflict
                failures.append(_named(kind, path, job.reason or state))
        except StreamSyncError as error:
            failures.append(type(error)(f"{path.name} is uploaded, but its job {sent.asset}: {error}"))
    return path, replace(sent, state=state)


def _named(kind: type[StreamSyncError], path: Path, what: str) -> StreamSyncError:
    """An error that names the file, once."""
    names = (f"{path.name}: ", f"{printable(path.name)}: ")
    return kind(what if what.startswith(names) else f"{path.name}: {what}")


def _settings(settings: Settings, server: str | None, token_file: Path | None) -> Settings:
    changed: dict[str, object] = {}
    if server is not None:
        changed["server"] = server
    if token_file is not None:
        changed["token"] = token_of(token_file)
    elif settings.token is None and sys.stdin.isatty() and err.is_terminal:
        try:
            changed["token"] = SecretStr(typer.prompt("token", hide_input=True, err=True))
        except typer.Abort:
            raise KeyboardInterrupt from None
    return settings.model_copy(update=changed)


def token_of(file: Path) -> SecretStr:
    """The token that a file holds. Raises BadInput."""
    try:
        return SecretStr(file.read_text(encoding="utf-8").strip())
    except (OSError, ValueError):
        raise BadInput(f"--token-file {str(file)!r}: it cannot be read") from None


def _plain(path: Path, sent: "Sent") -> dict[str, object]:
    return {
        "file": str(path),
        "upload": sent.upload,
        "asset": sent.asset,
        "state": sent.state,
        "sent_bytes": sent.sent_bytes,
        "kept_bytes": sent.kept_bytes,
    }
