"""What is counted of a channel's audience, by field of a bucket, and what follows from it. Pure.

A bucket is a mapping of fields to whole numbers; buckets are added up field by field, but for the greatest (PEAK).
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Bucket = Mapping[str, int]

BEATS, STARTS, ENDS = "n", "start", "end"
STALLS, STALLED_MS, DROPPED = "stall", "stms", "drop"
ERRORS, FATAL, LEVELS = "err", "fatal", "lv"
BITRATE_SUM, BITRATES = "brs", "brn"  # kbit/s, and of how many beats
# Of each ten seconds, once they are over: viewers then, how many such sums, the greatest, who came and who left.
PRESENT, CLOSINGS, PEAK, JOINS, LEAVES = "cs", "cn", "cp", "j", "l"
STARTUP, SYNC = "su:", "s:"  # and the number of a bin
ASSET, HEIGHT, COUNTRY, ERROR = "a:", "h:", "c:", "e:"  # and a label
OTHER, UNKNOWN = "other", "unknown"

# Of each kind of label a bucket has so many, and OTHER. With all else that makes 128 fields at most: up to there
# Redis keeps a hash in its small form.
LABELS = {ASSET: 36, HEIGHT: 8, COUNTRY: 18, ERROR: 9}

# The upper ends of the bins, in ms; there is one more behind. Of a sync error they are of its size, with a bin for
# each sign, but for the first.
STARTUP_MS = (250, 500, 750, 1000, 1500, 2000, 3000, 5000, 10_000, 30_000)
SYNC_MS = (10, 20, 40, 60, 100, 200, 400, 1000, 5000)
_AHEAD = tuple(f"{SYNC}{size}" for size in range(len(SYNC_MS) + 1))
_BEHIND = tuple(f"{SYNC}{-size}" for size in range(len(SYNC_MS) + 1))

SLOT_S = 10  # of the shortest buckets
# So often at the latest a player sends what it noted.
BEACON_S = 30
# Whoever was heard of in so many of them, the one that is not over among them, is there. One more than that takes, so
# who has to send a beacon again ten seconds later does not leave in between.
PRESENT_SLOTS = BEACON_S // SLOT_S + 1


def startup_field(startup_ms: float) -> str:
    """The field that a start-up time is counted in."""
    return f"{STARTUP}{bisect_left(STARTUP_MS, startup_ms)}"


def sync_field(sync_ms: float) -> str:
    """The field that a sync error is counted in."""
    if sync_ms < 0:
        return _BEHIND[bisect_left(SYNC_MS, -sync_ms)]
    return _AHEAD[bisect_left(SYNC_MS, sync_ms)]


def added(buckets: Iterable[Bucket]) -> dict[str, int]:
    """All of them as one."""
    total: Counter[str] = Counter()
    peak = 0
    for bucket in buckets:
        total.update(bucket)
        peak = max(peak, bucket.get(PEAK, 0))
    return {**total, PEAK: peak}


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts of what is over `edges[i - 1]` and not over `edges[i]`; the last is of what is over all of them."""

    edges: tuple[int, ...]
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """Of how many."""
        return sum(self.counts)

    def percentile(self, percent: float) -> float | None:
        """What so many are not above, as if they lay evenly in their bin; None without any.

        Of the last bin, which has no end, its beginning.
        """
        rank, below = self.total * percent / 100, 0
        for number, count in enumerate(self.counts):
            if count and below + count >= rank:
                if number == len(self.edges):
                    return float(self.edges[-1])
                lower = self.edges[number - 1] if number else 0
                return round(lower + (self.edges[number] - lower) * max(rank - below, 0) / count, 1)
            below += count
        return None

    def within(self, edge: int) -> float | None:
        """The share that is not over one of the edges; None without any."""
        total = self.total
        return round(sum(self.counts[: self.edges.index(edge) + 1]) / total, 4) if total else None


def startup(bucket: Bucket) -> Histogram:
    """Start-up times."""
    return Histogram(STARTUP_MS, tuple(bucket.get(f"{STARTUP}{n}", 0) for n in range(len(STARTUP_MS) + 1)))


def sync(bucket: Bucket, signs: Iterable[int] = (1, -1)) -> Histogram:
    """The size of sync errors; of those with these signs. The first bin, which holds both, goes with either."""
    chosen = tuple(signs)

    def count(size: int) -> int:
        return bucket.get(f"{SYNC}0", 0) if not size else sum(bucket.get(f"{SYNC}{s * size}", 0) for s in chosen)

    return Histogram(SYNC_MS, tuple(count(size) for size in range(len(SYNC_MS) + 1)))


def labelled(bucket: Bucket, kind: str) -> list[tuple[str, int]]:
    """Labels of a kind with their counts, the most frequent first."""
    found = [(field[len(kind) :], count) for field, count in bucket.items() if field.startswith(kind) and count]
    return sorted(found, key=lambda one: (-one[1], one[0]))


def present(bucket: Bucket) -> float:
    """How many were there, on the average of the ten seconds that were closed."""
    return bucket.get(PRESENT, 0) / max(bucket.get(CLOSINGS, 0), 1)


def stall_ratio(bucket: Bucket) -> float | None:
    """The share of the time that viewers were there in which they waited; None when nobody was there."""
    watched_ms = bucket.get(PRESENT, 0) * SLOT_S * 1000
    return round(min(bucket.get(STALLED_MS, 0) / watched_ms, 1), 5) if watched_ms else None


def bitrate_kbps(bucket: Bucket) -> float | None:
    """The mean of what was told."""
    count = bucket.get(BITRATES, 0)
    return round(bucket.get(BITRATE_SUM, 0) / count, 1) if count else None
