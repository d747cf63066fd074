"""Day parts by the clock of a time zone, against what the standard library makes of the same zone."""

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manifest_server.admin.zones import offsets_of
from manifest_server.programming.day_parts import Days, Ruling
from manifest_server.programming.wall_clock import MINUTE_MS, WallClock
from storage.programme import DayPart, Rules
from tests.playout.builders import SECOND

ZONES = (
    "Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns", "Africa/Casablanca", "America/New_York",
    "Pacific/Chatham", "Antarctica/Troll", "Asia/Kolkata", "America/Santiago", "Pacific/Kiritimati", "UTC",
)  # fmt: skip
NOW_MS = 1_795_824_000_000  # 2026-11-28
DAY_MS = 86_400_000
TABLES = {zone: offsets_of(zone, NOW_MS) for zone in ZONES}
SPAN = (date(2025, 1, 3), date(2050, 12, 25))


def ms(instant: datetime) -> int:
    return round(instant.timestamp()) * 1000


def shown(zone: str, at_ms: int) -> int:
    """What a clock there shows, in ms."""
    return ms(datetime.fromtimestamp(at_ms / 1000, ZoneInfo(zone)).replace(tzinfo=UTC))


def first_shown(zone: str, wanted_ms: int) -> int:
    """The first instant at which a clock there shows that, or more: found by looking at it minute by minute."""
    at_ms = wanted_ms - 15 * 3_600_000
    while at_ms < wanted_ms + 15 * 3_600_000:
        # An hour at once while it is far from it: no clock is set by so much.
        step = 3_600_000 if shown(zone, at_ms) < wanted_ms - 4 * 3_600_000 else MINUTE_MS
        if shown(zone, at_ms) >= wanted_ms:
            return at_ms
        at_ms += step
    raise AssertionError("no clock is so far off")


def days_of(zone: str, epoch_ms: int, *minutes: int) -> Days:
    rules = Rules(day_parts=tuple(DayPart(minute=minute) for minute in minutes), time_zone=zone)
    return Days([Ruling(0, rules, TABLES[zone])], epoch_ms)


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(ZONES), st.dates(*SPAN), st.integers(0, 1439))
def test_a_time_of_day_is_when_clocks_there_first_show_it(zone: str, day: date, minute: int) -> None:
    wanted_ms = ms(datetime(day.year, day.month, day.day, tzinfo=UTC)) + minute * MINUTE_MS
    assert WallClock(TABLES[zone]).first(wanted_ms) == first_shown(zone, wanted_ms)


@pytest.mark.parametrize("zone", ZONES)
def test_at_every_change_of_26_years_it_is_when_clocks_there_first_show_it(zone: str) -> None:
    clock = WallClock(TABLES[zone])
    for at_ms, _ in TABLES[zone][1:]:
        before, after = shown(zone, at_ms - MINUTE_MS), shown(zone, at_ms)
        assert before + MINUTE_MS != after
        for minutes in (-61, -31, -1, 0, 1, 30, 60, 121):
            wanted_ms = after + minutes * MINUTE_MS
            assert clock.first(wanted_ms) == first_shown(zone, wanted_ms)


