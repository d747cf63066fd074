"""The rows of an import: lines of JSON (bulk_lines.py), or CSV under a head of names. Pure.

    viewer,lineup,clips,repeats
    ,kids,0f3a...;77b2...:0:3,yes        a lineup that many may share
    alice,kids,,                         a viewer on it
    bob,,0f3a...;77b2...,no              a lineup of their own, called as they are, and the viewer on it

A row is a line; what the head does not name is as if empty. Without a column `clips`, a viewer with no lineup is put
back on the one derived from their name.
"""

import csv
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from pydantic import ValidationError

from manifest_server.admin.bulk_lines import LINE_LIMIT, Line, LineupLine, ViewerLine, read_line
from storage.clips import ClipRecord
from storage.errors import BadInput
from storage.keys import checked_asset, checked_name
from storage.record import first_fault

COLUMNS = ("viewer", "lineup", "clips", "repeats")
_REPEATS = {"": True, "yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_BOM = b"\xef\xbb\xbf"


class Said(NamedTuple):
    """A line, and a number that is the same if it is said again. It differs from process to process."""

    line: Line
    content: int


class Row(NamedTuple):
    """A row by its number, from 1 on, and what it says, or why it cannot be read."""

    number: int
    said: tuple[Said, ...]
    fault: str | None = None


def read_rows(lines: Iterable[bytes], wanted: Callable[[int], bool] = lambda _: True) -> Iterator[Row]:
    """Those rows of a file that are wanted by their numbers.

    Raises BadInput if it begins with neither JSON nor the head of a CSV.
    """
    csv.field_size_limit(LINE_LIMIT)  # for the whole process: 5000 clips are more than what it is by default
    rows = enumerate(lines, 1)
    first = next(rows, None)
    if first is None:
        return
    text = first[1].removeprefix(_BOM)
    if text.lstrip().startswith(b"{"):
        head = None
        if wanted(1):
            yield _row(1, text, None)
    else:
        head = _head(text)
    for number, text in rows:
        if (text or head is None) and wanted(number):
            yield _row(number, text, head)


def _row(number: int, text: bytes, head: tuple[str, ...] | None) -> Row:
    try:
        said = (Said(read_line(text), hash(text)),) if head is None else _of_cells(_cells(text), head)
    except BadInput as error:
        return Row(number, (), str(error))
    return Row(number, said)


def _head(text: bytes) -> tuple[str, ...]:
    try:
        names = tuple(name.casefold() for name in _cells(text))
    except BadInput as error:
        raise BadInput(f"row 1: it is no JSON, and {error}") from None
    if not {"viewer", "lineup"} & set(names) or len(set(names)) < len(names) or not set(names) <= set(COLUMNS):
        shown = ",".join(names)[:80]
        more = "; between cells are commas" if ";" in shown or "\t" in shown else ""
        raise BadInput(
            f"row 1: {shown!r} is neither JSON nor a head of {', '.join(COLUMNS)}, with viewer or lineup{more}"
        )
    return names


def _cells(text: bytes) -> list[str]:
    if len(text) > LINE_LIMIT:
        raise BadInput(f"the line is over {LINE_LIMIT} bytes long")
    try:
        found = next(csv.reader([text.decode()], strict=True), [])
    except UnicodeDecodeError as error:
        raise BadInput(f"byte {error.start + 1} of it is no UTF-8") from None
    except csv.Error as error:
        raise BadInput(f"it is no CSV: {error}") from None
    return [cell.strip() for cell in found]


def _of_cells(cells: list[str], head: tuple[str, ...]) -> tuple[Said, ...]:
    if len(cells) != len(head):
        raise BadInput(f"it has {len(cells)} cells, and the head {len(head)}")
    row = dict(zip(head, cells, strict=True))
    viewer, lineup, clips = (row.get(name, "") for name in ("viewer", "lineup", "clips"))
    said: list[Said] = []
    if viewer:
        checked_name("viewer", viewer)
    if clips:
        lineup = lineup or viewer
        if not lineup:
            raise BadInput("it names neither a viewer nor a lineup")
        repeats = row.get("repeats", "")
        said.append(Said(_lineup(lineup, clips, repeats), hash((clips, repeats))))
    elif row.get("repeats"):
        raise BadInput("it says what repeats, and has no clips")
    elif lineup:
        checked_name("lineup", lineup)
    if viewer:
        if not lineup and "clips" in head:
            raise BadInput(f"viewer {viewer!r} has neither a lineup nor clips")
        said.append(Said(ViewerLine(name=viewer, lineup=lineup or None), hash(lineup)))
    if not said:
        raise BadInput(f"lineup {lineup!r} has neither clips nor a viewer" if lineup else "it says nothing")
    return tuple(said)


def _lineup(name: str, clips: str, repeats: str) -> LineupLine:
    checked_name("lineup", name)
    again = _REPEATS.get(repeats.casefold())
    if again is None:
        raise BadInput(f"repeats {repeats[:80]!r}: it is yes or no")
    try:
        return LineupLine(id=name, clips=tuple(map(_clip, clips.split(";"))), repeats=again)
    except ValidationError as error:
        raise BadInput(first_fault(error)[:300]) from None


@lru_cache(1 << 16)
def _clip(word: str) -> ClipRecord:
    try:
        clip = ClipRecord.model_validate(word.strip())
    except ValidationError:
        raise BadInput(f"clip {word[:80]!r}: it is ASSET, ASSET:FIRST or ASSET:FIRST:LAST") from None
    checked_asset(clip.asset)
    return clip
