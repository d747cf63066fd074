"""How often somebody may try: by account and by address; who was there before is not locked out by strangers."""

import re
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from redis import Redis

from manifest_server.admin import throttle
from manifest_server.admin.passwords import Passwords
from manifest_server.admin.throttle import OF_ACCOUNT, OF_ADDRESS, Throttle, _network
from storage.catalogue import Catalogue
from storage.errors import Unavailable
from storage.keys import attempts_key
from storage.redis_link import Command, Link
from storage.sessions import SessionStore
from tests.admin.people import (
    ACCOUNTS,
    OTHER,
    OWNER,
    PASSWORD,
    SESSION,
    Tell,
    at,
    joined,
    sign_in,
    signed_in,
    teller,
    trail,
)
from tests.stage import EPOCH_MS, Clock
from tests.storage.catalogues import told


@pytest.fixture
def tell(redis_url: str, tmp_path: Path, cheap_passwords: None) -> Tell:
    return teller(redis_url, tmp_path, Clock(EPOCH_MS))


def test_strangers_lock_an_account_for_strangers_and_not_for_who_was_there(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await joined(catalogue)
        async with at(client, "10.0.0.7") as home:
            assert (await sign_in(home)).status_code == 200
            for number in range(OF_ACCOUNT):
                async with at(client, f"10.1.{number}.1") as stranger:
                    assert (await sign_in(stranger, password=OTHER)).status_code == 401
            async with at(client, "10.9.9.9") as stranger:
                for password in (OTHER, PASSWORD):
                    answer = await sign_in(stranger, password=password)
                    assert answer.status_code == 429
                    assert 0 < int(answer.headers["retry-after"]) <= 900
                    assert answer.json()["error"].startswith("too many attempts: try again in ")
            assert (await sign_in(home)).status_code == 200
            # From elsewhere a one-time link, which an owner or the command line makes, opens.
            link = await client.post(f"{ACCOUNTS}/ann/link", headers=OWNER)
            code = link.json()["link"].partition("#")[2]
            async with at(client, "10.8.8.8") as travelling:
                used = await travelling.post(f"{SESSION}/link", json={"link": code, "password": OTHER})
                assert used.status_code == 200
            for _ in range(OF_ACCOUNT):
                assert (await sign_in(home, password=PASSWORD)).status_code == 401
            assert (await sign_in(home, password=OTHER)).status_code == 429, (
                "who was there before may guess no longer"
            )

    tell(story)


def test_an_address_may_try_so_many_accounts_and_is_not_kept(tell: Tell, redis_url: str) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await joined(catalogue)
        async with at(client, "2001:db8::1") as one, at(client, "2001:db8::2") as other:
            for number in range(OF_ADDRESS):
                assert (await sign_in(one if number % 2 else other, f"n{number}")).status_code == 401
            for refused in (one, other):
                assert (await sign_in(refused)).status_code == 429
                assert (await refused.post(f"{SESSION}/link/check", json={"link": "0" * 64})).status_code == 429
        async with at(client, "2001:db8:0:1::1") as elsewhere:
            assert (await sign_in(elsewhere)).status_code == 200
        with Redis.from_url(redis_url, decode_responses=True) as redis:
            keys = list(redis.scan_iter("*attempts*")) + list(redis.scan_iter("*known*"))
            assert keys
            assert all(0 < redis.ttl(key) <= (31 * 86_400) for key in keys)
            words = {word for key in redis.scan_iter() for word in re.findall(r"\w+", key)}
            assert not words & {"2001", "ann", "n1"}

    tell(story)


def test_the_right_password_does_not_count(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await joined(catalogue)
        for _ in range(OF_ACCOUNT + OF_ADDRESS):
            assert (await sign_in(client)).status_code == 200

    tell(story)


def test_what_was_not_compared_does_not_count(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    async def busy(*_: object) -> bool:
        raise Unavailable("too many sign in at once")

    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await joined(catalogue)
        csrf = await signed_in(client)
        where = f"{SESSION}/password"

        async def change(new: str) -> int:
            answer = await client.put(where, json={"old": PASSWORD, "new": new}, headers=csrf)
            return answer.status_code

        assert {await change("short") for _ in range(OF_ACCOUNT + 1)} == {400}
        async with at(client, "10.0.0.7") as stranger:
            with monkeypatch.context() as patched:
                patched.setattr(Passwords, "fits", busy)
                assert {await change(OTHER) for _ in range(OF_ACCOUNT + 1)} == {503}
                for one in (client, stranger):
                    assert {(await sign_in(one)).status_code for _ in range(OF_ADDRESS + 1)} == {503}
            assert (await sign_in(stranger)).status_code == 200
        assert await change(OTHER) == 200

    tell(story)


class Slow:
    """A way to Redis on which so much time passes between two commands that what was there has ended."""

    def __init__(self, link: Link) -> None:
        self.link = link

    async def ask(self, key: str, *commands: Command) -> list[Any]:
        answers: list[Any] = []
        for command in commands:
            if answers:
                await self.link.ask(key, ("DEL", key))
            answers += await self.link.ask(key, command)
        return answers


def test_no_counter_is_left_without_an_end(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        place = attempts_key("somebody")
        await catalogue.link.ask(place, ("SET", place, 3))  # as servers before this one may have left it
        for store, counted in ((catalogue.sessions, 4), (SessionStore(cast("Link", Slow(catalogue.link))), 5)):
            count, left_ms = await store.attempt("somebody", 60_000)
            assert (count, 0 < left_ms <= 60_000) == (counted, True)
        assert (await catalogue.sessions.attempt("somebody", 120_000))[1] <= 60_000, "the window is the first one's"

    told(redis_url, story)


def test_refusals_do_not_drive_all_else_out_of_the_trail(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "LISTED_AN_HOUR", 2)

    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        for number in range(5):
            await sign_in(client, f"n{number}")
        assert len(await trail(client)) == 2
        assert await Throttle(catalogue.sessions).is_listed() is False

    tell(story)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("10.0.0.7", "10.0.0.7"),
        ("::ffff:10.0.0.7", "10.0.0.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("a proxy's joke", "a proxy's joke"),
    ],
)
def test_whose_an_address_is(address: str, network: str) -> None:
    assert _network(address) == network
