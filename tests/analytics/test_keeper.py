"""What Redis is told of an audience, by one server and by several, and what becomes of it while Redis is away."""

import asyncio

import pytest

from manifest_server.analytics.counts import KEPT_S, Counts
from manifest_server.analytics.figures import PRESENT_SLOTS
from manifest_server.analytics.keeper import Keeper
from storage import keys
from storage.analytics import Analytics, Counted
from storage.catalogue import Catalogue
from storage.errors import Unavailable
from storage.redis_link import ASK_S
from tests.stage import Clock, on_air
from tests.storage.catalogues import told

from .players import FILM, beacon, beat

NOW_S = 1_767_225_700


class Servers:
    """Two servers over one catalogue, whose clock is moved."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.clock = Clock(NOW_S * 1000)
        self.log = Analytics(catalogue.link)
        self.away = False
        self.keepers = [Keeper(Counts(self.clock), catalogue, self.clock, self._check, 90) for _ in range(2)]

    def _check(self) -> None:
        if self.away:
            raise Unavailable("Redis is away")

    def beats(self, *viewers: str, server: int = 0, country: str = "DE") -> None:
        """A beat of each."""
        for viewer in viewers:
            self.keepers[server].counts.take(beacon(viewer, session=abs(hash(viewer)) % 10**9), country)

    async def pass_s(self, seconds: int) -> None:
        """So many seconds go by, with a flush in each second one."""
        for _ in range(seconds // 2):
            self.clock.now_ms += 2000
            for keeper in self.keepers:
                await keeper.flush()
                await keeper.close()

    async def bucket(self, span_s: int, since_s: int) -> dict[str, int]:
        return (await self.log.buckets("main", span_s, [since_s]))[0]


def test_two_servers_count_one_audience(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await on_air(catalogue, FILM)
        servers = Servers(catalogue)
        servers.beats("alice", "bob")
        servers.beats("bob", "cid", server=1, country="FR")
        await servers.pass_s(2)
        assert await servers.log.present("main", NOW_S, PRESENT_SLOTS) == 3
        assert await servers.log.with_audience(NOW_S, 10) == ["main"]
        await servers.pass_s(8)
        servers.beats("alice")
        await servers.pass_s(60)
        first, second, third, fourth, last = [await servers.bucket(10, NOW_S + n) for n in (0, 10, 30, 40, 50)]
        assert (first["n"], first["c:DE"], first["c:FR"], first[f"a:{FILM.id}"]) == (4, 2, 2, 4)
        assert (first["cs"], first["j"], first["l"]) == (3, 3, 0)
        assert (second["cs"], second["j"], second["l"]) == (3, 0, 0)
        assert (third["cs"], third["j"], third["l"]) == (3, 0, 0)
        assert (fourth["cs"], fourth["j"], fourth["l"]) == (1, 0, 2)
        assert (last["cs"], last["j"], last["l"], last["cn"]) == (0, 0, 1, 1)
        minute = await servers.bucket(60, NOW_S - NOW_S % 60)
        assert (minute["n"], minute["cs"], minute["cn"], minute["cp"]) == (5, 6, 2, 3)
        hour = await servers.bucket(3600, NOW_S - NOW_S % 3600)
        assert (hour["n"], hour["j"], hour["l"], hour["cs"], hour["cn"]) == (5, 3, 3, 13, 6)
        assert servers.keepers[0].present == {}

    told(redis_url, story)


def test_what_is_sent_twice_is_counted_once(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        log = Analytics(catalogue.link)
        counted = Counted("main", NOW_S, [b"a", b"b"], {"n": 2, "a:x": 2}, {"a:": 1})
        await log.add(counted, 90)
        await log.add(counted, 90)
        await log.add(Counted("main", NOW_S, [b"c"], {"n": 1, "a:y": 1}, {"a:": 1}), 90)
        assert await log.buckets("main", 10, [NOW_S]) == [{"n": 3, "a:x": 2, "#a:": 1, "a:other": 1}]
        assert await log.present("main", NOW_S, PRESENT_SLOTS) == 3

    told(redis_url, story)


def test_it_is_known_that_it_was_counted_for_longer_than_it_is_sent_again(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        counted = Counted("main", NOW_S, [b"a"], {"n": 1}, {})
        await Analytics(catalogue.link).add(counted, 90)
        mark = keys.counted_key("main", counted.mark)
        ttl_s = (await catalogue.link.ask(mark, ("TTL", mark)))[0]
        assert KEPT_S + 4 * ASK_S < ttl_s <= 2 * KEPT_S

    told(redis_url, story)


def test_all_of_it_expires(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await on_air(catalogue, FILM)
        servers = Servers(catalogue)
        servers.beats("alice")
        await servers.pass_s(20)
        for key, most_s in (
            (keys.audience_key("main", NOW_S), 120),
            (keys.analytics_key("main", 10, NOW_S), 7200),
            (keys.analytics_key("main", 60, NOW_S - NOW_S % 60), 2 * 86_400),
            (keys.analytics_key("main", 3600, NOW_S - NOW_S % 3600), 90 * 86_400),
        ):
            ttl_s = (await catalogue.link.ask(key, ("TTL", key)))[0]
            assert most_s - 60 < ttl_s <= most_s, key

    told(redis_url, story)


def test_what_is_no_channel_or_asset_is_not_kept(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await on_air(catalogue, FILM)
        servers = Servers(catalogue)
        counts = servers.keepers[0].counts
        counts.take(beacon(channel="other"), "DE")
        counts.take(beacon("bob", beat(asset="f" * 32), session=2), "DE")
        await servers.pass_s(2)
        assert counts.dropped == {"channel": 1}
        assert (await servers.bucket(10, NOW_S))["a:other"] == 1
        key = keys.analytics_key("other", 10, NOW_S)
        assert await catalogue.link.ask(key, ("EXISTS", key)) == [0]

    told(redis_url, story)


def test_while_redis_is_away_it_is_told_later_or_dropped(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await on_air(catalogue, FILM)
        servers = Servers(catalogue)
        counts = servers.keepers[0].counts
        for viewers, seconds in ((["alice"], 100), (["bob", "cid"], 40)):
            servers.beats(*viewers)
            servers.away = True
            with pytest.raises(Unavailable):
                await servers.keepers[0].flush()
            servers.clock.now_ms += seconds * 1000
            servers.away = False
        await servers.keepers[0].flush()
        assert counts.dropped == {"late": 1}
        assert (await servers.bucket(10, NOW_S + 100))["n"] == 2

    told(redis_url, story)


def test_names_are_told_as_keyed_hashes_only(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await on_air(catalogue, FILM)
        servers = Servers(catalogue)
        servers.beats("alice-in-person")
        await servers.pass_s(20)
        found = (await catalogue.link.ask("", ("KEYS", "*")))[0]
        for key in found:
            kind = (await catalogue.link.ask("", ("TYPE", key)))[0]
            if kind in {b"string", "string"}:
                assert b"alice-in-person" not in (await catalogue.link.ask("", ("GET", key)))[0]
        hashes = [key for key in found if b"analytics" in key and b":10:" in key]
        assert hashes
        assert "alice" not in str(await catalogue.link.ask("", *(("HGETALL", key) for key in hashes)))

    told(redis_url, story)


def test_the_first_who_closes_ten_seconds_tells_of_it(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await on_air(catalogue, FILM)
        servers = Servers(catalogue)
        ready = asyncio.Event()
        words = catalogue.words.heard(ready.set)
        first = asyncio.ensure_future(anext(words))
        await ready.wait()
        servers.beats("alice")
        servers.beats("bob", server=1)
        await servers.pass_s(16)
        await catalogue.words.say("health", "end")
        assert [await first, await anext(words)] == [("analytics", "main"), ("health", "end")]

    told(redis_url, story)


def test_the_keeper_runs_and_tells_at_the_end(redis_url: str) -> None:
    async def story(catalogue: Catalogue) -> None:
        await on_air(catalogue, FILM)
        servers = Servers(catalogue)
        async with servers.keepers[0].running():
            await asyncio.sleep(0)
            servers.beats("alice")
        assert (await servers.bucket(10, NOW_S))["n"] == 1

    told(redis_url, story)
