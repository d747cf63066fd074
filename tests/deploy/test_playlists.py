"""Playlists through the shipped edge, a real nginx: what is kept, for whom, and for how long."""

import math
import re
import time
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from tests.stage import asset

from .asking import ask, ask_at_once, media_url, numbers, wait_until
from .conftest import MOVES_EVERY_MS, PER_MOVE, Fresh, told_again
from .edge import WORKERS, edge, needs_nginx
from .origins import broadcast, epoch_of_a_move_at, pair

pytestmark = [needs_nginx, pytest.mark.slow]

SEEN_WITHIN_S = 20.0  # five moves: a machine that stands still may miss some seconds of some


@told_again
def test_fifty_viewers_with_fifty_tokens_cost_one_request_for_each_move_of_the_edge(fresh: Fresh) -> None:
    url = media_url(fresh.edge.origin)
    crowd = [f"{url}?t=token-{n}" for n in range(50)]
    before = fresh.at_once(crowd)
    fresh.go_on(fresh.move_ms + MOVES_EVERY_MS)
    wait_until(fresh.move_ms + 10)
    first = ask(crowd[0])  # those who come while it is renewed are given the old one: the next test
    after = [first, *ask_at_once(crowd)]
    assert {answer.status_code for answer in before + after} == {200}
    assert len({answer.text for answer in before}) == 1
    assert {answer.text for answer in after} == {first.text}
    assert numbers(first.text)[1] == numbers(before[0].text)[1] + 1
    assert [query for _, _, query in fresh.servers.asked("/lineups/")] == ["", ""]


@told_again
def test_a_crowd_at_the_very_move_costs_one_request_of_each_worker_process_at_most(fresh: Fresh) -> None:
    url = media_url(fresh.edge.origin)
    old = ask(url)
    fresh.go_on(fresh.move_ms + MOVES_EVERY_MS)
    wait_until(fresh.move_ms + 10)
    answers = ask_at_once([url] * 50)
    new = ask(url)
    assert numbers(new.text)[1] == numbers(old.text)[1] + 1
    assert {answer.text for answer in answers} <= {old.text, new.text}
    fetched = [answer.headers["x-cache"] for answer in answers].count("EXPIRED")
    assert PER_MOVE <= fetched <= PER_MOVE * WORKERS
    assert len(fresh.servers.asked("/lineups/")) == 1 + fetched


@told_again
def test_a_herd_for_what_nobody_has_asked_for_yet_costs_one_request(fresh: Fresh) -> None:
    url = media_url(fresh.edge.origin)
    answers = fresh.at_once([url] * 200)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert len(fresh.servers.asked("/lineups/")) == 1


def test_a_personal_playlist_is_never_kept(fresh: Fresh) -> None:
    url = f"{fresh.edge.origin}/live/main/alice/index.m3u8?t=secret-of-alice"
    answers = [ask(url), ask(url), ask(url, "HEAD"), ask(url)]
    assert {answer.headers["cache-control"] for answer in answers} == {"private, no-store"}
    assert [query for _, _, query in fresh.servers.asked("/alice/")] == ["t=secret-of-alice"] * 4
    ask(media_url(fresh.edge.origin))
    kept = fresh.edge.kept()
    assert len(kept) == 1
    assert b"STREAM-INF" not in kept[0]


