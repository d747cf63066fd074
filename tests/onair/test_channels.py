"""What a server remembers of channels that are changed through another, over a real catalogue."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from manifest_server.admin import actions
from manifest_server.onair import follow
from manifest_server.onair.channels import Channels
from storage import keys
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.errors import NotFound, Unavailable
from storage.records import ChannelRecord
from tests.stage import EPOCH_MS, asset, on_air

A, B = asset(1), asset(2)
CLIPS = [ClipRecord(asset=A.id)]

Story = Callable[[Channels, Catalogue], Awaitable[None]]


def told(url: str, story: Story) -> None:
    """The catalogue of the story is an admin's, the server has one of its own."""

    async def whole() -> None:
        async with Catalogue.connect(url) as admin, Catalogue.connect(url) as own:
            channels = Channels(own)
            async with channels.following():
                await asyncio.wait_for(story(channels, admin), 20)

    asyncio.run(whole())


async def until(true: Callable[[], Awaitable[bool]], within_s: float = 5) -> None:
    async with asyncio.timeout(within_s):
        while not await true():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.002)


def commands(admin: Catalogue) -> Callable[[], Awaitable[int]]:
    """How many reads of records Redis has answered."""

    async def counted() -> int:
        answer = (await admin._link.ask("", ("INFO", "commandstats")))[0]
        return sum(int(answer.get(f"cmdstat_{name}", {}).get("calls", 0)) for name in ("hget", "hmget"))

    return counted


def test_a_change_reaches_exactly_what_it_concerns(redis_url: str) -> None:
    async def story(channels: Channels, admin: Catalogue) -> None:
        await on_air(admin, A, B)
        for name in ("kids", "news"):
            await actions.give_lineup(admin, "main", name, CLIPS, repeats=True, clock=lambda: 0)
        on = await channels.channel("main")
        kids, news = await channels.on_air(on, "kids"), await channels.on_air(on, "news")
        assert (await channels.lineup_id(on, "ann")).startswith("d-")
        reads = commands(admin)
        await actions.edit_lineup(
            admin, "main", "kids", [ClipRecord(asset=B.id)], repeats=True, clock=lambda: EPOCH_MS
        )
        before = await reads()

        async def edited() -> bool:
            return await channels.on_air(on, "kids") is not kids

        await until(edited)
        assert await channels.on_air(on, "news") is news
        assert await channels.channel("main") is on
        assert await reads() - before == 1
        await actions.assign_viewer(admin, "main", "ann", "news")

        async def assigned() -> bool:
            return await channels.lineup_id(on, "ann") == "news"

        await until(assigned)

    told(redis_url, story)


def test_what_does_not_change_is_not_asked_for(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "EVERY_S", 0.02)
    monkeypatch.setattr(follow, "GOOD_S", 0.2)

    async def story(channels: Channels, admin: Catalogue) -> None:
        await on_air(admin, A, B)
        await actions.give_lineup(admin, "main", "kids", CLIPS, repeats=True, clock=lambda: 0)

        async def used() -> None:
            on = await channels.channel("main")
            await channels.on_air(on, "kids")
            await channels.lineup_id(on, "ann")

        await used()
        reads = commands(admin)
        before = await reads()
        for _ in range(40):
            await asyncio.sleep(0.01)  # twice as long as anything is good for
            await used()
        assert await reads() == before

    told(redis_url, story)


def test_a_lineup_and_a_channel_that_come_later_are_found_at_once(redis_url: str) -> None:
    async def story(channels: Channels, admin: Catalogue) -> None:
        with pytest.raises(NotFound, match="no channel 'main'"):
            await channels.channel("main")
        await on_air(admin, A)

        async def there() -> bool:
            try:
                return (await channels.channel("main")).record.epoch_ms is not None
            except NotFound:
                return False

        await until(there, 0.9)  # sooner than by asking once a second
        on = await channels.channel("main")
        with pytest.raises(NotFound, match="no lineup 'kids'"):
            await channels.on_air(on, "kids")
        await actions.give_lineup(admin, "main", "kids", CLIPS, repeats=True, clock=lambda: 0)

        async def given() -> bool:
            try:
                return bool(await channels.on_air(on, "kids"))
            except NotFound:
                return False

        await until(given, 0.9)

    told(redis_url, story)


def test_an_asset_whose_record_is_replaced_reaches_all_that_is_made_of_it(redis_url: str) -> None:
    async def story(channels: Channels, admin: Catalogue) -> None:
        await on_air(admin, A)
        await admin.index_asset(B)
        await actions.give_lineup(admin, "main", "kids", [ClipRecord(asset=B.id)], repeats=True, clock=lambda: 0)
        on = await channels.channel("main")
        await channels.on_air(on, "kids")
        for one in (A, B):
            await admin.index_asset(one.model_copy(update={"title": "Another title"}))

        async def renamed() -> bool:
            channel = await channels.channel("main")
            stream = await channels.on_air(channel, "kids")
            return {record.title for record in stream.channel.assets.values()} == {"Another title"}

        await until(renamed)

    told(redis_url, story)


