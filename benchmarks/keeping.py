"""Where the results of runs are: as JSON, with the page of plots beside it."""

import os
from pathlib import Path

from pydantic import ValidationError

from benchmarks.plot import page
from benchmarks.results import Results


class NoResults(Exception):
    """A file has no results of a run, or cannot be read."""


def keep(results: Results, path: Path) -> Path:
    """Write both, whole or not at all; where the page is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _put(path, results.model_dump_json(indent=1, exclude_defaults=True) + "\n")
    return plotted(results, path)


def plotted(results: Results, path: Path) -> Path:
    """Write the page beside the JSON at `path`; where it is."""
    beside = path.with_suffix(".html")
    _put(beside, page(results))
    return beside


def load(path: Path) -> Results:
    """What a run has left. Raises NoResults."""
    try:
        return Results.model_validate_json(path.read_bytes())
    except OSError as error:
        raise NoResults(f"{path}: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise NoResults(f"{path}: no results of a run: {where + ': ' if where else ''}{first['msg']}") from error


def _put(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text)
    temporary.replace(path)
