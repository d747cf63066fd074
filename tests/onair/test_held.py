"""Lineups that are held: how many, and what those who remember one see of it."""

import pytest

from manifest_server.onair.channel import Channel
from manifest_server.onair.held import Streams
from manifest_server.onair.remembered import ENDED, Kept, Term
from manifest_server.onair.stream import Stream, stream
from storage.clips import ClipRecord
from storage.programme import Rules, Taste, TasteRevision
from storage.records import ChannelRecord, LineupPart, LineupRecord, PoolRevision
from tests.stage import EPOCH_MS, asset

FILMS = {one.id: one for one in (asset(number, 16) for number in range(1, 8))}
CLIPS = tuple(ClipRecord(asset=one) for one in FILMS)
GIVEN = LineupRecord(
    id="kids", run_msn=1000, parts=(LineupPart(start=0, msn=1000, dsn=1000, repeats=True, clips=CLIPS),)
)
TASTED = LineupRecord(id="d-one", run_msn=1000, tastes=(TasteRevision(tick=0, taste=Taste(version=1)),))


def channel(**rules: object) -> Channel:
    pool = PoolRevision(tick=0, assets=tuple(FILMS), rules=Rules.model_validate(rules))
    return Channel(ChannelRecord(name="main", revisions=(pool,), epoch_ms=EPOCH_MS, msn=1000, dsn=1000), FILMS)


def made(on: Channel, record: LineupRecord | None = None, lineup: str = "d-one") -> Stream:
    return stream(on, on, lineup if record is None else record.id, record)


@pytest.mark.parametrize(
    ("on", "record", "clips"),
    [(channel(), None, 0), (channel(), GIVEN, 7), (channel(), TASTED, 21), (channel(repeat_clips=3), None, 21)],
    ids=["drawn", "given", "by a taste", "under rules"],
)
def test_clips_count_that_a_lineup_holds_for_good(on: Channel, record: LineupRecord | None, clips: int) -> None:
    assert made(on, record).clips == clips


def test_what_was_used_longest_ago_goes_and_whoever_remembers_it_keeps_none_alive() -> None:
    on, streams = channel(), Streams(limit=2)
    one, two = (streams.hold(("main", name), made(on, lineup=name)) for name in ("d-1", "d-2"))
    assert streams.get(("main", "d-1")) is one  # which uses it
    three = streams.hold(("main", "d-3"), made(on, lineup="d-3"))
    assert (one.stream is not None, two.stream, three.stream is not None) == (True, None, True)
    assert len(streams) == 2


def test_lineups_of_many_clips_are_held_as_far_as_these_have_room() -> None:
    on, streams = channel(), Streams(clips=20)
    held = [streams.hold(("main", str(number)), made(on, GIVEN)) for number in range(5)]
    assert [one.stream is not None for one in held] == [False, False, False, True, True]
    drawn = [streams.hold(("main", f"d-{number}"), made(on)) for number in range(5)]
    assert all(one.stream is not None for one in drawn)


def test_one_is_good_while_it_is_held_and_all_that_it_hangs_on_is() -> None:
    on, streams = channel(), Streams(limit=1)
    held = streams.hold(("main", "d-1"), made(on))
    assert not held.good(0.0)  # nobody has looked what it hangs on
    kept, stored = Kept(on, Term(10.0)), Kept[LineupRecord | None](None, Term(5.0))
    assert held.hang_on(kept, stored).good(4.9)
    assert not held.good(5.0)
    assert held.hang_on(kept, None).good(9.9)
    assert not held.good(10.0)
    kept.term = ENDED
    assert not held.good(0.0)
    kept.term = Term(10.0)
    streams.hold(("main", "d-2"), made(on))
    assert not held.good(0.0)
