"""Fingerprints: what an asset is called. The same bytes with the same settings are one asset."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from storage.errors import BadSource
from storage.settings import Settings

# Raised whenever the same source would give other segments than before.
RECIPE = 1

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


def settings_digest(settings: Settings) -> str:
    """A digest of all that decides what the segments are, but for the source: 16 hexadecimal digits."""
    deciding = json.dumps({"recipe": RECIPE, "aspect": settings.aspect}, sort_keys=True)
    return hashlib.sha256(deciding.encode()).hexdigest()[:16]


def asset_id(source_sha256: str, settings: Settings) -> str:
    """The id of the asset that a source becomes under these settings: 32 hexadecimal digits."""
    return hashlib.sha256(f"{source_sha256} {settings_digest(settings)}".encode()).hexdigest()[:32]
