"""A given lineup that is taken away: its viewers get their own, and what its URLs have listed stays as it was."""

import random
from collections.abc import Callable
from contextlib import suppress

import pytest

from manifest_server.admin import actions
from manifest_server.admin.bulk import export_channel
from manifest_server.admin.edits import edit_one
from manifest_server.admin.places import listings
from manifest_server.admin.undo import undo_change
from manifest_server.onair.channels import Channels
from manifest_server.onair.playlists import Playlists
from manifest_server.playout.days import day_of
from manifest_server.programming.pool import derived_id
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.cohort_records import Cohorts
from storage.errors import Conflict, NotFound
from storage.records import LineupRecord
from tests.playout.builders import Listed, read
from tests.stage import EPOCH_MS, asset, on_air
from tests.storage.catalogues import told

A, B, C = asset(1), asset(2), asset(3, 20.0)
CLIPS = [ClipRecord(asset=C.id)]
DAY = day_of(EPOCH_MS)


def at(second: float) -> Callable[[], int]:
    return lambda: EPOCH_MS + round(second * 1000)


async def staged(catalogue: Catalogue) -> None:
    """The channel main with A and B, and alice on the lineup kids, which is C over and over."""
    await on_air(catalogue, A, B)
    await catalogue.index_asset(C)
    await actions.give_lineup(catalogue, "main", "kids", CLIPS, repeats=True, clock=lambda: 0)
    await actions.assign_viewer(catalogue, "main", "alice", "kids")


async def joins(catalogue: Catalogue, viewer: str = "alice") -> str:
    """The lineup that a viewer gets who joins a server that has read the catalogue just now."""
    channels = Channels(catalogue)
    return await channels.lineup_id(await channels.channel("main"), viewer)


async def media(catalogue: Catalogue, second: float) -> dict[int, Listed]:
    """What a player of the lineup kids is given, by number."""
    made = await Playlists(Channels(catalogue), "/").media("main", f"kids~{DAY}", "cmaf-240p", at(second)())
    return read(made.body.decode())


def assets(listed: dict[int, Listed]) -> set[str]:
    return {one.uri.split("/")[2] for one in listed.values()}


