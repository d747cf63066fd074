"""Several CDNs: what viewers' playlists say of them, and the steering manifest (rfc8216bis 4.4.6.6, 7)."""

import re
from collections import Counter
from itertools import pairwise
from urllib.parse import urljoin

import httpx
import m3u8
import pytest

from manifest_server.admin.access import set_public
from manifest_server.viewer.steering import Cdns
from storage.catalogue import Catalogue
from storage.errors import BadInput
from tests.stage import asset, on_air, visited
from tests.viewer.playback import KEYS, token

SETTING = "east:3=https://east.example, west=https://west.example:8443/tv/,spare:0=http://spare.example"
VIEWERS = [f"viewer{number}" for number in range(4000)]


async def pages(client: httpx.AsyncClient, catalogue: Catalogue) -> dict[str, httpx.Response]:
    await on_air(catalogue, asset(1))
    found = {}
    for path in ("alice/index.m3u8", "alice/index.m3u8?format=ts&back=0", "alice/steering.json", "bob/steering.json"):
        found[path] = await client.get(f"/live/main/{path}")
    return found


def test_a_playlist_offers_everything_by_every_cdn(redis_url: str) -> None:
    found = visited(redis_url, pages, more={"pathways": SETTING})
    for path in ("alice/index.m3u8", "alice/index.m3u8?format=ts&back=0"):
        answer = found[path]
        assert answer.headers["cache-control"] == "private, no-store"
        parsed = m3u8.loads(answer.text)
        names = found["alice/steering.json"].json()["PATHWAY-PRIORITY"]
        assert re.findall(r"#EXT-X-CONTENT-STEERING:(.*)", answer.text) == [
            f'SERVER-URI="steering.json",PATHWAY-ID="{names[0]}"'
        ]
        ways: dict[str, list[tuple[object, ...]]] = {}
        for line, uri in pairwise(answer.text.splitlines()):
            if line.startswith("#EXT-X-STREAM-INF"):
                way = re.search(r'PATHWAY-ID="([^"]+)"', line)
                assert way is not None
                same = re.sub(r',(AUDIO|PATHWAY-ID)="[^"]*"', "", line), uri.partition("/live/")[2]
                ways.setdefault(way[1], []).append(same)
                assert uri.startswith({
                    "east": "https://east.example/live/main/lineups/",
                    "west": "https://west.example:8443/tv/live/main/lineups/",
                    "spare": "http://spare.example/live/main/lineups/",
                }[way[1]])  # fmt: skip
        assert list(ways) == names
        assert ways["east"] == ways["west"] == ways["spare"]
        assert len(ways["east"]) == 2
        groups = [one.group_id for one in parsed.media]
        assert groups == ([f"audio-{name}" for name in names] if "ts" not in path else [])


def test_the_manifest_is_as_the_draft_has_it(redis_url: str) -> None:
    answer = visited(redis_url, pages, more={"pathways": SETTING})["alice/steering.json"]
    assert answer.headers["content-type"] == "application/vnd.apple.steering-list"
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["access-control-allow-origin"] == "*"
    said = answer.json()
    assert said.keys() == {"VERSION", "TTL", "RELOAD-URI", "PATHWAY-PRIORITY"}
    assert (said["VERSION"], said["TTL"]) == (1, 300)
    assert sorted(said["PATHWAY-PRIORITY"]) == ["east", "spare", "west"]
    assert said["PATHWAY-PRIORITY"][2] == "spare"
    assert urljoin(str(answer.url), said["RELOAD-URI"]) == str(answer.url)


def test_what_players_tell_changes_nothing_and_any_channel_is_answered(redis_url: str) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> list[httpx.Response]:
        paths = ("", "?_HLS_pathway=west&_HLS_throughput=5140000", "?_HLS_pathway=x&_HLS_pathway=%00")
        return [await client.get(f"/live/none/alice/steering.json{query}") for query in paths]

    first, *others = visited(redis_url, story, more={"pathways": SETTING})
    assert first.status_code == 200
    assert [one.text for one in others] == [first.text] * 2


