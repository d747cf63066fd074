"""Plans as this process remembers them: which shard has a lineup, fetched once, kept while there is room."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence

from manifest_server.onair.channel import Channel
from manifest_server.playout.ticks import date_ms, date_text
from manifest_server.programming.pool import DERIVED, PLAIN
from storage.errors import NotFound, Unavailable
from storage.keys import plan_shard_key
from storage.lineup_ids import DIGEST_BYTES
from storage.plans import Shard, shard_of
from storage.programme import PlanRecord

KEPT_BYTES = 128 << 20  # of all shards: those of some four hundred thousand viewers
READ_S = 5.0  # until a shard that does not come is given up
READS_AT_ONCE = 16

_Key = tuple[str, int, int, int]


class Plans:
    """What was planned, by lineup. Belongs to one event loop.

    `read` gives the bytes of an object; it blocks, and raises NotFound or Unavailable.
    """

    def __init__(self, read: Callable[[str], bytes], kept_bytes: int = KEPT_BYTES) -> None:
        self._read = read
        self._room = kept_bytes
        self._shards: OrderedDict[_Key, Shard] = OrderedDict()
        self._coming: dict[_Key, asyncio.Task[Shard]] = {}
        self._turns = asyncio.Semaphore(READS_AT_ONCE)

    async def clips_of(
        self, channel: str, plan: PlanRecord, assets: Sequence[str], lineup: str
    ) -> tuple[str, ...] | None:
        """The assets that a lineup airs in a plan, one clip each; None: it is unknown to the plan.

        `assets`: those of the pool's revision at the tick `plan.pool`. Raises Unavailable.
        """
        digest = _digest(lineup)
        if digest is None:
            return None
        shard = await self._shard(channel, plan, len(assets), shard_of(digest, plan.shards))
        row = shard.clips(digest)
        return None if row is None else tuple(assets[index] for index in row)

    async def _shard(self, channel: str, plan: PlanRecord, assets: int, number: int) -> Shard:
        # Of another run a plan may have the same version, but hardly begins at the same tick.
        key = (channel, plan.version, plan.tick, number)
        found = self._shards.get(key)
        if found is not None:
            self._shards.move_to_end(key)
            return found
        task = self._coming.get(key)
        if task is None:
            task = asyncio.create_task(self._fetch(key, plan_shard_key(channel, plan.version, number), assets))
            self._coming[key] = task
            task.add_done_callback(lambda done: self._came(key, done))
        # Many may wait for it, and one that goes away takes it from none of them.
        return await asyncio.shield(task)

    def _came(self, key: _Key, task: "asyncio.Task[Shard]") -> None:
        self._coming.pop(key, None)
        if not task.cancelled():
            task.exception()  # it was told to those who waited, if any still did

    async def _fetch(self, key: _Key, name: str, assets: int) -> Shard:
        try:
            async with asyncio.timeout(READ_S), self._turns:
                data = await asyncio.to_thread(self._read, name)
        except TimeoutError:
            raise Unavailable(f"object {name!r} does not come within {READ_S:.0f} s") from None
        except NotFound:
            raise Unavailable(f"object {name!r} of a published plan is not there") from None
        shard = Shard(data, assets, name)
        self._shards[key] = shard
        self._room -= shard.size_bytes
        while self._room < 0 and len(self._shards) > 1:
            _, gone = self._shards.popitem(last=False)
            self._room += gone.size_bytes
        return shard


def _digest(lineup: str) -> bytes | None:
    """What the id of a viewer's own lineup is made of; None for any other."""
    text = lineup.removeprefix(DERIVED)
    if text == lineup or len(text) != 2 * DIGEST_BYTES:
        return None
    try:
        return bytes.fromhex(text)
    except ValueError:
        return None


def counts_from(channel: Channel, lineup: str, day: int | None) -> int:
    """From which tick on plans are needed. Raises NotFound where they were dropped."""
    record = channel.record
    if day is None or record.epoch_ms is None or not record.plans or not is_planned(lineup):
        return 0
    since = channel.counts_from(day)
    if since < record.forgotten:
        at = date_text(date_ms(channel.epoch_ms, record.forgotten))
        raise NotFound(f"lineup {lineup!r}: what was planned for before {at} is no longer known")
    return since


def is_planned(lineup: str) -> bool:
    """Whether plans say what is in it."""
    return lineup.startswith(DERIVED) and not lineup.endswith(PLAIN)
