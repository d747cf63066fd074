"""The key of a folder of objects, which signs URLs of parts: it is the folder's, so all its servers have it."""

import os
import secrets
import uuid
from contextlib import suppress
from pathlib import Path

from storage.errors import Unavailable

# As "~uploads": no key of an object names it, so no server gives it out.
_NAME = "~signing"
_WHAT = f"the key that signs uploads, {_NAME} in the folder of objects"
_BYTES = 32


def folder_key(root: Path) -> bytes:
    """The key; made when it is first needed. Raises Unavailable."""
    place = root / _NAME
    try:
        with suppress(FileNotFoundError):
            return _read(place)
        root.mkdir(parents=True, exist_ok=True)
        made = root / f"{_NAME}.{uuid.uuid4().hex}"
        try:
            _write(made)
            _put(made, place)
        finally:
            made.unlink(missing_ok=True)
        return _read(place)
    except OSError as error:
        raise Unavailable(f"{_WHAT}: {error.strerror or error}") from error


def _read(place: Path) -> bytes:
    found = place.read_bytes()
    if len(found) != _BYTES:
        raise Unavailable(f"{_WHAT}, is damaged: remove it")
    return found


def _write(place: Path) -> None:
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        os.write(descriptor, secrets.token_bytes(_BYTES))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _put(made: Path, place: Path) -> None:
    """The first of several that make one at once is the key."""
    try:
        os.link(made, place)
    except FileExistsError:
        return
    except OSError:  # a file system without links: there the last of those would be
        made.rename(place)
