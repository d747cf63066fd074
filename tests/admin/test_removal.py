from pathlib import Path

import pytest

from manifest_server.admin import actions, removal
from manifest_server.admin.preview import preview
from manifest_server.onair.channels import Channels
from storage.asset_states import mark, state_of
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.errors import Conflict, NotFound
from storage.objects import Objects
from tests.admin.removing import AT_ONCE, FORCED, A, B, C, at, tell
from tests.stage import EPOCH_MS


def test_a_retired_asset_takes_no_new_place(redis_url: str, tmp_path: Path) -> None:
    async def story(catalogue: Catalogue, objects: Objects) -> None:
        done = await removal.retire(catalogue, objects, [A.id], at(100), by="ann")
        assert done.channels == ("main",)
        seen = await preview(Channels(catalogue), "main", "alice", EPOCH_MS + 140_000, 30)
        assert {airing.asset for airing in seen.airings} == {B.id}
        clip = ClipRecord(asset=A.id)
        await actions.give_lineup(catalogue, "main", "kids", [ClipRecord(asset=B.id)], repeats=True, clock=lambda: 0)
        for refused in (
            actions.create_channel(catalogue, "other", [A.id, B.id]),
            actions.set_pool(catalogue, "main", [A.id, B.id], at(200)),
            actions.give_lineup(catalogue, "main", "late", [clip], repeats=True, clock=lambda: 0),
            actions.edit_lineup(catalogue, "main", "kids", [clip], repeats=True, clock=at(200)),
        ):
            with pytest.raises(Conflict, match=f"asset {A.id} is retired: it takes no new place"):
                await refused
        state = state_of(objects, A.id)
        assert state is not None
        assert (state.state, state.at, state.by) == ("retired", "2026-01-01T00:01:40.000Z", "ann")

    tell(redis_url, tmp_path, story, A, B)


def test_it_plays_out_where_it_is_listed(redis_url: str, tmp_path: Path) -> None:
    async def story(catalogue: Catalogue, objects: Objects) -> None:
        before = await preview(Channels(catalogue), "main", "alice", EPOCH_MS + 100_000, 3)
        await removal.retire(catalogue, objects, [A.id], at(100))
        after = await preview(Channels(catalogue), "main", "alice", EPOCH_MS + 100_000, 3)
        assert after == before
        assert A.id in {airing.asset for airing in after.airings}

    tell(redis_url, tmp_path, story, A, B)


def test_a_channel_whose_pool_would_be_empty_is_named_and_nothing_changes(redis_url: str, tmp_path: Path) -> None:
    async def story(catalogue: Catalogue, objects: Objects) -> None:
        await actions.create_channel(catalogue, "both", [A.id, B.id])
        before = await catalogue.channels()
        with pytest.raises(Conflict, match="channel 'main': its pool holds nothing else"):
            await removal.retire(catalogue, objects, [A.id], at(100))
        assert await catalogue.channels() == before
        assert (await catalogue.asset_states(), state_of(objects, A.id)) == ({}, None)

    tell(redis_url, tmp_path, story, A)


def test_a_stopped_channel_does_not_stand_in_the_way_but_needs_another_pool(redis_url: str, tmp_path: Path) -> None:
    async def story(catalogue: Catalogue, objects: Objects) -> None:
        await actions.stop_channel(catalogue, "main", at(50))
        assert (await removal.retire(catalogue, objects, [A.id], at(100))).kept == ("main",)
        with pytest.raises(Conflict, match="is retired"):
            await actions.start_channel(catalogue, "main", EPOCH_MS + 200_000)
        await actions.set_pool(catalogue, "main", [B.id], at(200))
        await actions.start_channel(catalogue, "main", EPOCH_MS + 200_000)

    tell(redis_url, tmp_path, story, A)


def test_what_was_cut_short_is_finished_by_the_next(redis_url: str, tmp_path: Path) -> None:
    async def story(catalogue: Catalogue, objects: Objects) -> None:
        # Killed between the marks and the pools.
        mark(objects, A.id, "retired", EPOCH_MS)
        await catalogue.put_asset_state(A.id, "retired")
        assert (await removal.retire(catalogue, objects, [B.id], at(100))).channels == ("main",)
        assert (await catalogue.channel("main")).revisions[-1].assets == (C.id,)
        assert (await removal.retire(catalogue, objects, [A.id, B.id], at(110))).channels == ()
        assert (await catalogue.channel("main")).version == 3

    tell(redis_url, tmp_path, story, A, B, C)


def test_lineups_that_go_on_playing_it_are_named(redis_url: str, tmp_path: Path) -> None:
    async def story(catalogue: Catalogue, objects: Objects) -> None:
        clips = [ClipRecord(asset=A.id), ClipRecord(asset=B.id)]
        await actions.give_lineup(catalogue, "main", "again", clips, repeats=True, clock=lambda: 0)
        await actions.give_lineup(catalogue, "main", "once", clips, repeats=False, clock=lambda: 0)
        done = await removal.retire(catalogue, objects, [A.id], at(100))
        assert done.lineups == (("main", "again"),)

    tell(redis_url, tmp_path, story, A, B)


def test_a_retirement_can_be_undone_a_deletion_cannot(redis_url: str, tmp_path: Path) -> None:
    async def story(catalogue: Catalogue, objects: Objects) -> None:
        await removal.retire(catalogue, objects, [A.id], at(100))
        await removal.reinstate(catalogue, objects, [A.id])
        assert (await catalogue.asset_states(), state_of(objects, A.id)) == ({}, None)
        assert (await catalogue.channel("main")).revisions[-1].assets == (B.id,)  # nobody asked for more
        await actions.set_pool(catalogue, "main", [A.id, B.id], at(200))
        await removal.delete(catalogue, objects, C.id, at(100), AT_ONCE)
        with pytest.raises(NotFound):
            await removal.reinstate(catalogue, objects, [C.id])
        await removal.delete(catalogue, objects, A.id, at(300), FORCED)
        for verb in (
            removal.retire(catalogue, objects, [A.id], at(400)),
            removal.reinstate(catalogue, objects, [A.id]),
        ):
            with pytest.raises(Conflict, match="was deleted"):
                await verb

    tell(redis_url, tmp_path, story, A, B)
