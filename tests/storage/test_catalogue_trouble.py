"""What the catalogue says and does when Redis, a record in it or the way to it is broken."""

import asyncio
import traceback
from pathlib import Path

import pytest
from redis import Redis

from storage.catalogue import Catalogue
from storage.errors import BadInput, Conflict, Unavailable
from storage.records import ChannelRecord
from tests.storage.catalogues import MAIN, told
from tests.storage.proxy import cutting_proxy, loopback, silence


@pytest.mark.parametrize(
    ("stored", "rule"),
    [("{", "Invalid JSON"), ("[]", "object"), ('{"name":"main"}', "revisions: Field required"), (b"\xff\xfe", "")],
)
def test_a_damaged_record_is_named_by_its_key(redis_url: str, stored: str | bytes, rule: str) -> None:
    with Redis.from_url(redis_url) as redis:
        redis.hset("streamsync:{main}:channel", "record", stored)
        redis.sadd("streamsync:{channels}:index", "main")

    async def story(catalogue: Catalogue) -> None:
        with pytest.raises(Unavailable, match=r"streamsync:\{main\}:channel .*ChannelRecord: .*" + rule):
            await catalogue.channel("main")
        with pytest.raises(Unavailable, match=r"streamsync:\{main\}:channel"):
            await catalogue.channels()
        with pytest.raises(Unavailable, match=r"streamsync:\{main\}:channel .*ChannelRecord"):
            await catalogue.replace_channel(MAIN.model_copy(update={"version": 2}))

    told(redis_url, story)


def test_a_damaged_asset_is_named_in_a_listing(redis_url: str) -> None:
    with Redis.from_url(redis_url) as redis:
        redis.hset("streamsync:{assets}:index", "e" * 32, "{}")
    with pytest.raises(Unavailable, match=r"streamsync:\{assets\}:index field 'e{32}'"):
        told(redis_url, lambda catalogue: catalogue.assets())


def test_a_key_of_another_type_is_told(redis_url: str) -> None:
    with Redis.from_url(redis_url) as redis:
        redis.set("streamsync:{main}:viewers", "x")
    with pytest.raises(Unavailable, match="WRONGTYPE"):
        told(redis_url, lambda catalogue: catalogue.viewer("main", "ann"))


def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"Redis at /.*none\.sock: "):
        told(f"unix://{tmp_path}/none.sock", lambda catalogue: catalogue.ping())


def test_a_server_that_answers_is_available(redis_url: str) -> None:
    told(redis_url, lambda catalogue: catalogue.ping())


def test_a_server_that_never_answers_is_unavailable_in_bounded_time() -> None:
    async def story() -> None:
        url = "redis://{}?socket_timeout=0.05"
        async with loopback(silence) as place, Catalogue.connect(url.format(place)) as catalogue:
            with pytest.raises(Unavailable, match=f"Redis at {place}: "):
                await asyncio.wait_for(catalogue.channel("main"), 5)

    asyncio.run(story())


def test_a_password_is_never_told(redis_url: str) -> None:
    for url in ("redis://ann:s3cret@127.0.0.1:1/0?password=s3cret", f"{redis_url}?username=ann&password=s3cret"):
        with pytest.raises(Unavailable) as caught:
            told(url, lambda catalogue: catalogue.ping())
        assert "s3cret" not in "".join(traceback.format_exception(caught.value))
        assert "ann" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://s3cret@localhost",
        "redis://:s3cret/x@localhost",
        "redis://localhost/0?s3cret=1",
        "redis://localhost?socket_timeout=s3cret",
        "redis://[s3cret",
        "redis://localhost/s3cret",
        "redis://localhost,s3cret:6379",
        "redis://localhost?max_connections=1&x=s3cret",
        "redis://localhost?protocol=s3cret",
        "unix://?password=s3cret",
        "redis+sentinel://:s3cret@localhost:26379",
        "redis+sentinel://:s3cret@localhost:x/main",
        "redis+sentinel://localhost/main?sentinel_s3cret=1",
        "redis+cluster://:s3cret@localhost:7000/1",
        "redis+cluster://:s3cret@a,,b",
        "redis+cluster://a?sentinel_password=s3cret",
        "unix+cluster://:s3cret@a",
    ],
)
def test_what_is_no_redis_url_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(BadInput, match="Redis URL") as caught:
        Catalogue.connect(url)
    assert "s3cret" not in str(caught.value)


def test_a_lost_connection_is_made_again(redis_url: str) -> None:
    async def story() -> ChannelRecord:
        async with cutting_proxy(redis_url, b"HGET") as (url, cut), Catalogue.connect(url) as catalogue:
            await catalogue.create_channel(MAIN)
            record = await catalogue.channel("main")
            assert cut.is_set()
            return record

    assert asyncio.run(story()) == MAIN


def test_a_replacement_whose_answer_was_lost_is_a_success(redis_url: str) -> None:
    second = MAIN.model_copy(update={"version": 2})

    async def story() -> ChannelRecord:
        async with cutting_proxy(redis_url, b'"version":2') as (url, cut), Catalogue.connect(url) as catalogue:
            await catalogue.create_channel(MAIN)
            await catalogue.replace_channel(second)
            assert cut.is_set()
            return await catalogue.channel("main")

    assert asyncio.run(story()) == second


def test_a_creation_whose_answer_was_lost_is_a_success(redis_url: str) -> None:
    async def story() -> ChannelRecord:
        async with cutting_proxy(redis_url, b'"version":1') as (url, cut), Catalogue.connect(url) as catalogue:
            await catalogue.create_channel(MAIN)
            assert cut.is_set()
            with pytest.raises(Conflict):
                await catalogue.create_channel(MAIN)
            return await catalogue.channel("main")

    assert asyncio.run(story()) == MAIN


def test_a_change_whose_answer_was_lost_is_a_success_even_when_it_was_followed_up(redis_url: str) -> None:
    second, third = (MAIN.model_copy(update={"version": version}) for version in (2, 3))

    async def story() -> ChannelRecord:
        async with Catalogue.connect(redis_url) as other, Catalogue.connect(redis_url) as catalogue:
            await other.create_channel(MAIN)
            # The proxy's answer is cut after Redis has done the write; the follower gets in between.
            async with cutting_proxy(redis_url, b'"version":2', lambda: other.replace_channel(third)) as (url, cut):
                async with Catalogue.connect(url) as cut_off:
                    await cut_off.replace_channel(second)
                assert cut.is_set()
            return await catalogue.channel("main")

    assert asyncio.run(story()) == third
