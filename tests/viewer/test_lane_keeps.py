"""What the fast lane keeps while Redis is away, of URLs that lead to one list, and of URLs as an edge writes them."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from manifest_server.admin.access import set_public
from manifest_server.programming.pool import derived_id
from manifest_server.viewer.app import application
from manifest_server.viewer.asking import takes_gzip
from manifest_server.viewer.hotlane import Entry
from manifest_server.viewer.playback_tokens import Keyring
from storage.catalogue import Catalogue
from storage.settings import Settings
from tests.stage import EPOCH_MS, Clock, asset, on_air
from tests.viewer.both_ways import Both, counted
from tests.viewer.playback import KEYS, token

LINEUP = derived_id("main", "alice")
PATH = f"/live/main/lineups/{LINEUP}~{EPOCH_MS // 86_400_000}/cmaf-240p.m3u8"
KEYRING = Keyring.of(SecretStr(KEYS))


def ours(viewer: str = "alice") -> str:
    """A token as this server writes them: for one lineup."""
    return KEYRING.narrowed(KEYRING.claims([token({"sub": viewer})], "main", EPOCH_MS + 100_000), LINEUP)


def asked(query: str = "", accept: str = "gzip") -> bytes:
    return f"GET {PATH}{query} HTTP/1.1\r\nHost: tv.example\r\nAccept-Encoding: {accept}\r\n\r\n".encode()


def told(redis_url: str, story: Callable[[Both], Awaitable[None]], *, public: bool = True) -> None:
    async def whole() -> None:
        settings = Settings(data=Path("/nonexistent"), playback_keys=SecretStr(KEYS))
        app = application(settings, redis_url, Clock())
        async with Catalogue.connect(redis_url) as catalogue, app.router.lifespan_context(app):
            await on_air(catalogue, asset(1, 40.0), asset(2, 60.0))
            await set_public(catalogue, "main", public=public)
            both = Both(app)
            await both.answers(asked(f"?t={ours()}"))  # now the lineup is in memory
            await story(both)

    asyncio.run(whole())


async def taken(both: Both, request: bytes) -> bytes:
    """What both say, the lane among them."""
    before = counted(both)[0]
    lanes, routes = await both.answers(request)
    assert lanes == routes
    assert counted(both)[0] == before + 1
    return lanes[0]


@pytest.mark.parametrize("query", ["?", "?back=600&", "?t={}&", "?t={}&back=600&", "?&&t={}"])
def test_a_query_as_the_edge_writes_it_is_taken(redis_url: str, query: str) -> None:
    async def story(both: Both) -> None:
        assert (await taken(both, asked(query.format(ours())))).startswith(b"HTTP/1.1 200 ")

    told(redis_url, story, public="t=" not in query)


def test_a_list_is_made_once_while_redis_is_away(redis_url: str) -> None:
    async def story(both: Both) -> None:
        await taken(both, asked())
        (entry,) = both.lane._entries.young.values()
        entry.ready._channel.term.good_until = float("-inf")  # what is remembered is used on, and not good for longer
        both.lane._channels.reach.lost()
        looked_up, made = both.lane.served.looked_up, both.lane.served.made
        for _ in range(5):
            await taken(both, asked())
        assert both.lane.served.looked_up == looked_up + 5
        assert both.lane.served.made == made

    told(redis_url, story)


def test_urls_of_one_list_that_was_given_up_lead_to_one_entry_again(redis_url: str) -> None:
    async def story(both: Both) -> None:
        entries, targets = both.lane._entries, both.lane._targets
        first, second = (asked(f"?t={ours(viewer)}") for viewer in ("alice", "bob"))
        await taken(both, first)
        (entry,) = entries.young.values()
        Entry.let_go(entry)
        entries.young.clear()
        await taken(both, second)
        await taken(both, first)
        (now,) = entries.young.values()
        assert now is not entry
        assert {one.entry for one in targets.young.values()} == {now}

    told(redis_url, story, public=False)


@pytest.mark.parametrize(
    ("said", "takes"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("deflate,gzip ; q=0.001", True),
        ("gzip;q=1.0, br", True),
        ("gzip;q=0", False),
        ("br, gzip ;q=0.000 , deflate", False),
        ("br;q=1, gzip; q=0.0", False),
        ("xgzip, gzipped", False),
        ("", False),
    ],
)
def test_who_refuses_gzip_does_not_get_it(redis_url: str, said: str, takes: bool) -> None:
    assert takes_gzip(said) is takes

    async def story(both: Both) -> None:
        assert (b"content-encoding: gzip" in await taken(both, asked(accept=said))) is takes

    told(redis_url, story)
