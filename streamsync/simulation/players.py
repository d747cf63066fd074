"""What players ask for, and when: rules, not players. Pure: no I/O, no clock."""

from itertools import accumulate
from typing import NamedTuple

from manifest_server.analytics.figures import BEACON_S

# Of our own player (web/src/sync/clock.ts, which a test holds this to): the pauses before its first questions for the
# server's time, and then the mean one.
FIRST_PROBES_S = (0.0, 0.06, 0.15, 0.3, 1.0, 3.0, 5.0, 10.0)
PROBE_S = 30.0
PROBE_SPREAD = (0.75, 1.25)
PROBES_AT_S = tuple(accumulate(FIRST_PROBES_S))  # after the join

# A beacon is sent when playing begins, and from some instant in the first pause on; a pause is so much of what the
# server says (web/src/player/beacon.ts, likewise).
BEACON_SPREAD = (0.9, 1.0)
BEACON_EVERY_S = BEACON_S * sum(BEACON_SPREAD) / 2


class Kind(NamedTuple):
    """A kind of player: how many media playlists it keeps reloading, and how many segments of each it begins with
    (None: all from the one on air on)."""

    name: str
    lists: int
    begins_with: int | None


WEB = Kind("hls.js", 2, None)  # video and audio apart; its buffer holds more than a list reaches ahead
TS = Kind("ffmpeg", 1, 3)  # one playlist, muxed; begins three segments before the end, as most others do


def reload_s(updated: bool, segment_s: float, target_s: float) -> float:
    """How long after asking for a media playlist a player asks again (rfc8216bis 6.3.4; so hls.js does).

    After one that has grown: the length of its last segment, at most the target duration; else half of that.
    """
    return min(segment_s, target_s) if updated else target_s / 2
