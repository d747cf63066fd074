"""Day parts: everybody goes over to the tick, to what the part has of the pool, and numbers need no history."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manifest_server.playout.lineup import Clip
from manifest_server.programming.course import Course
from manifest_server.programming.day_parts import WHOLE_DAY, Days, Ruling, chosen, of_part
from manifest_server.programming.pool import Revision, drawn
from manifest_server.programming.programme import Programme
from manifest_server.programming.spans import Spans
from manifest_server.programming.stock import Stock
from storage.programme import DayPart, Rules
from tests.playout.builders import EPOCH_MS, SECOND

from .moments import IDENTS, even, moment, pools, segments

HOUR = 3600 * SECOND
RULES = Rules(
    day_parts=(
        DayPart(minute=6 * 60, any_tags=("kids",)),
        DayPart(minute=20 * 60 + 15, no_tags=("kids",)),
        DayPart(minute=23 * 60),
    ),
    utc_offset_min=60,
)
POOL = tuple(even(f"{kind}{number}", 20 + number) for kind in ("kids", "film") for number in range(4))
TAGS = {"kids": (0, 1, 2, 3)}


def course(viewer: str, pool: tuple[Clip, ...], days: Days, *moments: object, since: int = 0) -> Course:
    spans = Spans(moments, EPOCH_MS, days)  # type: ignore[arg-type]
    revision = Revision(0, pool, RULES, TAGS)
    programme = Programme(orders=drawn(viewer, [revision]), fillers=((0, IDENTS),), days=days)
    return Course(programme, spans, 70_000, 70_000, spans.anchor(since))


def test_which_part_is_on_and_when_each_begins() -> None:
    days = Days([Ruling(0, RULES)], EPOCH_MS)  # the epoch is at one o'clock in the night
    begins = [(one.tick / HOUR, one.part) for one in days.begins(0, 48 * HOUR)]
    assert begins == [(5, 0), (19.25, 1), (22, 2), (29, 0), (43.25, 1), (46, 2)]
    assert [days.part(int(hour * HOUR)) for hour in (0, 5, 19.2, 19.25, 21.9, 22, 28.9, 29)] == [
        2,
        0,
        0,
        1,
        1,
        2,
        2,
        0,
    ]
    assert days.before(48 * HOUR) == 46 * HOUR
    assert days.before(3 * HOUR) < 0
    assert Days([Ruling(0, Rules())], EPOCH_MS).part(HOUR) == WHOLE_DAY


def test_parts_that_are_taken_away_begin_no_more() -> None:
    days = Days([Ruling(0, RULES), Ruling(20 * HOUR, Rules())], EPOCH_MS)
    assert [one.tick // HOUR for one in days.begins(0, 100 * HOUR)] == [5, 19]
    assert days.part(21 * HOUR) == WHOLE_DAY
    assert days.before(90 * HOUR) == 19.25 * HOUR


def test_a_part_that_leaves_nothing_has_all() -> None:
    stock = Stock(POOL, RULES, {"kids": ()})
    assert list(chosen(RULES.day_parts[0], len(POOL), stock.tags, ())) == []
    assert of_part(stock, 0) is stock


@pytest.mark.parametrize(("after_s", "apart"), [(600, 20 * SECOND), (900, SECOND // 2)])
def test_a_pool_and_rules_with_parts_may_change_within_one_clip(after_s: int, apart: int) -> None:
    at = 5 * HOUR + after_s * SECOND  # in the middle of a clip, and at its end
    pool = (even("long", 225),)
    rules = Rules(day_parts=RULES.day_parts[:1], utc_offset_min=60)
    late = Revision(at + apart, POOL, rules, TAGS)
    revisions = [Revision(0, pool, RULES, {"kids": (0,)}), Revision(at, POOL), late]
    days = Days([Ruling(one.tick, one.rules) for one in revisions], EPOCH_MS)
    programme = Programme(orders=drawn("alice", revisions), fillers=((0, IDENTS),), days=days)
    succession = Course(programme, Spans((), EPOCH_MS, days), 70_000, 70_000).until(8 * HOUR)
    shown = {place.clip.asset.id for place, _ in segments(succession, at + 1000 * SECOND, 8 * HOUR)}
    assert shown == {"kids0", "kids1", "kids2", "kids3"}


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(
    pools(least=8, most=8), st.lists(st.text(max_size=8), min_size=2, max_size=3, unique=True), st.integers(0, 3000)
)
def test_everybody_goes_over_to_the_tick_and_sees_what_the_part_has(
    pool: tuple[Clip, ...], viewers: list[str], late_s: int
) -> None:
    days = Days([Ruling(0, RULES)], EPOCH_MS)
    show = moment("show", 18 * 3_600_000 + late_s * 1000, (even("show", 450),))  # half an hour, perhaps over 19:15
    for viewer in viewers:
        succession = course(viewer, pool, days, show).until(24 * HOUR)
        for begin in days.begins(0, 24 * HOUR):
            shown = succession.place(begin.tick)
            if shown.clip.asset.id == "show":
                continue
            assert shown.tick == begin.tick
        tick = 18 * HOUR
        for place, length in segments(succession, 18 * HOUR, 20 * HOUR):
            assert place.tick <= tick
            assert length >= SECOND
            name, number = place.clip.asset.id, place.clip.asset.id.removeprefix("asset")
            if name != "show" and not name.startswith("ident"):
                part = days.part(place.start)
                assert part != 0 or int(number) < 4
                assert part != 1 or int(number) >= 4
            tick = place.tick + length


def test_numbers_of_another_day_are_of_the_same_segments() -> None:
    days = Days([Ruling(0, RULES)], EPOCH_MS)
    whole, later = course("v", POOL, days), course("v", POOL, days, since=72 * HOUR)
    anchor = later.anchor
    assert anchor is not None
    assert anchor.start == 70 * HOUR
    one, two = whole.until(75 * HOUR), later.until(75 * HOUR)
    apart = two.place(anchor.start).msn - one.place(anchor.start).msn
    assert two.place(anchor.start).msn == 70_000 + 70 * 3600
    for (a, _), (b, _) in zip(segments(one, 70 * HOUR, 75 * HOUR), segments(two, 70 * HOUR, 75 * HOUR), strict=True):
        assert (a.clip, a.segment, a.tick, a.msn + apart) == (b.clip, b.segment, b.tick, b.msn)
    two = later.until(90 * HOUR)
    seen = {two.place(hour * HOUR // 10).clip.asset.id[:4] for hour in range(770, 890)}
    assert seen == {"kids"}
