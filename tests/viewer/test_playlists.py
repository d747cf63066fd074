"""The playlist doors, as a player comes through them."""

import re

import httpx
import m3u8
import pytest

from manifest_server.admin import actions
from manifest_server.onair.channels import Channels
from manifest_server.onair.playlists import JOIN_MS, Playlists
from storage.catalogue import Catalogue
from tests.stage import EPOCH_MS, Clock, asset, on_air, visited

MULTIVARIANT = "/live/main/alice/index.m3u8"
THREE = (asset(1), asset(2, 9.0, ("720p", "240p")), asset(3, 10.5))


async def media_url(client: httpx.AsyncClient, rendition: str = "cmaf-240p", viewer: str = "alice") -> str:
    answer = await client.get(f"/live/main/{viewer}/index.m3u8?format={rendition.split('-', maxsplit=1)[0]}")
    return next(
        str(answer.url.join(uri)) for uri in re.findall(r'[^"\n]+\.m3u8', answer.text) if f"/{rendition}." in uri
    )


def test_the_personal_playlist_leads_to_now(redis_url: str) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await on_air(catalogue, *THREE)
        answer = await client.get(MULTIVARIANT)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/vnd.apple.mpegurl"
        assert answer.headers["cache-control"] == "private, no-store"
        parsed = m3u8.loads(answer.text, uri="http://test" + MULTIVARIANT)
        media = m3u8.loads((await client.get(parsed.playlists[0].absolute_uri)).text)
        last = media.segments[-1]
        edge_ms = last.current_program_date_time.timestamp() * 1000 + last.duration * 1000
        # Where the offset leads to, counted back from the end of the list, is the clock's time when play begins.
        assert edge_ms + parsed.start.time_offset * 1000 == pytest.approx(EPOCH_MS + 100_400, abs=1.001)
        assert 12 < -parsed.start.time_offset <= 16

    visited(redis_url, story)


def test_what_is_declared_holds_for_every_asset(redis_url: str) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await on_air(catalogue, *THREE)
        parsed = m3u8.loads((await client.get(MULTIVARIANT)).text)
        declared = [
            (p.stream_info.resolution, p.stream_info.bandwidth, p.stream_info.average_bandwidth)
            for p in parsed.playlists
        ]
        assert declared == [
            ((1280, 720), 1_440_000 + 130_000, 720_000 + 128_000),
            # Asset 2 has no 480p: its 240p stands in.
            ((853, 480), 960_000 + 130_000, 480_000 + 128_000),
            ((426, 240), 480_000 + 130_000, 240_000 + 128_000),
        ]
        assert {p.stream_info.codecs for p in parsed.playlists} == {"avc1.4D401F,mp4a.40.2"}
        top = (await client.get(await media_url(client, "cmaf-720p"))).text
        assert f"{asset(2).id}/cmaf/720p/0.m4s" in top
        assert f"{asset(1).id}/cmaf/480p/0.m4s" in top

    visited(redis_url, story)


@pytest.mark.parametrize(
    ("query", "agent", "expected"),
    [
        ("", "Mozilla/5.0", "cmaf"),
        ("", "VLC/3.0.24 LibVLC/3.0.24", "ts"),
        ("", "GStreamer souphttpsrc 1.22.0 libsoup/3.2.2", "ts"),
        ("", "Lavf/62.12.102", "ts"),
        ("", "libmpv", "ts"),
        ("?format=cmaf", "VLC/3.0.24 LibVLC/3.0.24", "cmaf"),
        ("?format=ts", "Mozilla/5.0", "ts"),
    ],
)
def test_the_format_is_the_one_asked_for_or_that_the_player_can_play(
    redis_url: str, query: str, agent: str, expected: str
) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await on_air(catalogue, asset(1))
        text = (await client.get(MULTIVARIANT + query, headers={"User-Agent": agent})).text
        assert set(re.findall(r"/(cmaf|ts)-", text)) == {expected}
        assert ("EXT-X-MEDIA" in text) == (expected == "cmaf")

    visited(redis_url, story)


