"""Planners that go on by themselves take turns, whoever was started when."""

from itertools import pairwise

import pytest

from storage.programme import PlanRecord
from storage.records import ChannelRecord, PoolRevision
from streamsync.plan import turn_ms

EPOCH_MS = 1_767_225_600_000
HOUR_MS = 3_600_000
TAKES_MS = 400_000  # to make one, and to be taken over
HOURS, EVERY = 24, 12


@pytest.mark.parametrize("starts", [(0,), (0, 1), (0, HOUR_MS, 11 * HOUR_MS + 30_000), (0, 10_000, 400_001)])
def test_planners_make_one_plan_each_time_between_them(starts: tuple[int, ...]) -> None:
    begins: list[int] = []  # of each plan, by when it was begun
    took_over: list[int] = []

    def record(now: int) -> ChannelRecord:
        plans = tuple(
            PlanRecord(version=number, tick=ms * 90, until=(ms + HOURS * HOUR_MS) * 90, pool=0, shards=1)
            for number, ms in enumerate(sorted(took_over), 1)
            if ms - 35_000 <= now
        )
        return ChannelRecord(
            name="main", revisions=(PoolRevision(tick=0, assets=()),), epoch_ms=EPOCH_MS, plans=plans
        )

    planners = [(start, start) for start in starts]  # when each looks next, and when it last began
    leads = dict.fromkeys(range(len(starts)), -1)
    while min(planners)[0] < 4 * 24 * HOUR_MS:
        number = min(range(len(planners)), key=lambda one: planners[one])
        now, began = planners[number]
        turn = began if leads[number] < 0 else turn_ms(record(now), EVERY, EPOCH_MS + began, leads[number]) - EPOCH_MS
        if now < turn:
            planners[number] = (min(turn, now + 60_000), began)
            continue
        drafts = [one for one in begins if one <= now < one + TAKES_MS]
        if not drafts:  # else the work is shared
            begins.append(now)
            took_over.append(now + TAKES_MS)
        ends = (drafts or [now])[-1] + TAKES_MS
        leads[number] = ends - now
        planners[number] = (ends, now)
    rounds = 4 * 24 // EVERY
    assert rounds <= len(begins) <= rounds + len(starts)
    took_over.sort()
    gaps = [after - before for before, after in pairwise(took_over)]
    assert max(gaps) <= EVERY * HOUR_MS + 61_000
