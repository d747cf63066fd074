"""Which lineup is a viewer's own. Pure."""

from hashlib import blake2b

DIGEST_BYTES = 12


def lineup_digest(channel: str, viewer: str) -> bytes:
    """What the id of a viewer's own lineup is made of. It is public, so it does not give the viewer's name away."""
    return blake2b(f"{channel}\0{viewer}".encode(), digest_size=DIGEST_BYTES, person=b"streamsync-line").digest()
