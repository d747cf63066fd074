"""Plans in memory: one fetch for all who ask, no more than there is room for, errors that say what is wrong."""

import asyncio
import threading
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from manifest_server.onair import plans
from manifest_server.onair.plans import Plans
from manifest_server.programming.pool import DERIVED, derived_id
from storage.errors import NotFound, Unavailable
from storage.lineup_ids import lineup_digest
from storage.plans import packed, shard_of
from storage.programme import PlanRecord

ASSETS = ("a" * 32, "b" * 32, "c" * 32)
PLAN = PlanRecord(version=3, tick=100, until=900, pool=0, shards=4)
VIEWERS = [f"v{n}" for n in range(100)]


def shard(number: int) -> bytes:
    ids = sorted(one for one in (lineup_digest("main", name) for name in VIEWERS) if shard_of(one, 4) == number)
    return packed(ids, [np.array([2, 0, 1])] * len(ids), 3)


OBJECTS = {f"plans/main/3/{number}.bin": shard(number) for number in range(4)}


def counting(read: list[str]) -> Callable[[str], bytes]:
    def one(key: str) -> bytes:
        read.append(key)
        return OBJECTS[key]

    return one


def asked(read: Callable[[str], bytes], *lineups: str, kept_bytes: int = 1 << 20) -> list[object]:
    async def story() -> list[object]:
        kept = Plans(read, kept_bytes)
        return await asyncio.gather(
            *(kept.clips_of("main", PLAN, ASSETS, one) for one in lineups), return_exceptions=True
        )

    return asyncio.run(story())


def test_a_viewers_own_lineup_is_found_by_its_id() -> None:
    assert derived_id("main", "alice") == DERIVED + lineup_digest("main", "alice").hex()
    found = asked(OBJECTS.__getitem__, *(derived_id("main", name) for name in VIEWERS))
    assert found == [("c" * 32, "a" * 32, "b" * 32)] * 100


@pytest.mark.parametrize("lineup", [derived_id("main", "stranger"), "kids", "d-", "d-xyz", DERIVED + "z" * 24])
def test_a_lineup_that_a_plan_does_not_know_has_none(lineup: str) -> None:
    assert asked(OBJECTS.__getitem__, lineup) == [None]


def test_a_shard_is_read_once_for_all_who_ask() -> None:
    read: list[str] = []
    asked(counting(read), *(derived_id("main", name) for name in VIEWERS))
    assert sorted(read) == sorted(OBJECTS)


def test_no_more_is_kept_than_there_is_room_for() -> None:
    read: list[str] = []
    room = max(map(len, OBJECTS.values())) + 1

    async def story() -> None:
        kept = Plans(counting(read), room)
        for name in VIEWERS[:20] * 2:
            assert await kept.clips_of("main", PLAN, ASSETS, derived_id("main", name)) is not None

    asyncio.run(story())
    changes = [shard_of(lineup_digest("main", name), 4) for name in VIEWERS[:20] * 2]
    assert len(read) == 1 + sum(a != b for a, b in pairwise(changes))


def _gone(key: str) -> bytes:
    raise NotFound(f"no object {key!r}")


def _away(key: str) -> bytes:
    raise Unavailable("the store does not answer")


@pytest.mark.parametrize(
    ("read", "says"),
    [
        (_gone, r"object 'plans/main/3/\d.bin' of a published plan is not there"),
        (_away, "the store does not answer"),
        (lambda _: b"something else, that is long enough", "is no shard of this plan"),
    ],
)
def test_a_shard_that_does_not_come_is_told_and_asked_for_again(read: Callable[[str], bytes], says: str) -> None:
    fails = [True]

    def one(key: str) -> bytes:
        return read(key) if fails[0] else OBJECTS[key]

    async def story() -> None:
        kept = Plans(one)
        with pytest.raises(Unavailable, match=says):
            await kept.clips_of("main", PLAN, ASSETS, derived_id("main", "v1"))
        fails[0] = False
        assert await kept.clips_of("main", PLAN, ASSETS, derived_id("main", "v1")) is not None

    asyncio.run(story())


def test_a_store_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "READ_S", 0.05)
    hangs = threading.Event()

    async def story() -> None:
        kept = Plans(lambda key: (hangs.wait(30), OBJECTS[key])[1])
        with pytest.raises(Unavailable, match="does not come within"):
            await kept.clips_of("main", PLAN, ASSETS, derived_id("main", "v1"))
        hangs.set()

    asyncio.run(story())


def test_one_who_goes_away_takes_it_from_nobody() -> None:
    may_go = threading.Event()

    async def story() -> None:
        kept = Plans(lambda key: (may_go.wait(30), OBJECTS[key])[1])
        lineup = derived_id("main", "v1")
        first, other = (asyncio.create_task(kept.clips_of("main", PLAN, ASSETS, lineup)) for _ in range(2))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.wait({first})
        may_go.set()
        assert await other is not None

    asyncio.run(story())
