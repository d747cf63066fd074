"""Where a given lineup lists an asset, and where an edit takes over, on channels with moments and day parts."""

from collections.abc import Callable

import pytest

from manifest_server.admin import actions
from manifest_server.admin.places import listings
from manifest_server.onair.channels import Channels
from manifest_server.onair.stream import Stream
from manifest_server.playout.days import day_of
from manifest_server.programming.pool import derived_id
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.programme import Break, DayPart, Edit, Moment, Rules
from storage.records import AssetRecord, ChannelRecord, LineupRecord
from tests.stage import EPOCH_MS, asset
from tests.storage.catalogues import told

from .moment_stage import FILMS, GOAL, SPOT, with_moment

SECOND = 90_000
LONG, SHORT, NEXT = asset(4, 200.0), asset(5, 33.0), asset(6, 40.0)
KEPT_S = 144  # of the segment itself 4 s, of the longest list 80 s, for clocks that differ 60 s
FIVE_MINUTES_MS = 300_000
POD = Break(after=1, length_ms=30_000, pool=(ClipRecord(asset=SPOT.id),))
TWICE = (ClipRecord(asset=GOAL.id), ClipRecord(asset=GOAL.id))

CHANNELS: dict[str, dict[str, object]] = {
    "every five minutes": {"every_ms": FIVE_MINUTES_MS},
    "what was cut is gone": {"every_ms": FIVE_MINUTES_MS, "resumes": False},
    "a slate": {"loops_until_ms": EPOCH_MS + 420_000},
    "with a break": {"every_ms": FIVE_MINUTES_MS, "clips": TWICE, "breaks": (POD,)},
}


def at(second: float) -> Callable[[], int]:
    return lambda: EPOCH_MS + round(second * 1000)


def clip(one: AssetRecord) -> ClipRecord:
    return ClipRecord(asset=one.id)


async def staged(catalogue: Catalogue, **of_moment: object) -> ChannelRecord:
    """The channel main with a moment at 300.04 s, and an edit for everybody at 400 s."""
    channel = await with_moment(catalogue)
    for one in (LONG, SHORT, NEXT):
        await catalogue.index_asset(one)
    moments = tuple(Moment.model_validate({**one.model_dump(), **of_moment}) for one in channel.moments)
    return await actions.replaced(catalogue, channel, None, moments=moments)


async def airs(catalogue: Catalogue, lineup: str = "kids") -> Stream:
    channels = Channels(catalogue)
    return await channels.on_air(await channels.channel("main"), lineup)


def lists(stream: Stream, one: AssetRecord, tick: int) -> bool:
    return any(run.asset.id == one.id for run in stream.window(day_of(EPOCH_MS), tick).runs)


async def free_ms(catalogue: Catalogue, one: AssetRecord, now_s: float = 250) -> int | None:
    (found,) = await listings(catalogue, one, at(now_s)())
    assert (found.channel, found.lineup) == ("main", "kids")
    return found.free_ms


