"""What is said of assets, in the catalogue. Its copy in the object store: metadata_copies.py."""

import asyncio
from collections.abc import AsyncIterator, Iterable

from storage import keys
from storage.catalogue_writes import Writer
from storage.metadata import AssetMetadata
from storage.record_fields import asset_write, batches, parsed
from storage.redis_link import Link
from storage.scan import scan

_KIND = "metadata"


class MetadataIndex:
    """A part of the catalogue (catalogue.py), with its promises."""

    def __init__(self, link: Link, writer: Writer) -> None:
        self._link = link
        self._writer = writer

    async def of(self, asset: str) -> AssetMetadata:
        """What is said of an asset; nothing, at version 0, of any other."""
        return (await self.of_all([asset])).get(asset, AssetMetadata(asset=asset))

    async def of_all(self, assets: Iterable[str]) -> dict[str, AssetMetadata]:
        """What is said of those of these assets that something is said of."""
        key, found = keys.ASSET_METADATA, {}
        for batch in batches(assets):
            texts = (await self._link.ask(key, ("HMGET", key, *batch)))[0]
            for asset, text in zip(batch, texts, strict=True):
                if text is not None:
                    found[asset] = parsed(AssetMetadata, text, key, asset)
            await asyncio.sleep(0)  # others want to go on
        return found

    async def everything(self) -> AsyncIterator[AssetMetadata]:
        """What is said of any asset; of some perhaps twice."""
        async for asset, text in scan(self._link, keys.ASSET_METADATA):
            yield parsed(AssetMetadata, text, keys.ASSET_METADATA, asset)

    async def store(self, metadata: AssetMetadata) -> None:
        """Store the successor of version `metadata.version - 1`. Raises Conflict if another one is stored."""
        write = asset_write(keys.ASSET_METADATA, _KIND, metadata.asset, metadata.stored())
        if metadata.version == 1:
            await self._writer.create(write)
        else:
            await self._writer.replace(write, metadata.version, None, "AssetMetadata")

    async def put(self, metadata: AssetMetadata) -> None:
        """Store it, whatever is stored now."""
        await self._writer.put(asset_write(keys.ASSET_METADATA, _KIND, metadata.asset, metadata.stored()))

    async def forget(self, asset: str) -> None:
        """Remove all that is said of an asset."""
        await self._writer.put(asset_write(keys.ASSET_METADATA, _KIND, asset, ""))
