"""Assets in a store and on a channel, to be removed."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from manifest_server.admin.actions import Clock
from manifest_server.admin.removal import Ways
from storage.catalogue import Catalogue
from storage.folder_objects import FolderObjects
from storage.keys import record_key
from storage.objects import Objects
from storage.records import AssetRecord
from tests.stage import EPOCH_MS, asset, on_air, store
from tests.storage.catalogues import told

A, B, C = asset(1), asset(2), asset(3)  # 12 s, three segments each
AT_ONCE = Ways(settle_s=0)
FORCED = Ways(settle_s=0, force=True)

Story = Callable[[Catalogue, Objects], Awaitable[None]]


def at(second: float) -> Clock:
    return lambda: EPOCH_MS + round(second * 1000)


def tell(redis_url: str, root: Path, story: Story, *assets: AssetRecord) -> None:
    """With the assets in the store, and on the channel main, on air."""
    objects = FolderObjects(root)

    async def whole(catalogue: Catalogue) -> None:
        for one in (A, B, C):
            store(root, one)
            objects.put(record_key(one.id), one.stored().encode())
            await catalogue.index_asset(one)
        await on_air(catalogue, *assets)
        await story(catalogue, objects)

    told(redis_url, whole)
