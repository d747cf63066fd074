from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifest_server.playout import ticks


@pytest.mark.parametrize(
    ("unix_ms", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_767_225_600_000, "2026-01-01T00:00:00.000Z"),
        (951_782_399_999, "2000-02-28T23:59:59.999Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (4_102_444_799_001, "2099-12-31T23:59:59.001Z"),
    ],
)
def test_a_date_is_printed_with_milliseconds_and_z(unix_ms: int, text: str) -> None:
    assert ticks.date_text(unix_ms) == text


@given(st.integers(0, 4_000_000_000_000))
def test_a_date_is_what_the_standard_library_prints(unix_ms: int) -> None:
    expected = datetime.fromtimestamp(unix_ms // 1000, UTC).replace(microsecond=unix_ms % 1000 * 1000)
    assert ticks.date_text(unix_ms) == expected.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_a_date_is_rounded_down() -> None:
    assert [ticks.date_ms(1000, tick) for tick in (0, 89, 90, 179, 180)] == [1000, 1000, 1001, 1001, 1002]


def test_what_changes_within_a_second_is_listed_from_its_beginning_on() -> None:
    assert [ticks.listed_ms(now) for now in (5000, 5001, 5999, 6000)] == [5999, 5999, 5999, 6999]
    # 2000 + 2999 ms are the last of a second: what a tick changes that lies behind them is in the next one.
    assert [ticks.listed_from_ms(2000, ms * 90) for ms in (2999, 3000, 3999)] == [4000, 5000, 5000]
    assert ticks.listed_from_ms(2000, 2999 * 90 + 1) == 5000


@given(st.integers(0, 10**9), st.integers(0, 2**40))
def test_it_is_listed_neither_sooner_nor_later(epoch_ms: int, tick: int) -> None:
    from_ms = ticks.listed_from_ms(epoch_ms, tick)
    assert from_ms % 1000 == 0
    assert ticks.position(ticks.listed_ms(from_ms - 1), epoch_ms) < tick
    assert ticks.position(ticks.listed_ms(from_ms), epoch_ms) >= tick


@pytest.mark.parametrize(
    ("span", "text"),
    [(0, "0.000"), (90_000, "1.000"), (-1_191_645, "-13.240"), (-89, "0.000"), (-90, "-0.001")],
)
def test_seconds_are_printed_with_three_decimals(span: int, text: str) -> None:
    assert ticks.seconds_text(span) == text


def test_position_is_negative_before_the_epoch() -> None:
    assert ticks.position(now_ms=999, epoch_ms=1000) == -90
