import pytest

from manifest_server.admin import actions
from manifest_server.admin.preview import preview
from manifest_server.onair.channels import Channels
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.errors import BadInput, Conflict, NotFound
from tests.stage import EPOCH_MS, asset, on_air
from tests.storage.catalogues import told

A, B, C = asset(1), asset(2), asset(3)  # 12 s, three segments each


def at(now_ms: int) -> actions.Clock:
    return lambda: now_ms


def test_a_channel_needs_a_good_name_and_assets_that_exist(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await catalogue.index_asset(A)
        with pytest.raises(BadInput, match="channel 'a/b'"):
            await actions.create_channel(catalogue, "a/b", [A.id])
        with pytest.raises(BadInput, match="at least one asset"):
            await actions.create_channel(catalogue, "main", [])
        with pytest.raises(NotFound, match=f"no asset '{B.id}'"):
            await actions.create_channel(catalogue, "main", [A.id, B.id])
        with pytest.raises(BadInput, match="an asset id is 32 hexadecimal digits"):
            await actions.create_channel(catalogue, "main", ["../etc"])
        await actions.create_channel(catalogue, "main", [A.id, A.id])
        with pytest.raises(Conflict, match="channel 'main' exists already"):
            await actions.create_channel(catalogue, "main", [A.id])
        assert (await catalogue.channel("main")).revisions[0].assets == (A.id,)

    told(redis_url, story)


def test_numbers_begin_with_the_epochs_seconds(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        channel = await on_air(catalogue, A)
        assert channel.msn == channel.dsn == 1_767_225_600 - 1_600_000_000

    told(redis_url, story)


def test_a_restarted_channel_is_above_all_it_ever_listed(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        tiny = asset(9, 1.0)  # one segment of a second: as many numbers as there can be
        await on_air(catalogue, tiny)
        now_ms = EPOCH_MS
        for _ in range(4):
            now_ms += 100_000
            # The 25 clips of a second that are listed until the stop takes effect: 16 ahead, 9 of margin.
            before = await preview(Channels(catalogue), "main", "alice", now_ms, 25)
            await actions.stop_channel(catalogue, "main", at(now_ms))
            last = await preview(Channels(catalogue), "main", "alice", now_ms + 60_000, 1)
            await actions.start_channel(catalogue, "main", now_ms)
            first = await preview(Channels(catalogue), "main", "alice", now_ms, 1)
            assert first.first_msn > last.last_msn
            assert first.airings[0].dsn > before.airings[-1].dsn

    told(redis_url, story)


def test_what_is_on_air_cannot_be_started_nor_what_is_not_stopped(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await on_air(catalogue, A)
        with pytest.raises(Conflict, match="channel 'main' is on air already"):
            await actions.start_channel(catalogue, "main", EPOCH_MS)
        await actions.stop_channel(catalogue, "main", at(EPOCH_MS + 1000))
        with pytest.raises(Conflict, match="channel 'main' is not on air"):
            await actions.stop_channel(catalogue, "main", at(EPOCH_MS + 2000))
        with pytest.raises(NotFound, match="no channel 'other'"):
            await actions.start_channel(catalogue, "other", EPOCH_MS)

    told(redis_url, story)


def test_a_channel_stopped_before_its_epoch_never_begins(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await on_air(catalogue, A)
        stopped = await actions.stop_channel(catalogue, "main", at(EPOCH_MS - 10_000))
        assert (stopped.epoch_ms, stopped.stop_tick) == (None, None)
        await actions.start_channel(catalogue, "main", EPOCH_MS + 5000)

    told(redis_url, story)


def test_a_new_pool_takes_over_beyond_the_horizon(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await on_air(catalogue, A, B)
        await catalogue.index_asset(C)
        before = await preview(Channels(catalogue), "main", "alice", EPOCH_MS + 100_000, 6)
        channel = await actions.set_pool(catalogue, "main", [C.id], at(EPOCH_MS + 100_000))
        # 100 s, 16 s of lookahead, 9 s of margin.
        assert [revision.tick for revision in channel.revisions] == [0, 125 * 90_000]
        after = await preview(Channels(catalogue), "main", "alice", EPOCH_MS + 100_000, 6)
        assert after.airings[:3] == before.airings[:3]  # the clips that begin at 96, 108 and 120 s
        assert {airing.asset for airing in after.airings[3:]} == {C.id}
        assert [airing.msn for airing in after.airings] == [airing.msn for airing in before.airings]

    told(redis_url, story)


def test_a_change_takes_the_place_of_what_nobody_has_seen(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await on_air(catalogue, A, B)
        await actions.set_pool(catalogue, "main", [A.id], at(EPOCH_MS))
        await actions.set_pool(catalogue, "main", [B.id], at(EPOCH_MS))
        channel = await actions.set_pool(catalogue, "main", [A.id, B.id], at(EPOCH_MS + 1))
        assert [(one.tick, one.assets) for one in channel.revisions] == [
            (0, (A.id, B.id)), (2_250_000, (B.id,)), (2_250_090, (A.id, B.id)),
        ]  # fmt: skip

    told(redis_url, story)


def test_a_given_lineup_is_edited_beyond_the_horizon(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await on_air(catalogue, A, B)
        await catalogue.index_asset(C)
        await actions.give_lineup(catalogue, "main", "kids", [ClipRecord(asset=A.id)], repeats=True, clock=lambda: 0)
        await actions.assign_viewer(catalogue, "main", "alice", "kids")
        edited = await actions.edit_lineup(
            catalogue, "main", "kids", [ClipRecord(asset=C.id, last=2)], repeats=False, clock=at(EPOCH_MS + 1000)
        )
        # The horizon is 25 s; a clip of 12 s ends at 36 s.
        assert [(part.start, part.msn - edited.parts[0].msn) for part in edited.parts] == [(0, 0), (36 * 90_000, 9)]
        seen = await preview(Channels(catalogue), "main", "alice", EPOCH_MS + 13_000, 9)
        assert [(airing.asset, airing.segments) for airing in seen.airings] == [(A.id, 3), (A.id, 3), (C.id, 2)]
        over = await preview(Channels(catalogue), "main", "alice", EPOCH_MS + 60_000, 9)
        assert (over.ended, over.airings, over.position_s) == (True, (), None)
        with pytest.raises(Conflict, match="lineup 'kids' of channel 'main': the lineup has ended"):
            await actions.edit_lineup(
                catalogue, "main", "kids", [ClipRecord(asset=A.id)], repeats=True, clock=at(EPOCH_MS + 60_000)
            )
        assert (await actions.assign_viewer(catalogue, "main", "alice", None)).lineup is None
        assert (await preview(Channels(catalogue), "main", "alice", EPOCH_MS, 1)).lineup.startswith("d-")

    told(redis_url, story)


def test_bad_lineups_are_refused(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await on_air(catalogue, A)
        clip = ClipRecord(asset=A.id)
        for name, clips, error in (
            ("d-mine", [clip], "those of derived lineups"),
            ("kids", [], "at least one clip"),
            ("a b", [clip], "lineup 'a b'"),
        ):
            with pytest.raises(BadInput, match=error):
                await actions.give_lineup(catalogue, "main", name, clips, repeats=True, clock=lambda: 0)
        with pytest.raises(NotFound, match="no asset"):
            await actions.give_lineup(
                catalogue, "main", "kids", [ClipRecord(asset=B.id)], repeats=True, clock=lambda: 0
            )
        with pytest.raises(NotFound, match="has no segments"):
            await actions.give_lineup(
                catalogue, "main", "kids", [ClipRecord(asset=A.id, first=3)], repeats=True, clock=lambda: 0
            )
        with pytest.raises(NotFound, match="no lineup 'kids' of channel 'main'"):
            await actions.assign_viewer(catalogue, "main", "alice", "kids")

    told(redis_url, story)