def test_a_media_playlist_may_be_kept_until_the_edge_moves(redis_url: str) -> None:
    clock = Clock(EPOCH_MS + 100_000)

    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await on_air(catalogue, asset(1))  # segments of 4 s: the edge moves every 4 s
        url = await media_url(client)
        ages = []
        for second in range(100, 105):
            clock.now_ms = EPOCH_MS + second * 1000 + 1
            answer = await client.get(url)
            ages.append((answer.headers["cache-control"], answer.headers["etag"]))
        assert [age for age, _ in ages] == [
            "public, max-age=2, s-maxage=3",
            "public, max-age=2, s-maxage=2",
            "public, max-age=1, s-maxage=1",
            "public, max-age=0, s-maxage=0",
            "public, max-age=2, s-maxage=3",
        ]
        assert len({tag for _, tag in ages[:4]}) == 1
        assert ages[4][1] != ages[0][1]

    visited(redis_url, story, clock=clock)


@pytest.mark.parametrize("odd_ms", [0, 1, 637, 999])
def test_nginx_is_told_the_last_whole_second_before_the_change(redis_url: str, odd_ms: int) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        # Segments of 4 s: the edge moves somewhere in the seconds 100, 104, ..., the list at their beginning.
        await on_air(catalogue, asset(1), epoch_ms=EPOCH_MS + odd_ms)
        url = await media_url(client)
        told = []
        for ms in (100_001, 101_999, 102_400, 103_999, 104_000):
            clock.now_ms = EPOCH_MS + ms
            last = (await client.get(url)).headers["x-accel-expires"]
            told.append(int(last.removeprefix("@")) - EPOCH_MS // 1000)
        assert told == [103, 103, 103, 103, 107]
        assert "x-accel-expires" not in (await client.get(url + "?at=1767225700")).headers

    clock = Clock()
    visited(redis_url, story, clock=clock, preview=True)


def test_nginx_is_told_when_the_end_comes(redis_url: str) -> None:
    clock = Clock(EPOCH_MS + 100_500)

    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await on_air(catalogue, asset(1))
        await actions.stop_channel(catalogue, "main", clock)  # at 109.5 s; the edge would move at 108 and 112 s
        url = await media_url(client)
        clock.now_ms = EPOCH_MS + 108_200
        before = await client.get(url)
        assert before.headers["x-accel-expires"] == f"@{EPOCH_MS // 1000 + 108}"
        assert before.headers["cache-control"] == "public, max-age=0, s-maxage=0"
        clock.now_ms = EPOCH_MS + 109_000
        after = await client.get(url)
        assert after.text == before.text + "#EXT-X-ENDLIST\n"
        assert after.headers["x-accel-expires"] == f"@{EPOCH_MS // 1000 + 110}"

    visited(redis_url, story, clock=clock)


def test_a_known_playlist_is_not_sent_again(redis_url: str) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await on_air(catalogue, asset(1))
        url = await media_url(client)
        tag = (await client.get(url)).headers["etag"]
        for asked in (tag, f'"other", {tag}', "*", tag.removeprefix("W/")):
            answer = await client.get(url, headers={"If-None-Match": asked})
            assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
            assert "max-age" in answer.headers["cache-control"]
        assert (await client.get(url, headers={"If-None-Match": '"other"'})).status_code == 200

    visited(redis_url, story)


def test_playlists_are_compressed_when_asked_for(redis_url: str) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await on_air(catalogue, asset(1))
        url = await media_url(client)
        plain = await client.get(url, headers={"Accept-Encoding": "identity"})
        packed = await client.get(url, headers={"Accept-Encoding": "gzip"})
        assert "content-encoding" not in plain.headers
        assert packed.headers["content-encoding"] == "gzip"
        assert "Accept-Encoding" in packed.headers["vary"]
        assert "Accept-Encoding" in plain.headers["vary"]
        assert packed.text == plain.text
        assert int(packed.headers["content-length"]) < len(plain.content) / 3

    visited(redis_url, story)


def test_every_viewer_has_an_order_of_their_own_and_keeps_it(redis_url: str) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> list[str]:
        await on_air(catalogue, *(asset(number) for number in range(1, 9)))
        texts = [(await client.get(await media_url(client, viewer=f"viewer{n}"))).text for n in range(6)]
        assert len(set(texts)) == 6
        assert texts[0] == (await client.get(await media_url(client, viewer="viewer0"))).text
        return texts

    async def again(client: httpx.AsyncClient, _: Catalogue) -> list[str]:
        return [(await client.get(await media_url(client, viewer=f"viewer{n}"))).text for n in range(6)]

    # Another server, without a word between them.
    assert visited(redis_url, story) == visited(redis_url, again)


def test_a_url_carries_the_day_of_the_join_and_counts_from_it(redis_url: str) -> None:
    clock = Clock(EPOCH_MS + 40 * 86_400_000 + 5_000)

    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await on_air(catalogue, asset(1))
        url = await media_url(client)
        assert "~20494/" in url  # 2026-01-01 is day 20454
        today = m3u8.loads((await client.get(url)).text)
        first_day = m3u8.loads((await client.get(url.replace("~20494", "~20454"))).text)
        assert today.discontinuity_sequence < 20
        # 40 days of clips of 12 s, and the lookback and the skew of the channel's first day.
        assert first_day.discontinuity_sequence == 40 * 7200 + 120 + today.discontinuity_sequence - 10
        assert today.media_sequence == first_day.media_sequence

    visited(redis_url, story, clock=clock)


def test_a_stopped_channel_ends_its_playlists(redis_url: str) -> None:
    clock = Clock()

    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await on_air(catalogue, asset(1))
        await actions.stop_channel(catalogue, "main", clock)
        url = await media_url(client)
        assert "ENDLIST" not in (await client.get(url)).text
        clock.now_ms += 9000
        ended = (await client.get(url)).text
        assert ended.endswith("#EXT-X-ENDLIST\n")
        clock.now_ms += 4_000_000
        assert (await client.get(url)).text == ended
        assert "TIME-OFFSET=-0.001," in (await client.get(MULTIVARIANT)).text

    visited(redis_url, story, clock=clock)


@pytest.mark.parametrize("odd_ms", [0, 637])
def test_a_join_waits_for_an_edge_that_is_about_to_move(redis_url: str, odd_ms: int) -> None:
    """Else the media playlist, fetched a moment later, would be a segment longer than the offset counts."""

    async def story(_: httpx.AsyncClient, catalogue: Catalogue) -> list[int]:
        await on_air(catalogue, asset(1), epoch_ms=EPOCH_MS + odd_ms)
        playlists = Playlists(Channels(catalogue), "/chunks/")
        moments = (103_600, 103_601, 103_900, 104_000)
        return [await playlists.settle_ms("main", "alice", EPOCH_MS + ms) for ms in moments]

    assert visited(redis_url, story) == [0, 399, 100, 0]


@pytest.mark.parametrize("now_ms", [100_000, 101_300, 103_550, 103_999, 104_000])
def test_the_offset_leads_to_where_the_channel_will_be_wherever_in_a_second(redis_url: str, now_ms: int) -> None:
    clock = Clock(EPOCH_MS + now_ms)

    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await on_air(catalogue, asset(1), epoch_ms=EPOCH_MS + 637)
        text = (await client.get(MULTIVARIANT)).text
        offset = re.search(r"TIME-OFFSET=(-[0-9.]+),", text)
        listed = m3u8.loads((await client.get(await media_url(client))).text)
        assert offset
        first = listed.segments[0].program_date_time
        assert first is not None
        ends_ms = first.timestamp() * 1000 + sum(one.duration or 0 for one in listed.segments) * 1000
        assert ends_ms + float(offset[1]) * 1000 == pytest.approx(clock.now_ms + JOIN_MS, abs=2)
        assert float(offset[1]) <= -12 + JOIN_MS / 1000

    visited(redis_url, story, clock=clock)


def test_any_instant_can_be_rendered_when_preview_is_on(redis_url: str) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await on_air(catalogue, *THREE)
        first = await client.get(MULTIVARIANT, params={"at": "2026-01-01T01:00:00Z"})
        again = await client.get(MULTIVARIANT, params={"at": str(EPOCH_MS // 1000 + 3600)})
        assert first.text == again.text
        uri = re.findall(r"[^\"\n]+cmaf-240p[^\"\n]+", first.text)[0]
        media = await client.get(str(first.url.join(uri)))
        assert media.headers["cache-control"] == "no-store"
        assert "2026-01-01T01:00:" in media.text

    visited(redis_url, story, preview=True)


def test_preview_is_off_unless_it_is_set(redis_url: str) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> None:
        await on_air(catalogue, asset(1))
        answer = await client.get(MULTIVARIANT, params={"at": "2026-01-01T01:00:00Z"})
        assert answer.status_code == 400
        assert "STREAMSYNC_PREVIEW" in answer.json()["error"]

    visited(redis_url, story)
