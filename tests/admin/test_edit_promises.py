"""Random edits, moments, pools and undos of them, at random instants: what a player may have listed never changes."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

from manifest_server.admin import actions
from manifest_server.admin.edits import edit_all, edit_one, undo_edit
from manifest_server.admin.moments import add_moment, add_slate, remove_moment
from manifest_server.admin.reorder import reorder_one
from manifest_server.admin.undo import undo_change
from manifest_server.onair.channels import Channels
from manifest_server.playout.window import Window
from manifest_server.programming.pool import derived_id
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.errors import Conflict, NotFound
from storage.programme import Moment
from tests.stage import EPOCH_MS

from .moment_stage import FILMS, GOAL, SPOT, with_moment

pytestmark = pytest.mark.slow

ALICE = derived_id("main", "alice")
CLIPS = (ClipRecord(asset=SPOT.id),)
GOALS = (ClipRecord(asset=GOAL.id),)
VIEWERS = ("alice", "bob")


def nothing(_: str) -> bytes:
    raise AssertionError


async def listed(catalogue: Catalogue, viewer: str, now_ms: int) -> list[Window]:
    """What a player may have been told by now, even by a server whose clock is fast."""
    channels = Channels(catalogue)
    _, stream = await channels.joined(await channels.channel("main"), viewer)
    ticks = [(now_ms - EPOCH_MS + ahead_ms) * 90 for ahead_ms in (0, 5000)]
    return [stream.window(now_ms // 86_400_000, tick)._replace(moves=None, until=None) for tick in ticks]


Deed = Callable[[Catalogue, Callable[[], int], int], Awaitable[object]]


async def _undo_first(catalogue: Catalogue, clock: Callable[[], int], _: int) -> None:
    edits = (await catalogue.channel("main")).edits
    await undo_edit(catalogue, "main", None, edits[-1].id, clock)


async def _remove_last(catalogue: Catalogue, clock: Callable[[], int], _: int) -> None:
    await remove_moment(catalogue, "main", (await catalogue.channel("main")).moments[0].id, clock)


async def _undo_entry(catalogue: Catalogue, clock: Callable[[], int], number: int) -> None:
    entries, _ = await catalogue.audit.page("main", None, 5)
    await undo_change(catalogue, "main", clock, entries[number % len(entries)].id)


DEEDS: dict[str, Deed] = {
    "push": lambda on, clock, n: edit_all(on, "main", CLIPS, clock, drop=n % 3, notice_ms=n * 9000),
    "insert": lambda on, clock, n: edit_one(on, "main", ALICE, CLIPS, clock, drop=n % 3),
    "reorder": lambda on, clock, n: reorder_one(on, nothing, "main", ALICE, [2, 1], clock),
    "undo edit": _undo_first,
    "moment": lambda on, clock, n: add_moment(
        on, "main", Moment(id=f"m{clock()}", at_ms=clock() + 35_000 + n * 7000, clips=GOALS), clock
    ),
    "slate": lambda on, clock, n: add_slate(on, "main", CLIPS, clock, lasts_ms=20_000 + n * 1000),
    "remove": _remove_last,
    "pool": lambda on, clock, n: actions.set_pool(on, "main", [one.id for one in FILMS[: 2 + n % 2]], clock),
    "undo": lambda on, clock, _: undo_change(on, "main", clock),
    "undo entry": _undo_entry,
}  # fmt: skip


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    deeds=st.lists(
        st.tuples(st.sampled_from(sorted(DEEDS)), st.integers(0, 30), st.integers(0, 40_000)), min_size=4, max_size=10
    )
)
def test_nothing_that_was_listed_ever_changes(redis_url: str, deeds: list[tuple[str, int, int]]) -> None:
    async def story() -> None:
        now_ms = EPOCH_MS + 600_000
        async with Catalogue.connect(redis_url) as catalogue:
            await with_moment(catalogue)
            for deed, number, passes_ms in deeds:
                before = [await listed(catalogue, viewer, now_ms) for viewer in VIEWERS]
                with suppress(Conflict, NotFound, IndexError):
                    await DEEDS[deed](catalogue, lambda now=now_ms: now, number)  # type: ignore[misc]
                assert [await listed(catalogue, viewer, now_ms) for viewer in VIEWERS] == before, deed
                now_ms += passes_ms

    with Redis.from_url(redis_url) as redis:
        redis.flushall()
    asyncio.run(story())
