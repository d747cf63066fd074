"""`?back=` as players come through the doors: steps, days, refusals, tokens and caches."""

import asyncio
import re
from collections.abc import Awaitable, Callable

import httpx
import pytest

from manifest_server.admin import actions
from manifest_server.admin.access import set_public
from manifest_server.admin.descriptions import describe_channel
from storage.catalogue import Catalogue
from storage.programme import Moment
from tests.admin.moment_stage import GOAL, with_moment
from tests.playout.builders import read
from tests.stage import EPOCH_MS, Clock, asset, on_air, visited
from tests.viewer.playback import KEYS, NOW_S, token

PERSONAL = "/live/main/alice/index.m3u8"
DAY_MS = 86_400_000

Story = Callable[[httpx.AsyncClient, Catalogue], Awaitable[None]]
Tell = Callable[..., None]


@pytest.fixture
def tell(redis_url: str) -> Tell:
    """Tell a story of the channel main, whose viewers may go back by an hour and a half."""

    def told(story: Story, now_ms: int = EPOCH_MS + 10_000_000) -> None:
        async def with_channel(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
            await on_air(catalogue, asset(1), asset(2))
            await describe_channel(catalogue, "main", {"timeshift_s": 5400}, Clock(EPOCH_MS))
            await story(client, catalogue)

        visited(redis_url, with_channel, clock=Clock(now_ms), playback_keys=KEYS, preview=True)

    return told


async def media_url(client: httpx.AsyncClient, query: str) -> str:
    answer = await client.get(PERSONAL + query)
    assert answer.status_code == 200, answer.text
    found = re.search(r"[^\"\n]+240p\.m3u8[^\"\n]*", answer.text)
    assert found is not None
    return str(answer.url.join(found[0]))


@pytest.mark.parametrize(
    ("back", "step", "reaches_s"),
    [("0", "", 60), ("1", "back=600", 660), ("3600", "back=3600", 3660), ("86400", "back=7200", 5460)],
)
def test_the_personal_playlist_leads_to_lists_of_a_step(tell: Tell, back: str, step: str, reaches_s: int) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        url = await media_url(client, f"?back={back}&format=ts")
        assert httpx.URL(url).query.decode() == step
        listed = read((await client.get(url)).text)
        began_s = (EPOCH_MS + 10_000_000 - min(listed.values(), key=lambda one: one.date_ms).date_ms) / 1000
        assert reaches_s <= began_s < reaches_s + 4
        # The offset is from the end, and leads to where it leads without.
        start = re.compile(r"#EXT-X-START:TIME-OFFSET=(-[0-9.]+)")
        now, then = [start.search((await client.get(PERSONAL + query)).text) for query in ("", f"?back={back}")]
        assert now is not None
        assert then is not None
        assert now[1] == then[1]

    tell(story)


@pytest.mark.parametrize("back", ["abc", "-1", "1.5", "", "86401", "999999999999", "%C2%B2", "600%20"])
def test_what_is_no_number_of_seconds_is_refused(tell: Tell, back: str) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        media = (await media_url(client, "")).partition("?")[0]
        for place in (PERSONAL, media):
            answer = await client.get(f"{place}?back={back}")
            assert answer.status_code == 400
            assert answer.json()["error"].endswith("it is 0 to 86400, in seconds")
            assert answer.headers["cache-control"] == "no-store"

    tell(story)


def test_a_media_playlist_has_the_steps_alone_and_is_kept_as_any_other(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        media = (await media_url(client, "")).partition("?")[0]
        odd = await client.get(f"{media}?back=700")
        assert odd.status_code == 400
        assert odd.json()["error"].startswith("back 700: a media playlist's is one of 600, 1800")
        ordinary, longer = [await client.get(media + query) for query in ("", "?back=3600")]
        assert longer.headers["etag"] != ordinary.headers["etag"]
        for name in ("cache-control", "x-accel-expires"):
            assert longer.headers[name] == ordinary.headers[name]
        assert longer.headers["content-encoding"] == "gzip"
        assert (await client.head(f"{media}?back=3600")).status_code == 200
        known = await client.get(f"{media}?back=3600", headers={"If-None-Match": longer.headers["etag"]})
        assert known.status_code == 304
        # Of a channel that lets nobody go back any more, players keep the URL, and are listed the ordinary.
        await describe_channel(catalogue, "main", {"timeshift_s": 0}, Clock())
        async with asyncio.timeout(10):
            while (left := await client.get(f"{media}?back=3600")).text == longer.text:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)
        assert left.text == ordinary.text

    tell(story)


def test_after_midnight_it_reaches_into_the_day_before(redis_url: str) -> None:
    """On a channel with moments numbers count from the day of the URL on: the one of the day before has them."""
    at_ms = EPOCH_MS + 2 * DAY_MS + 600_000

    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        channel = await with_moment(catalogue)
        news = Moment(id="news", at_ms=EPOCH_MS + 7_000_000, clips=channel.moments[0].clips, every_ms=3_600_000)
        await actions.replaced(catalogue, channel, None, moments=(news,))
        await describe_channel(catalogue, "main", {"timeshift_s": 7200}, Clock(EPOCH_MS))
        today, yesterday = [await media_url(client, query) for query in ("?format=ts", "?back=7200&format=ts")]
        assert ("~20456/" in today, "~20455/" in yesterday) == (True, True)
        ordinary = read((await client.get(yesterday.partition("?")[0])).text)
        longer = read((await client.get(yesterday)).text)
        assert max(longer) == max(ordinary)
        assert all(longer[number].uri == one.uri for number, one in ordinary.items())
        first = min(one.date_ms for one in longer.values())
        assert at_ms - 7_264_000 < first <= at_ms - 7_260_000
        assert any(GOAL.id in one.uri for one in longer.values())
        # The URL of today has numbers from midnight on, and a minute before.
        short = read((await client.get(today + "?back=7200")).text)
        assert min(one.date_ms for one in short.values()) > at_ms - 600_000 - 130_000

    visited(redis_url, story, clock=Clock(at_ms))


def test_of_a_channel_that_ended_it_is_what_was_before_its_end(redis_url: str) -> None:
    clock = Clock(EPOCH_MS + DAY_MS)

    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await on_air(catalogue, asset(1))
        await describe_channel(catalogue, "main", {"timeshift_s": 3600}, Clock(EPOCH_MS))
        await actions.stop_channel(catalogue, "main", clock)
        for days, reaches in ((5, True), (40, False)):
            clock.now_ms = EPOCH_MS + days * DAY_MS
            text = (await client.get(await media_url(client, "?back=3600&format=ts"))).text
            assert text.endswith("#EXT-X-ENDLIST\n")
            listed = read(text)
            first = min(one.date_ms for one in listed.values())
            assert (first < EPOCH_MS + DAY_MS - 3_600_000) == reaches

    visited(redis_url, story, clock=clock)


def test_before_the_channel_has_begun_it_is_not_on_air(redis_url: str) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await on_air(catalogue, asset(1))
        await describe_channel(catalogue, "main", {"timeshift_s": 3600}, Clock(EPOCH_MS))
        assert (await client.get(f"{PERSONAL}?back=3600")).status_code == 503

    visited(redis_url, story, clock=Clock(EPOCH_MS - 1000))


def test_a_token_opens_it_as_it_opens_the_rest(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await set_public(catalogue, "main", public=False)
        url = await media_url(client, f"?back=600&t={token()}")
        assert re.fullmatch(r"back=600&t=[\w.-]+", httpx.URL(url).query.decode())
        answer = await client.get(url)
        assert min(read(answer.text)) == 167_225_600  # the first there was
        assert answer.headers["cache-control"].startswith("private")
        assert (await client.get(url.partition("&")[0])).status_code == 401

    tell(story, NOW_S * 1000 + 1000)
