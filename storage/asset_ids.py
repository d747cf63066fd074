"""What an asset is called: the same bytes packaged with the same settings are one asset. Pure."""

import hashlib
import json

from storage.settings import Settings

# Raised whenever the same source would give other segments than before.
RECIPE = 1


def settings_digest(settings: Settings) -> str:
    """A digest of all that decides what the segments are, but for the source: 16 hexadecimal digits."""
    deciding = json.dumps({"recipe": RECIPE, "aspect": settings.aspect}, sort_keys=True)
    return hashlib.sha256(deciding.encode()).hexdigest()[:16]


def asset_id(source_sha256: str, settings: Settings) -> str:
    """The id of the asset that a source becomes under these settings: 32 hexadecimal digits."""
    return hashlib.sha256(f"{source_sha256} {settings_digest(settings)}".encode()).hexdigest()[:32]
