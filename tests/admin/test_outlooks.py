"""What was chosen before a moment stays chosen when moments, rules and day parts change: as the verbs store it."""

import asyncio
from random import Random

import pytest

from manifest_server.admin import actions
from manifest_server.admin.edits import edit_all
from manifest_server.admin.moments import add_moment, add_slate, remove_moment
from manifest_server.admin.reorder import reorder_one
from manifest_server.admin.rules import set_rules
from manifest_server.admin.undo import undo_change
from manifest_server.onair.channels import Channels
from manifest_server.programming.pool import derived_id
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.errors import Conflict
from storage.programme import DayPart, Moment, Rules
from tests.playout.builders import SECOND
from tests.stage import EPOCH_MS, asset

from .moment_stage import GOAL, SPOT, with_moment

HOUR_MS = 3_600_000
CLIPS = (ClipRecord(asset=GOAL.id),)
VIEWERS = ("alice", "bob", "carol")


class House:
    """A channel with a pool of films of some minutes, and a clock."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.now_ms = EPOCH_MS + HOUR_MS

    def clock(self) -> int:
        return self.now_ms

    async def aired(self, until_ms: int) -> list[list[tuple[str, int, int, int, int]]]:
        """Everything that each viewer has listed up to an instant."""
        found = []
        channels = Channels(self.catalogue)
        for viewer in VIEWERS:
            _, stream = await channels.joined(await channels.channel("main"), viewer)
            tick, until = (self.now_ms - EPOCH_MS - HOUR_MS // 2) * 90, (until_ms - EPOCH_MS) * 90
            seen = []
            while tick < until:
                place = stream.succession(EPOCH_MS // 86_400_000, tick).place(tick)
                ticks = place.clip.asset.ticks
                seen.append((place.clip.asset.id, place.segment, place.tick, place.msn, place.dsn))
                tick = place.tick + ticks[place.segment + 1] - ticks[place.segment]
                tick += place.clip.extra if place.segment + 1 == place.clip.last else 0
            found.append([one for one in seen if one[2] < until])
        return found


def told(redis_url: str, story: object) -> None:
    async def run() -> None:
        async with Catalogue.connect(redis_url) as catalogue:
            await with_moment(catalogue)
            drawn = Random(5)
            films = [asset(100 + n, 4.0 * drawn.randint(30, 150)) for n in range(30)]
            await asyncio.gather(*(catalogue.index_asset(one) for one in films))
            await actions.set_pool(catalogue, "main", [one.id for one in films], lambda: EPOCH_MS)
            await story(House(catalogue))  # type: ignore[operator]

    asyncio.run(run())


def in_minutes(house: House, minutes: float, name: str = "news", **more: object) -> Moment:
    return Moment.model_validate({"id": name, "at_ms": house.now_ms + int(minutes * 60_000), "clips": CLIPS, **more})


@pytest.mark.slow
def test_what_was_listed_stays_through_a_day_of_changes(redis_url: str) -> None:
    async def story(house: House) -> None:
        catalogue, clock = house.catalogue, house.clock
        parts = (DayPart(minute=0), DayPart(minute=100))

        async def removed(name: str) -> None:
            await remove_moment(catalogue, "main", name, clock)

        changes = [
            lambda: add_moment(catalogue, "main", in_minutes(house, 12), clock),
            lambda: add_moment(catalogue, "main", in_minutes(house, 1, "soon"), clock),
            lambda: removed("news"),
            lambda: undo_change(catalogue, "main", clock),
            lambda: add_moment(catalogue, "main", in_minutes(house, 7, "often", every_ms=600_000), clock),
            lambda: set_rules(catalogue, "main", Rules(day_parts=parts), clock),
            lambda: add_slate(catalogue, "main", CLIPS, clock, lasts_ms=90_000),
            lambda: removed("often"),
            lambda: undo_change(catalogue, "main", clock),
            lambda: set_rules(catalogue, "main", Rules(), clock),
        ]
        outlooks = 0
        waits = [190_000, 190_000, 5_000, 190_000, 100_000, 190_000, 150_000, 5_000, 190_000, 0]
        for change, wait_ms in zip(changes, waits, strict=True):
            horizon_ms = house.now_ms + 25_000
            before = await house.aired(horizon_ms)
            await change()  # type: ignore[no-untyped-call]
            assert await house.aired(horizon_ms) == before
            outlooks = len((await catalogue.channel("main")).outlooks)
            house.now_ms += wait_ms
        assert outlooks >= 8

    told(redis_url, story)


def test_a_moment_that_is_added_long_before_leaves_nothing_behind(redis_url: str) -> None:
    async def story(house: House) -> None:
        added = await add_moment(house.catalogue, "main", in_minutes(house, 90), house.clock)
        assert added.channel.outlooks == ()
        house.now_ms += 60 * 60_000
        assert (await remove_moment(house.catalogue, "main", "news", house.clock)).outlooks != ()
        entry, *_ = (await house.catalogue.audit.page("main", None, 5))[0]
        assert set(entry.changed) == {"moments"}

    told(redis_url, story)


def test_what_is_of_a_run_does_not_count_in_the_next(redis_url: str) -> None:
    async def story(house: House) -> None:
        await add_moment(house.catalogue, "main", in_minutes(house, 5), house.clock)
        await edit_all(house.catalogue, "main", [ClipRecord(asset=SPOT.id)], house.clock)
        await actions.stop_channel(house.catalogue, "main", house.clock)
        house.now_ms += HOUR_MS
        again = await actions.start_channel(house.catalogue, "main", house.now_ms)
        assert (again.outlooks, again.edits, len(again.moments)) == ((), (), 2)

    told(redis_url, story)


@pytest.mark.slow
@pytest.mark.parametrize("minutes", [20, 30, 45])
def test_clips_that_were_chosen_for_a_moment_are_not_reordered_by_mistake(redis_url: str, minutes: int) -> None:
    """Either the clips air in the order asked for, and what comes then is as it was, or it is refused."""

    async def story(house: House) -> None:
        await add_moment(house.catalogue, "main", in_minutes(house, minutes), house.clock)
        house.now_ms += 30_000
        refused: list[str] = []
        for viewer in ("dora", "emil", "fritz", "gabi"):
            lineup = derived_id("main", viewer)
            for count in (2, 3, 4, 5):
                try:
                    done = await reorder_one(
                        house.catalogue, lambda _: b"", "main", lineup, [*range(count, 0, -1)], house.clock
                    )
                except Conflict as error:
                    refused.append(str(error).partition("clips air")[2])
                    continue
                channels = Channels(house.catalogue)
                stream = await channels.on_air(await channels.channel("main"), lineup)
                found = stream.succession(EPOCH_MS // 86_400_000, done.edit.tick).boundary(done.edit.tick)
                assert found is not None
                place = stream.succession(EPOCH_MS // 86_400_000, found.tick + SECOND).place(found.tick + SECOND)
                assert place.clip.asset.id == done.edit.clips[0].asset
        assert len(refused) < 16
        if minutes == 30:
            assert " for a moment to begin on time: reorder fewer, or later" in refused

    told(redis_url, story)
