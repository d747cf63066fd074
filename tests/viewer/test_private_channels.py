"""Channels that are watched with tokens, as players come through the doors."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable

import httpx
import pytest

from manifest_server.admin import actions
from manifest_server.admin.access import set_public
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from tests.stage import Clock, asset, on_air, visited
from tests.viewer.playback import KEYS, NOW_S, token, unsigned

PERSONAL = "/live/main/alice/index.m3u8"
FOREIGN = "this playback token is for another channel, viewer or lineup"

Story = Callable[[httpx.AsyncClient, Catalogue], Awaitable[None]]
Tell = Callable[[Story], None]


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW_S * 1000)


@pytest.fixture
def tell(redis_url: str, clock: Clock) -> Tell:
    """Tell a story of a channel that is not public."""

    def told(story: Story) -> None:
        async def private(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
            await on_air(catalogue, asset(1), asset(2))
            await set_public(catalogue, "main", public=False)
            await story(client, catalogue)

        visited(redis_url, private, clock=clock, playback_keys=KEYS, preview=True)

    return told


async def media_urls(client: httpx.AsyncClient, query: str) -> list[str]:
    answer = await client.get(PERSONAL + query)
    assert answer.status_code == 200, answer.text
    return [str(answer.url.join(uri)) for uri in re.findall(r'[^"\n]+\.m3u8[^"\n]*', answer.text)]


async def until_status(client: httpx.AsyncClient, path: str, status: int) -> httpx.Response:
    """The answer, once the server has heard of a change."""
    async with asyncio.timeout(10):
        while (answer := await client.get(path)).status_code != status:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
    return answer


def test_a_viewer_with_a_token_is_led_to_playlists_that_it_opens(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        urls = await media_urls(client, f"?t={token()}")
        assert len(urls) == 3  # two rungs and the sound
        for url in urls:
            answer = await client.get(url)
            assert answer.status_code == 200
            assert "#EXTINF" in answer.text
            assert "t=" not in answer.text  # segments are the same for everybody
            assert re.fullmatch(r"private, max-age=[012]", answer.headers["cache-control"])
            assert answer.headers["x-accel-expires"].startswith("@")
            assert (await client.head(url)).status_code == 200
            known = await client.get(url, headers={"If-None-Match": answer.headers["etag"]})
            assert known.status_code == 304
        assert len({url.partition("?")[0] for url in urls}) == 3
        assert (await client.get(f"{PERSONAL}?t={token()}")).headers["cache-control"] == "private, no-store"

    tell(story)


def test_two_viewers_on_one_lineup_get_the_same_bytes_of_the_same_path(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await actions.give_lineup(
            catalogue, "main", "kids", [ClipRecord(asset=asset(1).id)], repeats=True, clock=lambda: 0
        )
        answers = []
        for viewer in ("alice", "bob"):
            await actions.assign_viewer(catalogue, "main", viewer, "kids")
            personal = await client.get(f"/live/main/{viewer}/index.m3u8?t={token({'sub': viewer})}")
            found = re.search(r'[^"\n]+cmaf-240p\.m3u8[^"\n]*', personal.text)
            assert found is not None
            answers.append(await client.get(str(personal.url.join(found[0]))))
        assert answers[0].content == answers[1].content
        assert answers[0].headers["etag"] == answers[1].headers["etag"]
        assert answers[0].url.path == answers[1].url.path
        assert answers[0].url != answers[1].url

    tell(story)


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ("", 401, "channel 'main' is watched with a playback token: ?t=TOKEN"),
        ("?t=", 401, "channel 'main' is watched with a playback token: ?t=TOKEN"),
        ("?token=" + token(), 401, "channel 'main' is watched with a playback token: ?t=TOKEN"),
        ("?t=x", 403, "this is no playback token of this server"),
        ("?t=%C3%A5.%FF.%00", 403, "this is no playback token of this server"),
        ("?t=" + token()[:-2], 403, "this is no playback token of this server"),
        ("?t=" + unsigned(), 403, "this is no playback token of this server"),
        ("?t=" + token(header={"kid": "old"}), 403, "this is no playback token of this server"),
        ("?t=" + token() + "&t=" + token(), 403, "this is no playback token of this server"),
        ("?t=" + token({"more": "x" * 2000}), 403, "this is no playback token of this server"),
        ("?t=" + "x" * 10_240, 414, "the URL is over 4096 bytes long"),
        ("?t=" + token({"exp": NOW_S}), 403, "this playback token has expired"),
        ("?t=" + token({"aud": "other"}), 403, FOREIGN),
        ("?t=" + token({"sub": "bob"}), 403, FOREIGN),
        ("?t=" + token({"sub": "a/b"}), 403, "this is no playback token of this server"),
        ("?t=" + token({"sub": "Alice"}), 403, FOREIGN),
        ("?t=" + token() + "&format=x", 400, "format 'x'"),
        ("?format=x", 401, "channel 'main'"),
    ],
)  # fmt: skip
def test_without_the_right_token_every_playlist_is_refused(tell: Tell, query: str, status: int, says: str) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        media = httpx.URL((await media_urls(client, f"?t={token()}"))[0]).path
        for path in (PERSONAL, media, media.replace("cmaf-", "x-"), media.replace("~", "~9")):
            if "format" in query and path != PERSONAL:
                continue
            for method in ("GET", "HEAD"):
                answer = await client.request(method, path + query, headers={"Origin": "http://player.example"})
                assert answer.status_code == status, (path, answer.text)
                assert answer.headers["cache-control"] == "no-store"
                assert answer.headers["access-control-allow-origin"] == "*"
                assert "etag" not in answer.headers
                assert ("www-authenticate" in answer.headers) == (status == 401)
            if path == PERSONAL:
                assert (await client.get(path + query)).json()["error"].startswith(says)
                assert (await client.options(path + query)).status_code == 204

    tell(story)


def test_a_token_of_one_lineup_opens_no_other(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await actions.give_lineup(
            catalogue, "main", "kids", [ClipRecord(asset=asset(1).id)], repeats=True, clock=lambda: 0
        )
        url = httpx.URL((await media_urls(client, f"?t={token()}"))[0])
        other = re.sub(r"lineups/[^~]+~", "lineups/kids~", str(url))
        answer = await client.get(other)
        assert (answer.status_code, answer.json()) == (403, {"error": FOREIGN})
        # It leads to no personal playlist either: what was found in a list is worth less than what was given.
        assert (await client.get(PERSONAL, params={"t": url.params["t"]})).status_code == 403

    tell(story)


def test_the_token_that_was_issued_opens_the_lineup_that_its_viewer_is_on(tell: Tell, clock: Clock) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await actions.give_lineup(
            catalogue, "main", "kids", [ClipRecord(asset=asset(1).id)], repeats=True, clock=lambda: 0
        )
        await actions.assign_viewer(catalogue, "main", "alice", "kids")
        day = clock() // 86_400_000
        for viewer, status in (("alice", 200), ("bob", 403)):
            for place in (f"/live/main/lineups/kids~{day}/cmaf-240p.m3u8", f"/playback/main/kids~{day}"):
                answer = await client.get(place, params={"t": token({"sub": viewer})})
                assert answer.status_code == (204 if status == 200 and "/playback/" in place else status)

    tell(story)


def test_a_viewer_who_is_moved_keeps_what_they_watch_until_the_token_ends(tell: Tell, clock: Clock) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        before = (await media_urls(client, f"?t={token()}"))[0]
        await actions.give_lineup(
            catalogue, "main", "kids", [ClipRecord(asset=asset(1).id)], repeats=True, clock=lambda: 0
        )
        await actions.assign_viewer(catalogue, "main", "alice", "kids")
        after = before
        async with asyncio.timeout(10):
            while "/kids~" not in after:
                await asyncio.sleep(0.01)  # the server hears of it within two seconds
                after = (await media_urls(client, f"?t={token()}"))[0]
        assert (await client.get(before)).status_code == 200
        assert (await client.get(after)).status_code == 200
        clock.now_ms = (NOW_S + 3600) * 1000 - 1
        assert (await client.get(before)).status_code == 200
        clock.now_ms += 1
        for url in (before, after):
            answer = await client.get(url)
            assert (answer.status_code, answer.json()) == (403, {"error": "this playback token has expired"})

    tell(story)


def test_an_edge_is_told_whether_a_token_opens_a_lineup(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        url = httpx.URL((await media_urls(client, f"?t={token()}"))[0])
        lineup = url.path.split("/")[4]
        asked = [
            (f"/playback/main/{lineup}", url.params["t"], 204),
            (f"/playback/main/{lineup}", token(), 204),
            (f"/playback/main/{lineup}", token({"sub": "bob"}), 403),
            ("/playback/main/kids~20454", url.params["t"], 403),
            (f"/playback/main/{lineup}", "", 401),
            (f"/playback/other/{lineup}", token(), 404),
        ]
        for place, given, status in asked:
            answer = await client.get(place, params={"t": given})
            assert answer.status_code == status, place
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers.get("x-streamsync-access") == ("token" if status == 204 else None)
        await set_public(catalogue, "main", public=True)
        answer = await until_status(client, f"/playback/main/{lineup}", 204)
        assert "x-streamsync-access" not in answer.headers

    tell(story)


def test_a_preview_needs_a_token_that_counts_now(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        at = NOW_S + 7200
        assert (await client.get(f"{PERSONAL}?at={at}")).status_code == 401
        urls = await media_urls(client, f"?at={at}&t={token()}")
        assert {httpx.URL(url).params["at"] for url in urls} == {f"{at}.000"}
        answer = await client.get(urls[0])
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        assert (await client.get(f"{PERSONAL}?at={NOW_S - 60}&t={token({'exp': NOW_S})}")).status_code == 403

    tell(story)


def test_a_channel_is_closed_and_opened_while_it_is_watched(tell: Tell) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        urls = await media_urls(client, f"?t={token()}")
        bare = httpx.URL(urls[0]).path
        assert (await client.get(bare)).status_code == 401
        await set_public(catalogue, "main", public=True)
        answer = await until_status(client, bare, 200)
        assert answer.headers["cache-control"].startswith("public, max-age=")
        assert (await client.get(urls[0])).content == answer.content  # who has a token goes on
        assert "t=" not in (await client.get(f"{PERSONAL}?t=junk")).text
        record = await catalogue.channel("main")
        assert await set_public(catalogue, "main", public=True) == record
        await set_public(catalogue, "main", public=False)
        await until_status(client, bare, 401)

    tell(story)


def test_a_token_is_in_no_log(
    tell: Tell, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG, "streamsync")
    caplog.set_level(logging.DEBUG, "starlette")

    async def story(client: httpx.AsyncClient, _: Catalogue) -> None:
        for given in (token(), token({"sub": "bob"}), token({"exp": NOW_S}), unsigned()):
            answer = await client.get(f"{PERSONAL}?t={given}")
            if answer.status_code != 200:
                assert given not in answer.text

    tell(story)
    said = caplog.text + "".join(capfd.readouterr())
    ours = "\n".join(line for line in said.splitlines() if "httpx" not in line)
    assert token().split(".")[1] not in ours
