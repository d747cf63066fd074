"""Channels loaded beforehand: when they count, and that what was before counts no longer than it may."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from manifest_server.onair.channel import Channel
from manifest_server.onair.renewals import Renewals
from storage.errors import Unavailable
from storage.records import ChannelRecord, PoolRevision

FAR = 3600.0


class Site:
    """A catalogue whose answer is waited for until it is `let`, and what was said of changes."""

    def __init__(self) -> None:
        self.version = 1
        self.loads = 0
        self.let = asyncio.Event()
        self.changed = asyncio.Event()
        self.renewals = Renewals(self._load, lambda _: self.changed.set())

    def record(self) -> ChannelRecord:
        return ChannelRecord(name="main", version=self.version, revisions=(PoolRevision(tick=0, assets=()),))

    def begin(self, for_s: float = FAR) -> None:
        self.renewals.begin("main", time.monotonic() + for_s)

    async def _load(self, _: str) -> Channel:
        found = self.record()
        self.loads += 1
        await self.let.wait()
        if found.version == 0:
            raise Unavailable("gone")
        return Channel(found, {})


def told(story: Callable[[Site], Awaitable[None]]) -> None:
    async def whole() -> None:
        site = Site()
        await story(site)
        await site.renewals.aclose()

    asyncio.run(asyncio.wait_for(whole(), 10))


def test_what_was_loaded_beforehand_is_taken_once() -> None:
    async def story(site: Site) -> None:
        site.begin()
        await asyncio.sleep(0)
        assert not site.changed.is_set()
        assert site.renewals.taken(site.record()) is None
        site.let.set()
        await site.changed.wait()
        found = site.renewals.taken(site.record())
        assert found is not None
        assert found.record == site.record()
        assert site.renewals.taken(site.record()) is None

    told(story)


def test_it_is_not_taken_for_a_newer_record() -> None:
    async def story(site: Site) -> None:
        site.let.set()
        site.begin()
        await site.changed.wait()
        site.version = 2
        assert site.renewals.taken(site.record()) is None

    told(story)


def test_a_change_meanwhile_is_loaded_too() -> None:
    async def story(site: Site) -> None:
        site.begin()
        await asyncio.sleep(0)
        site.version = 2
        site.begin()
        site.let.set()
        await site.changed.wait()
        assert site.renewals.taken(site.record()) is not None
        assert site.loads == 2

    told(story)


def test_what_was_before_counts_no_longer_than_it_is_known_to_be_true() -> None:
    async def story(site: Site) -> None:
        site.begin(for_s=0.02)
        await site.changed.wait()
        assert site.renewals.taken(site.record()) is None

    told(story)


def test_a_catalogue_that_does_not_answer_is_left_to_who_asks() -> None:
    async def story(site: Site) -> None:
        site.version = 0
        site.let.set()
        site.begin()
        await site.changed.wait()
        assert site.renewals.taken(site.record()) is None

    told(story)


def test_what_is_of_assets_that_changed_is_not_taken() -> None:
    async def story(site: Site) -> None:
        site.begin()
        await asyncio.sleep(0)
        site.renewals.forget()
        site.let.set()
        await site.changed.wait()
        assert site.renewals.taken(site.record()) is None

    told(story)
