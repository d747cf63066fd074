"""Asset records as this process remembers them: they hardly ever change, and are loaded many at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from manifest_server.onair.reach import Reach
from manifest_server.onair.remembered import FIRST_LOAD_S
from storage.errors import NotFound
from storage.records import AssetRecord

ASSETS_KEPT = 10_000
BATCH = 100  # records are up to some 100 kB each


class Assets:
    """At most `limit` records, the earliest loaded given up first. `follow` is awaited before each load."""

    def __init__(
        self,
        load: Callable[[list[str]], Awaitable[dict[str, AssetRecord]]],
        follow: Callable[[], Awaitable[object]],
        reach: Reach,
        limit: int = ASSETS_KEPT,
    ) -> None:
        self._load = load
        self._follow = follow
        self._reach = reach
        self._limit = limit
        self._kept: dict[str, AssetRecord] = {}
        self._changed_since: list[set[str | None]] = []  # for each load that is under way

    def changed(self, asset: str | None) -> None:
        """It is no longer what was loaded; None: any may have changed."""
        if asset is None:
            self._kept.clear()
        else:
            self._kept.pop(asset, None)
        for changed in self._changed_since:
            changed.add(asset)

    async def of(self, ids: Iterable[str]) -> dict[str, AssetRecord]:
        """The records of all these assets. Raises NotFound, Unavailable."""
        wanted = sorted(set(ids))
        missing = [asset for asset in wanted if asset not in self._kept]
        found = {asset: self._kept[asset] for asset in wanted if asset in self._kept}
        for start in range(0, len(missing), BATCH):
            self._reach.check()
            loading = asyncio.create_task(self._loaded(missing[start : start + BATCH]))
            found |= await self._reach.within(loading, FIRST_LOAD_S)
        for asset in missing:
            if asset not in found:
                raise NotFound(f"no asset {asset!r}")
        return found

    async def _loaded(self, batch: list[str]) -> dict[str, AssetRecord]:
        changed: set[str | None] = set()
        self._changed_since.append(changed)
        try:
            await self._follow()
            records = await self._load(batch)
        finally:
            self._changed_since.remove(changed)
        if None not in changed:
            self._kept |= {asset: record for asset, record in records.items() if asset not in changed}
        while len(self._kept) > self._limit:
            del self._kept[next(iter(self._kept))]
        return records
