"""Fingerprints: a file by its bytes."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from storage.errors import BadSource

_CHUNK = 1 << 20


def sha256(path: Path, reached: Callable[[int], None]) -> tuple[str, int]:
    """The file's SHA-256, hexadecimal, and its bytes; `reached` is told the bytes behind. Raises BadSource."""
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
                reached(size)
    except FileNotFoundError:
        raise BadSource(f"{path.name}: no such file") from None
    except OSError as error:
        raise BadSource(f"{path.name}: cannot be read: {error.strerror}") from None
    return digest.hexdigest(), size
