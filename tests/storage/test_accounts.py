"""Accounts in the catalogue: there is always an owner, links open once, and what becomes of them in a backup."""

import asyncio

import pytest
from redis import Redis

from storage import keys
from storage.account_records import AccountRecord, LinkRecord, checked_account
from storage.catalogue import Catalogue
from storage.errors import BadInput, Conflict, Unavailable
from tests.storage.backups import backup, flush, restored
from tests.storage.catalogues import told

ANN = AccountRecord(name="ann", role="owner", seal="0" * 16, created_ms=5, password="$argon2id$x")  # noqa: S106
BOB = ANN.model_copy(update={"name": "bob"})
INVITED = ANN.model_copy(update={"name": "ivy", "password": None})


@pytest.mark.parametrize("name", ["ann", "Ann", "a.b@example.org", "0", "a" * 64, "a+b_c-d"])
def test_a_name_is_kept_in_small_letters(name: str) -> None:
    assert checked_account(name) == name.lower()


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "a b",
        ".a",
        "<script>alert(1)</script>",
        "\U0001f600",
        "a" * 65,
        "x" * 10_240,
        "a\n",
        "\u0430nn",
        "\ud83d",
        "\u212aate",  # a sign whose small letter is a k
    ],
    ids=ascii,
)
def test_what_is_no_name_is_refused_in_short(name: str) -> None:
    with pytest.raises(BadInput) as error:
        checked_account(name)
    assert len(str(error.value)) < 400


def test_of_two_owners_who_take_each_other_away_at_once_one_stays(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        for _ in range(10):
            for one in (ANN, BOB):
                await catalogue.accounts.create(one)
            viewer = BOB.model_copy(update={"role": "viewer"})
            done = await asyncio.gather(
                catalogue.accounts.remove(ANN), catalogue.accounts.change(BOB, viewer, ""), return_exceptions=True
            )
            assert [type(one) for one in done].count(Conflict) == 1
            [left] = [one for one in await catalogue.accounts.accounts() if one.is_owner]
            for one in await catalogue.accounts.accounts():
                if one != left:
                    await catalogue.accounts.remove(one)
            with pytest.raises(Conflict, match="this is the last owner who can sign in"):
                await catalogue.accounts.remove(left)
            await catalogue.accounts.create(other := left.model_copy(update={"name": "other"}))
            await catalogue.accounts.remove(left)
            with Redis.from_url(redis_url) as redis:
                redis.hdel(keys.ACCOUNTS, other.name)

    told(redis_url, story)


@pytest.mark.parametrize(
    "other",
    [INVITED, BOB.model_copy(update={"role": "editor"}), BOB.model_copy(update={"disabled": True})],
    ids=["invited", "editor", "disabled"],
)
def test_who_cannot_sign_in_as_an_owner_is_none(redis_url: str, other: AccountRecord) -> None:
    async def story(catalogue: Catalogue) -> None:
        await catalogue.accounts.create(ANN)
        await catalogue.accounts.create(other)
        for change in ({"role": "editor"}, {"disabled": True}):
            with pytest.raises(Conflict, match="account 'ann': this is the last owner"):
                await catalogue.accounts.change(ANN, ANN.model_copy(update=change), "")
        assert await catalogue.accounts.account("ann") == ANN
        with pytest.raises(Conflict, match="account 'ann' exists already"):
            await catalogue.accounts.create(ANN.model_copy(update={"role": "viewer"}))
        await catalogue.accounts.remove(other)

    told(redis_url, story)


def test_of_two_first_owners_at_once_one_is_it(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await catalogue.accounts.create(INVITED)  # who has taken nothing up owns nothing
        made = (catalogue.accounts.create(one, first=True) for one in (ANN, BOB))
        done = await asyncio.gather(*made, return_exceptions=True)
        assert sorted(str(one) for one in done) == ["None", "there is an owner already: an owner makes the others"]
        assert len([one for one in await catalogue.accounts.accounts() if one.is_owner]) == 1

    told(redis_url, story)


def test_a_change_of_what_is_another_by_now_is_refused(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await catalogue.accounts.create(ANN)
        await catalogue.accounts.change(ANN, newer := ANN.model_copy(update={"seal": "1" * 16}), "x")
        with pytest.raises(Conflict, match="account 'ann' was changed meanwhile: look at it again"):
            await catalogue.accounts.change(ANN, ANN.model_copy(update={"role": "viewer"}), "y")
        assert await catalogue.accounts.account("ann") == newer
        entries, _ = await catalogue.audit.page(keys.ALL_ACCOUNTS, None, 10)
        assert [one.text for one in entries] == ["x", "account ann made: owner"]
        assert "argon2" not in str(entries)

    told(redis_url, story)


def test_of_all_who_use_a_link_at_once_one_does(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        link = LinkRecord(kind="setup", expires_ms=9)
        await catalogue.sessions.keep_link("code", link, 60_000)
        assert await catalogue.sessions.link("code") == link
        taken = await asyncio.gather(*(catalogue.sessions.take("code", f"{n}", 60_000) for n in range(20)))
        assert taken.count(True) == 1
        assert await catalogue.sessions.link("code") is None
        assert await catalogue.sessions.take("code", f"{taken.index(True)}", 60_000), (
            "asked again after a lost answer"
        )

    told(redis_url, story)


def test_counters_end_and_are_never_left_without_an_end(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        assert [(await catalogue.sessions.attempt("x", 5000))[0] for _ in range(3)] == [1, 2, 3]
        await catalogue.sessions.refund("x")
        count, left_ms = await catalogue.sessions.attempt("x", 5000)
        assert (count, 0 < left_ms <= 5000) == (3, True)
        await catalogue.sessions.refund("nobody")
        await catalogue.sessions.know("y")
        assert (await catalogue.sessions.is_known("y"), await catalogue.sessions.is_known("x")) == (True, False)
        secret = await catalogue.sessions.secret("first")
        assert (secret, await catalogue.sessions.secret("second")) == ("first", "first")

    told(redis_url, story)
    with Redis.from_url(redis_url, decode_responses=True) as redis:
        assert {key for key in redis.scan_iter() if redis.ttl(key) < 0} == {keys.SIGNING}


def test_a_record_that_is_damaged_opens_nothing_and_is_not_shown(redis_url: str) -> None:
    with Redis.from_url(redis_url) as redis:
        redis.hset(keys.ACCOUNTS, "ann", '{"password":"$argon2id$x"}')
    with pytest.raises(Unavailable, match="does not hold a AccountRecord") as error:
        told(redis_url, lambda catalogue: catalogue.accounts.account("ann"))
    assert "argon2" not in str(error.value)


def test_a_backup_has_accounts_whose_sessions_are_over(redis_url: str) -> None:
    told(redis_url, lambda catalogue: catalogue.accounts.create(ANN))
    stored = backup(redis_url)
    flush(redis_url)
    told(redis_url, lambda catalogue: catalogue.accounts.create(BOB))
    assert restored(redis_url, stored, replace=True) == 1
    [found] = told(redis_url, lambda catalogue: catalogue.accounts.accounts())
    assert found.seal != ANN.seal
    assert found == ANN.model_copy(update={"seal": found.seal})
