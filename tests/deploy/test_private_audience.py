"""Ten thousand viewers with playback tokens of their own, and some with false ones, through the shipped edge."""

import asyncio
import time
from collections import Counter
from urllib.parse import urlsplit

import pytest

from tests.viewer.playback import SECRET, token

from .asking import ask
from .conftest import PER_MOVE, OnAir
from .crowd import polled, request
from .edge import needs_nginx
from .test_private import KEYRING, close, given_lineup

pytestmark = [needs_nginx, pytest.mark.slow]

VIEWERS = 10_000
EVERY = 10  # of so many one comes with what is no token, or none that counts
HOUR_S = 3600


def false_tokens(lineup: str) -> list[str]:
    """None of them opens the list, but for one thing each is as it should be."""
    now_s = int(time.time())
    right = {"iat": now_s - HOUR_S, "exp": now_s + HOUR_S, "lineup": lineup}
    whole = token(right)
    head, said, signature = whole.split(".")
    return [
        token({**right, "exp": now_s - 1}),
        token(right, secret=SECRET[::-1]),
        token(right, header={"kid": "other"}),
        token({**right, "aud": "other"}),
        token({**right, "lineup": "elsewhere"}),
        f"{head}.{token({**right, 'exp': now_s + 2 * HOUR_S}).split('.')[1]}.{signature}",
        f"{head}.{said}.",
        whole[:-4],
    ]


def test_ten_thousand_tokens_share_one_list_and_a_false_one_opens_it_to_nobody(single: OnAir, redis_url: str) -> None:
    close(single, redis_url)
    [url] = given_lineup(single, 1)
    path = urlsplit(url).path
    lineup = path.split("/")[4].partition("~")[0]
    now_ms = int(time.time() * 1000)
    claims = [
        KEYRING.claims([KEYRING.issued("main", f"viewer{number}", now_ms, HOUR_S * 1000)], "main", now_ms)
        for number in range(VIEWERS)
    ]
    right = [KEYRING.narrowed(one, lineup) for one in claims]
    wrong = false_tokens(lineup)
    given = [
        right[number] if number % EVERY else wrong[number // EVERY % len(wrong)] for number in range(VIEWERS)
    ]  # fmt: skip
    assert len(set(given)) == VIEWERS * (EVERY - 1) // EVERY + len(wrong)
    assert ask(url).status_code == 200  # one comes before the crowd, as in test_audience.py
    asked = len(single.servers.asked("/lineups/")), len(single.servers.asked("/playback/"))
    requests = [request(f"{path}?x={len(one)}&t={one}", single.edge.port, "Accept-Encoding: gzip") for one in given]
    answers = asyncio.run(polled(single.edge.port, requests, 100))
    refused = VIEWERS // EVERY
    assert Counter(answer.status for answer in answers) == {200: VIEWERS - refused, 403: refused}
    for answer in answers:
        assert (b"#EXTINF" in answer.body) == (answer.status == 200)
        assert answer.headers["cache-control"].startswith("private" if answer.status == 200 else "no-store")
    # Each token was looked at by a server, and the list was fetched as if there were one viewer.
    assert len(single.servers.asked("/playback/")) - asked[1] == VIEWERS
    lists = Counter(answer.body for answer in answers if answer.status == 200)
    fetched = [answer for answer in answers if answer.cache in {"MISS", "EXPIRED"}]
    assert len(fetched) == len(single.servers.asked("/lineups/")) - asked[0]
    assert len(fetched) <= PER_MOVE * len(lists)
    assert len(single.edge.kept()) == 1
