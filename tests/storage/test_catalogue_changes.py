"""What the catalogue tells of its changes, when it writes nothing, and what it does after a deadline."""

import asyncio
from contextlib import aclosing, suppress

import pytest
from redis import Redis

from storage import catalogue_writes, keys
from storage.catalogue import Catalogue
from storage.changes import Changes, Entry, read_changes
from storage.clips import ClipRecord
from storage.errors import Conflict, Unavailable
from storage.records import LineupRecord, ViewerRecord
from tests.storage.catalogues import ASSET, LINEUP, MAIN, PART, told

SECOND = MAIN.model_copy(update={"version": 2})


async def _kinds(catalogue: Catalogue, source: str = "main") -> list[tuple[str, str]]:
    return list((await catalogue.changes(source, "")).entries)


def test_every_write_is_a_change_of_its_channel(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        await catalogue.create_channel(MAIN)
        await catalogue.replace_channel(SECOND)
        await catalogue.create_lineup("main", LINEUP)
        await catalogue.replace_lineup("main", LINEUP.model_copy(update={"version": 2}))
        await catalogue.put_viewer("main", ViewerRecord(name="ann"))
        await catalogue.index_asset(ASSET)
        await catalogue.put_asset_state(ASSET.id, "retired")
        return await _kinds(catalogue), await _kinds(catalogue, keys.ALL_ASSETS)

    channel, assets = told(redis_url, story)
    assert channel == [*[("channel", "main")] * 2, *[("lineup", "kids")] * 2, ("viewer", "ann")]
    assert assets == [("asset", ASSET.id), ("state", ASSET.id)]


def test_what_writes_nothing_is_no_change(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> list[tuple[str, str]]:
        await catalogue.create_channel(MAIN)
        await catalogue.put_viewer("main", ViewerRecord(name="ann"))
        before = await _kinds(catalogue)
        await catalogue.put_viewer("main", ViewerRecord(name="ann"))
        for refused in (catalogue.create_channel(SECOND), catalogue.replace_channel(MAIN.model_copy())):
            with suppress(Conflict):
                await refused
        assert await _kinds(catalogue) == before
        return before

    assert told(redis_url, story) == [("channel", "main"), ("viewer", "ann")]


def test_a_follower_is_given_what_is_new(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> tuple[Changes, Changes, Changes]:
        assert await catalogue.last_change("main") == ""
        await catalogue.create_channel(MAIN)
        seen = await catalogue.last_change("main")
        nothing = await catalogue.changes("main", seen)
        await catalogue.put_viewer("main", ViewerRecord(name="ann"))
        await catalogue.put_viewer("main", ViewerRecord(name="bob"))
        new = await catalogue.changes("main", seen)
        assert new.last == await catalogue.last_change("main")
        return nothing, new, await catalogue.changes("main", new.last)

    nothing, new, after = told(redis_url, story)
    assert (nothing.entries, nothing.complete) == ((), True)
    assert (new.entries, new.complete) == ((("viewer", "ann"), ("viewer", "bob")), True)
    assert (after.entries, after.complete) == ((), True)


@pytest.mark.parametrize("loss", ["flushed", "cut", "gone back"])
def test_a_stream_that_lost_the_followers_place_is_not_complete(redis_url: str, loss: str) -> None:
    async def story(catalogue: Catalogue) -> Changes:
        await catalogue.create_channel(MAIN)
        seen = await catalogue.last_change("main")
        with Redis.from_url(redis_url) as redis:
            key = keys.changes_key("main")
            if loss == "flushed":
                redis.flushall()
            elif loss == "cut":
                await catalogue.put_viewer("main", ViewerRecord(name="ann"))
                redis.xtrim(key, maxlen=1, approximate=False)
            else:  # another server, which had not got the last change, has got others since
                redis.delete(key)
                redis.xadd(key, {"kind": "viewer", "name": "bob"}, id="1-1")
                redis.xadd(key, {"kind": "viewer", "name": "bob"})
        return await catalogue.changes("main", seen)

    changes = told(redis_url, story)
    assert not changes.complete


@pytest.mark.slow
def test_a_stream_is_cut_and_says_so_to_whoever_was_away_too_long(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> tuple[Changes, Changes, Changes]:
        await catalogue.create_channel(MAIN)
        seen = await catalogue.last_change("main")
        await asyncio.gather(*(catalogue.put_viewer("main", ViewerRecord(name=f"v{n}")) for n in range(1500)))
        with Redis.from_url(redis_url) as redis:
            assert 1000 <= redis.xlen(keys.changes_key("main")) <= 1100
        end = await catalogue.last_change("main")
        return (
            await catalogue.changes("main", seen),
            await catalogue.changes("main", ""),
            await catalogue.changes("main", end),
        )

    away, new, following = told(redis_url, story)
    assert (away.complete, new.complete, following.complete) == (False, False, True)


def test_the_entry_of_the_followers_place_is_not_told_twice() -> None:
    entries: list[Entry] = [
        (b"1-0", {b"kind": b"lineup", b"name": b"a"}),
        (b"2-0", [b"kind", b"channel", b"name", b"b"]),
    ]
    assert read_changes(entries, "1-0") == Changes((("channel", "b"),), "2-0", True)
    assert read_changes(entries, "") == Changes((("lineup", "a"), ("channel", "b")), "2-0", True)
    assert read_changes([], "1-0") == Changes((), "", False)


def test_a_listener_hears_whose_changes_have_grown(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> list[str]:
        heard: list[str] = []
        async with aclosing(catalogue.listen()) as words:  # type: ignore[type-var]
            first = asyncio.ensure_future(anext(words))
            while not first.done():  # until the subscription counts, nobody hears
                await catalogue.put_viewer("main", ViewerRecord(name="ann", lineup=f"l{len(heard)}"))
                await catalogue.put_viewer("main", ViewerRecord(name="ann"))
                await asyncio.sleep(0.01)
            heard.append(first.result())
            await catalogue.index_asset(ASSET)
            async for word in words:
                heard.append(word)
                if word == keys.ALL_ASSETS:
                    return heard
        return heard

    heard = told(redis_url, story)
    assert set(heard) == {"main", "{assets}"}


def test_a_listener_without_redis_is_told_at_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    async def story(catalogue: Catalogue) -> None:
        with pytest.raises(Unavailable, match="Redis at "):
            await anext(catalogue.listen())

    told(f"unix://{tmp_path_factory.mktemp('x')}/none.sock", story)


def test_a_change_after_its_deadline_changes_nothing(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> tuple[object, list[tuple[str, str]]]:
        await catalogue.create_channel(MAIN)
        await catalogue.create_lineup("main", LINEUP)
        now_ms = await catalogue.redis_ms("main")
        with pytest.raises(Unavailable, match="channel 'main' took too long; nothing was changed"):
            await catalogue.replace_channel(SECOND, now_ms - 1)
        with pytest.raises(Unavailable, match="nothing was changed"):
            await catalogue.replace_lineup("main", LINEUP.model_copy(update={"version": 2}), now_ms - 1)
        stored = await catalogue.channel("main"), await catalogue.lineup("main", "kids")
        await catalogue.replace_channel(SECOND, now_ms + 60_000)
        await catalogue.replace_channel(SECOND, now_ms - 1)  # it is stored: a repeated write may come late
        return stored, await _kinds(catalogue)

    stored, kinds = told(redis_url, story)
    assert stored == (MAIN, LINEUP)
    assert kinds == [("channel", "main"), ("lineup", "kids"), ("channel", "main")]


def test_the_clock_of_redis_is_in_milliseconds(redis_url: str) -> None:
    with Redis.from_url(redis_url) as redis:
        before = redis.time()
        now_ms = told(redis_url, lambda catalogue: catalogue.redis_ms("main"))
        after = redis.time()
    assert before[0] * 1000 + before[1] // 1000 <= now_ms <= after[0] * 1000 + after[1] // 1000


def test_a_write_that_too_few_replicas_have_is_not_done(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue_writes, "WAIT_MS", 50)

    async def story() -> None:
        async with Catalogue.connect(redis_url, replicas=1) as catalogue:
            with pytest.raises(Unavailable, match="channel 'main' was written, but only 0 of 1 replicas have it"):
                await catalogue.create_channel(MAIN)
            with pytest.raises(Conflict):
                await catalogue.create_channel(SECOND)

    asyncio.run(story())


# How lineups are kept ---------------------------------------------------------

OTHER = "1" * 32
CLIPS = (ClipRecord(asset=OTHER), ClipRecord(asset=OTHER, first=3), ClipRecord(asset=OTHER, first=1, last=2))


def test_a_lineup_keeps_each_clip_as_one_word(redis_url: str) -> None:
    record = LINEUP.model_copy(update={"parts": (PART.model_copy(update={"clips": CLIPS}),)})

    async def story(catalogue: Catalogue) -> LineupRecord:
        await catalogue.create_lineup("main", record)
        return await catalogue.lineup("main", "kids")

    assert told(redis_url, story) == record
    with Redis.from_url(redis_url) as redis:
        stored = redis.hget("streamsync:{main}:lineups", "kids")
    assert stored == (
        b'{"schema_version":1,"id":"kids","version":1,"run_msn":0,"parts":[{"start":0,"msn":7,"dsn":3,"repeats":true,'
        b'"clips":["%s","%s:3","%s:1:2"]}]}' % ((OTHER.encode(),) * 3)
    )


def test_a_lineup_that_was_kept_as_plain_json_is_read_and_replaced(redis_url: str) -> None:
    with Redis.from_url(redis_url) as redis:
        redis.hset("streamsync:{main}:lineups", "kids", LINEUP.model_dump_json())

    async def story(catalogue: Catalogue) -> tuple[LineupRecord, LineupRecord]:
        old = await catalogue.lineup("main", "kids")
        await catalogue.replace_lineup("main", old.model_copy(update={"version": 2}))
        return old, await catalogue.lineup("main", "kids")

    assert told(redis_url, story) == (LINEUP, LINEUP.model_copy(update={"version": 2}))


@pytest.mark.parametrize("clip", ["a:b", "a:1:2:3", "a:1:"])
def test_a_word_that_is_no_clip_is_refused(clip: str) -> None:
    with pytest.raises(ValueError, match="ClipRecord"):
        ClipRecord.model_validate(clip)
