"""The journal of an upload: a line for each part that has reached the disk. Written under the upload's lock."""

import os
import re
from pathlib import Path

from storage.upload_records import Part

# Lines of one length, so that one cut off by a power failure is seen, and written over.
_LINE = re.compile(rb"([0-9]{5}) ([0-9a-f]{32}|-{32})\n")
_LINE_BYTES = 39
_VOID = "-" * 32


class Journal:
    """The journal at `path`, which need not be there yet."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def parts(self) -> tuple[Part, ...]:
        """The parts that are whole, by number."""
        try:
            text = self._path.read_bytes()
        except FileNotFoundError:
            return ()
        found: dict[int, str] = {}
        for start in range(0, len(text), _LINE_BYTES):
            line = _LINE.fullmatch(text[start : start + _LINE_BYTES])
            if line is not None:
                found[int(line[1])] = line[2].decode()
        return tuple(Part(number=number, md5=md5) for number, md5 in sorted(found.items()) if md5 != _VOID)

    def note(self, part: Part) -> None:
        """The part has reached the disk."""
        self._append(f"{part.number:05d} {part.md5}\n")

    def void(self, number: int) -> None:
        """The part is about to be written over."""
        self._append(f"{number:05d} {_VOID}\n")

    def _append(self, line: str) -> None:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            end = os.fstat(descriptor).st_size // _LINE_BYTES * _LINE_BYTES
            os.pwrite(descriptor, line.encode(), end)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
