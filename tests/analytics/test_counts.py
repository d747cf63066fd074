"""What is counted in the process, and that it has bounds whatever comes."""

import sys

import pytest

from manifest_server.analytics import counts
from manifest_server.analytics.beacon import Beacon, Event
from manifest_server.analytics.counts import POSTS, STRANGERS, Counts, Tally
from manifest_server.analytics.figures import LABELS
from tests.stage import Clock

from .players import FILM, beacon, beat


def tally(*sent: Beacon, country: str = "DE") -> Tally:
    """What is counted of these in one go."""
    counted = Counts(Clock())
    counted.channels.add("main")
    for one in sent:
        counted.take(one, country)
    counted.cut()
    found = counted.next()
    assert found is not None
    return found


def test_every_type_of_event_is_counted() -> None:
    events = [
        {"type": "start", "startup_ms": 740.5},
        beat(sync_ms=-30, stalls=2, stalled_ms=900.7, dropped=3, height=240),
        {"type": "stall", "stalled_ms": 50},
        {"type": "error", "code": "fragLoadError", "fatal": True},
        {"type": "error", "code": "fragLoadError"},
        {"type": "level", "height": 480},
        {"type": "frob"},
        beat(),
        {"type": "end"},
    ]
    found = tally(beacon("alice", *events))
    assert found.told(lambda _: True) == {
        "start": 1, "su:2": 1, "s:-2": 1, "s:0": 1, "stall": 3, "stms": 950, "drop": 3, "err": 2, "fatal": 1,
        "e:fragLoadError": 2, "lv": 1, "end": 1, "n": 1, f"a:{FILM.id}": 1, "h:480": 1, "c:DE": 1,
        "brs": 480, "brn": 1,
    }  # fmt: skip
    assert found.viewers == set(), "who has ended is not there"


def test_what_a_player_does_not_know_is_not_counted() -> None:
    found = tally(beacon("alice", beat(height=0, bitrate_kbps=0, asset=None, sync_ms=None)))
    assert found.told(lambda _: True) == {"n": 1, "c:DE": 1}


def test_whoever_is_heard_of_is_there() -> None:
    found = tally(beacon("alice"), beacon("bob", {"type": "start"}), beacon("alice", session=2))
    assert found.viewers == {"alice", "bob"}
    assert found.posts == 3


def test_what_is_no_label_or_not_known_is_other() -> None:
    sent = [
        beacon("alice", beat(asset="=film"), {"type": "error", "code": "=cmd()"}),
        beacon("bob", beat(asset=f"{2:032x}"), {"type": "error", "code": ""}),
        beacon("cid"),
    ]
    told = tally(*sent).told(lambda asset: asset == FILM.id)
    assert {name: count for name, count in told.items() if name[:2] in {"a:", "e:"}} == {
        f"a:{FILM.id}": 1, "a:other": 2, "e:other": 2,
    }  # fmt: skip


def test_the_most_frequent_labels_are_told() -> None:
    sent = [beacon("alice", beat(height=number + 1), session=number + 1) for number in range(100)]
    sent += [beacon("bob", beat(height=99), session=1000 + number) for number in range(5)]
    told = tally(*sent).told(lambda _: True)
    heights = {name: count for name, count in told.items() if name.startswith("h:")}
    assert len(heights) == LABELS["h:"] + 1
    assert heights["h:99"] == 6
    assert sum(heights.values()) == 105


def test_a_session_that_comes_too_often_is_not_counted_on() -> None:
    clock = Clock()
    counted = Counts(clock)
    for _ in range(POSTS + 3):
        counted.take(beacon(), "DE")
    assert (counted.taken, counted.dropped) == (POSTS + 3, {"often": 3})
    clock.now_ms += 10_000
    counted.take(beacon(), "DE")
    assert counted.dropped == {"often": 3}


def test_each_ten_seconds_have_a_tally_by_our_clock() -> None:
    clock = Clock(1_767_225_609_999)
    counted = Counts(clock)
    counted.take(beacon(), "DE")
    clock.now_ms += 1
    counted.take(beacon("alice", beat(t=0)), "DE")
    counted.cut()
    found = []
    while (one := counted.next()) is not None:
        found.append(one.since_s)
        counted.told()
    assert found == [1_767_225_600, 1_767_225_610]


def test_what_nobody_could_be_told_in_time_is_dropped() -> None:
    clock = Clock()
    counted = Counts(clock)
    counted.take(beacon(), "DE")
    counted.cut()
    clock.now_ms += counts.KEPT_S * 1000 + 10_000
    assert counted.next() is None
    assert (counted.taken, counted.dropped) == (1, {"late": 1})
    assert counted._viewers == 0


def test_names_of_no_channels_take_no_room() -> None:
    counted = Counts(Clock())
    counted.channels.add("main")
    for number in range(1000):
        counted.take(beacon(channel=f"no-{number}", session=number), "DE")
    assert counted.dropped == {"channel": 1000 - STRANGERS}
    counted.take(beacon(session=9999), "DE")
    assert counted.dropped == {"channel": 1000 - STRANGERS}


def size(counted: Counts) -> int:
    """Bytes of all that is remembered."""
    tallies = [*counted._waiting, *counted._current.values()]
    held = [one for tally in tallies for one in (tally.viewers, tally.fields, tally.kinds)]
    names = [name for one in (*held, counted._posts) for name in one]
    return sum(map(sys.getsizeof, [*tallies, *held, *names, counted._posts]))


@pytest.mark.slow
def test_a_million_of_everything_takes_bounded_memory() -> None:
    clock = Clock()
    counted = Counts(clock)
    counted.channels.add("main")
    sizes = []
    for number in range(1_000_000):
        event = Event(type="beat", asset=f"{number:032x}", height=number % 100_000)
        error = Event(type="error", code=f"code-{number}")
        viewer, session = f"{number:064x}", f"{number:016x}"
        counted.take(Beacon(v=1, viewer=viewer, session=session, channel="main", events=[event, error]), "DE")
        if number % 1000 == 0:
            clock.now_ms += 10  # ten seconds in all: they could all still be told
            counted.cut()
        if number in {300_000, 999_999}:
            sizes.append(size(counted))
    assert counted.dropped["room"] > 700_000
    assert sizes[1] < 60e6
    assert sizes[1] < 1.2 * sizes[0]
