"""A line on a terminal that tells how far something is; a log is spared it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from streamsync.session import err, printable


@contextmanager
def line(text: str) -> Iterator[Callable[[str], None]]:
    """A line that says `text`, and then whatever the function is told; gone at the end."""
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=err, disable=not err.is_terminal, transient=True) as shown:
        task = shown.add_task(text, total=None)
        yield lambda now: shown.update(task, description=printable(now))
