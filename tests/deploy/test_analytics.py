"""Beacons and CMCD through the shipped edge, a real nginx."""

import re

import httpx
import pytest

from storage.keys import segment_key
from tests.analytics.players import body
from tests.stage import asset
from tests.viewer.test_cmcd import HEADERS, QUERY

from .asking import ask, media_url
from .conftest import Fresh, OnAir, told_again
from .edge import needs_nginx

pytestmark = [needs_nginx, pytest.mark.slow]


@told_again
def test_cmcd_splits_no_cache(fresh: Fresh) -> None:
    segment = f"{fresh.edge.origin}/chunks/{segment_key(asset(1).id, 'cmaf', '240p', 1)}"
    for url, part in ((segment, "/chunks/"), (media_url(fresh.edge.origin), "/lineups/")):
        first, second = ask(f"{url}?{QUERY}"), ask(f"{url}?{QUERY.replace('15900', '100')}")
        third = ask(url, **{name.replace("-", "_"): value for name, value in HEADERS.items()})
        assert [one.headers["x-cache"] for one in (first, second, third)] == ["MISS", "HIT", "HIT"]
        assert first.content == second.content == third.content
        assert [query for _, _, query in fresh.servers.asked(part)] == [""]


def test_beacons_come_through_to_all_servers_and_are_not_in_the_log(fresh: OnAir) -> None:
    url = f"{fresh.edge.origin}/beacon"
    for number in range(40):  # each on a connection of its own
        answer = httpx.post(url, content=body(session=number))
        assert answer.status_code == 204
        assert answer.headers.get_list("access-control-allow-origin") == ["*"]
    taken = [_taken(port) for port in fresh.servers.ports]
    assert sum(taken) == 40
    assert min(taken) > 0
    assert "beacon" not in fresh.edge.logs()
    assert httpx.post(url, content=b" " * 20_000).json()["error"] == "a beacon has 16384 bytes at most"
    assert httpx.options(url).headers["access-control-allow-methods"] == "GET, HEAD, POST, OPTIONS"
    assert ask(f"{fresh.edge.origin}/metrics").status_code == 404


def _taken(port: int) -> int:
    text = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    found = re.search(r"^streamsync_beacons_taken_total ([\d.]+)$", text, re.MULTILINE)
    assert found is not None, text
    return round(float(found[1]))
