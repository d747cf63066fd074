import asyncio
from functools import partial
from pathlib import Path

import pytest

from manifest_server.admin import actions, removal
from manifest_server.admin.places import referred
from manifest_server.admin.removal import Ways
from manifest_server.onair.channels import Channels
from manifest_server.onair.playlists import Playlists
from storage.asset_index import reindex
from storage.asset_states import mark, state_of
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.errors import Conflict, NotFound
from storage.folder_objects import FolderObjects
from storage.keys import ALL_ASSETS, asset_prefix, record_key
from storage.objects import Objects
from storage.records import AssetRecord
from tests.admin.removing import AT_ONCE, FORCED, A, B, C, at, tell
from tests.stage import EPOCH_MS
from tests.storage.backups import backup, flush, restored
from tests.storage.catalogues import told


async def reasons(catalogue: Catalogue, objects: Objects, one: AssetRecord, second: float) -> list[str]:
    found = await removal.examine(catalogue, objects, one.id, at(second)())
    return [str(listing) for listing in found.listings]


def test_an_asset_is_deleted_when_the_last_viewer_can_have_left_it(redis_url: str, tmp_path: Path) -> None:
    async def story(catalogue: Catalogue, objects: Objects) -> None:
        assert await reasons(catalogue, objects, A, 90) == [
            "channel 'main': it is in the pool: streamsync asset retire takes it out"
        ]
        await removal.retire(catalogue, objects, [A.id], at(100))
        # 125 s is the horizon; a clip of 12 s and 60 s behind the clock make 197 s less a tick. It is kept for
        # 4 s of its own, 80 s of the longest list, 60 s for clocks that differ.
        expected = ["channel 'main': it was in the pool: free after 2026-01-01T00:05:41.000Z"]
        assert await reasons(catalogue, objects, A, 340.999) == expected
        with pytest.raises(Conflict, match=f"asset {A.id} can be listed: channel 'main'.*free after 2026"):
            await removal.delete(catalogue, objects, A.id, at(340.9), AT_ONCE)
        done = await removal.delete(catalogue, objects, A.id, at(341), AT_ONCE)
        assert (done.freed.objects, done.kept_record) == (20, True)
        assert list(objects.keys(asset_prefix(A.id))) == []
        assert await catalogue.asset_states() == {A.id: "deleted"}

    tell(redis_url, tmp_path, story, A, B)


def test_what_can_be_listed_is_told_place_by_place(redis_url: str, tmp_path: Path) -> None:
    async def story(catalogue: Catalogue, objects: Objects) -> None:
        both = [ClipRecord(asset=C.id), ClipRecord(asset=B.id)]
        await actions.give_lineup(catalogue, "main", "again", both, repeats=True, clock=lambda: 0)
        await actions.give_lineup(catalogue, "main", "once", both, repeats=False, clock=lambda: 0)
        await actions.give_lineup(catalogue, "main", "edited", both, repeats=True, clock=lambda: 0)
        await actions.edit_lineup(
            catalogue, "main", "edited", [ClipRecord(asset=A.id)], repeats=True, clock=at(10)
        )  # takes over at 36 s, when C has ended
        await actions.create_channel(catalogue, "later", [C.id])
        await actions.give_lineup(catalogue, "later", "first", both, repeats=False, clock=lambda: 0)
        assert sorted(await reasons(catalogue, objects, C, 20)) == [
            "channel 'later', lineup 'first': it plays this when the channel is started",
            "channel 'later': it is in the pool: streamsync asset retire takes it out",
            "channel 'main', lineup 'again': it plays this again and again: edit it",
            "channel 'main', lineup 'edited': it plays this: free after 2026-01-01T00:04:00.000Z",
            "channel 'main', lineup 'once': it ends with this in its last list, which stands until the channel is "
            "started anew",
        ]

    tell(redis_url, tmp_path, story, A, B)


def test_the_last_list_of_a_stopped_channel_stands_in_the_way_until_it_is_started(
    redis_url: str, tmp_path: Path
) -> None:
    async def story(catalogue: Catalogue, objects: Objects) -> None:
        await actions.stop_channel(catalogue, "main", at(50))
        await removal.retire(catalogue, objects, [A.id], at(60))
        why = "channel 'main': it ended with this in its last list, which stands until it is started anew"
        assert await reasons(catalogue, objects, A, 10_000_000) == [why]
        await actions.start_channel(catalogue, "main", EPOCH_MS + 10_000_000)
        await removal.delete(catalogue, objects, A.id, at(20_000), AT_ONCE)

    tell(redis_url, tmp_path, story, A, B)


def test_what_nothing_refers_to_leaves_no_trace(redis_url: str, tmp_path: Path) -> None:
    async def story(catalogue: Catalogue, objects: Objects) -> None:
        done = await removal.delete(catalogue, objects, C.id, at(100), AT_ONCE)
        assert not done.kept_record
        assert not any(C.id in key for key in objects.keys(""))
        assert (await catalogue.asset_ids(), await catalogue.asset_states()) == ([A.id, B.id], {})
        with pytest.raises(NotFound, match=f"no asset '{C.id}'"):
            await removal.delete(catalogue, objects, C.id, at(100), AT_ONCE)

    tell(redis_url, tmp_path, story, A, B)


def test_an_asset_that_is_being_packaged_is_not_deleted(redis_url: str, tmp_path: Path) -> None:
    async def story(catalogue: Catalogue, objects: Objects) -> None:
        busy = Ways(settle_s=0, under_way=lambda one: one == C.id)
        with pytest.raises(Conflict, match="is being packaged"):
            await removal.delete(catalogue, objects, C.id, at(100), busy)

    tell(redis_url, tmp_path, story, A)


