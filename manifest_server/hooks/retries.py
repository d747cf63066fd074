"""When a delivery that failed is tried again. Pure."""

from hashlib import blake2b

# With all of them an event is tried for some 31 hours.
PAUSES_S = (5, 30, 120, 900, 3600, 6 * 3600, 24 * 3600)
MOST_TRIES = len(PAUSES_S) + 1
_SPREAD = 0.2  # up to so much shorter or longer, so that what failed together does not come back together


def again_ms(webhook: str, event: str, tries: int) -> int | None:
    """In how many milliseconds it is tried again after `tries` tries; None: no more."""
    if tries >= MOST_TRIES:
        return None
    digest = blake2b(f"{webhook}|{event}|{tries}".encode(), digest_size=8).digest()
    drawn = int.from_bytes(digest, "big") / (1 << 64)
    return round(PAUSES_S[tries - 1] * 1000 * (1 - _SPREAD + 2 * _SPREAD * drawn))
