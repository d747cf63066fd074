"""Rules of a channel: beyond the horizon, kept with what is said of the assets, and explained."""

from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path

import pytest

from manifest_server.admin import actions
from manifest_server.admin.metadata import describe
from manifest_server.admin.pools import keep_up, set_query
from manifest_server.admin.preview import preview
from manifest_server.admin.programmer import Programmer
from manifest_server.admin.rules import set_rules, tried_rules
from manifest_server.onair.channels import Channels
from storage.catalogue import Catalogue
from storage.errors import Conflict, NotFound
from storage.folder_objects import FolderObjects
from storage.keys import record_key
from storage.metadata import PoolQuery
from storage.programme import Rules
from storage.records import ChannelRecord
from tests.stage import EPOCH_MS, asset, on_air
from tests.storage.catalogues import told

FILMS = [asset(number) for number in range(1, 9)]  # 12 s each
NEWS = [FILMS[0].id, FILMS[1].id]
HORIZON_TICKS = 25 * 90_000
NOW_MS = EPOCH_MS + 100_000
NOW_TICKS = 100 * 90_000
SPACED = Rules(spacing={"news": 3})

Story = Callable[[Catalogue], Awaitable[object]]
Tell = Callable[[Story], object]


def now() -> int:
    return NOW_MS


def later() -> int:
    return NOW_MS + 60_000


@pytest.fixture
def objects(tmp_path: Path) -> FolderObjects:
    return FolderObjects(tmp_path)


@pytest.fixture
def tell(redis_url: str, objects: FolderObjects) -> Tell:
    """Tell a story of the channel main, whose pool is eight films; the first two are news."""

    async def ready(catalogue: Catalogue) -> None:
        await on_air(catalogue, *FILMS)
        for film in FILMS:
            objects.put(record_key(film.id), film.stored().encode())
        for news in NEWS:
            await describe(catalogue, objects, news, {"tags": ["news", "local"]})

    told(redis_url, ready)
    return lambda story: told(redis_url, story)


def ruled(channel: ChannelRecord) -> list[tuple[int, Rules, dict[str, tuple[int, ...]]]]:
    return [(revision.tick, revision.rules, revision.tags) for revision in channel.revisions]


def test_rules_count_beyond_the_horizon_and_what_aired_stays(tell: Tell) -> None:
    async def story(catalogue: Catalogue) -> None:
        before = await preview(Channels(catalogue), "main", "alice", NOW_MS, 3)
        done = await set_rules(catalogue, "main", SPACED, now)
        assert ruled(done.channel) == [(0, Rules(), {}), (NOW_TICKS + HORIZON_TICKS, SPACED, {"news": (0, 1)})]
        assert (await preview(Channels(catalogue), "main", "alice", NOW_MS, 3)).airings == before.airings
        seen = [one.asset for one in (await preview(Channels(catalogue), "main", "alice", NOW_MS, 200)).airings]
        at = [place for place, film in enumerate(seen) if film in NEWS and place > 4]
        assert len(at) > 40
        assert min(b - a for a, b in pairwise(at)) == 4
        again = await set_rules(catalogue, "main", SPACED, later)
        assert again.channel == done.channel

    tell(story)


def test_rules_and_tags_go_along_to_the_next_pool(tell: Tell) -> None:
    async def story(catalogue: Catalogue) -> None:
        await set_rules(catalogue, "main", SPACED, now)
        named = await actions.set_pool(catalogue, "main", [FILMS[5].id, NEWS[1]], later)
        assert ruled(named)[-1][1:] == (SPACED, {"news": (1,)})
        queried = (await set_query(catalogue, "main", PoolQuery(any_tags=("local",)), later)).channel
        assert queried.revisions[-1].assets == tuple(NEWS)
        assert ruled(queried)[-1][1:] == (SPACED, {"news": (0, 1)})
        await actions.stop_channel(catalogue, "main", later)
        begun = await actions.start_channel(catalogue, "main", NOW_MS + 3_600_000)
        assert ruled(begun) == [(0, SPACED, {"news": (0, 1)})]

    tell(story)


