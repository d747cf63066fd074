"""Time on a channel: integer ticks of 1/90000 s from its epoch. Pure: the time is an argument."""

from datetime import date
from functools import lru_cache

from storage.records import TICKS_PER_SECOND

TICKS_PER_MS = TICKS_PER_SECOND // 1000
_SECONDS = tuple(b"%02d." % second for second in range(60))
_MILLISECONDS = tuple(b"%03dZ" % ms for ms in range(1000))
_UNIX_EPOCH_DAY = date(1970, 1, 1).toordinal()


def position(now_ms: int, epoch_ms: int) -> int:
    """The channel's tick at `now_ms` (Unix milliseconds); negative before the epoch."""
    return (now_ms - epoch_ms) * TICKS_PER_MS


def date_ms(epoch_ms: int, tick: int) -> int:
    """Unix milliseconds of a tick, rounded down.

    Down, not to nearest: the errors of two dates then differ by less than a whole millisecond, so dates
    stay within 1 ms of the sum of the durations between them.
    """
    return epoch_ms + tick // TICKS_PER_MS


def listed_ms(now_ms: int) -> int:
    """The instant whose playlist is given out at `now_ms`: the end of its second.

    So playlists change at whole seconds, as caches count, wherever in a second segments end.
    """
    return now_ms - now_ms % 1000 + 999


def listed_from_ms(epoch_ms: int, tick: int) -> int:
    """From when on what changes at a tick is in the playlists that are given out: the beginning of that second."""
    return (epoch_ms - (-tick // TICKS_PER_MS)) // 1000 * 1000


def date_text(unix_ms: int) -> str:
    """What `date_bytes` gives, as text."""
    return date_bytes(unix_ms).decode()


def date_bytes(unix_ms: int) -> bytes:
    """`2026-01-31T12:00:00.000Z`, as EXT-X-PROGRAM-DATE-TIME has it (rfc8216bis 4.4.4.6)."""
    # By hand, from parts: datetime takes ten times as long, and dates would be most of what a playlist costs.
    minute, ms = divmod(unix_ms, 60_000)
    return _minute(minute) + _SECONDS[ms // 1000] + _MILLISECONDS[ms % 1000]


@lru_cache(maxsize=2048)
def _minute(unix_minute: int) -> bytes:
    hour, minute = divmod(unix_minute, 60)
    day, hour = divmod(hour, 24)
    return f"{date.fromordinal(_UNIX_EPOCH_DAY + day).isoformat()}T{hour:02d}:{minute:02d}:".encode()


def seconds_text(ticks: int) -> str:
    """Seconds with three decimals, rounded down towards zero: `-12.345`."""
    ms = abs(ticks) // TICKS_PER_MS
    sign = "-" if ticks < 0 and ms else ""
    return f"{sign}{ms // 1000}.{ms % 1000:03d}"