def test_the_list_is_never_older_than_the_clock_allows_nor_goes_back(redis_url: str, tmp_path: Path) -> None:
    """Two edges over two servers, segments of a second: each answer lists all that a server would have listed."""
    epoch_ms = epoch_of_a_move_at(int(time.time()) * 1000 + 650)
    broadcast(redis_url, asset(1, 1.0), asset(2, 1.0), epoch_ms=epoch_ms)
    with (
        pair(redis_url, tmp_path / "data") as servers,
        edge(tmp_path / "a", servers.ports) as one,
        edge(tmp_path / "b", servers.ports) as two,
    ):
        url = media_url(one.origin)
        urls = [url, url.replace(one.origin, two.origin)]
        ends_at = time.time() + 5
        ahead = epoch_ms // 1000 - 1_600_000_000 + 15
        last, polls = 0, 0
        while time.time() < ends_at:
            asked_ms = time.time() * 1000
            _, listed = numbers(ask(urls[polls % 2]).text)
            polls += 1
            assert listed >= last, "the list went back"
            # The segment that ends within 16 s is listed: at the latest when we asked, at the earliest when we heard;
            # by the end of that second.
            due, heard = ((int(ms) // 1000 * 1000 + 999 - epoch_ms) // 1000 for ms in (asked_ms, time.time() * 1000))
            assert due + ahead <= listed <= heard + ahead
            last = listed
    assert polls > 20


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [("gzip", True), ("gzip, deflate, br", True), ("identity", False), ("", False), ("br", False)],
)
@told_again
def test_every_player_gets_the_form_it_can_read(fresh: Fresh, accepted: str, packed: bool) -> None:
    url = media_url(fresh.edge.origin)
    expected = ask(f"http://127.0.0.1:{fresh.servers.one.port}{path_of(url)}").text
    for answer in [ask(url, Accept_Encoding=accepted) for _ in range(2)]:
        assert (answer.status_code, answer.text) == (200, expected)
        assert answer.headers.get("content-encoding") == ("gzip" if packed else None)
        assert answer.headers.get_list("vary") == ["Accept-Encoding"]
        assert answer.headers["content-type"] == "application/vnd.apple.mpegurl"


def path_of(url: str) -> str:
    """What stands behind the host."""
    return "/" + url.split("/", 3)[3]


@told_again
def test_the_forms_are_kept_as_one(fresh: Fresh) -> None:
    url = media_url(fresh.edge.origin)
    for accepted in ("gzip", "gzip, deflate, br", "deflate", "identity"):
        ask(url, Accept_Encoding=accepted)
    assert len(fresh.servers.asked("/lineups/")) == len(fresh.edge.kept()) == 1


def test_what_players_are_told_is_what_is_left_of_the_list(fresh: Fresh) -> None:
    """And not what was left of it when the edge fetched it: a cache further out would keep it for too long."""
    url = media_url(fresh.edge.origin)
    expected = {  # by how many seconds are left after this one
        3: "public, max-age=2, s-maxage=3",
        2: "public, max-age=2, s-maxage=2",
        1: "public, max-age=1, s-maxage=1",
        0: "public, max-age=0, s-maxage=0",
    }
    last_s = fresh.move_ms // 1000 - 1
    seen, caches = set[int](), set[str]()
    deadline = time.monotonic() + SEEN_WITHIN_S
    while seen != expected.keys() or not caches >= {"MISS", "HIT", "EXPIRED"}:
        assert time.monotonic() < deadline, (seen, caches)
        asked_s = int(time.time())
        answer = ask(url)
        caches.add(answer.headers["x-cache"])
        second = parsedate_to_datetime(answer.headers["date"]).timestamp()
        if second == asked_s:  # else it may have been fetched before a move and be given out after it
            left_s = (last_s - asked_s) % (MOVES_EVERY_MS // 1000)
            assert answer.headers["cache-control"] == expected[left_s], (asked_s - last_s, answer.headers)
            seen.add(left_s)
        wait_until(int(time.time() * 1000) + 50)


@told_again
def test_what_players_are_told_of_a_list(fresh: Fresh) -> None:
    url = media_url(fresh.edge.origin)
    first = ask(url)
    again = ask(url)
    assert (first.headers["x-cache"], again.headers["x-cache"]) == ("MISS", "HIT")
    for answer in (first, again):
        assert re.fullmatch(r"public, max-age=[012], s-maxage=[0123]", answer.headers["cache-control"])
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "Date" in answer.headers["access-control-expose-headers"]
        assert "x-accel-expires" not in answer.headers
    known = ask(url, If_None_Match=first.headers["etag"])
    assert (known.status_code, known.content) == (304, b"")
    assert len(fresh.servers.asked("/lineups/")) == 1


@pytest.mark.parametrize("path", ["/live/main/alice/index.m3u8", "", "/chunks/assets/x.ts", "/time", "/nowhere"])
def test_a_browser_may_ask_first(fresh: Fresh, path: str) -> None:
    url = f"{fresh.edge.origin}{path}" if path else media_url(fresh.edge.origin)
    answer = ask(url, "OPTIONS", Origin="http://player.example", Access_Control_Request_Method="GET")
    assert answer.status_code == 204
    assert answer.headers.get_list("access-control-allow-origin") == ["*"]
    assert "GET" in answer.headers["access-control-allow-methods"]


@told_again
def test_a_head_is_a_get_without_its_body(fresh: Fresh) -> None:
    url = media_url(fresh.edge.origin)
    head = ask(url, "HEAD")
    whole = ask(url)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == whole.headers["etag"]
    assert [method for method, _, _ in fresh.servers.asked("/lineups/")] == ["GET"]


@told_again
def test_only_what_changes_the_body_makes_another_playlist(fresh: Fresh) -> None:
    url = media_url(fresh.edge.origin)
    for query in (
        "",
        "?t=a",
        "?back=0",
        "?x=1&t=b",
        "?_HLS_msn=none",
        "?%61t=5",
        "?_HLS_msn=7",
        "?t=c&_HLS_msn=7&y=2",
    ):
        assert ask(url + query).status_code == 200
    assert [query for _, _, query in fresh.servers.asked("/lineups/")] == ["", "_HLS_msn=7&"]
    refused = [ask(url + "?t=d&at=1767225700") for _ in range(2)]  # the preview is off
    assert [answer.status_code for answer in refused] == [400, 400]
    assert [query for _, _, query in fresh.servers.asked("/lineups/")][2:] == ["at=1767225700&"] * 2


@told_again
def test_each_step_of_the_past_is_a_playlist_of_its_own(fresh: Fresh) -> None:
    url = media_url(fresh.edge.origin)
    for query in ("?back=600", "?back=600&t=a", "?back=3600", "?x=1&back=600"):
        assert ask(url + query).status_code == 200
    assert [query for _, _, query in fresh.servers.asked("/lineups/")] == ["back=600&", "back=3600&"]
    # What is no step is the servers' to refuse, whatever it is.
    assert [ask(f"{url}?back={odd}").status_code for odd in ("601", "x", "-1")] == [400, 400, 400]
    assert {query for _, _, query in fresh.servers.asked("/lineups/")[2:]} == {"back=none&"}


@told_again
def test_a_refusal_is_kept_for_a_second_at_most_and_takes_no_server_out(fresh: Fresh) -> None:
    missing = media_url(fresh.edge.origin).replace("cmaf-240p", "cmaf-999p")
    answers = fresh.at_once([missing] * 50)
    fresh.go_on(math.inf)  # no list is in this
    assert {answer.status_code for answer in answers} == {404}
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}
    assert len(fresh.servers.asked("999p")) <= 3  # two whole seconds may have begun meanwhile
    wait_until(int(time.time()) * 1000 + 1010)
    before = len(fresh.servers.asked("999p"))
    assert ask(missing).status_code == 404
    assert len(fresh.servers.asked("999p")) == before + 1
    assert ask(f"{fresh.edge.origin}/live/main/bob/index.m3u8").status_code == 200
