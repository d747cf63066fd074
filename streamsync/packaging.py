"""Packaging with a progress bar, and the catalogue's index kept true."""

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from packager import jobs
from packager.progress import Progress as Done
from packager.progress import Stage
from storage import asset_states
from storage.asset_index import index
from storage.asset_states import AssetState
from storage.errors import BadSource, StreamSyncError, Unavailable
from storage.job_records import JobFacts
from storage.records import AssetRecord
from storage.settings import Settings
from storage.stores import objects
from streamsync.jobs import queue
from streamsync.session import err, printable, with_catalogue

# Where each stage begins on a bar of 100, by the share of time that it takes of a long video.
_BEGINS: dict[Stage, float] = {
    "hash": 0, "probe": 2, "loudness": 3, "encode": 5, "mux": 93, "check": 96, "publish": 98
}  # fmt: skip
_ENDS = dict(zip(_BEGINS, [*list(_BEGINS.values())[1:], 100], strict=True))


def package_all(settings: Settings, sources: Sequence[Path]) -> tuple[list[AssetRecord], list[StreamSyncError]]:
    """Package files one after the other, each with a bar. A file that fails does not keep the next from its turn.

    Raises Unavailable if the data folder cannot be one.
    """
    _make_folder(settings.data)
    records: list[AssetRecord] = []
    failures: list[StreamSyncError] = []
    store = objects(settings)
    columns = (
        TextColumn("{task.fields[name]}", markup=False), BarColumn(), TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[stage]}"), TimeRemainingColumn(),
    )  # fmt: skip
    # A log that keeps stderr has no use for bars.
    with Progress(*columns, console=err, disable=not err.is_terminal) as bars:
        for source in sources:
            bar = bars.add_task("", total=100, name=printable(source.name), stage="")
            try:
                _check_name(source)
                record = jobs.package(
                    source, objects=store, settings=settings, progress=_Watch(bars, bar),
                    alone=lambda facts: _alone(settings, facts),
                )  # fmt: skip
                # At once: whatever happens to the next file, this one is an asset.
                _index(settings, record, asset_states.state_of(store, record.id))
            except StreamSyncError as error:
                bars.update(bar, stage="failed")
                # Only what is wrong with a file names it by itself.
                failures.append(error if isinstance(error, BadSource) else type(error)(f"{source.name}: {error}"))
                continue
            bars.update(bar, completed=100, stage="done")
            records.append(record)
    return records, failures


@contextmanager
def _alone(settings: Settings, facts: JobFacts) -> Iterator[None]:
    from packager.worker import holding  # noqa: PLC0415  dramatiq takes its time

    place = f"{socket.gethostname()}:{settings.work_root.resolve()}"
    with queue(settings) as found, holding(found.jobs(), facts, place):
        yield


def _make_folder(data: Path) -> None:
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(f"STREAMSYNC_DATA={str(data)!r} cannot be a folder: {error.strerror}") from None


def _check_name(source: Path) -> None:
    # ffmpeg's command and the asset record are both Unicode.
    try:
        str(source.absolute()).encode()
    except UnicodeEncodeError:
        raise BadSource(f"{source.name}: its path is not UTF-8: rename it") from None


def _index(settings: Settings, record: AssetRecord, state: AssetState | None) -> None:
    with_catalogue(settings, lambda catalogue: index(catalogue, record, state))


class _Watch:
    """Moves one bar."""

    def __init__(self, bars: Progress, bar: TaskID) -> None:
        self._bars = bars
        self._bar = bar

    def __call__(self, done: Done) -> None:
        begin, end = _BEGINS[done.stage], _ENDS[done.stage]
        speed = f" {done.speed:.1f}x" if done.speed is not None else ""
        self._bars.update(self._bar, completed=begin + (end - begin) * done.done, stage=done.stage + speed)
