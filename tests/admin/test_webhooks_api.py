"""The API's webhooks: made, told of without their secrets, changed, rotated, removed; and what is refused."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from redis import Redis

from manifest_server.admin import webhooks
from manifest_server.admin.tokens import create_token
from storage import keys
from storage.catalogue import Catalogue
from storage.webhook_records import WebhookRecord
from tests.stage import EPOCH_MS, Clock, visited

OWNER = {"Authorization": "Bearer owner"}
PLACE = "/api/v1/webhooks"
URL = "https://hooks.example/streamsync?of=films"
WISH = {"url": URL, "events": ["asset.failed", "asset.ready"], "description": "archive"}
NOWHERE = "0" * 16

Story = Callable[[httpx.AsyncClient, Catalogue], Awaitable[object]]
Tell = Callable[[Story], object]


@pytest.fixture
def clock() -> Clock:
    return Clock(EPOCH_MS)


@pytest.fixture
def tell(redis_url: str, clock: Clock) -> Tell:
    async def signed_in(client: httpx.AsyncClient, catalogue: Catalogue, story: Story) -> object:
        client.headers.update(OWNER)
        return await story(client, catalogue)

    return lambda story: visited(redis_url, lambda a, b: signed_in(a, b, story), token="owner", clock=clock)  # noqa: S106


async def made(client: httpx.AsyncClient, **more: object) -> dict[str, Any]:
    answer = await client.post(PLACE, json={**WISH, **more})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_secret_is_told_once_and_is_in_no_list(
    tell: Tell, redis_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> str:
        new = await made(client)
        secret = str(new.pop("secret"))
        assert new["events"] == ["asset.ready", "asset.failed"]
        assert (await client.get(PLACE)).json() == [new]
        one = await client.get(f"{PLACE}/{new['id']}")
        assert (one.json(), one.headers["etag"]) == (new, '"1"')
        queued = await client.post(f"{PLACE}/{new['id']}/test")
        assert (queued.status_code, queued.json()["state"]) == (202, "waiting")
        told = [one.text, queued.text, (await client.get(f"{PLACE}/{new['id']}/deliveries")).text]
        record = await catalogue.webhooks.webhook(new["id"])
        assert record.secret == secret
        assert not any(secret in text for text in (*told, repr(record), str(record)))
        return secret

    secret = tell(story)
    assert isinstance(secret, str)
    assert secret.startswith("whsec_")
    assert secret not in caplog.text
    with Redis.from_url(redis_url, decode_responses=True) as redis:
        answers = [redis.get(key) for key in redis.scan_iter("streamsync:{answer:*")]
    assert answers == []


def test_who_only_looks_is_not_told_all_of_where_it_is_sent(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        hidden = {
            URL: "https://hooks.example/...",
            "https://other.example:8443?key=K": "https://other.example:8443/...",
        }
        for url in hidden:
            await made(client, url=url)
        for scope, told in (("read", hidden.values()), ("edit", hidden.keys())):
            token = (await create_token(catalogue, scope, lambda: EPOCH_MS)).token
            headers = {"Authorization": f"Bearer {token}"}
            listed = (await client.get(PLACE, headers=headers)).json()
            assert {one["url"] for one in listed} == set(told)
            each = [(await client.get(f"{PLACE}/{one['id']}", headers=headers)).json() for one in listed]
            assert each == listed

    tell(story)


def test_an_answer_with_a_secret_is_not_kept_for_a_key(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        key = {"Idempotency-Key": "1"}
        first = await client.post(PLACE, json=WISH, headers=key)
        again = await client.post(PLACE, json=WISH, headers=key)
        assert first.json()["id"] != again.json()["id"]
        rotated = [await client.post(f"{PLACE}/{first.json()['id']}/rotate", headers=key) for _ in range(2)]
        assert rotated[0].json()["secret"] != rotated[1].json()["secret"]

    tell(story)


def test_only_what_is_named_is_changed_and_only_by_who_has_seen_it(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        new = await made(client, channel="main")
        place = f"{PLACE}/{new['id']}"
        changed = await client.patch(place, json={"channel": None, "enabled": False}, headers={"If-Match": '"1"'})
        assert changed.status_code == 200
        expected = {**new, "channel": None, "enabled": False, "version": 2}
        del expected["secret"]
        assert changed.json() == expected
        stale = await client.patch(place, json={"enabled": True}, headers={"If-Match": '"1"'})
        assert stale.status_code == 409
        assert stale.json() == {"error": f"webhook '{new['id']}' is at version 2, not 1", "now": expected}
        same = await client.patch(place, json={"enabled": False})
        assert same.json()["version"] == 2
        assert (await client.post(f"{place}/test")).json() == {
            "error": f"webhook '{new['id']}' is disabled: enable it first"
        }

    tell(story)


def test_a_webhook_enabled_again_is_told_of_nothing_before(tell: Tell, clock: Clock) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        new = await made(client, enabled=False)
        clock.now_ms += 5000
        await client.patch(f"{PLACE}/{new['id']}", json={"enabled": True})
        record = await catalogue.webhooks.webhook(new["id"])
        assert record.told_from_ms == clock.now_ms
        assert not record.wishes("asset.ready", None, clock.now_ms - 1)
        assert record.wishes("asset.ready", None, clock.now_ms)

    tell(story)


def test_for_a_day_after_a_rotation_both_secrets_count(tell: Tell, clock: Clock) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        old = await made(client)
        new = (await client.post(f"{PLACE}/{old['id']}/rotate")).json()
        assert new["old_secret_until"] == "2026-01-02T00:00:00.000Z"  # noqa: S105
        record = await catalogue.webhooks.webhook(old["id"])
        assert record.secrets(clock.now_ms + webhooks.OVERLAP_MS - 1) == (new["secret"], old["secret"])
        assert record.secrets(clock.now_ms + webhooks.OVERLAP_MS) == (new["secret"],)

    tell(story)


def test_what_is_removed_leaves_nothing(tell: Tell, redis_url: str) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        new = await made(client)
        await client.post(f"{PLACE}/{new['id']}/test")
        assert (await client.delete(f"{PLACE}/{new['id']}")).status_code == 204
        assert (await client.get(PLACE)).json() == []
        with Redis.from_url(redis_url, decode_responses=True) as redis:
            assert not [key for key in redis.scan_iter("*") if new["id"] in key]
            assert redis.zrange(keys.WEBHOOKS_DUE, 0, -1) == []

    tell(story)


BAD_URLS = {
    "ftp://hooks.example/": "url: it is https:// and a host, perhaps a port, a path and a query",
    "https:///path": "url: it is https:// and a host, perhaps a port, a path and a query",
    "hooks.example": "url: it is https:// and a host, perhaps a port, a path and a query",
    "": "url: a URL is up to 2000 visible ASCII characters",
    "https://hooks.example/a b": "url: a URL is up to 2000 visible ASCII characters",
    "https://hooks.example/\r\nX: 1": "url: a URL is up to 2000 visible ASCII characters",
    "https://h\u00f6ks.example/": "url: a URL is up to 2000 visible ASCII characters",
    "https://me:hidden@hooks.example/": "url: it has a user or password in it: what is sent is signed instead",
    "https://hooks.example/#part": "url: it has a fragment ('#'), which is never sent",
    "https://hooks.example:99999/": "url: its host or port is none",
    "https://[::1/": "url: its host or port is none",
    "http://hooks.example/": "url: it is https://; for http STREAMSYNC_WEBHOOK_PRIVATE=true allows it",
}
PRIVATE = (
    "localhost", "x.localhost", "127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "0.0.0.0", "224.0.0.1",  # noqa: S104
    "100.64.0.1", "[::1]", "[fe80::1]", "[fd00::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
)  # fmt: skip


def test_where_nothing_is_sent_is_refused(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        kept = await made(client)
        for url in (*BAD_URLS, *(f"https://{host}/" for host in PRIVATE)):
            for answer in (
                await client.post(PLACE, json={**WISH, "url": url}),
                await client.patch(f"{PLACE}/{kept['id']}", json={"url": url}),
            ):
                assert answer.status_code == 400, (url, answer.text)
                error = answer.json()["error"]
                assert error == BAD_URLS[url] if url in BAD_URLS else "is not a public address" in error
                assert "hidden" not in answer.text
        assert [one["url"] for one in (await client.get(PLACE)).json()] == [URL]

    tell(story)


BAD_WISHES: tuple[tuple[dict[str, object], str], ...] = (
    ({"events": []}, "events: "),
    ({"events": ["asset.eaten"]}, "events.0: "),
    ({"events": ["test"]}, "events.0: "),
    ({"channel": "a b"}, "channel 'a b': "),
    ({"description": "x" * 201}, "description: "),
    ({"description": "a\nb"}, "description: it has characters that do not print"),
    ({"secret": "mine"}, "secret: "),
    ({"url": None}, "url: "),
)


def test_a_wish_that_is_none_is_refused(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        for wish, error in BAD_WISHES:
            answer = await client.post(PLACE, json={**WISH, **wish})
            assert answer.status_code == 400
            assert answer.json()["error"].startswith(error)
        assert (await client.get(PLACE)).json() == []

    tell(story)


def test_who_changed_a_webhook_is_in_the_trail_of_what_is_of_no_channel(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        new = await made(client)
        place = f"{PLACE}/{new['id']}"
        once = await client.patch(place, json={"enabled": False}, headers={"X-Why": "too loud"})
        again = await client.patch(place, json={"enabled": False})
        rotated = await client.post(f"{place}/rotate")
        gone = await client.delete(place)
        assert [answer.status_code for answer in (once, again, rotated, gone)] == [200, 200, 200, 204]
        found, _ = await catalogue.audit.page(keys.ALL_ACCOUNTS, None, 10)
        assert [(one.verb, one.kind, one.name, one.why) for one in reversed(found)] == [
            (verb, "webhook", new["id"], why)
            for verb, why in (
                ("create_webhook", ""), ("edit_webhook", "too loud"), ("rotate_webhook", ""), ("remove_webhook", ""),
            )
        ]  # fmt: skip
        assert "enabled" in found[2].text
        told = repr(found)
        assert new["secret"] not in told
        assert rotated.json()["secret"] not in told

    tell(story)


def test_unknown_webhooks_and_events_are_not_found(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        for method, more in (
            ("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/rotate"), ("POST", "/test"),
            ("GET", "/deliveries"),
        ):  # fmt: skip
            answer = await client.request(method, f"{PLACE}/{NOWHERE}{more}", json={} if method == "PATCH" else None)
            assert (answer.status_code, answer.json()) == (404, {"error": f"no webhook '{NOWHERE}'"})
        new = await made(client)
        answer = await client.post(f"{PLACE}/{new['id']}/deliveries/evt_1/redeliver")
        assert (answer.status_code, answer.json()["error"][:20]) == (404, "no delivery 'evt_1' ")

    tell(story)


def test_there_may_be_a_thousand(tell: Tell, redis_url: str) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        record = await catalogue.webhooks.webhook((await made(client))["id"])
        others: dict[str, str] = {}
        for number in range(1, webhooks.WEBHOOKS_LIMIT):
            other: WebhookRecord = record.model_copy(update={"id": f"{number:016x}"})
            others[other.id] = other.stored()
        with Redis.from_url(redis_url) as redis:
            redis.hset(keys.WEBHOOKS, mapping=others)
        answer = await client.post(PLACE, json=WISH)
        assert answer.status_code == 409
        assert answer.json() == {"error": "there are 1000 webhooks: remove those that nobody needs"}
        assert len((await client.get(PLACE)).json()) == 1000

    tell(story)