@settings(deadline=None, max_examples=80)
@given(
    st.sampled_from(ZONES), st.data(), st.integers(-2 * 1440, 2 * 1440),
    st.lists(st.integers(0, 287), min_size=1, max_size=24, unique=True),
)  # fmt: skip
def test_parts_begin_in_order_none_twice_and_what_began_last_is_on(
    zone: str, data: st.DataObject, minutes: int, fives: list[int]
) -> None:
    change_ms = data.draw(st.sampled_from(TABLES[zone]))[0]
    epoch_ms = change_ms - 3 * DAY_MS + minutes * MINUTE_MS
    days = days_of(zone, epoch_ms, *(5 * one for one in sorted(fives)))
    whole = list(days.begins(0, 6 * DAY_MS * 90))
    for one, other in pairwise(whole):
        assert other.tick - one.tick >= 60 * SECOND
        assert other.part == (one.part + 1) % len(fives) or _leaves_out(zone, epoch_ms + other.tick // 90)
    for begin in whole:
        assert days.part(begin.tick) == begin.part
        assert days.before(begin.tick + 1) == begin.tick
        assert list(days.begins(begin.tick, begin.tick + 1)) == [begin]
    for tick in range(whole[0].tick, 6 * DAY_MS * 90, 1801 * SECOND):
        assert days.part(tick) == whole[bisect_right(whole, (tick, 99)) - 1].part


def _leaves_out(zone: str, at_ms: int) -> bool:
    """Whether clocks there are set forward at an instant."""
    return shown(zone, at_ms) - shown(zone, at_ms - MINUTE_MS) > MINUTE_MS


def begun(zone: str, from_text: str, hours: int, *minutes: int) -> list[tuple[str, int]]:
    epoch = datetime.fromisoformat(from_text)
    found = days_of(zone, ms(epoch), *minutes).begins(0, hours * 3600 * SECOND)
    return [(f"{epoch + timedelta(seconds=one.tick // SECOND):%d %H:%M}", one.part) for one in found]


def test_a_time_that_summer_leaves_out_is_the_instant_of_the_change() -> None:
    night = "2027-03-27T12:00:00+00:00"
    # In Berlin 02:00 is 03:00 at 01:00 UTC. Of 02:10 and 02:30, and 03:00, the last is on.
    assert begun("Europe/Berlin", night, 24, 60, 130, 150) == [("28 00:00", 0), ("28 01:00", 2)]
    assert begun("Europe/Berlin", night, 24, 60, 130, 180) == [("28 00:00", 0), ("28 01:00", 2)]
    assert begun("Europe/Berlin", night, 24, 119, 150) == [("28 00:59", 0), ("28 01:00", 1)]
    # On Lord Howe 02:00 is 02:30, at 15:30 UTC of the day before.
    assert begun("Australia/Lord_Howe", "2027-10-02T12:00:00+00:00", 24, 125, 149, 155) == [
        ("02 15:30", 1), ("02 15:35", 2),
    ]  # fmt: skip


def test_a_time_that_comes_twice_is_the_first_and_what_has_begun_goes_on() -> None:
    # In Berlin 03:00 is 02:00 at 01:00 UTC: 02:30 is at 00:30 and at 01:30.
    assert begun("Europe/Berlin", "2027-10-30T12:00:00+00:00", 24, 120, 150, 180) == [
        ("31 00:00", 0), ("31 00:30", 1), ("31 02:00", 2),
    ]  # fmt: skip
    days = days_of("Europe/Berlin", ms(datetime(2027, 10, 31, tzinfo=UTC)), 120, 150, 180)
    assert [days.part(minute * 60 * SECOND) for minute in (29, 30, 59, 60, 75, 119, 120)] == [0, 1, 1, 1, 1, 1, 2]
    # In St John's, at UTC-02:30 in summer, it is 01:00 again at 02:00, that is at 04:30 UTC.
    assert begun("America/St_Johns", "2027-11-06T18:00:00+00:00", 24, 90, 125) == [("07 04:00", 0), ("07 05:35", 1)]


def test_a_day_that_is_left_out_and_one_that_comes_twice_have_their_parts_once() -> None:
    # Apia went over the date line: no 30 December 2011. And back again, which nobody ever did.
    change_ms, back_ms = ms(datetime(2011, 12, 30, 10, tzinfo=UTC)), ms(datetime(2012, 1, 9, 10, tzinfo=UTC))
    table = ((change_ms - 99 * DAY_MS, -600), (change_ms, 840), (back_ms, -600))
    rules = Rules(day_parts=(DayPart(minute=360), DayPart(minute=720)))
    days = Days([Ruling(0, rules, table)], change_ms - DAY_MS)
    hours = [(one.tick / SECOND / 3600, one.part) for one in days.begins(0, 16 * 24 * 3600 * SECOND)]
    assert hours[:5] == [(6, 0), (12, 1), (24, 1), (30, 0), (36, 1)]
    assert [b[0] - a[0] for a, b in pairwise(hours)].count(42) == 1
    assert all(days.before(round((hour + 0.1) * 3600) * SECOND) == hour * 3600 * SECOND for hour, _ in hours)
    for hour in range(6, 16 * 24):
        assert days.part(hour * 3600 * SECOND) == [part for at, part in hours if at <= hour][-1]


def test_what_begins_far_from_now_is_found_as_fast() -> None:
    days = days_of("Europe/Berlin", ms(datetime(2020, 1, 1, tzinfo=UTC)), 360)
    # Long before the table its first offset counts, long after it the last.
    assert [one.tick // SECOND for one in days.begins(0, 86_400 * SECOND)] == [5 * 3600]
    later = (datetime(2900, 7, 1, tzinfo=UTC) - datetime(2020, 1, 1, tzinfo=UTC)).days * 86_400
    assert days.before(later * SECOND) == (later - 19 * 3600) * SECOND
