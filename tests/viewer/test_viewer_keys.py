"""The key of viewer tokens: one for all servers, which outlives a Redis that loses it, or goes away."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from redis import Redis

from manifest_server.onair.reach import Reach
from manifest_server.viewer.viewer_keys import KEPT, ViewerKeys
from storage.errors import Unavailable
from storage.keys import VIEWER_KEY
from storage.redis_link import Link
from storage.viewer_key import ViewerKey


async def nobody(_: str) -> str:
    raise Unavailable("gone")


def test_all_servers_have_the_key_that_was_made_first(redis_url: str) -> None:
    async def story() -> None:
        links = [Link(redis_url) for _ in range(4)]
        found = await asyncio.gather(*(ViewerKeys(ViewerKey(one).shared, Reach()).keys() for one in links))
        assert len(set(found)) == 1
        assert len(found[0][0]) == 64
        for one in links:
            await one.aclose()

    asyncio.run(story())


def test_a_redis_that_lost_it_is_given_it_back(redis_url: str) -> None:
    async def story() -> None:
        link = Link(redis_url)
        ours = ViewerKeys(ViewerKey(link).shared, Reach(), good_s=0)
        before = await ours.keys()
        with Redis.from_url(redis_url) as redis:
            redis.flushall()
            assert await ours.keys() == before
            assert redis.get(VIEWER_KEY) == before[0].encode()
            # With another in its place, that one signs from now on, and those who came before are still known.
            for number in range(2 * KEPT):
                redis.set(VIEWER_KEY, f"{number:064x}")
                known = await ours.keys()
                assert known[0] == f"{number:064x}"
                assert (before[0] in known) == (number < KEPT - 1)
                assert len(known) <= KEPT
        await link.aclose()

    asyncio.run(story())


def test_a_server_that_knows_it_goes_on_without_redis(redis_url: str) -> None:
    async def story() -> None:
        link, reach = Link(redis_url), Reach()
        shared = ViewerKey(link).shared
        ways: list[Callable[[str], Awaitable[str]]] = [shared]

        async def asked(otherwise: str) -> str:
            return await ways[-1](otherwise)

        ours = ViewerKeys(asked, reach, good_s=0)
        before = await ours.keys()
        ways.append(nobody)
        assert await ours.keys() == before
        reach.lost()
        assert await ours.keys() == before
        with pytest.raises(Unavailable):
            await ViewerKeys(nobody, Reach()).keys()
        await link.aclose()

    asyncio.run(story())


def test_what_is_no_key_is_not_signed_with(redis_url: str) -> None:
    async def story() -> None:
        link = Link(redis_url)
        with Redis.from_url(redis_url) as redis:
            redis.set(VIEWER_KEY, "short")
        with pytest.raises(Unavailable, match="does not hold a key"):
            await ViewerKeys(ViewerKey(link).shared, Reach()).keys()
        await link.aclose()

    asyncio.run(story())
