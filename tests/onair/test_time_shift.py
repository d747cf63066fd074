"""`?back=`: a list with more of the past is the ordinary one, after the segments before it as they were listed."""

from random import Random

import pytest

from manifest_server.onair.blobs import Blobs
from manifest_server.onair.channel import Channel
from manifest_server.onair.stream import Stream, stream
from manifest_server.playout.days import LOWEST, day_of
from manifest_server.playout.past import STEPS_S, step_s
from manifest_server.playout.playlist import header, media_playlist
from storage.clips import ClipRecord
from storage.programme import Edit, Moment
from storage.records import ChannelRecord, LineupPart, LineupRecord, PoolRevision
from tests.onair.simulated import ASSETS, DERIVED, GIVEN, IDENTS, KNOWN
from tests.playout.builders import SECOND, Listed, read
from tests.stage import EPOCH_MS

HOUR_S, DAY_S = 3600, 86_400
POOL = tuple(ASSETS)


def record(**changes: object) -> ChannelRecord:
    """A channel whose viewers may go back by a day."""
    revisions = (PoolRevision(tick=0, assets=POOL[:4], filler=tuple(IDENTS)),)
    said = {"epoch_ms": EPOCH_MS, "msn": 167_225_600, "dsn": 167_225_600, "timeshift_s": DAY_S, **changes}
    return ChannelRecord.model_validate({"name": "main", "revisions": revisions, **said})


def on_air(channel: ChannelRecord, lineup: LineupRecord | None = None) -> Stream:
    on = Channel(channel, KNOWN)
    return stream(on, on, DERIVED if lineup is None else lineup.id, lineup)


def listed(airs: Stream, day: int, at_s: float, back_s: int = 0) -> dict[int, Listed]:
    """The segments that a media playlist lists, as a player numbers them."""
    on = airs.channel
    found = airs.window(day, round(at_s * SECOND), back_s * SECOND)
    blobs = Blobs("/")
    text = media_playlist(
        header("ts", 4), found, lambda one: blobs.of(on.assets[one], "ts", "240p"), on.epoch_ms, airs.dsn_base(day)
    ).decode()
    return read(text)


def same(one: Listed, other: Listed) -> bool:
    """What two lists say of a segment. A date that is not printed follows from those before, to a millisecond."""
    dates = abs(one.date_ms - other.date_ms) < 1
    return dates and one._replace(date_ms=0, printed=True) == other._replace(date_ms=0, printed=True)


def any_channel(drawn: Random) -> Stream:
    """A channel of a few days: with moments or not, edited or not, ended or not."""
    edits = tuple(
        Edit(id=f"e{n}", tick=drawn.randrange(3 * DAY_S) * SECOND, clips=(ClipRecord(asset=POOL[4]),))
        for n in range(drawn.randrange(4))
    )
    changes: dict[str, object] = {"edits": tuple(sorted(edits, key=lambda one: one.tick))}
    if drawn.random() < 0.6:
        every_ms = drawn.choice([HOUR_S * 1000, 5 * HOUR_S * 1000, DAY_S * 1000])
        at_ms = EPOCH_MS + drawn.randrange(1, 86_400) * 1000
        moment = Moment(id="news", at_ms=at_ms, clips=(ClipRecord(asset=POOL[4]),), every_ms=every_ms)
        changes["moments"] = (moment,)
    if drawn.random() < 0.3:
        changes["stop_tick"] = drawn.randrange(DAY_S, 3 * DAY_S) * SECOND
    if drawn.random() < 0.3:
        changes["past_from"] = drawn.randrange(2 * DAY_S) * SECOND
    channel = record(**changes)
    if drawn.random() < 0.5:
        later = PoolRevision(tick=drawn.randrange(2 * DAY_S) * SECOND, assets=POOL[1:3], filler=tuple(IDENTS))
        channel = channel.model_copy(update={"revisions": (*channel.revisions, later)})
    if drawn.random() < 0.3:
        clips = tuple(ClipRecord(asset=one) for one in POOL)
        part = LineupPart(start=0, msn=channel.msn, dsn=channel.dsn, clips=clips, repeats=drawn.random() < 0.8)
        return on_air(channel, LineupRecord(id=GIVEN, run_msn=channel.msn, parts=(part,)))
    return on_air(channel)


