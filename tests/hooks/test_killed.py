"""Processes that are killed: what one had taken, another delivers; what one had noticed, nobody tells twice."""

import asyncio
import time

import pytest
from redis import Redis

from manifest_server.admin import webhooks
from storage import keys
from storage import webhooks as stored
from storage.catalogue import Catalogue
from tests.hooks.receivers import OK, Writer, receiver
from tests.hooks.stage import made, noted, now_ms, sending, settled
from tests.storage.children import child, line

# Delivers for ever; says so when its request has been taken.
DELIVERER = """
import asyncio, sys, time
from manifest_server.hooks.deliveries import Deliveries
from storage.catalogue import Catalogue

async def main():
    async with Catalogue.connect(sys.argv[1]) as catalogue:
        print("ready", flush=True)
        await Deliveries(catalogue, lambda: time.time_ns() // 1_000_000, lambda: None, private=True).run()

asyncio.run(main())
"""


async def _never(_: Writer) -> None:
    await asyncio.Event().wait()


@pytest.mark.slow
def test_what_a_killed_process_had_taken_is_delivered_by_another(redis_url: str) -> None:
    async def whole() -> None:
        async with Catalogue.connect(redis_url) as catalogue, receiver(_never, OK) as there:
            hook = await made(catalogue, there.url)
            with child(DELIVERER, redis_url) as process:
                assert await asyncio.to_thread(line, process) == "ready"
                [event] = await noted(catalogue, hook, 1)
                taken = await there.next()
                process.kill()
            assert (await catalogue.webhooks.delivery(hook.id, event)).state == "sending"
            async with sending(catalogue):
                assert there.requests.empty()
                # Its lease runs out.
                leased = f"{keys.WEBHOOK_PREFIX}leased:{hook.id}"
                past = now_ms() - 1
                await catalogue.link.ask(
                    leased, ("ZADD", leased, "XX", past, event), ("ZADD", keys.WEBHOOKS_DUE, "XX", past, hook.id)
                )
                again = await there.next()
                found = await settled(catalogue, hook, event, 2)
            assert (found.state, found.tries) == ("delivered", 2)
            assert again.headers["webhook-id"] == taken.headers["webhook-id"] == event
            assert again.verified(hook.secret) == taken.verified(hook.secret)

    asyncio.run(whole())


def test_a_lease_lasts_longer_than_a_request_may(redis_url: str) -> None:
    async def whole() -> None:
        async with Catalogue.connect(redis_url) as catalogue:
            hook = await made(catalogue, "http://127.0.0.1:1/")
            await noted(catalogue, hook, 1)
            claimed = await catalogue.webhooks.claim("one")
            assert claimed is not None
            assert await catalogue.webhooks.claim("two") is None
            with Redis.from_url(redis_url) as redis:
                [(_, until_ms)] = redis.zrange(f"{keys.WEBHOOK_PREFIX}leased:{hook.id}", 0, -1, withscores=True)
            assert 10_000 < until_ms - time.time() * 1000 <= stored.LEASE_MS
            # Whoever lost it cannot say how it went.
            other = claimed.model_copy(update={"token": "two"})
            await catalogue.webhooks.settle(other, delivered=True, status=200, error="", again_ms=None)
            assert (await catalogue.webhooks.deliveries(hook.id))[0].state == "sending"

    asyncio.run(whole())


def test_a_webhook_that_is_removed_is_told_nothing_more(redis_url: str) -> None:
    async def whole() -> None:
        async with Catalogue.connect(redis_url) as catalogue:
            hook = await made(catalogue, "http://127.0.0.1:1/")
            await noted(catalogue, hook, 1)
            claimed = await catalogue.webhooks.claim("one")
            assert claimed is not None
            await webhooks.remove_webhook(catalogue, hook.id)
            await catalogue.webhooks.settle(claimed, delivered=False, status=None, error="x", again_ms=1)
            await noted(catalogue, hook, 2)
            with Redis.from_url(redis_url, decode_responses=True) as redis:
                assert not [key for key in redis.scan_iter("*") if hook.id in key]
                assert redis.zcard(keys.WEBHOOKS_DUE) == 0

    asyncio.run(whole())