async def check_free(catalogue: Catalogue, one: AssetRecord, now_s: float = 250) -> None:
    """It is listed until right before it is said to be free, and never again."""
    said = await free_ms(catalogue, one, now_s)
    assert said is not None
    stream, free = await airs(catalogue), (said - EPOCH_MS) * 90 - KEPT_S * SECOND
    assert lists(stream, one, free - SECOND // 10)
    assert not any(lists(stream, one, free + step * SECOND) for step in range(0, 4000, 2))


@pytest.mark.parametrize("of_moment", CHANNELS.values(), ids=CHANNELS.keys())
def test_an_asset_that_another_part_succeeds_is_free_when_it_has_really_aired(
    redis_url: str, of_moment: dict[str, object]
) -> None:
    async def story(catalogue: Catalogue) -> None:
        await staged(catalogue, **of_moment)
        await actions.give_lineup(catalogue, "main", "kids", [clip(SHORT), clip(LONG)], repeats=True, clock=lambda: 0)
        for second in (480, 700):
            await actions.edit_lineup(catalogue, "main", "kids", [clip(NEXT)], repeats=True, clock=at(second))
            await check_free(catalogue, SHORT)
            await check_free(catalogue, LONG)

    told(redis_url, story)


def test_so_it_is_on_a_channel_with_day_parts(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        channel = await staged(catalogue)
        rules = Rules(day_parts=(DayPart(minute=0), DayPart(minute=6), DayPart(minute=12)))
        revisions = tuple(one.model_copy(update={"rules": rules}) for one in channel.revisions)
        await actions.replaced(catalogue, channel, None, revisions=revisions)
        await actions.give_lineup(catalogue, "main", "kids", [clip(SHORT), clip(LONG)], repeats=True, clock=lambda: 0)
        await actions.edit_lineup(catalogue, "main", "kids", [clip(NEXT)], repeats=True, clock=at(560))
        await check_free(catalogue, SHORT)
        await check_free(catalogue, LONG)

    told(redis_url, story)


@pytest.mark.parametrize("of_moment", CHANNELS.values(), ids=CHANNELS.keys())
@pytest.mark.parametrize("second", [100, 255, 266, 275, 290, 300, 330])
def test_an_edit_takes_over_where_it_says(redis_url: str, of_moment: dict[str, object], second: int) -> None:
    async def story(catalogue: Catalogue) -> None:
        await staged(catalogue, **of_moment)
        await actions.give_lineup(catalogue, "main", "kids", [clip(SHORT), clip(LONG)], repeats=True, clock=lambda: 0)
        before = await airs(catalogue)
        edited = await actions.edit_lineup(catalogue, "main", "kids", [clip(NEXT)], repeats=True, clock=at(second))
        part, day = edited.parts[-1], day_of(EPOCH_MS)
        after = (await airs(catalogue)).succession(day, part.start + 400 * SECOND)
        place = after.place(part.start)
        assert (place.tick, place.msn, place.dsn, place.clip.asset.id) == (part.start, part.msn, part.dsn, NEXT.id)
        assert part.start >= (second + 24) * SECOND
        tick = 0
        while tick < part.start:
            now = after.place(tick)
            assert now == before.succession(day, part.start).place(tick)
            assert now.clip.asset.id != NEXT.id
            tick = now.start + now.clip.ticks

    told(redis_url, story)


def test_a_list_that_ends_is_followed_to_its_end(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await staged(catalogue, every_ms=FIVE_MINUTES_MS)
        clips = [clip(SHORT), *[clip(LONG)] * 9]
        await actions.give_lineup(catalogue, "main", "kids", clips, repeats=False, clock=lambda: 0)
        (found,) = await listings(catalogue, SHORT, at(500)())
        assert "would play this again if the channel were started anew" in found.why
        (found,) = await listings(catalogue, LONG, at(500)())
        assert "ends with this in its last list" in found.why

    told(redis_url, story)


def test_what_was_edited_in_stays_when_another_list_takes_over(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await staged(catalogue)
        await actions.give_lineup(catalogue, "main", "kids", [clip(SHORT)], repeats=True, clock=lambda: 0)
        known, edits = await catalogue.lineup("main", "kids"), [(40, FILMS[0]), (345, FILMS[1])]
        with_edits = known.model_copy(
            update={
                "version": 2,
                "edits": tuple(
                    Edit(id=f"e{second}", tick=second * SECOND, clips=(clip(one),)) for second, one in edits
                ),
            }
        )
        await catalogue.replace_lineup("main", with_edits, None, known)
        before = await airs(catalogue)
        edited: LineupRecord = await actions.edit_lineup(
            catalogue, "main", "kids", [clip(NEXT)], repeats=True, clock=at(320)
        )
        after, day = await airs(catalogue), day_of(EPOCH_MS)
        for position in range(0, 320 * SECOND, 3 * SECOND):
            assert after.window(day, position) == before.window(day, position)
        assert [one.id for one in edited.edits] == ["e40"]  # what would have come later is dropped

    told(redis_url, story)


def test_an_edit_that_follows_at_once_takes_the_place_of_what_nobody_has_seen(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await staged(catalogue)
        await actions.give_lineup(catalogue, "main", "kids", [clip(SHORT)], repeats=True, clock=lambda: 0)
        for second, one in ((280, LONG), (281, NEXT)):
            edited = await actions.edit_lineup(catalogue, "main", "kids", [clip(one)], repeats=True, clock=at(second))
        assert [part.clips for part in edited.parts] == [(clip(SHORT),), (clip(NEXT),)]

    told(redis_url, story)


@pytest.mark.parametrize("whose", ["everybody", "one viewer"])
def test_what_a_moment_cut_waits_for_what_is_edited_in(redis_url: str, whose: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        channel = await staged(catalogue)
        old = channel.revisions[0].model_copy(update={"assets": (LONG.id,)})
        new = old.model_copy(update={"tick": 201 * SECOND, "assets": (NEXT.id,)})
        edit = Edit(id="e", tick=300 * SECOND, clips=(clip(SPOT),) * 4)
        alice = derived_id("main", "alice")
        edits, own = ((edit,), ()) if whose == "everybody" else ((), (edit,))
        await actions.replaced(catalogue, channel, None, revisions=(old, new), edits=edits, overlaid=True)
        await catalogue.create_lineup("main", LineupRecord(id=alice, run_msn=channel.msn, edits=own))
        # Begun at 200 s, it is cut at 300 s, goes on after the moment and four spots, at 380 s, and ends at 480 s.
        stream = await airs(catalogue, alice)
        assert lists(stream, LONG, 539 * SECOND)
        (found,) = await listings(catalogue, LONG, at(250)())
        assert found.free_ms is not None
        free = (found.free_ms - EPOCH_MS) * 90 - KEPT_S * SECOND
        assert not any(lists(stream, LONG, free + step * SECOND) for step in range(0, 1000, 2))

    told(redis_url, story)
