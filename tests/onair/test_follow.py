"""Following a stream of changes that breaks, hangs and loses its nudges."""

import asyncio

import pytest

from manifest_server.onair import follow
from manifest_server.onair.follow import Follow
from storage.changes import Changes
from storage.errors import Unavailable
from tests.onair.streams import Stream, told, until


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "EVERY_S", 0.02)
    monkeypatch.setattr(follow, "READ_S", 0.1)
    monkeypatch.setattr(follow, "_BACKOFF_S", (0.005, 0.02))


@pytest.fixture
def rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "EVERY_S", 1000.0)


@pytest.mark.usefixtures("rarely")
def test_a_nudge_is_followed_by_a_reading() -> None:
    async def story(stream: Stream) -> None:
        follower = stream.follower()
        async with follower.running():
            await follower.follow("main")
            stream.write("main", "lineup", "kids")
            stream.write("other", "channel", "other")
            await stream.until(lambda: stream.reads == ["main"])
            assert stream.told == [("main", "lineup", "kids")]
            stream.write("main", "viewer", "ann")
            await stream.until(lambda: len(stream.told) == 2)
            assert stream.heard == ["main", "other", "main"]

    told(story)


@pytest.mark.usefixtures("quick")
def test_a_lost_nudge_costs_a_round() -> None:
    async def story(stream: Stream) -> None:
        follower = stream.follower()
        async with follower.running():
            await follower.follow("main")
            stream.write("main", "lineup", "kids", nudge=False)
            await stream.until(lambda: bool(stream.told))

    told(story)


@pytest.mark.usefixtures("rarely")
def test_a_change_after_the_place_was_taken_is_not_missed() -> None:
    async def story(stream: Stream) -> None:
        stream.write("main", "lineup", "before", nudge=False)
        follower = stream.follower()
        async with follower.running():
            term = await follower.follow("main")
            stream.write("main", "lineup", "after", nudge=False)
            assert await term.prolonged()
            assert stream.told == [("main", "lineup", "after")]

    told(story)


@pytest.mark.usefixtures("rarely")
def test_a_nudge_during_a_reading_causes_one_more() -> None:
    async def story(stream: Stream) -> None:
        follower = stream.follower()
        async with follower.running():
            await stream.until(lambda: stream.pings == 1)
            await follower.follow("main")
            stream.open.clear()
            for name in "abc":
                stream.write("main", "lineup", name)
                await asyncio.sleep(0)
            await asyncio.sleep(0.01)
            stream.write("main", "lineup", "d")
            await asyncio.sleep(0.01)
            stream.open.set()
            await stream.until(lambda: len(stream.told) == 4)
            assert stream.reads == ["main", "main"]

    told(story)


@pytest.mark.usefixtures("rarely")
def test_a_stream_that_was_cut_ends_all_terms() -> None:
    async def story(stream: Stream) -> None:
        follower = stream.follower()
        async with follower.running():
            old = await follower.follow("main")
            stream.broken.add("main")
            assert not await old.prolonged()
            assert old.ended
            new = await follower.follow("main")
            assert new is not old
            assert await new.prolonged()

    told(story)


@pytest.mark.usefixtures("rarely")
def test_a_term_lasts_from_the_beginning_of_the_reading() -> None:
    async def story(stream: Stream) -> None:
        follower = stream.follower()
        async with follower.running():
            term = await follower.follow("main")
            began = asyncio.get_running_loop().time()  # the same clock
            stream.open.clear()
            reading = asyncio.create_task(term.prolonged())
            await asyncio.sleep(0.05)
            stream.open.set()
            await reading
            assert began <= term.good_until - follow.GOOD_S < began + 0.04

    told(story)


