"""Objects: bytes under strict keys. What is visible is always whole."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from storage.errors import BadInput

KEY_LIMIT = 512
_SEGMENT_LIMIT = 255  # the longest file name that ext4, xfs and APFS take
SEGMENT = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """An object as a listing tells of it. `modified_s`: Unix seconds."""

    key: str
    size_bytes: int
    modified_s: float


class Objects(Protocol):
    """A store of whole objects. Blocks: async callers use threads. Safe to share between threads.

    Every method raises BadInput for a key that is not one, Unavailable when the store does not answer.
    """

    def put_file(self, key: str, path: Path) -> None:
        """Make the file's bytes the object, replacing it at once. Raises NoRoom.

        The file must not be written to again: the store may keep it by hard link.
        """
        ...

    def put(self, key: str, data: bytes, *, if_absent: bool = False) -> bool:
        """Store `data`, replacing the object at once; with `if_absent`, False when there already is one.

        Of several that race with `if_absent` exactly one gets True. Raises NoRoom.
        """
        ...

    def read(self, key: str) -> bytes:
        """All bytes of an object. Raises NotFound."""
        ...

    def fetch(self, key: str, target: Path) -> None:
        """Write all bytes of an object to the file `target`, whole or not at all, in bounded memory. Raises NotFound.

        Raises NoRoom for the disk of `target`.
        """
        ...

    def exists(self, key: str) -> bool:
        """Whether there is an object of this key."""
        ...

    def keys(self, prefix: str) -> Iterator[str]:
        """The keys that start with `prefix` ("" gives all), in byte order."""
        ...

    def entries(self, prefix: str) -> Iterator[Entry]:
        """The same with size and time of change."""
        ...

    def delete(self, key: str) -> None:
        """Remove the object. Without one, nothing happens."""
        ...


def checked_key(key: str) -> str:
    """`key` if it may name an object, else BadInput."""
    if not key or not _is_sound(key, key.split("/")):
        raise BadInput(
            f"object key {key[:80]!r}: a key is segments of letters, digits, '.', '_' or '-' between '/', "
            f"none of them '.' or '..', at most {KEY_LIMIT} characters in all"
        )
    return key


def checked_prefix(prefix: str) -> str:
    """`prefix` if a key could start with it, else BadInput."""
    *whole, partial = prefix.split("/")
    if not _is_sound(prefix, [*whole, partial or "x"] if partial not in {".", ".."} else whole):
        raise BadInput(f"object prefix {prefix[:80]!r}: no key starts with it")
    return prefix


def _is_sound(text: str, segments: list[str]) -> bool:
    return len(text) <= KEY_LIMIT and all(
        SEGMENT.fullmatch(segment) and segment not in {".", ".."} and len(segment) <= _SEGMENT_LIMIT
        for segment in segments
    )