def test_its_viewers_get_their_own_and_its_players_go_over_to_the_pool(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await staged(catalogue)
        before = await media(catalogue, 99)
        await actions.remove_lineup(catalogue, "main", "kids", at(100), version=1)
        assert await joins(catalogue) == derived_id("main", "alice")
        # C ends at 140 s, the first time after the horizon at 125 s.
        for second in (99, 110, 123.9):
            listed = await media(catalogue, second)
            assert assets(listed) == {C.id}
        assert {number: await one_of(catalogue, number, 99) for number in before} == before
        listed = await media(catalogue, 130)
        assert assets(listed) > {C.id}
        assert min(one.date_ms for one in listed.values() if C.id not in one.uri) == EPOCH_MS + 140_000
        assert assets(await media(catalogue, 1000)) == {A.id, B.id}

    async def one_of(catalogue: Catalogue, number: int, second: float) -> Listed:
        return (await media(catalogue, second))[number]

    told(redis_url, story)


def test_it_is_not_there_any_more_for_any_verb(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await staged(catalogue)
        await actions.remove_lineup(catalogue, "main", "kids", at(100))
        gone = "no lineup 'kids' of channel 'main'"
        for verb in (
            actions.remove_lineup(catalogue, "main", "kids", at(101)),
            actions.assign_viewer(catalogue, "main", "bob", "kids"),
            edit_one(catalogue, "main", "kids", CLIPS, at(101)),
        ):
            with pytest.raises(NotFound, match=gone):
                await verb
        with pytest.raises(Conflict, match="lineup 'kids' of channel 'main' was taken away, but players may still"):
            await actions.give_lineup(catalogue, "main", "kids", CLIPS, repeats=True, clock=lambda: 0)
        lines = [line async for line in await export_channel(catalogue, "main")]
        assert b'"kids"' not in b"".join(lines)
        assert (await catalogue.viewer("main", "alice")) is not None

    told(redis_url, story)


def test_an_edit_or_undo_brings_it_back_with_its_viewers(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await staged(catalogue)
        await actions.remove_lineup(catalogue, "main", "kids", at(100))
        await undo_change(catalogue, "main", at(101))
        assert await joins(catalogue) == "kids"
        assert assets(await media(catalogue, 1000)) == {C.id}
        await actions.remove_lineup(catalogue, "main", "kids", at(1000))
        with pytest.raises(Conflict, match="players may have listed it by now"):
            await undo_change(catalogue, "main", at(1100))
        pooled = await media(catalogue, 1100)
        await actions.edit_lineup(catalogue, "main", "kids", CLIPS, repeats=True, clock=at(1100))
        assert await joins(catalogue) == "kids"
        assert await media(catalogue, 1100) == pooled
        assert assets(await media(catalogue, 1300)) == {C.id}

    told(redis_url, story)


def test_what_a_channel_that_was_never_on_air_has_is_forgotten(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await catalogue.index_asset(A)
        await actions.create_channel(catalogue, "main", [A.id])
        clips = [ClipRecord(asset=A.id)]
        for _ in range(2):
            await actions.give_lineup(catalogue, "main", "kids", clips, repeats=True, clock=lambda: 0)
            await actions.remove_lineup(catalogue, "main", "kids", at(0))
        assert [one async for one in catalogue.all_lineups("main")] == []

    told(redis_url, story)


def test_who_shares_it_with_a_cohort_gets_their_own(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await staged(catalogue)
        channel = await catalogue.channel("main")
        await actions.replaced(catalogue, channel, None, cohorts=Cohorts(otherwise="kids"))
        assert await joins(catalogue, "bob") == "kids"
        await actions.remove_lineup(catalogue, "main", "kids", at(100))
        assert await joins(catalogue, "bob") == derived_id("main", "bob")

    told(redis_url, story)


def test_an_asset_only_it_had_is_free_when_its_players_have_gone_over(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await staged(catalogue)
        assert [one.free_ms for one in await listings(catalogue, C, at(100)())] == [None]
        await actions.remove_lineup(catalogue, "main", "kids", at(100))
        # At 140 s they go over; it is listed for 60 s, and kept for 4 s, 80 s and 60 s.
        assert [one.free_ms for one in await listings(catalogue, C, at(100)())] == [EPOCH_MS + 344_000]

    told(redis_url, story)


@pytest.mark.parametrize("second", [40, 100])
def test_a_list_that_ends_or_has_ended_stays_ended(redis_url: str, second: int) -> None:
    async def story(catalogue: Catalogue) -> None:
        await on_air(catalogue, A, B)
        await catalogue.index_asset(C)
        await actions.give_lineup(catalogue, "main", "kids", CLIPS * 2, repeats=False, clock=lambda: 0)
        before = await media(catalogue, 500)
        await actions.remove_lineup(catalogue, "main", "kids", at(second))
        assert await media(catalogue, 500) == before

    told(redis_url, story)


def test_in_a_new_run_of_the_channel_its_players_see_the_pool(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await staged(catalogue)
        await actions.stop_channel(catalogue, "main", at(200))
        stands = await media(catalogue, 300)
        await actions.remove_lineup(catalogue, "main", "kids", at(300))
        assert await media(catalogue, 300) == stands
        await actions.start_channel(catalogue, "main", EPOCH_MS + 400_000)
        again = await media(catalogue, 500)
        assert assets(again) == {A.id, B.id}
        assert min(again) > max(stands)

    told(redis_url, story)


@pytest.mark.parametrize("seed", range(6))
def test_its_url_keeps_its_word_whatever_is_done(redis_url: str, seed: int) -> None:
    drawn = random.Random(seed)

    async def story(catalogue: Catalogue) -> None:
        await staged(catalogue)
        second, seen = 0.0, dict[int, Listed]()
        for _ in range(30):
            second += drawn.choice([1, 3, 9, 40, 700])
            with suppress(Conflict, NotFound):
                await something(catalogue, second)
            listed = await media(catalogue, second)
            for number, one in listed.items():
                before = seen.setdefault(number, one)
                assert (one.uri, one.extinf, one.dsn, one.map) == (before.uri, before.extinf, before.dsn, before.map)
                assert abs(one.date_ms - before.date_ms) < 1.001

    async def something(catalogue: Catalogue, second: float) -> None:
        clips = [ClipRecord(asset=one.id) for one in drawn.sample([A, B, C], drawn.randint(1, 3))]
        match drawn.randrange(6):
            case 0 | 1:
                await actions.remove_lineup(catalogue, "main", "kids", at(second))
            case 2:
                await actions.edit_lineup(catalogue, "main", "kids", clips, repeats=True, clock=at(second))
            case 3:
                await edit_one(catalogue, "main", "kids", clips, at(second), drop=1)
            case 4:
                await actions.set_pool(catalogue, "main", [one.asset for one in clips], at(second))
            case 5:
                await undo_change(catalogue, "main", at(second))

    told(redis_url, story)


def test_what_was_stored_of_one_before_can_be_read() -> None:
    stored = LineupRecord.model_validate_json(
        '{"schema_version":1,"id":"kids","version":3,"run_msn":5,"parts":'
        '[{"start":0,"msn":5,"dsn":5,"clips":["' + C.id + '"],"repeats":true}]}'
    )
    assert not stored.removed
    gone = stored.model_copy(
        update={"parts": (*stored.parts, stored.parts[0].model_copy(update={"start": 9, "clips": ()}))}
    )
    assert LineupRecord.model_validate_json(gone.stored()) == gone
    assert gone.removed
