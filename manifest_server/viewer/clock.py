"""The server's clock, and instants that people write."""

import re
import time
from datetime import UTC, datetime, timedelta

from storage.errors import BadInput

_SECONDS = re.compile(r"\d{1,12}(\.\d{1,3})?")
_LAST_MS = 253_370_764_800_000  # 9999-01-01: years have four digits, and a year is left to look ahead


def now_ms() -> int:
    """Unix milliseconds by the system's clock."""
    return time.time_ns() // 1_000_000


def instant_ms(text: str) -> int:
    """Unix milliseconds of an instant: Unix seconds, or RFC 3339 (UTC if it names no zone). Raises BadInput."""
    if _SECONDS.fullmatch(text):
        whole, _, part = text.partition(".")
        ms = int(whole) * 1000 + int(part.ljust(3, "0") or 0)
    else:
        try:
            when = datetime.fromisoformat(text)
        except ValueError:
            raise BadInput(
                f"instant {text[:80]!r}: give Unix seconds or RFC 3339, such as 2026-01-31T12:00:00Z"
            ) from None
        when = when if when.tzinfo is not None else when.replace(tzinfo=UTC)
        ms = (when - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    if not 0 <= ms <= _LAST_MS:
        raise BadInput(f"instant {text[:80]!r}: it is not between 1970 and 9998")
    return ms