@pytest.mark.parametrize("seed", range(16))
def test_a_list_with_more_of_the_past_ends_in_the_ordinary_one(seed: int) -> None:
    drawn = Random(seed)
    airs = any_channel(drawn)
    for _ in range(2):
        at_s = drawn.uniform(0, 3 * DAY_S)
        today = day_of(EPOCH_MS + int(at_s * 1000))
        day = max(today - drawn.choice([0, 0, 1, 2]), day_of(EPOCH_MS))
        ordinary = listed(airs, day, at_s)
        before = ordinary
        for back_s in (600, 7200, DAY_S):
            longer = listed(airs, day, at_s, back_s)
            assert max(longer) == max(ordinary)
            assert min(longer) <= min(before)
            assert all(same(longer[number], one) for number, one in before.items())
            assert list(longer) == list(range(min(longer), max(longer) + 1))
            assert min(one.dsn for one in longer.values()) >= LOWEST
            before = longer


@pytest.mark.parametrize("seed", range(16))
def test_what_it_says_of_the_past_is_what_was_listed_then(seed: int) -> None:
    drawn = Random(seed)
    airs = any_channel(drawn)
    at_s = drawn.uniform(DAY_S, 3 * DAY_S)
    back_s = drawn.choice(STEPS_S[:5])
    day = day_of(EPOCH_MS + int((at_s - back_s) * 1000))
    longer = listed(airs, day, at_s, back_s)
    for _ in range(8):
        then_s = drawn.uniform(max(at_s - back_s, 0), at_s)
        then = listed(airs, day, then_s)
        stop = airs.last_position(day, round(at_s * SECOND))
        reached = max(airs.channel.record.past_from / SECOND, min(at_s, stop / SECOND) - back_s) - 60
        known = {number: one for number, one in then.items() if (one.date_ms - EPOCH_MS) / 1000 > reached}
        assert known.keys() <= longer.keys()
        assert all(same(longer[number], one) for number, one in known.items())


def test_it_reaches_as_far_as_it_was_asked_to_and_the_channel_lets_it() -> None:
    at_s = 20 * HOUR_S + 0.5
    for timeshift_s, back_s, reaches_s in (
        (DAY_S, 600, 660), (DAY_S, 7200, 7260), (5400, 7200, 5460), (0, 7200, 60), (DAY_S, DAY_S, at_s),
    ):  # fmt: skip
        airs = on_air(record(timeshift_s=timeshift_s))
        first = min(listed(airs, day_of(EPOCH_MS), at_s, back_s).items())[1]
        begins_s = (first.date_ms - EPOCH_MS) / 1000
        assert begins_s <= at_s - reaches_s < begins_s + 4


def test_it_does_not_reach_before_the_channel_began_nor_where_it_did_not_before() -> None:
    airs = on_air(record())
    assert min(listed(airs, day_of(EPOCH_MS), 1000, DAY_S)) == 167_225_600
    # A time shift that has just become longer: what was listed no more may have been deleted.
    airs = on_air(record(past_from=900 * SECOND))
    first = min(listed(airs, day_of(EPOCH_MS), 1000, DAY_S).items())[1]
    assert EPOCH_MS + 896_000 < first.date_ms <= EPOCH_MS + 900_000
    # Later than the ordinary list begins, it takes nothing from that.
    airs = on_air(record(past_from=990 * SECOND))
    assert listed(airs, day_of(EPOCH_MS), 1000, DAY_S) == listed(airs, day_of(EPOCH_MS), 1000)


@pytest.mark.parametrize(
    ("back_s", "timeshift_s", "step"),
    [
        (0, 7200, 0), (1, 7200, 600), (600, 7200, 600), (601, 7200, 1800), (7200, 7200, 7200), (86_400, 7200, 7200),
        (86_400, 5400, 7200), (3600, 0, 0), (86_400, 86_400, 86_400), (57_601, 86_400, 86_400),
    ],
)  # fmt: skip
def test_steps_hold_what_is_asked_for(back_s: int, timeshift_s: int, step: int) -> None:
    assert step_s(back_s, timeshift_s) == step
