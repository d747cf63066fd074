"""Discontinuity numbers that stay small, however long a channel has been on air. Pure.

hls.js 1.7 keeps an array indexed by discontinuity number and copies it at every discontinuity: at 10^7 that takes
over a second, at 2 * 10^8 most of a minute, and nothing plays. So the URL of a media playlist carries the day (UTC,
counted from 1970) on which it was given out, and its discontinuities are counted from that day on. For one URL the
number of a segment is as fixed as ever, and a channel that is started anew is above all that the URL has listed.
"""

from manifest_server.playout.lineup import NEVER, Succession
from manifest_server.playout.ticks import TICKS_PER_MS
from storage.records import TICKS_PER_SECOND

SECONDS_A_DAY = 86_400

# A channel's numbers begin at its epoch's Unix seconds less this (admin/actions.py).
NUMBERS_SINCE_S = 1_600_000_000

# The lowest number given. The header may be one less, and header 0 makes hls.js count anew by itself.
LOWEST = 2

# Servers' clocks differ: a day may be given out, and is understood, this much before it begins.
SKEW_S = 60


def day_of(unix_ms: int) -> int:
    """The day that an instant is on."""
    return unix_ms // (SECONDS_A_DAY * 1000)


def since(day: int, epoch_ms: int, lookback: int) -> int:
    """The earliest tick that a playlist may list whose URL was given out on `day`."""
    return (day * SECONDS_A_DAY * 1000 - epoch_ms) * TICKS_PER_MS - lookback - SKEW_S * TICKS_PER_SECOND


def dsn_base(succession: Succession, day: int, epoch_ms: int, lookback: int, last: int = NEVER) -> int:
    """What to take from every discontinuity number in a playlist whose URL was given out on `day`.

    A URL of a day may list what aired `lookback` ticks and the skew before it. `succession` begins with the channel,
    at tick 0; after the position `last` its window stands still (window.py).
    """
    earlier = lookback + SKEW_S * TICKS_PER_SECOND
    earliest = min(since(day, epoch_ms, lookback), last - earlier)
    if earliest > succession.start:
        return succession.place(earliest).dsn - LOWEST
    # Begun during the day or later. A run before may have used the URL, with fewer clips since then than seconds.
    first = succession.lineups[0]
    seconds = first.msn - (day * SECONDS_A_DAY - NUMBERS_SINCE_S) + -(-earlier // TICKS_PER_SECOND)
    return first.dsn - seconds - LOWEST
