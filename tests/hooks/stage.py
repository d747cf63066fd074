"""Webhooks over a real Redis: made, told of what did not happen, and sent to by deliveries of this process."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from manifest_server.admin import webhooks
from manifest_server.hooks.deliveries import Deliveries
from manifest_server.hooks.happenings import Happening
from manifest_server.hooks.sending import Sender
from storage import keys
from storage.catalogue import Catalogue
from storage.redis_link import end
from storage.webhook_records import Delivery, WebhookRecord

NOW_MS = time.time_ns() // 1_000_000
Told = TypeVar("Told")


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def told(redis_url: str, story: Callable[[Catalogue], Awaitable[Told]]) -> Told:
    async def whole() -> Told:
        async with Catalogue.connect(redis_url) as catalogue:
            return await story(catalogue)

    return asyncio.run(whole())


async def made(catalogue: Catalogue, url: str, **more: object) -> WebhookRecord:
    wish = {"url": url, "events": ["asset.ready"], **more}
    return await webhooks.create_webhook(catalogue, wish, now_ms, private=True)


def happened(number: int) -> Happening:
    return Happening("asset.ready", NOW_MS, str(number), {"asset": number})


async def noted(catalogue: Catalogue, hook: WebhookRecord, *numbers: int) -> list[str]:
    """The ids of these events, which are queued."""
    found = [happened(number) for number in numbers]
    for some in (found[start : start + 50] for start in range(0, len(found), 50)):
        assert all(
            await asyncio.gather(*(catalogue.webhooks.note(one.id, one.type, one.body, [hook.id]) for one in some))
        )
    return [one.id for one in found]


@asynccontextmanager
async def sending(
    catalogue: Catalogue, *, private: bool = True, timeout_s: float = 10.0
) -> AsyncIterator[Deliveries]:
    """Deliveries that run for as long as the block lasts."""
    made = Deliveries(catalogue, now_ms, lambda: None, private=private, look_s=0.05)
    made._sender = Sender(private=private, timeout_s=timeout_s)
    task = asyncio.create_task(made.run())
    try:
        yield made
    finally:
        await end({task})


async def settled(catalogue: Catalogue, hook: WebhookRecord, event: str, tries: int = 1) -> Delivery:
    """The delivery, once so many tries are over."""
    async with asyncio.timeout(20):
        while True:
            found = await catalogue.webhooks.delivery(hook.id, event)
            if found.state != "sending" and found.tries >= tries:
                return found
            await asyncio.sleep(0.01)


async def hasten(catalogue: Catalogue, hook: WebhookRecord, event: str) -> None:
    """Let what waits for its next try be due."""
    pending = f"{keys.WEBHOOK_PREFIX}pending:{hook.id}"
    await catalogue.link.ask(
        pending, ("ZADD", pending, "XX", 1, event), ("ZADD", keys.WEBHOOKS_DUE, "XX", 1, hook.id)
    )
