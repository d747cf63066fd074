"""The server's clock, and instants and spans that people write."""

import re
import time
from datetime import UTC, datetime, timedelta

from storage.errors import BadInput

_SPAN = re.compile(r"([1-9][0-9]{0,8})([smhd])")
_NO_SPAN = re.compile(r"0+[smhd]")
_UNITS_MS = {"s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
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


def span_ms(text: str) -> int:
    """Milliseconds of a span of time, such as 45s, 90m, 12h or 30d. Raises BadInput."""
    if _NO_SPAN.fullmatch(text):
        raise BadInput(f"span {text[:80]!r}: it is a second or more")
    found = _SPAN.fullmatch(text)
    if found is None:
        raise BadInput(f"span {text[:80]!r}: it is a whole number and one of s, m, h or d, such as 90m or 30d")
    return int(found[1]) * _UNITS_MS[found[2]]
