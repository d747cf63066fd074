"""What changed on a channel since it was last read. Pure.

Redis keeps the last 1000 or so of each channel in a stream (catalogue_writes.py), each with an id that rises. Whoever
follows it gives the last id they have seen, and gets that one back before the newer ones. If it is missing, the
stream was cut, or emptied, or is that of a replica that had not got it when it took over.
"""

from collections.abc import Sequence
from typing import NamedTuple

# More than a stream holds: it is cut in whole nodes of up to 100 entries (stream-node-max-entries).
COUNT = 2000
# With so many in a stream that was never read, some may be gone: it is not cut below that.
_WHOLE = 1000

Entry = tuple[bytes | str, Sequence[bytes | str] | dict[bytes | str, bytes | str]]


class Changes(NamedTuple):
    """Kind ("channel", "viewer", "lineup", "asset", "state", "metadata") and name of each, and the id of the last.

    Not `complete`: some are missing, and whatever was read before has to be read anew.
    """

    entries: tuple[tuple[str, str], ...]
    last: str
    complete: bool


def read_changes(entries: Sequence[Entry], after: str) -> Changes:
    """The changes after `after`, from the stream's entries from `after` on ("": from the beginning)."""
    last = _text(entries[-1][0]) if entries else ""
    if not after:
        return Changes(tuple(_change(fields) for _, fields in entries), last, len(entries) < _WHOLE)
    complete = bool(entries) and _text(entries[0][0]) == after
    new = entries[1:] if complete else entries
    return Changes(tuple(_change(fields) for _, fields in new), last, complete)


def _change(fields: Sequence[bytes | str] | dict[bytes | str, bytes | str]) -> tuple[str, str]:
    pairs = fields.items() if isinstance(fields, dict) else zip(fields[::2], fields[1::2], strict=True)
    found = {_text(name): _text(value) for name, value in pairs}
    return found.get("kind", ""), found.get("name", "")


def _text(value: bytes | str) -> str:
    return value if isinstance(value, str) else value.decode(errors="replace")