def test_a_deletion_can_be_repeated_after_being_cut_short_anywhere(redis_url: str, tmp_path: Path) -> None:
    class Cut(Exception):
        pass

    async def story(catalogue: Catalogue, objects: Objects) -> None:
        def cut(freed: object) -> None:
            raise Cut

        with pytest.raises(Cut):
            await removal.delete(catalogue, objects, C.id, at(100), Ways(settle_s=0, watcher=cut))
        assert await catalogue.asset_states() == {C.id: "deleted"}
        await catalogue.put_asset_state(C.id, "")  # as if it had been before that
        late = EPOCH_MS + 10**12  # the clock of this test is behind that of the files
        mark(objects, C.id, "deleted", late)
        await removal.delete(catalogue, objects, C.id, at(100), AT_ONCE)
        assert not any(C.id in key for key in objects.keys(""))

        mark(objects, B.id, "deleted", late)
        objects.delete(record_key(B.id))  # the record is gone, the index and the mark are not
        await removal.delete(catalogue, objects, B.id, at(100), AT_ONCE)
        assert await catalogue.asset_ids() == [A.id]

    tell(redis_url, tmp_path, story, A)


def test_repeating_a_deletion_spares_what_was_made_since(redis_url: str, tmp_path: Path) -> None:
    async def story(catalogue: Catalogue, objects: Objects) -> None:
        mark(objects, C.id, "deleted", 1_000_000)  # long before the files
        done = await removal.delete(catalogue, objects, C.id, at(100), AT_ONCE)
        assert done.freed.objects == 0
        assert len(list(objects.keys(asset_prefix(C.id)))) == 20

    tell(redis_url, tmp_path, story, A)


def test_a_place_taken_while_it_was_being_marked_is_seen(redis_url: str, tmp_path: Path) -> None:
    async def story(catalogue: Catalogue, objects: Objects) -> None:
        last = await catalogue.last_change(ALL_ASSETS)

        async def late() -> None:
            # It looked at the state before the mark: written past the check, as such a one would be.
            change = last
            while change == last:
                change = await catalogue.last_change(ALL_ASSETS)
            channel = await catalogue.channel("main")
            pool = channel.revisions[0].model_copy(update={"assets": (A.id, C.id)})
            changed = channel.model_copy(update={"version": channel.version + 1, "revisions": (pool,)})
            await catalogue.replace_channel(changed)

        async with asyncio.timeout(10):
            deletion = removal.delete(catalogue, objects, C.id, at(100), Ways(settle_s=0.3))
            answers = await asyncio.gather(deletion, late(), return_exceptions=True)
        assert isinstance(answers[0], Conflict)
        assert (await catalogue.asset_states(), state_of(objects, C.id)) == ({}, None)  # live, as it was
        assert len(list(objects.keys(asset_prefix(C.id)))) == 20

    tell(redis_url, tmp_path, story, A)


def test_forced_deletion_takes_it_from_the_pool_too(redis_url: str, tmp_path: Path) -> None:
    async def story(catalogue: Catalogue, objects: Objects) -> None:
        done = await removal.delete(catalogue, objects, A.id, at(100), FORCED)
        assert done.kept_record
        assert (await catalogue.channel("main")).revisions[-1].assets == (B.id,)
        assert list(objects.keys(asset_prefix(A.id))) == []

    tell(redis_url, tmp_path, story, A, B)


def test_deleting_changes_no_playlist(redis_url: str, tmp_path: Path) -> None:
    async def story(catalogue: Catalogue, objects: Objects) -> None:
        await removal.retire(catalogue, objects, [A.id], at(100))
        before = await playlists(catalogue)
        await removal.delete(catalogue, objects, A.id, at(1000), AT_ONCE)
        assert await playlists(catalogue) == before
        # Also of the past: numbers and dates of whatever comes are computed from what was.
        assert any(A.id.encode() in body for body in before)

    tell(redis_url, tmp_path, story, A, B, C)


def test_playlists_are_the_same_bytes_after_everything_was_lost(redis_url: str, tmp_path: Path) -> None:
    async def story(catalogue: Catalogue, objects: Objects) -> None:
        await removal.retire(catalogue, objects, [A.id], at(100))
        await removal.delete(catalogue, objects, A.id, at(1000), AT_ONCE)

    tell(redis_url, tmp_path, story, A, B, C)
    before = told(redis_url, playlists)
    stored = backup(redis_url)
    flush(redis_url)
    restored(redis_url, stored)

    async def rebuilt(catalogue: Catalogue) -> None:
        needed = partial(referred, catalogue)
        await reindex(catalogue, FolderObjects(tmp_path), needed, write=True, watcher=lambda done: None)

    told(redis_url, rebuilt)
    assert told(redis_url, playlists) == before
    assert told(redis_url, lambda catalogue: catalogue.asset_states()) == {A.id: "deleted"}


async def playlists(catalogue: Catalogue) -> list[bytes]:
    """What a server that has read the catalogue just now makes of some instants for some viewers."""
    made = Playlists(Channels(catalogue), "/")
    channel = await made.channels.channel("main")
    names = [await made.channels.lineup_id(channel, viewer) for viewer in ("alice", "bob", "carol")]
    return [
        (await made.media("main", f"{name}~20454", rendition, EPOCH_MS + second * 1000)).body
        for name in names
        for rendition in ("cmaf-240p", "ts-480p", "cmaf-audio")
        for second in (100, 150, 400, 1000, 5000)
    ]
