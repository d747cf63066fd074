"""What an object is to those who fetch it over HTTP: its media type, and how long caches may keep it. Pure."""

from storage.keys import ASSETS

IMMUTABLE = "public, max-age=31536000, immutable"
FRESH = "no-store"
UNKNOWN = "application/octet-stream"

# Apple HLS authoring specification 10.4; of what players fetch.
_MEDIA = {
    "m3u8": "application/vnd.apple.mpegurl",
    "m4s": "video/iso.segment",
    "mp4": "video/mp4",
    "ts": "video/mp2t",
    "jpg": "image/jpeg",
    "vtt": "text/vtt",
}


def media_type(key: str) -> str | None:
    """The media type of an object that players fetch, by its key; None for all others."""
    if not key.startswith(ASSETS):
        return None
    # An initialisation section is called .mp4 whatever is in it; no segment type for sound is registered.
    return "audio/mp4" if key.endswith("/audio/init.mp4") else _MEDIA.get(key.rpartition(".")[2])


def content_type(key: str) -> str:
    """The media type to store an object with."""
    return media_type(key) or ("application/json" if key.endswith(".json") else UNKNOWN)


def cache_control(key: str) -> str:
    """How long caches may keep an object: what is in an asset never changes, all else may."""
    return IMMUTABLE if key.startswith(ASSETS) else FRESH
