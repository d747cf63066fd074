"""What is noticed of a real catalogue: once, whoever looks, also after a while in which nobody did."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from manifest_server.admin import actions, webhooks
from manifest_server.hooks.watch import LEAD_MS, Watch
from storage import keys
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.job_records import JobFacts
from storage.jobs import Jobs
from storage.metadata import AssetMetadata
from storage.programme import Moment
from storage.records import AssetRecord
from storage.redis_clients import synchronous
from storage.webhook_records import WebhookRecord
from tests.stage import Clock, asset

S = 1000
DAY_MS = 86_400 * S
KINDS = ["asset.ready", "asset.failed", "channel.started", "channel.stopped", "moment.reached"]

Story = Callable[[Catalogue, Clock], Awaitable[None]]
Tell = Callable[[Story], None]


@pytest.fixture
def tell(redis_url: str) -> Tell:
    def told(story: Story) -> None:
        async def whole() -> None:
            async with Catalogue.connect(redis_url) as catalogue:
                await story(catalogue, Clock(time.time_ns() // 1_000_000))

        asyncio.run(whole())

    return told


async def made(catalogue: Catalogue, clock: Clock, **more: object) -> WebhookRecord:
    wish = {"url": "http://127.0.0.1:1/", "events": KINDS, **more}
    return await webhooks.create_webhook(catalogue, wish, clock, private=True)


async def queued(catalogue: Catalogue, hook: WebhookRecord) -> list[tuple[str, dict[str, Any]]]:
    """Type and data of what is to be sent to a webhook, in order of time."""
    key = f"{keys.WEBHOOK_PREFIX}log:{hook.id}"
    stored = (await catalogue.link.ask(key, ("HVALS", key)))[0]
    bodies = [json.loads(json.loads(one)["body"]) for one in stored]
    return [(one["type"], one["data"]) for one in sorted(bodies, key=lambda one: (one["timestamp"], one["type"]))]


async def kinds(catalogue: Catalogue, hook: WebhookRecord) -> list[str]:
    return [kind for kind, _ in await queued(catalogue, hook)]


def fresh(number: int, clock: Clock) -> AssetRecord:
    """An asset that was packaged just now."""
    text = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(clock.now_ms / 1000))
    return asset(number).model_copy(update={"packaged_at": text})


def test_what_was_before_the_first_webhook_is_no_news(tell: Tell) -> None:
    async def story(catalogue: Catalogue, clock: Clock) -> None:
        await catalogue.index_asset(fresh(1, clock))
        await actions.create_channel(catalogue, "main", [asset(1).id])
        await actions.start_channel(catalogue, "main", clock.now_ms - 5 * S)
        clock.now_ms += 50
        await asyncio.sleep(0.05)  # assets have the time of Redis's clock
        hook = await made(catalogue, clock)
        watch = Watch(catalogue, clock)
        assert not await watch.look()
        assert await kinds(catalogue, hook) == []

    tell(story)


def test_an_asset_is_told_of_once_and_an_ident_never(tell: Tell) -> None:
    async def story(catalogue: Catalogue, clock: Clock) -> None:
        hook = await made(catalogue, clock)
        watch = Watch(catalogue, clock)
        await watch.look()
        await catalogue.metadata.store(AssetMetadata(asset=asset(2).id, version=1, more={"filler": "ident"}))
        for record in (fresh(1, clock), fresh(2, clock), asset(3).model_copy(update={"packaged_at": _OLD})):
            await catalogue.index_asset(record)
        assert await watch.look()
        assert await queued(catalogue, hook) == [
            ("asset.ready", {"asset": asset(1).id, "title": "Film 1", "name": "1.mp4", "duration_s": 12.0})
        ]
        # Whoever looks again from the start finds the same, and that is no news.
        await catalogue.webhooks.see({"assets": "0-0"})
        clock.now_ms += LEAD_MS
        await catalogue.link.ask(keys.WEBHOOKS_DUE, ("DEL", f"{keys.WEBHOOK_PREFIX}leader"))
        assert not await Watch(catalogue, clock).look()

    tell(story)


_OLD = "2020-01-01T00:00:00Z"


def test_assets_are_not_lost_though_the_stream_of_changes_was_cut(tell: Tell) -> None:
    async def story(catalogue: Catalogue, clock: Clock) -> None:
        hook = await made(catalogue, clock)
        watch = Watch(catalogue, clock)
        await watch.look()
        await catalogue.index_asset(fresh(1, clock))
        # Many more changes than the stream keeps.
        key = keys.changes_key(keys.ALL_ASSETS)
        more = [("XADD", key, "MAXLEN", "~", 1000, "*", "kind", "metadata", "name", "x", "by", "x")] * 1500
        await catalogue.link.ask(key, *more)
        assert await watch.look()
        assert await kinds(catalogue, hook) == ["asset.ready"]
        assert not await watch.look()

    tell(story)


def test_a_job_that_fails_is_told_with_the_reason_each_time(tell: Tell, redis_url: str) -> None:
    jobs = Jobs(synchronous(redis_url), "here")
    facts = JobFacts(
        asset="a" * 32, name="film.mp4", title="Film", source_key=None, source_sha256="b" * 64, size_bytes=1
    )

    def fail(reason: str) -> None:
        jobs.submit(facts)
        lease = jobs.claim("w")
        assert lease is not None
        jobs.give_back(lease, reason, "", final=True)

    async def story(catalogue: Catalogue, clock: Clock) -> None:
        hook = await made(catalogue, clock)
        watch = Watch(catalogue, clock)
        await watch.look()
        await asyncio.to_thread(fail, "no video in it")
        await watch.look()
        await asyncio.to_thread(fail, "cut short")
        await watch.look()
        told = {"asset": facts.asset, "title": "Film", "name": "film.mp4"}
        assert await queued(catalogue, hook) == [
            ("asset.failed", {**told, "reason": "no video in it"}),
            ("asset.failed", {**told, "reason": "cut short"}),
        ]

    tell(story)


async def staged(catalogue: Catalogue) -> None:
    await catalogue.index_asset(asset(1))
    await actions.create_channel(catalogue, "main", [asset(1).id])


def test_a_channel_s_start_and_stop_are_told_at_their_instants(tell: Tell) -> None:
    async def story(catalogue: Catalogue, clock: Clock) -> None:
        await staged(catalogue)
        hook, other = await made(catalogue, clock, channel="main"), await made(catalogue, clock, channel="news")
        watch = Watch(catalogue, clock)
        await watch.look()
        at_ms = clock.now_ms + 60 * S
        await actions.start_channel(catalogue, "main", at_ms)
        watch.hear("main")
        assert not await watch.look()
        assert watch.next_ms() == at_ms
        clock.now_ms = at_ms
        assert await watch.look()
        assert await kinds(catalogue, hook) == ["channel.started"]
        clock.now_ms += 100 * S
        await actions.stop_channel(catalogue, "main", clock)
        watch.hear("main")
        assert not await watch.look()
        assert watch.next_ms() == clock.now_ms + 9 * S
        clock.now_ms += 9 * S
        assert await watch.look()
        assert await kinds(catalogue, hook) == ["channel.started", "channel.stopped"]
        assert await kinds(catalogue, other) == []

    tell(story)


def test_a_moment_is_told_each_time(tell: Tell) -> None:
    async def story(catalogue: Catalogue, clock: Clock) -> None:
        await staged(catalogue)
        record = await actions.start_channel(catalogue, "main", clock.now_ms - S)
        news = Moment(
            id="news", at_ms=clock.now_ms + 30 * S, every_ms=300 * S, clips=(ClipRecord(asset=asset(1).id),)
        )
        changed = record.model_copy(update={"moments": (news,), "version": record.version + 1})
        await catalogue.replace_channel(changed)
        hook = await made(catalogue, clock, events=["moment.reached"])
        watch = Watch(catalogue, clock)
        await watch.look()
        for count in (1, 2, 3):
            clock.now_ms = watch.next_ms() or 0
            assert await watch.look()
            assert len(await kinds(catalogue, hook)) == count
        assert clock.now_ms == news.at_ms + 600 * S

    tell(story)


def test_whoever_takes_over_tells_what_happened_meanwhile(tell: Tell) -> None:
    async def story(catalogue: Catalogue, clock: Clock) -> None:
        await staged(catalogue)
        hook = await made(catalogue, clock)
        lost, other = Watch(catalogue, clock), Watch(catalogue, clock)
        await lost.look()
        await actions.start_channel(catalogue, "main", clock.now_ms + 10 * S)
        await catalogue.index_asset(fresh(7, clock))
        clock.now_ms += 3600 * S
        assert not await other.look(), "another leads"
        await catalogue.link.ask(keys.WEBHOOKS_DUE, ("DEL", f"{keys.WEBHOOK_PREFIX}leader"))  # its lead runs out
        assert await other.look()
        assert sorted(await kinds(catalogue, hook)) == ["asset.ready", "channel.started"]
        assert not await lost.look()

    tell(story)


def test_what_is_more_than_a_day_old_is_dropped_and_said(tell: Tell, caplog: pytest.LogCaptureFixture) -> None:
    async def story(catalogue: Catalogue, clock: Clock) -> None:
        await staged(catalogue)
        hook = await made(catalogue, clock)
        await Watch(catalogue, clock).look()
        await catalogue.index_asset(fresh(7, clock))
        clock.now_ms += 2 * DAY_MS
        await catalogue.link.ask(keys.WEBHOOKS_DUE, ("DEL", f"{keys.WEBHOOK_PREFIX}leader"))
        await Watch(catalogue, clock).look()
        assert await kinds(catalogue, hook) == []

    tell(story)
    assert "event=dropped from=" in caplog.text
