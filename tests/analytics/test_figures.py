"""What follows from what was counted."""

import pytest

from manifest_server.analytics import figures
from manifest_server.analytics.figures import (
    LABELS,
    Histogram,
    added,
    stall_ratio,
    startup,
    startup_field,
    sync_field,
)


@pytest.mark.parametrize(
    ("sync_ms", "field"),
    [
        (0, "s:0"), (-0.0, "s:0"), (10, "s:0"), (-10, "s:0"), (10.1, "s:1"), (-10.1, "s:-1"), (40, "s:2"),
        (40.1, "s:3"), (-100, "s:-4"), (1000, "s:7"), (-5000.5, "s:-9"), (1e15, "s:9"),
    ],
)  # fmt: skip
def test_a_sync_error_has_a_bin_with_its_upper_end(sync_ms: float, field: str) -> None:
    assert sync_field(sync_ms) == field


@pytest.mark.parametrize(
    ("ms", "field"), [(0, "su:0"), (250, "su:0"), (250.1, "su:1"), (30_000, "su:9"), (9e7, "su:10")]
)
def test_a_start_up_time_has_a_bin(ms: float, field: str) -> None:
    assert startup_field(ms) == field


def test_percentiles_lie_evenly_in_their_bin() -> None:
    times = Histogram((100, 200, 400), (50, 30, 20, 0))
    assert (times.percentile(25), times.percentile(50), times.percentile(80)) == (50.0, 100.0, 200.0)
    assert times.percentile(95) == 350.0
    assert times.within(200) == 0.8
    assert (Histogram((100,), (0, 0)).percentile(95), Histogram((100,), (0, 0)).within(100)) == (None, None)
    assert Histogram((100,), (1, 1)).percentile(95) == 100.0


def test_both_signs_are_of_one_size() -> None:
    bucket = {"s:0": 4, "s:2": 3, "s:-2": 1, "s:-9": 2}
    assert figures.sync(bucket).counts == (4, 0, 4, 0, 0, 0, 0, 0, 0, 2)
    assert figures.sync(bucket).within(40) == 0.8
    assert figures.sync(bucket, [-1]).counts == (4, 0, 1, 0, 0, 0, 0, 0, 0, 2)


def test_buckets_add_up_but_for_the_peak() -> None:
    assert added([{"n": 1, "cp": 5}, {"n": 2, "cp": 3, "su:0": 1}]) == {"n": 3, "cp": 5, "su:0": 1}
    assert startup(added([])).total == 0


def test_the_stall_ratio_is_of_all_viewers_time() -> None:
    assert stall_ratio({"cs": 10, "stms": 500}) == 0.005
    assert stall_ratio({"stms": 500}) is None


def test_a_bucket_is_small() -> None:
    """Redis 7 keeps a hash of up to 128 fields in its small form."""
    plain = [name for name, value in vars(figures).items() if name.isupper() and isinstance(value, str)]
    kinds = {"ASSET", "HEIGHT", "COUNTRY", "ERROR", "STARTUP", "SYNC", "OTHER", "UNKNOWN"}
    assert kinds < set(plain)
    bins = len(figures.STARTUP_MS) + 1 + 2 * len(figures.SYNC_MS) + 1
    labels = sum(LABELS.values()) + 2 * len(LABELS)  # OTHER of each, and how many there are
    assert len(plain) - len(kinds) + bins + labels + len(["closed"]) <= 128
