"""Filler: what can be one, how it comes to a channel, and what stands against its going."""

from collections.abc import Awaitable, Callable
from fractions import Fraction
from pathlib import Path

import httpx
import pytest

from manifest_server.admin import actions, removal
from manifest_server.admin.fillers import admit, made_before, set_filler
from manifest_server.admin.pools import follow_query, set_query
from manifest_server.onair.channels import Channels
from manifest_server.programming.filler import frame_counts
from storage.catalogue import Catalogue
from storage.errors import BadInput, Conflict, NotFound
from storage.folder_objects import FolderObjects
from storage.keys import metadata_key, record_key
from storage.metadata import PoolQuery
from storage.programme import Rules
from storage.records import AssetRecord, ChannelRecord
from tests.admin.removing import AT_ONCE
from tests.stage import EPOCH_MS, asset, on_air, visited
from tests.storage.catalogues import told

A, B = asset(1), asset(2)
COUNTS = frame_counts(Fraction(25))
IDENTS = [asset(1000 + count, count / 25) for count in COUNTS]
IDS = tuple(one.id for one in IDENTS)
NOW_MS = EPOCH_MS + 100_000
TOKEN = "t" * 32
HORIZON_TICK = (100 + 25) * 90_000

Tell = Callable[[Callable[[Catalogue], Awaitable[object]]], object]


def now() -> int:
    return NOW_MS


def frames(one: AssetRecord) -> str:
    return f"{one.frames} frames at 25 of {'ab' * 16}, 1"


@pytest.fixture
def objects(tmp_path: Path) -> FolderObjects:
    return FolderObjects(tmp_path)


@pytest.fixture
def tell(redis_url: str, objects: FolderObjects) -> Tell:
    """Tell a story of the channel main, whose pool is A and B, beside a set of idents."""

    async def ready(catalogue: Catalogue) -> None:
        await on_air(catalogue, A, B)
        for one in (A, B, *IDENTS):
            objects.put(record_key(one.id), one.stored().encode())
        for one in IDENTS:
            await admit(catalogue, objects, one, None, frames(one))

    told(redis_url, ready)
    return lambda story: told(redis_url, story)


def test_filler_is_a_new_revision_beyond_the_horizon(tell: Tell) -> None:
    async def story(catalogue: Catalogue) -> None:
        changed = await set_filler(catalogue, "main", IDS, now)
        assert [(one.tick, one.assets, one.filler) for one in changed.revisions] == [
            (0, (A.id, B.id), ()),
            (HORIZON_TICK, (A.id, B.id), IDS),
        ]
        assert await catalogue.channel("main") == changed
        again = await set_filler(catalogue, "main", [*IDS, IDS[0]], lambda: NOW_MS + 60_000)
        assert again == changed

    tell(story)


def test_a_later_pool_keeps_filler_and_rules(tell: Tell, objects: FolderObjects) -> None:
    async def story(catalogue: Catalogue) -> None:
        rules = Rules(order="fixed")
        channel = await set_filler(catalogue, "main", IDS, now)
        revisions = tuple(one.model_copy(update={"rules": rules}) for one in channel.revisions)
        await actions.replaced(catalogue, channel, None, revisions=revisions)

        def kept(changed: ChannelRecord, assets: tuple[str, ...]) -> None:
            last = changed.revisions[-1]
            assert (last.assets, last.rules, last.filler) == (assets, rules, IDS)

        kept(await actions.set_pool(catalogue, "main", [B.id], lambda: NOW_MS + 1000), (B.id,))
        kept((await set_query(catalogue, "main", PoolQuery(), lambda: NOW_MS + 2000)).channel, (A.id, B.id))
        await removal.retire(catalogue, objects, [A.id], lambda: NOW_MS + 3000)
        kept(await catalogue.channel("main"), (B.id,))
        await actions.stop_channel(catalogue, "main", lambda: NOW_MS + 60_000)
        kept(await actions.start_channel(catalogue, "main", NOW_MS + 120_000), (B.id,))

    tell(story)


