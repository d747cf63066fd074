"""Machine tokens: their form, what is stored of them, and what becomes of them in a backup."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from redis import Redis

from storage import keys
from storage.catalogue import Catalogue
from storage.errors import Conflict, Unavailable
from storage.token_record import SCOPES, Scope, TokenRecord, allows, digest, id_of, written
from tests.storage.backups import backup, flush, restored
from tests.storage.catalogues import told

TOKEN = written(bytes(range(8)), bytes(range(32)))
RECORD = TokenRecord(id="0001020304050607", scope="edit", name="ci", digest=digest(TOKEN), created_ms=5, expires_ms=9)


def test_a_token_says_what_it_is_and_which() -> None:
    assert TOKEN == "sst_0001020304050607_000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"  # noqa: S105
    assert id_of(TOKEN) == "0001020304050607"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sst_",
        TOKEN[:-1],
        TOKEN + "0",
        TOKEN + "\n",
        " " + TOKEN,
        TOKEN.upper(),
        TOKEN.replace("sst", "xst"),
        TOKEN.replace("_", "-"),
        TOKEN[:-1] + "g",
        TOKEN[:-1] + "\u0665",  # a digit, but none of ours
        TOKEN * 200,
    ],
    ids=repr,
)
def test_what_has_not_the_form_is_no_token(text: str) -> None:
    assert id_of(text) is None


@given(st.binary(min_size=8, max_size=8), st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_only_the_token_itself_is_the_one(token_id: bytes, secret: bytes, other: bytes) -> None:
    token = written(token_id, secret)
    record = TokenRecord(id=token_id.hex(), scope="read", digest=digest(token), created_ms=0)
    assert id_of(token) == record.id
    assert record.is_of(token)
    assert record.is_of(written(token_id, other)) == (secret == other)


def test_no_record_can_stand_for_another_s() -> None:
    """Whoever could exchange records in Redis would not make a small token a large one."""
    assert not RECORD.is_of(TOKEN.replace("0001020304050607", "ffffffffffffffff"))


@pytest.mark.parametrize(
    ("scope", "wanted"), [(scope, wanted) for scope in SCOPES for wanted in SCOPES], ids=lambda one: one
)
def test_each_scope_includes_those_before_it(scope: Scope, wanted: Scope) -> None:
    more = {("read", "read"), ("edit", "read"), ("edit", "edit"), ("own", "read"), ("own", "edit"), ("own", "own")}
    assert allows(scope, wanted) == ((scope, wanted) in more)


def test_a_token_is_over_at_its_last_millisecond() -> None:
    assert [RECORD.has_expired(ms) for ms in (8, 9, 10)] == [False, True, True]
    assert not RECORD.model_copy(update={"expires_ms": None}).has_expired(1 << 60)


@pytest.mark.parametrize(
    "wrong",
    [{"scope": "all"}, {"scope": "Own"}, {"name": "x" * 65}, {"name": "bell\a"}, {"digest": "0"}, {"id": "../../x"}],
    ids=str,
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TokenRecord.model_validate({**RECORD.model_dump(), **wrong})


def test_a_token_is_kept_only_as_its_hash(redis_url: str) -> None:
    told(redis_url, lambda catalogue: catalogue.tokens.create(RECORD))
    with Redis.from_url(redis_url, decode_responses=True) as redis:
        stored = redis.hgetall(keys.TOKENS)
    assert stored.keys() == {RECORD.id}
    assert TOKEN.rpartition("_")[2] not in str(stored)
    # As sha256sum prints it.
    assert '"digest":"d30edea1bfdb0dd2869631aca824108ca94356a52b3e063bf360d2c2023df751"' in stored[RECORD.id]


def test_tokens_are_found_listed_and_removed(redis_url: str) -> None:
    older = RECORD.model_copy(update={"id": "f" * 16, "created_ms": 1})

    async def story(catalogue: Catalogue) -> None:
        assert await catalogue.tokens.tokens() == []
        for record in (RECORD, older):
            await catalogue.tokens.create(record)
        assert await catalogue.tokens.tokens() == [older, RECORD]
        with pytest.raises(Conflict, match="token 'ffffffffffffffff' exists already"):
            await catalogue.tokens.create(older.model_copy(update={"scope": "own"}))
        await catalogue.tokens.remove(older.id)
        await catalogue.tokens.remove(older.id)
        assert await catalogue.tokens.token(older.id) is None
        assert await catalogue.tokens.token("*") is None
        assert await catalogue.tokens.token(RECORD.id) == RECORD
        assert await catalogue.tokens.count() == 1
        assert len((await catalogue.changes(keys.ALL_TOKENS, "")).entries) == 3

    told(redis_url, story)


def test_a_channel_called_tokens_is_only_a_channel() -> None:
    assert keys.changes_key(keys.ALL_TOKENS) == "streamsync:{tokens}:index-changes"
    assert keys.changes_key("tokens") == "streamsync:{tokens}:changes"


def test_a_record_that_is_damaged_opens_nothing(redis_url: str) -> None:
    with Redis.from_url(redis_url) as redis:
        redis.hset(keys.TOKENS, RECORD.id, '{"scope":"own"}')
    with pytest.raises(Unavailable, match="does not hold a TokenRecord"):
        told(redis_url, lambda catalogue: catalogue.tokens.token(RECORD.id))


def test_a_backup_has_the_tokens_that_there_were(redis_url: str) -> None:
    told(redis_url, lambda catalogue: catalogue.tokens.create(RECORD))
    stored = backup(redis_url)
    flush(redis_url)
    later = RECORD.model_copy(update={"id": "f" * 16})
    told(redis_url, lambda catalogue: catalogue.tokens.create(later))
    assert restored(redis_url, stored, replace=True) == 1
    assert told(redis_url, lambda catalogue: catalogue.tokens.tokens()) == [RECORD]


def test_tokens_are_listed_by_age_and_those_of_one_millisecond_by_their_ids(redis_url: str) -> None:
    made = [("f", 5), ("a", 5), ("0", 6), ("b", 4)]

    async def story(catalogue: Catalogue) -> None:
        for letter, created_ms in made:
            await catalogue.tokens.create(RECORD.model_copy(update={"id": letter * 16, "created_ms": created_ms}))
        assert [one.id[0] for one in await catalogue.tokens.tokens()] == ["b", "a", "f", "0"]

    told(redis_url, story)
