"""Ten thousand viewers of one lineup through the shipped edge: what they cost the servers."""

import asyncio
import re
import time
from collections import Counter
from urllib.parse import urlsplit

import pytest

from .asking import media_url, numbers, wait_until
from .conftest import PER_MOVE, OnAir
from .crowd import Answer, polled, request
from .edge import needs_nginx

pytestmark = [needs_nginx, pytest.mark.slow]

VIEWERS = 10_000
CONNECTIONS = 200
RENDITIONS = ("cmaf-240p", "cmaf-audio")
MOVES = 3  # that are watched

ENCODINGS = ("gzip, deflate, br, zstd", "gzip", "identity", "br")
AGENTS = ("Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0", "AppleCoreMedia/1.0.0.22A", "ExoPlayer/2.19")


def polls(stage: OnAir, path: str) -> list[bytes]:
    """One poll of each viewer: the same list, asked for in ten thousand ways."""
    made = []
    for number in range(VIEWERS):
        own = [f"CMCD=br%3D{number}%2Csid%3D%22{number:016x}%22", f"session={number}", f"_={number * 7}"]
        turn = number % len(own)
        query = "&".join(own[turn:] + own[:turn])
        made.append(request(
            f"{path}?{query}", stage.edge.port,
            f"User-Agent: {AGENTS[number % len(AGENTS)]}",
            f"Accept-Encoding: {ENCODINGS[number % len(ENCODINGS)]}",
            f"Accept-Language: {'de' if number % 2 else 'en'}-{number % 26}",
            f"Cookie: streamsync_viewer=v{number}",
            f"CMCD-Request: mtp={number}",
            f"X-Forwarded-For: 10.0.{number // 250}.{number % 250}",
            "Cache-Control: no-cache",
        ))  # fmt: skip
    return made


async def watched(stage: OnAir, paths: list[str], until_ms: int) -> list[Answer]:
    """All answers of an audience that polls, all viewers in turn, up to that instant and once at least.

    One comes before the others. A crowd for what no edge has yet waits for the first, but only for 2 s, which a busy
    machine may take; whoever comes later waits for nobody.
    """
    answers: list[Answer] = []
    rounds = {path: polls(stage, path) for path in paths}
    for path in paths:
        answers += await polled(stage.edge.port, rounds[path][:1], 1)
    while len(answers) == len(paths) or time.time() * 1000 < until_ms:
        for one in await asyncio.gather(*(
            polled(stage.edge.port, rounds[path], CONNECTIONS // len(paths)) for path in paths
        )):  # fmt: skip
            answers += one
    return answers


def fetches(answers: list[Answer]) -> dict[str, list[int]]:
    """How many of the answers an edge had to fetch, by rendition and then by the list's last segment."""
    found: dict[str, Counter[int]] = {rendition: Counter() for rendition in RENDITIONS}
    for answer in answers:
        rung = re.search(rb"/(240p|audio)/", answer.body)
        assert rung is not None, answer.body
        fetched = answer.cache not in {"HIT", "UPDATING"}
        found[f"cmaf-{rung[1].decode()}"][numbers(answer.body.decode())[1]] += fetched
    return {rendition: [counted[msn] for msn in sorted(counted)] for rendition, counted in found.items()}


def test_ten_thousand_viewers_cost_the_servers_what_one_does(single: OnAir) -> None:
    paths = [urlsplit(media_url(single.edge.origin, rendition=one)).path for one in RENDITIONS]
    wait_until(single.move_ms)
    answers = asyncio.run(watched(single, paths, single.move_ms + (MOVES + 1) * 4000))
    assert {answer.status for answer in answers} == {200}
    fetched = fetches(answers)
    for by_move in fetched.values():
        assert by_move == [PER_MOVE] * len(by_move)
        assert len(by_move) >= MOVES
    # The edge tells the truth, and whatever was in the requests made no further copy.
    assert sum(map(sum, fetched.values())) == len(single.servers.asked("/lineups/"))
    assert len({(answer.headers["etag"], answer.body) for answer in answers}) == sum(map(len, fetched.values()))
    assert len(single.edge.kept()) == len(RENDITIONS)


def test_every_form_that_a_player_asks_for_is_the_same_list(on_air: OnAir) -> None:
    path = urlsplit(media_url(on_air.edge.origin)).path
    wait_until(on_air.move_ms)
    asked = polls(on_air, path)[:400]
    # One before the others, who wait for it no longer than 2 s.
    answers = [one for crowd in (asked[:1], asked[1:]) for one in asyncio.run(polled(on_air.edge.port, crowd, 50))]
    assert {answer.headers.get("content-encoding") for answer in answers} == {"gzip", None}
    # Whoever stood still meanwhile has also seen the next list.
    assert len(on_air.servers.asked("/lineups/")) == len({answer.body for answer in answers}) <= 2
    assert len(on_air.edge.kept()) == 1
