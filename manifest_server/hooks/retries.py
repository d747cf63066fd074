"""When a delivery that failed is tried again. Pure."""

from datetime import UTC
from email.utils import parsedate_to_datetime
from hashlib import blake2b

# With all of them an event is tried for some 31 hours.
PAUSES_S = (5, 30, 120, 900, 3600, 6 * 3600, 24 * 3600)
MOST_TRIES = len(PAUSES_S) + 1
_SPREAD = 0.2  # up to so much shorter or longer, so that what failed together does not come back together


LONGEST_MS = PAUSES_S[-1] * 1000  # that a receiver may ask for
_MOST_DIGITS = 9


def again_ms(webhook: str, event: str, tries: int, asked_ms: int = 0) -> int | None:
    """In how many milliseconds it is tried again after `tries` tries; None: no more.

    Not before `asked_ms`: a receiver knows best when it is back, but does not make us ask more often.
    """
    if tries >= MOST_TRIES:
        return None
    digest = blake2b(f"{webhook}|{event}|{tries}".encode(), digest_size=8).digest()
    drawn = int.from_bytes(digest, "big") / (1 << 64)
    own_ms = PAUSES_S[tries - 1] * 1000 * (1 - _SPREAD + 2 * _SPREAD * drawn)
    return round(max(own_ms, min(asked_ms, LONGEST_MS) * (1 + _SPREAD * drawn)))


def retry_after_ms(told: str, now_ms: int) -> int:
    """How long a receiver asks to be left alone by its Retry-After, seconds or a date (RFC 9110 10.2.3).

    0 for what is neither, and what is over; at most LONGEST_MS.
    """
    told = told.strip()
    if told.isascii() and told.isdecimal():
        return min(int(told) * 1000, LONGEST_MS) if len(told) <= _MOST_DIGITS else LONGEST_MS
    try:
        found = parsedate_to_datetime(told)
    except (ValueError, TypeError, OverflowError):
        return 0
    # A date of the form of asctime has no zone, and is GMT.
    at_s = (found if found.tzinfo is not None else found.replace(tzinfo=UTC)).timestamp()
    return max(0, min(round(at_s * 1000) - now_ms, LONGEST_MS))
