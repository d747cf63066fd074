"""Where numbers come from, checked against counting one by one."""

from hypothesis import given, settings
from hypothesis import strategies as st

from manifest_server.playout.lineup import Clip, Given, Lineup, Succession
from manifest_server.programming.derivation import derivation
from manifest_server.programming.pool import Revision, derived
from tests.playout.builders import SECOND, asset

POOL = tuple(Clip.whole(asset(f"a{number}", *[4.0] * (number + 1))) for number in range(4))  # 4, 8, 12 and 16 s
OTHER = (Clip.whole(asset("b", 3.0)), Clip.whole(asset("c", 2.0, 2.0)))
MSN, DSN = 167_000_000, 500


def succession(change_s: int) -> Succession:
    return derived("d-x", [Revision(0, POOL), Revision(change_s * SECOND, OTHER)], MSN, DSN)


@settings(deadline=None)
@given(st.integers(1, 300), st.integers(0, 500 * SECOND))
def test_the_addends_are_what_counting_gives(change_s: int, tick: int) -> None:
    line = succession(change_s)
    found = derivation(line, tick)
    place = line.place(tick)
    segments = clips = at = 0
    while True:  # from the first segment on, one clip after the other
        now = line.place(at)
        if now.start + now.clip.ticks > tick:
            break
        segments, clips, at = segments + now.clip.last - now.clip.first, clips + 1, now.start + now.clip.ticks
    assert found.msn[0].value + segments + place.segment == sum(one.value for one in found.msn) == place.msn
    assert found.dsn[0].value + clips == sum(one.value for one in found.dsn) == place.dsn
    assert (found.msn[0].value, found.dsn[0].value) == (MSN, DSN)
    assert all(one.value >= 0 for one in (*found.msn, *found.dsn))
    assert found.lineup.order.cycle(found.cycle).clips[found.at] == place.clip


def test_a_segment_in_the_third_cycle_of_the_second_part() -> None:
    line = Succession([
        Lineup(0, 100, 10, Given(POOL[:2]), repeats=False),  # 12 s, three segments
        Lineup(12 * SECOND, 103, 12, Given(OTHER)),  # cycles of 7 s, three segments
    ])  # fmt: skip
    found = derivation(line, (12 + 2 * 7 + 3 + 2) * SECOND)
    assert (found.part, found.begins, found.cycle, found.at, found.cycle_clips) == (1, 12 * SECOND, 2, 1, 2)
    assert found.place.clip == OTHER[1]
    assert [(one.what, one.value) for one in found.msn] == [
        ("the first segment, at tick 0", 100),
        ("segments in the parts before, 1", 3),
        ("segments of clips that have ended since the part that is on air began", 7),
        ("segments of the clip before this one", 1),
    ]
    assert [one.value for one in found.dsn] == [10, 2, 5]
    assert (found.place.msn, found.place.dsn) == (111, 17)


def test_a_part_that_goes_on_in_the_middle_of_an_order() -> None:
    line = Succession([
        Lineup(0, 100, 10, Given(POOL[:2]), repeats=False),
        # The second cycle of an order of 7 s, from its second clip on, at 12 s.
        Lineup((12 - 7 - 3) * SECOND, 103 - 4, 12 - 3, Given(OTHER), since=12 * SECOND),
    ])  # fmt: skip
    found = derivation(line, 13 * SECOND)
    assert (found.begins, found.cycle, found.at, found.place.clip) == (12 * SECOND, 1, 1, OTHER[1])
    assert [one.value for one in found.msn] == [100, 3, 0, 0]
    later = derivation(line, 17 * SECOND)
    assert (later.cycle, later.at, later.place.msn) == (2, 0, 105)
    assert [one.value for one in later.msn] == [100, 3, 2, 0]
