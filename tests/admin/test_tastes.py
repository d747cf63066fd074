"""A viewer's own lineup follows their profile, from beyond what they may have seen on."""

import asyncio

import pytest

from manifest_server.admin import actions
from manifest_server.admin.profiles import change_profile
from manifest_server.admin.rules import set_rules
from manifest_server.admin.tastes import apply_profile
from manifest_server.onair.channels import Channels
from storage.catalogue import Catalogue
from storage.errors import NotFound
from storage.metadata import AssetMetadata
from storage.programme import Rules
from tests.stage import EPOCH_MS, asset, on_air

FILMS = [asset(number, 20.0) for number in range(1, 13)]
NOW_MS = EPOCH_MS + 100_000


def now() -> int:
    return NOW_MS


async def airs(catalogue: Catalogue, viewer: str, clips: int) -> list[str]:
    """What airs from the epoch on, clip by clip."""
    channels = Channels(catalogue)
    _, stream = await channels.joined(await channels.channel("main"), viewer)
    return [stream.succession(0, 0).place(number * 20 * 90_000).clip.asset.id for number in range(clips)]


def test_a_profile_counts_from_the_horizon_on_and_for_this_viewer_alone(redis_url: str) -> None:
    async def story() -> None:
        async with Catalogue.connect(redis_url) as catalogue:
            await on_air(catalogue, *FILMS)
            with pytest.raises(NotFound, match="nothing is known of viewer 'alice'"):
                await apply_profile(catalogue, "main", "alice", now)
            never = [film.id for film in FILMS[:4]]
            await change_profile(catalogue, "main", "alice", {"without": never})
            before, bob = await airs(catalogue, "alice", 60), await airs(catalogue, "bob", 60)
            first = await apply_profile(catalogue, "main", "alice", now)
            assert first.tastes[-1].tick == 125 * 90_000
            assert await apply_profile(catalogue, "main", "alice", now) == first
            after = await airs(catalogue, "alice", 60)
            assert after[:7] == before[:7]  # the first boundary after 125 s is at 140
            assert not set(after[7:]) & set(never)
            assert await airs(catalogue, "bob", 60) == bob

    asyncio.run(story())


def test_what_a_viewer_likes_airs_more_often_where_the_order_is_weighted(redis_url: str) -> None:
    async def story() -> None:
        async with Catalogue.connect(redis_url) as catalogue:
            await on_air(catalogue, *FILMS)
            liked = {film.id for film in FILMS[:3]}
            for film in liked:
                await catalogue.metadata.store(AssetMetadata(asset=film, version=1, tags=("sport",)))
            await set_rules(catalogue, "main", Rules(order="weighted"), now)
            await change_profile(catalogue, "main", "alice", {"likes": {"sport": 1.0}})
            await apply_profile(catalogue, "main", "alice", now)
            seen = (await airs(catalogue, "alice", 400))[20:]
            share = sum(one in liked for one in seen) / len(seen)
            assert share > 0.4  # a quarter of the pool
            assert set(seen) == {film.id for film in FILMS}

    asyncio.run(story())


def test_a_new_run_begins_with_the_last_taste(redis_url: str) -> None:
    async def story() -> None:
        async with Catalogue.connect(redis_url) as catalogue:
            await on_air(catalogue, *FILMS)
            never = [film.id for film in FILMS[:10]]
            await change_profile(catalogue, "main", "alice", {"without": never})
            await apply_profile(catalogue, "main", "alice", now)
            await actions.stop_channel(catalogue, "main", now)
            await actions.start_channel(catalogue, "main", NOW_MS + 60_000)
            assert set(await airs(catalogue, "alice", 30)) == {film.id for film in FILMS[10:]}

    asyncio.run(story())
