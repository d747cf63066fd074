"""The keeper: tells Redis every other second what was counted, and closes each ten seconds when they are over."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from hashlib import blake2b

from manifest_server.analytics.counts import Counts, Tally
from manifest_server.analytics.figures import ASSET, LABELS, OTHER, PRESENT_SLOTS, SLOT_S, labelled
from storage.analytics import AUDIENCE_KEPT_S, Analytics, Counted
from storage.catalogue import Catalogue
from storage.errors import Unavailable

FLUSH_S = 2.0
LATE_S = 4  # what was counted in ten seconds is with Redis so long after them
PART = 5_000  # viewers that are told at once
CHANNELS = 10_000  # that are known to be there
ASSETS = 20_000  # likewise
TOLD = 20  # channels by name, of which there is something new to ask for
_STOPPING_S = 3.0


class Keeper:
    """Belongs to one event loop. `check` raises Unavailable while Redis is known to be away: nothing waits for it."""

    def __init__(
        self,
        counts: Counts,
        catalogue: Catalogue,
        now_ms: Callable[[], int],
        check: Callable[[], None],
        days: int,
    ) -> None:
        self.counts = counts
        self.present: dict[str, int] = {}  # on each channel with an audience, when it was last closed
        self._log = Analytics(catalogue.link)
        self._words = catalogue.words
        self._now_ms = now_ms
        self._check = check
        self._days = days
        self._seed = b""
        self._assets: OrderedDict[str, None] = OrderedDict()
        self._last: dict[str, int] = {}  # of each channel the ten seconds that somebody was there in
        self._closed: dict[str, int] = {}  # and those up to which they are closed

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """It is told until the block is left, and then once more."""
        stopping = asyncio.Event()
        task = asyncio.create_task(self._keep(stopping))
        try:
            yield
        finally:
            stopping.set()
            await task

    async def flush(self) -> None:
        """Tell all that was counted. Raises Unavailable: then it is told later, if that is soon."""
        self._check()
        self.counts.cut()
        seen = set[str]()
        while (tally := self.counts.next()) is not None:
            if await self._exists(tally.channel):
                await self._tell(tally)
                seen.add(tally.channel)
                self._last[tally.channel] = max(tally.since_s, self._last.get(tally.channel, 0))
                self._closed.setdefault(tally.channel, tally.since_s - SLOT_S)
                self.counts.told()
            else:
                self.counts.drop("channel")
        await self._log.seen(sorted(seen), self._now_ms() // 1000)

    async def close(self) -> None:
        """Close what is over. Raises Unavailable."""
        self._check()
        now_s = self._now_ms() // 1000
        over_s = (now_s - LATE_S) // SLOT_S * SLOT_S - SLOT_S
        news = set[str]()
        for channel, last_s in list(self._last.items()):
            # Those of longer ago are forgotten: nobody could say who was there.
            first_s = max(self._closed[channel], over_s - AUDIENCE_KEPT_S // 2) + SLOT_S
            # Up to when the last is no longer there: they have left.
            until_s = min(over_s, last_s + PRESENT_SLOTS * SLOT_S)
            for since_s in range(first_s, until_s + 1, SLOT_S):
                self.present[channel], is_new = await self._log.close(channel, since_s, self._days, PRESENT_SLOTS)
                self._closed[channel] = since_s
                if is_new:
                    news.add(channel)
            if over_s >= last_s + PRESENT_SLOTS * SLOT_S:
                del self._last[channel], self._closed[channel]
                self.present.pop(channel, None)
        for channel in sorted(news) if len(news) <= TOLD else [""] if news else []:
            await self._words.say("analytics", channel)

    async def _keep(self, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), FLUSH_S)
            # Redis that is away is for /readyz to tell, and what is dropped meanwhile for /metrics.
            with suppress(Unavailable, TimeoutError):
                async with asyncio.timeout(_STOPPING_S if stopping.is_set() else None):
                    await self.flush()
                    await self.close()

    async def _exists(self, channel: str) -> bool:
        known = self.counts.channels
        if channel in known:
            return True
        if not await self._log.existing([channel]):
            return False
        if len(known) >= CHANNELS:
            known.clear()
        known.add(channel)
        return True

    async def _tell(self, tally: Tally) -> None:
        """In parts, so that playlists have their turns in between. The last has the counts."""
        self._seed = self._seed or await self._log.seed()
        await self._look_up([asset for asset, _ in labelled(tally.fields, ASSET) if asset != OTHER])
        viewers = [blake2b(one.encode(), key=self._seed, digest_size=8).digest() for one in tally.viewers]
        channel, since_s, mark = tally.channel, tally.since_s, tally.mark
        whole = len(viewers) // PART * PART
        for first in range(0, whole, PART):
            part = viewers[first : first + PART]
            await self._log.add(Counted(channel, since_s, part, {}, {}, f"{mark}-{first}"), self._days)
        fields = tally.told(self._assets.__contains__)
        await self._log.add(Counted(channel, since_s, viewers[whole:], fields, LABELS, mark), self._days)

    async def _look_up(self, assets: list[str]) -> None:
        for asset in await self._log.assets([one for one in assets if one not in self._assets]):
            self._assets[asset] = None
        while len(self._assets) > ASSETS:
            self._assets.popitem(last=False)
