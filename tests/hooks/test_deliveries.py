"""Deliveries to real receivers, over a real Redis: signed, retried, bounded, and never where they may not go."""

import asyncio
from contextlib import AsyncExitStack
from http import HTTPStatus

import pytest

from manifest_server.admin import webhooks
from manifest_server.hooks import deliveries as module
from storage import keys
from storage import webhooks as stored
from storage.catalogue import Catalogue
from storage.webhooks import AT_ONCE, ENDED_KEPT, MOST_WAITING
from tests.hooks.receivers import OK, Receiver, Writer, receiver, status
from tests.hooks.stage import happened, hasten, made, noted, now_ms, sending, settled, told


def test_what_is_sent_is_signed_with_both_secrets_of_an_overlap(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        async with receiver() as there, sending(catalogue):
            old = await made(catalogue, there.url)
            new = await webhooks.rotate_webhook(catalogue, old.id, now_ms)
            [event] = await noted(catalogue, old, 1)
            request = await there.next()
            assert request.head == "POST /hook?of=tests HTTP/1.1"
            assert request.headers["host"] == f"127.0.0.1:{there.port}"
            assert request.headers["webhook-id"] == event
            assert request.headers["content-type"] == "application/json"
            assert request.verified(old.secret) == request.verified(new.secret)
            assert request.verified(new.secret)["data"] == {"asset": 1}
            found = await settled(catalogue, old, event)
            assert (found.state, found.status, found.tries, found.error) == ("delivered", 204, 1, "")

    told(redis_url, story)


def test_an_event_is_queued_once_whoever_notices_it(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        hook = await made(catalogue, "http://127.0.0.1:1/")
        one = happened(1)
        first = await asyncio.gather(
            *(catalogue.webhooks.note(one.id, one.type, one.body, [hook.id]) for _ in range(5))
        )
        assert sorted(first) == [False, False, False, False, True]
        assert len(await catalogue.webhooks.deliveries(hook.id)) == 1

    told(redis_url, story)


def test_a_receiver_that_comes_back_gets_what_it_missed_under_the_same_id(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        async with AsyncExitStack() as stack:
            there = await stack.enter_async_context(receiver())
            port, hook = there.port, await made(catalogue, there.url)
            await stack.aclose()
            async with sending(catalogue) as deliveries:
                [event] = await noted(catalogue, hook, 1)
                failed = await settled(catalogue, hook, event)
                assert failed.state == "waiting"
                assert failed.status is None
                assert failed.error.startswith("cannot connect: ")
                assert failed.next_ms is not None
                assert failed.last_ms is not None
                assert 4000 <= failed.next_ms - failed.last_ms <= 6000
                assert (await webhooks.show_webhook(catalogue, hook.id)).failing_ms is not None
                async with receiver(port=port) as back:
                    await hasten(catalogue, hook, event)
                    deliveries.wake()
                    assert (await back.next()).headers["webhook-id"] == event
                    assert (await settled(catalogue, hook, event, 2)).state == "delivered"
                    assert (await webhooks.show_webhook(catalogue, hook.id)).failing_ms is None

    told(redis_url, story)


@pytest.mark.parametrize("line", ["500 Broken", "404 Not Found", "429 Slow Down"])
def test_what_is_no_success_is_tried_again(redis_url: str, line: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        async with receiver(status(line), OK) as there, sending(catalogue) as deliveries:
            hook = await made(catalogue, there.url)
            [event] = await noted(catalogue, hook, 1)
            found = await settled(catalogue, hook, event)
            assert (found.state, found.status, found.error) == ("waiting", int(line[:3]), f"it answered {line[:3]}")
            await hasten(catalogue, hook, event)
            deliveries.wake()
            assert (await settled(catalogue, hook, event, 2)).state == "delivered"
            first, second = await there.next(), await there.next()
            assert first.headers["webhook-id"] == second.headers["webhook-id"]

    told(redis_url, story)


def test_after_the_last_try_it_is_over_and_can_be_sent_again(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        async with receiver(status("500 Broken")) as there, sending(catalogue) as deliveries:
            hook = await made(catalogue, there.url)
            [event] = await noted(catalogue, hook, 1)
            for tries in range(1, 8):
                assert (await settled(catalogue, hook, event, tries)).state == "waiting"
                await hasten(catalogue, hook, event)
                deliveries.wake()
            assert (await settled(catalogue, hook, event, 8)).state == "failed"
            there.answers = [OK]
            queued = await webhooks.redeliver(catalogue, hook.id, event)
            assert (queued.state, queued.tries) == ("waiting", 0)
            assert (await settled(catalogue, hook, event)).state == "delivered"

    told(redis_url, story)


def test_a_redirect_is_not_followed(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        async with receiver() as other, sending(catalogue):
            for code in (HTTPStatus.FOUND, HTTPStatus.TEMPORARY_REDIRECT):
                async with receiver(status(f"{code} Elsewhere", f"Location: {other.url}")) as there:
                    hook = await made(catalogue, there.url)
                    [event] = await noted(catalogue, hook, code)
                    found = await settled(catalogue, hook, event)
                    assert (found.state, found.status) == ("waiting", code)
                    assert found.error == f"it answered {code}: redirects are not followed"
            assert other.requests.empty()

    told(redis_url, story)


def test_who_answers_gone_is_disabled_and_told_nothing_more(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        async with receiver(status("410 Gone")) as there, sending(catalogue):
            hook = await made(catalogue, there.url)
            events = await noted(catalogue, hook, *range(5))
            for event in events:
                assert (await settled(catalogue, hook, event)).state == "failed"
            found = await catalogue.webhooks.webhook(hook.id)
            assert (found.enabled, found.stopped) == (False, "it answered 410: gone")
            assert there.requests.qsize() <= AT_ONCE
            last = await catalogue.webhooks.delivery(hook.id, events[-1])
            assert last.error == "the webhook is disabled"

    told(redis_url, story)


def test_who_fails_for_days_is_disabled_and_says_so(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FAILING_MS", 0)

    async def story(catalogue: Catalogue) -> None:
        async with receiver(status("500 Broken")) as there, sending(catalogue):
            hook = await made(catalogue, there.url)
            [event] = await noted(catalogue, hook, 1)
            await settled(catalogue, hook, event)
            async with asyncio.timeout(20):
                while (found := await catalogue.webhooks.webhook(hook.id)).enabled:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            assert found.stopped.startswith("every try has failed since 2")

    told(redis_url, story)


@pytest.mark.parametrize("line", ["410 Gone", "500 Broken"])
def test_what_an_address_answers_that_it_has_no_more_disables_nothing(
    redis_url: str, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setattr(module, "FAILING_MS", 0)

    async def story(catalogue: Catalogue) -> None:
        async def moved(writer: Writer) -> None:
            await webhooks.edit_webhook(catalogue, hook.id, {"url": new.url}, now_ms, private=True)
            await status(line)(writer)

        async with receiver() as new, receiver(moved) as old, sending(catalogue) as deliveries:
            hook = await made(catalogue, old.url)
            [event] = await noted(catalogue, hook, 1)
            found = await settled(catalogue, hook, event)
            assert (found.state, found.status) == ("waiting", int(line[:3]))
            await hasten(catalogue, hook, event)
            deliveries.wake()
            assert (await settled(catalogue, hook, event, 2)).state == "delivered"
            assert (await new.next()).headers["webhook-id"] == event
            assert (await catalogue.webhooks.webhook(hook.id)).enabled

    told(redis_url, story)


async def _silent(writer: Writer) -> None:
    """Answers byte by byte, and never to the end."""
    while not writer.is_closing():
        writer.write(b"H")
        await writer.drain()
        await asyncio.sleep(0.02)


def test_a_slow_receiver_ends_and_holds_up_nobody(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        async with receiver(_silent) as slow, receiver() as quick, sending(catalogue, timeout_s=0.5):
            one, other = await made(catalogue, slow.url), await made(catalogue, quick.url)
            events = await noted(catalogue, one, *range(20))
            await noted(catalogue, other, *range(100, 120))
            leased = f"{keys.WEBHOOK_PREFIX}leased:{one.id}"
            for _ in range(20):
                await quick.next()
                assert (await catalogue.link.ask(leased, ("ZCARD", leased)))[0] <= AT_ONCE
            found = await settled(catalogue, one, events[0])
            assert (found.state, found.status, found.error) == ("waiting", None, "no answer within 0.5 s")

    told(redis_url, story)


async def _huge(writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
    while True:  # until the connection is closed
        writer.write(b"x" * 65_536)
        await writer.drain()


def test_a_huge_answer_is_not_read(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> Receiver:
        async with receiver(_huge) as there, sending(catalogue):
            hook = await made(catalogue, there.url)
            [event] = await noted(catalogue, hook, 1)
            assert (await settled(catalogue, hook, event)).state == "delivered"
            async with asyncio.timeout(20):
                while there.open:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            return there

    assert told(redis_url, story).open == 0


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_an_address_that_is_not_public_is_refused_when_it_is_looked_up(redis_url: str, host: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        async with receiver() as there, sending(catalogue, private=False):
            hook = await made(catalogue, f"http://{host}:{there.port}/")
            [event] = await noted(catalogue, hook, 1)
            found = await settled(catalogue, hook, event)
            assert (found.state, found.status) == ("waiting", None)
            assert found.error == f"{host} is not a public address; STREAMSYNC_WEBHOOK_PRIVATE=true allows it"
            assert there.requests.empty()
            assert there.most_open == 0

    told(redis_url, story)


def test_of_too_many_that_wait_the_newest_are_dropped_and_counted(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        hook = await made(catalogue, "http://127.0.0.1:1/")
        await noted(catalogue, hook, *range(MOST_WAITING + 3))
        assert (await webhooks.show_webhook(catalogue, hook.id)).dropped == 3
        listed = await catalogue.webhooks.deliveries(hook.id)
        assert len(listed) == ENDED_KEPT

    told(redis_url, story)


def test_the_log_keeps_the_last_that_are_over(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "ENDED_KEPT", 5)

    async def story(catalogue: Catalogue) -> None:
        async with receiver() as there, sending(catalogue):
            hook = await made(catalogue, there.url)
            first = await noted(catalogue, hook, *range(5))
            for event in first:
                await settled(catalogue, hook, event)
            last = await noted(catalogue, hook, 5, 6)
            for event in last:
                await settled(catalogue, hook, event)
            listed = [one.event for one in await catalogue.webhooks.deliveries(hook.id)]
            assert len(listed) == 5
            assert set(listed[:2]) == set(last)
            log = f"{keys.WEBHOOK_PREFIX}log:{hook.id}"
            assert await catalogue.link.ask(log, ("HLEN", log)) == [5]

    told(redis_url, story)