@pytest.mark.usefixtures("quick")
def test_a_catalogue_that_hangs_is_known_to_be_gone_and_found_again() -> None:
    async def story(stream: Stream) -> None:
        follower = stream.follower()
        async with follower.running():
            term = await follower.follow("main")
            await stream.until(lambda: bool(stream.reads))
            stream.open.clear()
            await until(lambda: stream.reach.gone)
            stream.write("main", "lineup", "kids", nudge=False)
            stream.open.set()
            await stream.until(lambda: bool(stream.told))
            await until(lambda: not stream.reach.gone)
            assert not term.ended  # nothing else needs to be loaded anew

    told(story)


@pytest.mark.usefixtures("quick")
def test_while_it_is_gone_it_is_asked_ever_less_often() -> None:
    async def story(stream: Stream) -> None:
        stream.gone = True
        follower = stream.follower()
        async with follower.running():
            await stream.until(lambda: stream.pings == 1)
            await asyncio.sleep(0.2)
            assert stream.pings < 20  # at 10 to 20 ms each, and quicker at first
            assert stream.reach.gone
            with pytest.raises(Unavailable):
                await follower.follow("main")
            stream.gone = False
            await stream.until(lambda: not stream.reach.gone)

    told(story)


@pytest.mark.usefixtures("quick")
def test_listening_is_begun_anew_when_it_breaks() -> None:
    async def story(stream: Stream) -> None:
        follower = stream.follower()
        async with follower.running():
            await follower.follow("main")
            stream.nudges.put_nowait(None)
            stream.write("main", "lineup", "kids", nudge=False)
            await stream.until(lambda: bool(stream.told))
            await stream.until(lambda: stream.listeners == 2)

    told(story)


@pytest.mark.usefixtures("quick")
def test_a_stream_that_cannot_be_read_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(stream: Stream) -> None:
        changes = stream.changes

        async def damaged(channel: str, after: str) -> Changes:
            if channel == "bad":
                raise Unavailable("WRONGTYPE")
            return await changes(channel, after)

        monkeypatch.setattr(stream, "changes", damaged)
        follower = stream.follower()
        async with follower.running():
            bad, good = await follower.follow("bad"), await follower.follow("good")
            await until(lambda: isinstance(bad, Follow) and bad.lost)
            stream.write("good", "lineup", "kids")
            await stream.until(lambda: bool(stream.told))
            assert await good.prolonged()
            with pytest.raises(Unavailable, match="changes of channel 'bad'"):
                await bad.prolonged()

    told(story)


@pytest.mark.usefixtures("quick")
def test_channels_that_nobody_watches_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "IDLE_ROUNDS", 3)

    async def story(stream: Stream) -> None:
        wanted = {"watched", "idle"}
        follower = stream.follower(wanted.__contains__)
        async with follower.running():
            terms = [await follower.follow(name) for name in ("watched", "idle", "gone")]
            for _ in range(8):
                terms[0].used = True
                before = stream.pings
                await stream.until(lambda before=before: stream.pings > before)  # type: ignore[misc]
            assert terms[2].ended
            assert stream.reads.count("idle") < 4 < stream.reads.count("watched")
            stream.write("idle", "lineup", "kids", nudge=False)
            assert await terms[1].prolonged()  # read when it is used
            assert stream.told == [("idle", "lineup", "kids")]

    told(story)


@pytest.mark.usefixtures("rarely")
def test_only_so_many_streams_are_read_at_once() -> None:
    async def story(stream: Stream) -> None:
        follower = stream.follower()
        async with follower.running():
            terms = [await follower.follow(str(number)) for number in range(100)]
            stream.open.clear()
            readings = [asyncio.create_task(term.prolonged()) for term in terms]
            await asyncio.sleep(0.01)
            stream.open.set()
            assert all(await asyncio.gather(*readings))
            assert stream.most_at_once == follow.READS_AT_ONCE

    told(story)


def test_without_following_terms_are_short() -> None:
    async def story(stream: Stream) -> None:
        term = await stream.follower().follow("main")
        assert not term.ended
        assert not await term.prolonged()

    told(story)
