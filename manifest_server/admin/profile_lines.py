"""Profiles as rows of a file: lines of JSON, or CSV under a head of names. Pure.

{"viewer":"alice","likes":{"kids":0.8,"sport":-1},"most_rating":12,"history":[["0f3a...",0.9]]}

viewer,likes,no_tags,without,most_rating,history
alice,kids=0.8;sport=-1,,,12,0f3a...=0.9
"""

import csv
import json
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pydantic import ValidationError

from storage.errors import BadInput
from storage.keys import checked_name
from storage.profile_records import ProfileRecord
from storage.record import first_fault

LINE_LIMIT = 1 << 18  # bytes; two hundred clips that were watched take nine thousand
COLUMNS = ("viewer", "likes", "no_tags", "without", "most_rating", "history")


class ProfileRow(NamedTuple):
    """A row, from 1 on: a viewer with a profile, or why it is none."""

    number: int
    viewer: str
    profile: ProfileRecord
    fault: str | None


def profile_rows(lines: Iterable[bytes]) -> Iterator[ProfileRow]:
    """The rows of a file; empty lines are none. A head that is none is a bad row, and those after it are not read."""
    head: list[str] | None = None
    first = True
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text:
            continue
        try:
            if first and not text.startswith(b"{"):
                head = _head(text)
            else:
                yield ProfileRow(number, *(_from_json(text) if head is None else _from_csv(text, head)), None)
        except BadInput as error:
            yield ProfileRow(number, "", ProfileRecord(), str(error))
            if first and not text.startswith(b"{"):
                return
        first = False


def written(viewer: str, stored: str) -> bytes:
    """A stored profile as a line of JSON, with its end."""
    return (
        json.dumps({"viewer": viewer, **json.loads(stored)}, separators=(",", ":"), ensure_ascii=False).encode()
        + b"\n"
    )


def _from_json(text: bytes) -> tuple[str, ProfileRecord]:
    if len(text) > LINE_LIMIT:
        raise BadInput(f"the line is over {LINE_LIMIT} bytes long")
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        raise BadInput("it is no JSON") from None
    if not isinstance(said, dict) or not isinstance(said.get("viewer"), str):
        raise BadInput('it is no object with a "viewer"')
    return _profile(said.pop("viewer"), said)


def _head(text: bytes) -> list[str]:
    names = [name.strip().casefold() for name in _cells(text)]
    if "viewer" not in names or len(set(names)) < len(names) or not set(names) <= set(COLUMNS):
        raise BadInput(f"it is neither JSON nor a head with the name viewer, and of {', '.join(COLUMNS[1:])}")
    return names


def _from_csv(text: bytes, head: list[str]) -> tuple[str, ProfileRecord]:
    cells = _cells(text)
    if len(cells) != len(head):
        raise BadInput(f"it has {len(cells)} cells, and the head {len(head)}")
    said: dict[str, object] = {}
    for name, cell in zip(head, cells, strict=True):
        parts = [part.strip() for part in cell.split(";") if part.strip()]
        if name in {"likes", "history"}:
            pairs = [_pair(part) for part in parts]
            said[name] = dict(pairs) if name == "likes" else pairs
        elif name in {"no_tags", "without"}:
            said[name] = parts
        elif cell.strip():
            said[name] = cell.strip()
    viewer = said.pop("viewer", None)
    if not isinstance(viewer, str):
        raise BadInput("it names no viewer")
    return _profile(viewer, said)


def _cells(text: bytes) -> list[str]:
    if len(text) > LINE_LIMIT:
        raise BadInput(f"the line is over {LINE_LIMIT} bytes long")
    try:
        return next(csv.reader([text.decode("utf-8-sig")], strict=True))
    except (UnicodeDecodeError, csv.Error, StopIteration) as error:
        raise BadInput(f"it is no CSV in UTF-8: {error}") from None


def _pair(text: str) -> tuple[str, float]:
    name, _, number = text.rpartition("=")
    try:
        return name, float(number)
    except ValueError:
        raise BadInput(f"{text[:80]!r}: it is NAME=NUMBER") from None


def _profile(viewer: str, said: dict[str, object]) -> tuple[str, ProfileRecord]:
    checked_name("viewer", viewer)
    try:
        return viewer, ProfileRecord.model_validate(said)
    except ValidationError as error:
        raise BadInput(first_fault(error)[:300]) from None
