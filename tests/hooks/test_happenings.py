"""What happens on a channel between two looks, and under which ids."""

import pytest

from manifest_server.hooks.happenings import Timed, Told, reached, turns
from manifest_server.hooks.retries import MOST_TRIES, PAUSES_S, again_ms
from storage.clips import ClipRecord
from storage.programme import Moment
from storage.records import ChannelRecord, PoolRevision

S = 1000
CLIPS = (ClipRecord(asset="0" * 32),)


def channel(**more: object) -> Timed:
    """The channel main, which began at 100 s."""
    fields = {"name": "main", "msn": 5, "revisions": (PoolRevision(tick=0, assets=("0" * 32,)),), "epoch_ms": 100 * S}
    return Timed.of(ChannelRecord.model_validate({**fields, **more}))


def moment(name: str, at_s: int, **more: object) -> Moment:
    return Moment.model_validate({"id": name, "at_ms": at_s * S, "clips": CLIPS, **more})


def kinds(on: Timed, told: Told, since_s: int, now_s: int) -> tuple[list[tuple[str, int]], Told]:
    found, after = turns(on, told, since_s * S, now_s * S)
    return [(one.type, one.at_ms // S) for one in found], after


STARTED = Told(5, 100 * S, started=True)


@pytest.mark.parametrize(
    ("on", "told", "since_s", "now_s", "expected"),
    [
        (channel(), Told(), 98, 99, []),
        (channel(), Told(), 99, 100, [("channel.started", 100)]),
        (channel(), Told(), 40_000, 40_001, [("channel.started", 40_000)]),  # it was started in the past
        (channel(), STARTED, 100, 101, []),
        (channel(stop_tick=50 * 90_000), STARTED, 148, 149, []),
        (channel(stop_tick=50 * 90_000), STARTED, 149, 150, [("channel.stopped", 150)]),
        (channel(stop_tick=50 * 90_000 + 1), STARTED, 149, 150, []),
        (channel(stop_tick=50 * 90_000), Told(), 90, 300, [("channel.started", 100), ("channel.stopped", 150)]),
        (channel(stop_tick=50 * 90_000), STARTED._replace(stopped=True), 150, 300, []),
        (channel(epoch_ms=None), Told(), 1, 300, []),
        # Stopped and started anew while nobody looked.
        (channel(msn=9, epoch_ms=400 * S), STARTED, 300, 410, [("channel.stopped", 300), ("channel.started", 400)]),
        (channel(msn=9, epoch_ms=400 * S), STARTED, 300, 310, [("channel.stopped", 300)]),
    ],
)
def test_a_start_and_a_stop_are_told_once(
    on: Timed, told: Told, since_s: int, now_s: int, expected: list[tuple[str, int]]
) -> None:
    found, after = kinds(on, told, since_s, now_s)
    assert found == expected
    assert kinds(on, Told.read(after.stored()), since_s, now_s) == ([], after)


def test_ids_are_those_of_what_happened_whoever_notices() -> None:
    early, _ = turns(channel(), Told(), 90 * S, 101 * S)
    late, _ = turns(channel(), Told(), 500 * S, 501 * S)
    other, _ = turns(channel(msn=6), Told(), 90 * S, 101 * S)
    assert early[0].id == late[0].id != other[0].id
    assert early[0].body == (
        '{"type":"channel.started","timestamp":"1970-01-01T00:01:40.000Z","data":{"channel":"main",'
        '"on_air_from":"1970-01-01T00:01:40.000Z","at":"1970-01-01T00:01:40.000Z"}}'
    )


HOURLY = moment("news", 4000, every_ms=3600 * S, until_ms=20_000 * S)
SLATE = moment("slate", 7000, loops_until_ms=8000 * S)


@pytest.mark.parametrize(
    ("moments", "more", "since_s", "now_s", "expected"),
    [
        ([HOURLY], {}, 3999, 4000, [("news", 4000)]),
        ([HOURLY], {}, 4000, 4001, []),
        ([HOURLY], {}, 0, 30_000, [("news", at) for at in (4000, 7600, 11_200, 14_800, 18_400)]),
        ([HOURLY], {"stop_tick": (11_200 - 100) * 90_000}, 0, 30_000, [("news", 4000), ("news", 7600)]),
        ([HOURLY], {"epoch_ms": 5000 * S}, 0, 8000, [("news", 7600)]),
        ([HOURLY], {"epoch_ms": None}, 0, 8000, []),
        ([SLATE, HOURLY], {}, 0, 8000, [("slate", 7000), ("news", 4000)]),
        ([moment("one", 4000)], {"epoch_ms": 4000 * S}, 3999, 4000, [("one", 4000)]),
    ],
)
def test_a_moment_is_reached_each_time_that_it_is_seen(
    moments: list[Moment], more: dict[str, object], since_s: int, now_s: int, expected: list[tuple[str, int]]
) -> None:
    on = channel(moments=moments, **more)
    found = list(reached(on, since_s * S, now_s * S))
    assert [(one.data["moment"], one.at_ms // S) for one in found] == expected
    assert len({one.id for one in found}) == len(found)


def test_the_next_instant_is_known_beforehand() -> None:
    on = channel(moments=[HOURLY], stop_tick=9000 * 90_000)
    instants, at_ms = [], on.next_ms(0)
    while at_ms is not None:
        instants.append(at_ms // S)
        at_ms = on.next_ms(at_ms)
    assert instants == [100, 4000, 7600, 9100]


def test_tries_are_farther_and_farther_apart_and_end() -> None:
    pauses = [again_ms("a", "b", tries) for tries in range(1, MOST_TRIES + 1)]
    assert pauses[-1] is None
    for pause, usual in zip(pauses, PAUSES_S, strict=False):
        assert pause is not None
        assert 0.8 * usual * S <= pause <= 1.2 * usual * S
    assert again_ms("a", "b", 1) == again_ms("a", "b", 1) != again_ms("c", "b", 1)