@pytest.mark.parametrize("query", [None, PoolQuery()], ids=["named", "follows"])
def test_a_pool_keeps_up_with_the_tags_that_its_rules_name(
    tell: Tell, objects: FolderObjects, query: PoolQuery | None
) -> None:
    async def story(catalogue: Catalogue) -> None:
        if query is not None:
            await set_query(catalogue, "main", query, now)
        await set_rules(catalogue, "main", SPACED, now)
        await describe(catalogue, objects, FILMS[2].id, {"tags": ["film"]})
        assert not (await keep_up(catalogue, "main", later)).changed
        await describe(catalogue, objects, FILMS[3].id, {"tags": ["news"]})
        await Programmer(catalogue, later).look()
        channel = await catalogue.channel("main")
        assert ruled(channel)[-1] == (NOW_TICKS + 60 * 90_000 + HORIZON_TICKS, SPACED, {"news": (0, 1, 3)})
        assert ruled(channel)[-2] == (NOW_TICKS + HORIZON_TICKS, SPACED, {"news": (0, 1)})
        assert not (await keep_up(catalogue, "main", later)).changed
        await describe(catalogue, objects, FILMS[4].id, {"rating": 12})
        assert (await keep_up(catalogue, "main", later)).channel.revisions[-1].ratings == (*[21] * 4, 12, *[21] * 3)

    tell(story)


def test_weighted_rules_keep_all_tags(tell: Tell) -> None:
    async def story(catalogue: Catalogue) -> None:
        done = await set_rules(catalogue, "main", Rules(order="weighted"), now)
        assert ruled(done.channel)[-1][2] == {"local": (0, 1), "news": (0, 1)}

    tell(story)


def test_rules_of_what_rights_will_change_are_those_of_now(tell: Tell, objects: FolderObjects) -> None:
    async def story(catalogue: Catalogue) -> None:
        await describe(catalogue, objects, FILMS[1].id, {"rights_from_ms": NOW_MS + 600_000})
        await set_query(catalogue, "main", PoolQuery(), now)
        done = await set_rules(catalogue, "main", SPACED, now)
        assert ruled(done.channel)[1:] == [
            (NOW_TICKS + HORIZON_TICKS, SPACED, {"news": (0,)}),
            (700 * 90_000, SPACED, {"news": (0, 1)}),
        ]
        assert not (await keep_up(catalogue, "main", now)).changed

    tell(story)


def test_what_cannot_be_is_refused_and_nothing_changes(tell: Tell) -> None:
    async def story(catalogue: Catalogue) -> None:
        await actions.create_channel(catalogue, "news", NEWS)
        before = await catalogue.channel("news")
        one = Rules(limits={"news": 1})
        too_few = "of its 2 assets the limits leave one, which would air over and over"
        with pytest.raises(Conflict, match=too_few):
            await set_rules(catalogue, "news", one, now)
        with pytest.raises(Conflict, match=too_few):
            await tried_rules(catalogue, "news", now, one)
        with pytest.raises(Conflict, match="channel 'news' is at version 1, not 7"):
            await set_rules(catalogue, "news", SPACED, now, 7)
        with pytest.raises(NotFound, match="no channel 'other'"):
            await set_rules(catalogue, "other", SPACED, now)
        assert await catalogue.channel("news") == before
        await set_rules(catalogue, "main", one, now)
        with pytest.raises(Conflict, match="the limits leave one"):
            await set_query(catalogue, "main", PoolQuery(tags=("news",)), later)

    tell(story)


def test_what_is_kept_is_told_before_it_is_set(tell: Tell) -> None:
    async def story(catalogue: Catalogue) -> None:
        before = await catalogue.channel("main")
        asked = Rules(spacing={"news": 5, "ads": 2}, limits={"local": 4}, repeat_s=120, repeat_clips=9)
        found = (await tried_rules(catalogue, "main", now, asked)).kept
        assert found.met == ("limit.local=4: 2 of 2 in a cycle", "spacing.ads=2: no asset has the tag")
        assert found.relaxed == (
            "spacing.news=5 is 3: 2 of the 8 clips of a cycle have the tag, beside what else is to be spaced",
            "repeat=120s is 84s: all others of a cycle last no longer",
            "repeat=9 is 7: a cycle has 8 clips",
        )
        assert await catalogue.channel("main") == before
        assert (await tried_rules(catalogue, "main", now)).rules == Rules()

    tell(story)
