from hypothesis import given
from hypothesis import strategies as st

from manifest_server.playout.days import dsn_base
from manifest_server.playout.lineup import Clip, Given, Lineup, Succession
from manifest_server.playout.window import window
from tests.playout.builders import LOOKAHEAD, LOOKBACK, SECOND, asset

DAY_S = 86_400
DAY = 20_454  # 2026-01-01
MIDNIGHT_S = DAY * DAY_S
ONE = asset("one", 1.0)  # a clip of one second: as many discontinuities as there can be
TEN = asset("ten", 4.0, 4.0, 2.0)


def run(epoch_s: int, msn: int | None = None) -> Succession:
    """Clips of a second and of ten, on air from `epoch_s`."""
    first = epoch_s - 1_600_000_000 if msn is None else msn
    return Succession([Lineup(0, first, first, Given([Clip.whole(ONE), Clip.whole(TEN)]))])


def printed(succession: Succession, epoch_s: int, now_s: int, day: int = DAY) -> tuple[int, int]:
    """Header and last discontinuity number at `now_s` of a URL given out on `day`."""
    listed = window(succession, (now_s - epoch_s) * SECOND, LOOKAHEAD, LOOKBACK)
    base = dsn_base(succession, day, epoch_s * 1000, LOOKBACK)
    return listed.dsn - base, listed.runs[-1].dsn - base


def test_a_day_begins_with_small_numbers_however_old_the_channel_is() -> None:
    epoch_s = MIDNIGHT_S - 5 * 365 * DAY_S
    header, last = printed(run(epoch_s), epoch_s, MIDNIGHT_S)
    assert 1 <= header < last < 40
    # Two clips in 11 s: 14,400 of them in 22 hours.
    assert printed(run(epoch_s), epoch_s, MIDNIGHT_S + 22 * 3600)[1] == 14_400 + last


def test_a_channel_begun_during_the_day_counts_from_its_second() -> None:
    epoch_s = MIDNIGHT_S + 3600
    header, _ = printed(run(epoch_s), epoch_s, epoch_s)
    # Its 3600th second, the lookback and the skew of a minute each; the header is one less than the clip's number.
    assert header == 3600 + 60 + 60 + 2 - 1


def test_the_header_is_never_zero_even_where_clocks_differ() -> None:
    epoch_s = MIDNIGHT_S - 100_000
    assert printed(run(epoch_s), epoch_s, MIDNIGHT_S - 60)[0] >= 1


@given(st.integers(-200_000, 80_000), st.integers(0, 80_000), st.integers(0, 100))
def test_a_channel_started_anew_is_above_all_that_the_url_has_listed(begun: int, lasted: int, pause: int) -> None:
    epoch_s = MIDNIGHT_S + begun
    stop_s = max(epoch_s + lasted, MIDNIGHT_S)
    before = run(epoch_s)
    _, last = printed(before, epoch_s, stop_s)
    # As admin/actions.py begins it: above every MSN there was, and not before its epoch's own.
    again_s = stop_s + pause
    listed = window(before, (stop_s - epoch_s) * SECOND, LOOKAHEAD, LOOKBACK).runs[-1]
    above = listed.msn + listed.last - listed.first
    first = max(again_s - 1_600_000_000, above)
    header, _ = printed(run(again_s, first), again_s, again_s)
    assert header >= last


@given(st.integers(0, 3 * DAY_S), st.integers(0, 3 * DAY_S))
def test_numbers_of_one_url_never_go_back(one_s: int, other_s: int) -> None:
    epoch_s = MIDNIGHT_S - 1_000_000
    early, late = sorted((one_s, other_s))
    succession = run(epoch_s)
    first, second = (printed(succession, epoch_s, MIDNIGHT_S + at) for at in (early, late))
    assert first[0] <= second[0]
    assert first[1] <= second[1]