def test_filler_that_is_set_counts_for_what_rights_have_planned(tell: Tell) -> None:
    async def story(catalogue: Catalogue) -> None:
        said = (await catalogue.metadata.of(A.id)).model_copy(
            update={"version": 1, "rights_until_ms": NOW_MS + 3_600_000}
        )
        await catalogue.metadata.store(said)
        planned = (await set_query(catalogue, "main", PoolQuery(), lambda: EPOCH_MS - 60_000)).channel
        assert [one.assets for one in planned.revisions] == [(A.id, B.id), (B.id,)]
        changed = await set_filler(catalogue, "main", IDS, now)
        assert [(one.assets, one.filler) for one in changed.revisions] == [
            ((A.id, B.id), ()),
            ((A.id, B.id), IDS),
            ((B.id,), IDS),
        ]
        followed = await follow_query(catalogue, "main", lambda: NOW_MS + 1000)
        assert followed is not None
        assert not followed.changed

    tell(story)


def test_an_ident_is_in_no_pool_that_nobody_put_it_in(tell: Tell) -> None:
    async def story(catalogue: Catalogue) -> None:
        assert (await actions.create_channel(catalogue, "all", None)).revisions[0].assets == (A.id, B.id)
        assert (await set_query(catalogue, "all", PoolQuery(), now)).channel.revisions[0].assets == (A.id, B.id)
        with pytest.raises(Conflict, match="it would leave 0 by tags"):
            await set_query(catalogue, "all", PoolQuery(tags=("filler",)), now)
        assert (await actions.create_channel(catalogue, "named", IDS)).revisions[0].assets == IDS

    tell(story)


@pytest.mark.parametrize(
    ("idents", "error", "message"),
    [
        ([], BadInput, "channel 'main': filler is one or more idents"),
        (["x"], BadInput, "an asset id is 32 hexadecimal digits"),
        (["e" * 32], NotFound, f"no asset '{'e' * 32}'"),
        ([*IDS, A.id], BadInput, f"asset {A.id} has 3 segments: an ident is one"),
        (
            [one for one in IDS if one != IDS[5]],
            BadInput,
            r"no three of these idents fill 1\.20, 8\.20 s; of a set that does, 1\.20 s are missing",
        ),
        (
            IDS[:1],
            BadInput,
            r"no three of these idents fill 1\.04, 1\.08, 1\.12, 1\.16, 1\.20 and 193 more s; of a set that does, "
            r"1\.04, 1\.08, 1\.12, 1\.16, 1\.20 and 22 more s are missing: streamsync filler make",
        ),
    ],
)
def test_what_cannot_fill_is_refused_and_named(
    tell: Tell, idents: list[str], error: type[Exception], message: str
) -> None:
    async def story(catalogue: Catalogue) -> None:
        before = await catalogue.channel("main")
        with pytest.raises(error, match=message):
            await set_filler(catalogue, "main", idents, now)
        assert await catalogue.channel("main") == before

    tell(story)


def test_idents_that_are_short_or_of_two_rates_are_refused(tell: Tell) -> None:
    async def story(catalogue: Catalogue) -> None:
        short, fast = asset(71, 0.96), asset(72, 1.0).model_copy(update={"frame_rate": "50"})
        for one in (short, fast):
            await catalogue.index_asset(one)
        with pytest.raises(BadInput, match=f"asset {short.id} lasts 0.96 s"):
            await set_filler(catalogue, "main", [*IDS, short.id], now)
        with pytest.raises(BadInput, match=f"asset {IDS[0]} has 25 frames a second, {fast.id} has 50"):
            await set_filler(catalogue, "main", [*IDS, fast.id], now)
        with pytest.raises(NotFound, match="no channel 'other'"):
            await set_filler(catalogue, "other", IDS, now)
        with pytest.raises(Conflict, match="channel 'main' is at version 2, not 1"):
            await set_filler(catalogue, "main", IDS, now, version=1)

    tell(story)