def test_when_the_stream_was_cut_everything_is_loaded_anew(redis_url: str) -> None:
    async def story(channels: Channels, admin: Catalogue) -> None:
        await on_air(admin, A)
        given = await actions.give_lineup(admin, "main", "kids", CLIPS, repeats=True, clock=lambda: 0)
        await channels.on_air(await channels.channel("main"), "kids")
        # What nothing is said of, and then the stream is lost.
        silent = given.model_copy(update={"version": 9})
        renamed = A.model_copy(update={"title": "Another title"})
        for key, field, record in (
            (keys.lineups_key("main"), "kids", silent.stored()),
            (keys.ASSET_INDEX, A.id, renamed.stored()),
        ):
            await admin._link.ask(key, ("HSET", key, field, record), ("DEL", keys.changes_key("main")))
        await admin._link.ask("", ("DEL", keys.changes_key(keys.ALL_ASSETS)))
        await actions.assign_viewer(admin, "main", "ann", "kids")
        await admin.index_asset(B)

        async def all_new() -> bool:
            stream = await channels.on_air(await channels.channel("main"), "kids")
            return stream.record == silent and stream.channel.assets[A.id].title == "Another title"

        await until(all_new)

    told(redis_url, story)


def test_a_new_run_is_not_mixed_with_lineups_of_the_old_one(redis_url: str) -> None:
    """A lineup that was edited just before the restart begins with the edit, however its change was heard of."""

    async def story(channels: Channels, admin: Catalogue) -> None:
        await on_air(admin, A, B)
        await actions.give_lineup(admin, "main", "kids", CLIPS, repeats=True, clock=lambda: 0)
        await channels.on_air(await channels.channel("main"), "kids")
        channels._follower._follows["main"].lost = True  # deaf: it only hears what it asks for
        await actions.edit_lineup(
            admin, "main", "kids", [ClipRecord(asset=B.id)], repeats=True, clock=lambda: EPOCH_MS
        )
        await actions.stop_channel(admin, "main", lambda: EPOCH_MS)
        restarted = await actions.start_channel(admin, "main", EPOCH_MS + 1000)
        channels._channels.changed("main")
        on = await channels.channel("main")
        assert on.record.msn == restarted.msn
        stream = await channels.on_air(on, "kids")
        assert stream.succession(0, 0).place(0).clip.asset.id == B.id

    told(redis_url, story)


def test_a_lineup_of_a_run_not_heard_of_brings_its_channel(redis_url: str) -> None:
    async def story(channels: Channels, admin: Catalogue) -> None:
        await on_air(admin, A, B)
        await actions.give_lineup(admin, "main", "kids", CLIPS, repeats=True, clock=lambda: 0)
        on = await channels.channel("main")
        channels._follower._follows["main"].lost = True
        await actions.stop_channel(admin, "main", lambda: EPOCH_MS)
        restarted = await actions.start_channel(admin, "main", EPOCH_MS + 1000)
        await actions.edit_lineup(admin, "main", "kids", CLIPS, repeats=True, clock=lambda: EPOCH_MS + 2000)
        stream = await channels.on_air(on, "kids")
        assert stream.channel.record.msn == stream.succession(0, 0).lineups[0].msn == restarted.msn

    told(redis_url, story)


@pytest.mark.parametrize("seen", [True, False])
def test_a_lineup_of_a_run_that_cannot_be_read_is_not_played_in_the_one_before(
    redis_url: str, monkeypatch: pytest.MonkeyPatch, seen: bool
) -> None:
    async def story(channels: Channels, admin: Catalogue) -> None:
        await on_air(admin, A, B)
        await actions.give_lineup(admin, "main", "kids", CLIPS, repeats=True, clock=lambda: 0)
        on = await channels.channel("main")
        before = await channels.on_air(on, "kids") if seen else None
        channels._follower._follows["main"].lost = True
        await actions.stop_channel(admin, "main", lambda: EPOCH_MS)
        await actions.start_channel(admin, "main", EPOCH_MS + 1000)
        clips = [ClipRecord(asset=B.id)]
        await actions.edit_lineup(admin, "main", "kids", clips, repeats=True, clock=lambda: EPOCH_MS + 2000)
        channels._given.changed(("main", "kids"))

        async def gone(_: str) -> ChannelRecord:
            raise Unavailable("gone")

        monkeypatch.setattr(channels._catalogue, "channel", gone)
        if before is None:
            with pytest.raises(Unavailable, match="channel 'main' was started anew"):
                await channels.on_air(on, "kids")
        else:
            assert await channels.on_air(on, "kids") is before

    told(redis_url, story)
