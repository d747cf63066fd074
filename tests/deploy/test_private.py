"""Channels that are watched with tokens, through the shipped edge: lists are shared, and nobody gets one without."""

import asyncio
import math
import re
import time
from pathlib import Path

import pytest
from pydantic import SecretStr

from manifest_server.admin.access import set_public
from manifest_server.viewer.playback_tokens import Keyring
from storage.catalogue import Catalogue
from tests.journeys.program import free_port
from tests.viewer.playback import KEYS, unsigned

from .asking import ask, media_url, numbers, wait_until
from .conftest import Fresh, OnAir, told_again
from .edge import edge, needs_nginx

pytestmark = [needs_nginx, pytest.mark.slow]

KEYRING = Keyring.of(SecretStr(KEYS))
LASTS_MS = 600_000


def token(viewer: str = "alice", *, lasts_ms: int = LASTS_MS, channel: str = "main") -> str:
    return KEYRING.issued(channel, viewer, int(time.time() * 1000), lasts_ms)


def close(stage: OnAir, redis_url: str, *, public: bool = False) -> None:
    """Close the channel, or open it; return when both servers have heard."""

    async def closed() -> None:
        async with Catalogue.connect(redis_url) as catalogue:
            await set_public(catalogue, "main", public=public)

    asyncio.run(closed())
    for port in stage.servers.ports:
        while ask(f"http://127.0.0.1:{port}/playback/main/x").status_code != (204 if public else 401):
            time.sleep(0.01)  # it does not tell


def given_lineup(stage: OnAir, viewers: int) -> list[str]:
    """The URLs of one and the same list, of as many viewers as hold a token for it."""
    url = media_url(stage.edge.origin, query=f"?t={token()}").partition("?")[0]
    lineup = url.split("/")[6].partition("~")[0]
    return [f"{url}?t={_narrowed(f'viewer{number}', lineup)}" for number in range(viewers)]


def _narrowed(viewer: str, lineup: str) -> str:
    now_ms = int(time.time() * 1000)
    return KEYRING.narrowed(
        KEYRING.claims([KEYRING.issued("main", viewer, now_ms, LASTS_MS)], "main", now_ms), lineup
    )


@told_again
def test_fifty_viewers_with_tokens_of_their_own_share_one_list(fresh: Fresh, redis_url: str) -> None:
    close(fresh, redis_url)
    crowd = given_lineup(fresh, 50)
    assert len(set(crowd)) == 50
    fresh.servers.one.asked.clear()
    fresh.servers.two.asked.clear()
    answers = fresh.at_once(crowd)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) <= 2  # the edge may have moved meanwhile
    assert len(fresh.servers.asked("/lineups/")) <= 3
    assert len(fresh.servers.asked("/playback/")) == 50  # each token was looked at
    for answer in answers:
        assert re.fullmatch(r"private, max-age=[012]", answer.headers["cache-control"])
        assert "x-streamsync-access" not in answer.headers


@pytest.mark.parametrize("query", ["", "?t=", "?t=x", "?t=%0d%0aX:1", "?x=1", "?t=" + unsigned(), "?t=" + "x" * 3000])
def test_what_others_fetched_with_a_token_is_given_to_nobody_without(
    on_air: OnAir, redis_url: str, query: str
) -> None:
    close(on_air, redis_url)
    [url] = given_lineup(on_air, 1)
    assert ask(url).status_code == ask(url).status_code == 200
    bare = url.partition("?")[0]
    others = [token("bob"), token(channel="other"), token(lasts_ms=1000)]
    wait_until(int(time.time() * 1000) + 1000)
    for asked in (query, *(f"?t={one}" for one in others)):
        answer = ask(bare + asked)
        assert answer.status_code == (401 if asked in {"", "?t=", "?x=1"} else 403), (asked, answer.text)
        assert "EXTINF" not in answer.text
        assert answer.json()["error"]
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["access-control-allow-origin"] == "*"
    assert ask(url).status_code == 200  # no refusal was kept for those who may


def test_a_player_goes_from_its_own_playlist_to_the_shared_ones(on_air: OnAir, redis_url: str) -> None:
    close(on_air, redis_url)
    personal = f"{on_air.edge.origin}/live/main/alice/index.m3u8"
    assert ask(personal).status_code == 401
    answer = ask(f"{personal}?t={token()}")
    for uri in re.findall(r'[^"\n]+\.m3u8\?t=[^"\n]+', answer.text):
        listed = ask(f"{on_air.edge.origin}/live/main/lineups/{uri.removeprefix('../lineups/')}")
        assert listed.status_code == 200
        assert numbers(listed.text)[1] > 0


@told_again
def test_a_token_that_expires_while_its_list_is_kept_opens_it_no_more(fresh: Fresh, redis_url: str) -> None:
    close(fresh, redis_url)
    [long] = given_lineup(fresh, 1)
    begins_s = int(time.time())
    fresh.go_on((begins_s + 2) * 1000)
    short = f"{long.partition('?')[0]}?t={token(lasts_ms=2000)}"
    assert ask(short).status_code == 200
    fresh.go_on(math.inf)
    wait_until((begins_s + 3) * 1000)
    assert ask(long).status_code == 200
    assert ask(short).status_code == 403


def test_a_channel_that_is_opened_is_shared_by_those_with_tokens_and_without(on_air: OnAir, redis_url: str) -> None:
    close(on_air, redis_url)
    [url] = given_lineup(on_air, 1)
    assert ask(url).status_code == 200
    close(on_air, redis_url, public=True)
    asked = len(on_air.servers.asked("/lineups/"))
    answers = [ask(url.partition("?")[0]), ask(url), ask(url)]
    assert {answer.status_code for answer in answers} == {200}
    assert len(on_air.servers.asked("/lineups/")) - asked <= 2


def test_of_a_channel_that_is_not_there_it_is_said(on_air: OnAir) -> None:
    answer = ask(f"{on_air.edge.origin}/live/other/lineups/x~20454/cmaf-240p.m3u8?t={token(channel='other')}")
    assert (answer.status_code, answer.json()) == (404, {"error": "no such channel or lineup"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "retry-after" not in answer.headers


def test_when_nobody_can_look_at_a_token_it_opens_nothing(tmp_path: Path) -> None:
    with edge(tmp_path, (free_port(), free_port())) as alone:
        answer = ask(f"{alone.origin}/live/main/lineups/x~20454/cmaf-240p.m3u8?t={token()}")
        assert (answer.status_code, answer.json()) == (503, {"error": "no server could look at the token"})
        assert answer.headers["retry-after"] == "2"
        assert answer.headers["cache-control"] == "no-store"
        assert token().split(".")[0] not in alone.logs()


def test_no_log_of_the_edge_has_a_token(on_air: OnAir, redis_url: str) -> None:
    close(on_air, redis_url)
    [url] = given_lineup(on_air, 1)
    for asked in (url, url + "x", url.partition("?")[0]):
        ask(asked)
    logs = on_air.edge.logs()
    assert "/lineups/" in logs
    assert url.partition("?t=")[2].split(".")[1] not in logs