def test_a_channels_filler_is_known_to_its_playlists(tell: Tell) -> None:
    async def story(catalogue: Catalogue) -> None:
        await set_filler(catalogue, "main", IDS, now)
        on = await Channels(catalogue).channel("main")
        assert on.assets.keys() == {A.id, B.id, *IDS}

    tell(story)


def test_filler_is_neither_retired_nor_deleted_until_there_is_other(tell: Tell, objects: FolderObjects) -> None:
    async def story(catalogue: Catalogue) -> None:
        spare = asset(73, 1.0)
        await catalogue.index_asset(spare)
        objects.put(record_key(spare.id), spare.stored().encode())
        await set_filler(catalogue, "main", IDS, now)
        with pytest.raises(Conflict, match="channel 'main': it is filler there; give it other idents first"):
            await removal.retire(catalogue, objects, [IDS[0]], now)
        with pytest.raises(Conflict, match="channel 'main': it is its filler"):
            await removal.delete(catalogue, objects, IDS[0], now, AT_ONCE)
        await set_filler(catalogue, "main", (spare.id, *IDS[1:]), lambda: NOW_MS + 1000)
        with pytest.raises(Conflict, match="channel 'main': it was its filler: free after 2026-01-01T10:0"):
            await removal.delete(catalogue, objects, IDS[0], lambda: NOW_MS + 3_600_000, AT_ONCE)
        # What a viewer began before it changed, ten hours at most, may still have ended with it.
        done = await removal.delete(catalogue, objects, IDS[0], lambda: NOW_MS + 11 * 3_600_000, AT_ONCE)
        assert done.kept_record  # positions are reckoned from it

    tell(story)


def test_what_was_made_before_is_found_by_what_it_is_an_ident_of(tell: Tell, objects: FolderObjects) -> None:
    async def story(catalogue: Catalogue) -> None:
        found = await made_before(catalogue, "x")
        assert found == {frames(one): one for one in IDENTS}
        assert await made_before(catalogue, "other settings") == {}
        await removal.retire(catalogue, objects, [IDS[0]], now)
        assert (await made_before(catalogue, "x")).keys() == found.keys() - {frames(IDENTS[0])}

    tell(story)


def test_what_an_ident_is_said_to_be_is_added_to_what_was_said(tell: Tell, objects: FolderObjects) -> None:
    async def story(catalogue: Catalogue) -> None:
        said = await catalogue.metadata.of(IDS[0])
        assert (said.version, said.tags, said.more) == (1, ("filler",), {"filler": frames(IDENTS[0])})
        changed = said.model_copy(update={"version": 2, "tags": ("blue", "filler"), "title": "Ours"})
        await catalogue.metadata.store(changed)
        await admit(catalogue, objects, IDENTS[0], None, frames(IDENTS[0]))
        assert await catalogue.metadata.of(IDS[0]) == changed
        assert changed.stored().encode() == objects.read(metadata_key(IDS[0]))

    tell(story)


def test_filler_is_given_by_the_api_for_a_version_of_the_channel(redis_url: str, tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        place, authority = "/api/v1/channels/main/filler", {"Authorization": f"Bearer {TOKEN}"}
        body = {"assets": list(IDS)}
        stale = await client.put(place, json=body, headers={**authority, "If-Match": '"1"'})
        assert (stale.status_code, stale.json()["now"]["version"]) == (409, 2)
        done = await client.put(place, json=body, headers={**authority, "If-Match": '"2"'})
        assert (done.status_code, done.headers["etag"]) == (200, '"3"')
        assert done.json()["revisions"][-1]["filler"] == list(IDS)
        bad = await client.put(place, json={"assets": [A.id]}, headers=authority)
        assert (bad.status_code, bad.json()["error"]) == (400, f"asset {A.id} has 3 segments: an ident is one")

    visited(redis_url, story, token=TOKEN)