def test_without_cdns_nothing_is_said_of_them_and_nobody_is_to_ask_again(redis_url: str) -> None:
    found = visited(redis_url, pages)
    assert "STEERING" not in found["alice/index.m3u8"].text
    assert "PATHWAY" not in found["alice/index.m3u8"].text
    assert "\n../lineups/" in found["alice/index.m3u8"].text
    answer = found["alice/steering.json"]
    assert (answer.status_code, answer.headers["cache-control"]) == (410, "no-store")
    assert "no CDNs are set" in answer.json()["error"]


@pytest.mark.parametrize("path", ["a%20b/alice", "main/a!b", "main/" + "x" * 65])
def test_what_is_no_name_is_refused(redis_url: str, path: str) -> None:
    async def story(client: httpx.AsyncClient, _: Catalogue) -> httpx.Response:
        return await client.get(f"/live/{path}/steering.json")

    assert visited(redis_url, story, more={"pathways": SETTING}).status_code == 400


def test_a_token_is_behind_every_cdns_urls(redis_url: str) -> None:
    async def story(client: httpx.AsyncClient, catalogue: Catalogue) -> str:
        await on_air(catalogue, asset(1))
        await set_public(catalogue, "main", public=False)
        return (await client.get(f"/live/main/alice/index.m3u8?t={token()}")).text

    text = visited(redis_url, story, playback_keys=KEYS, more={"pathways": SETTING})
    uris = re.findall(r"https?://[^\"\n]+", text)
    assert len(uris) == 9
    assert all(re.search(r"\.m3u8\?t=[\w-]+\.[\w-]+\.[\w-]+$", uri) for uri in uris)


def first_of(setting: str) -> list[str]:
    cdns = Cdns.of(setting)
    return [cdns.order("main", viewer)[0].name for viewer in VIEWERS]


def test_each_cdn_is_first_for_its_share_of_the_viewers() -> None:
    shares = Counter(first_of(SETTING))
    # Three quarters of 4000, and four standard deviations of it.
    assert shares.keys() == {"east", "west"}
    assert abs(shares["east"] - 3000) < 4 * 28


def test_a_change_moves_only_those_who_come_or_leave() -> None:
    before = first_of("a=http://a.example,b=http://b.example")
    after = first_of("b=http://b.example,c=http://c.example,a=http://a.example")
    assert {new for old, new in zip(before, after, strict=True) if old != new} == {"c"}
    heavier = first_of("a:2=http://a.example,b=http://b.example")
    assert {(old, new) for old, new in zip(before, heavier, strict=True) if old != new} == {("b", "a")}


@pytest.mark.parametrize(
    ("setting", "why"),
    [
        ("east", "'east' is not NAME:WEIGHT=URL"),
        ("a=https://a.example,", "'' is not NAME:WEIGHT=URL"),
        ("a b=https://a.example", "'a b=https://a.example' is not"),
        ("a=ftp://a.example", "is not NAME:WEIGHT=URL"),
        ("a=https://a.example?x=1", "is not NAME:WEIGHT=URL"),
        ('a=https://a.example/"', "is not NAME:WEIGHT=URL"),
        ("a=https://me:secret@a.example", "is not NAME:WEIGHT=URL"),
        ("a=https://[", "is not NAME:WEIGHT=URL"),
        ("a:-1=https://a.example", "is not NAME:WEIGHT=URL"),
        ("a:1001=https://a.example", "the weight of 'a' is 1001, and at most 1000"),
        ("a=https://a.example,a=https://b.example", "two CDNs are called 'a'"),
        ("a:0=https://a.example", "no CDN has a weight over 0"),
    ],
)
def test_a_setting_that_is_wrong_says_what(setting: str, why: str) -> None:
    with pytest.raises(BadInput, match=r"^STREAMSYNC_PATHWAYS: ") as refused:
        Cdns.of(setting)
    assert why in str(refused.value)
