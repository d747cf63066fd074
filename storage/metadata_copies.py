"""What is said of assets, beside their records, where it outlives Redis.

The catalogue decides which of two changes came first. Whoever has changed something there copies what it holds then
into the object store, and looks again: so the copy is the newest, whoever was last.
"""

import asyncio

from storage.catalogue import Catalogue
from storage.errors import NotFound, Unavailable
from storage.keys import checked_asset, metadata_key
from storage.metadata import AssetMetadata
from storage.objects import Objects
from storage.record_objects import read_record


async def copy(catalogue: Catalogue, objects: Objects, asset: str) -> AssetMetadata:
    """Copy what is said of an asset into the object store, until the copy is the newest; what that is."""
    key, copied = metadata_key(checked_asset(asset)), None
    while copied != (metadata := await catalogue.metadata.of(asset)):
        await asyncio.to_thread(objects.put, key, metadata.stored().encode())
        copied = metadata
    return metadata


def stored_metadata(objects: Objects, asset: str) -> AssetMetadata | None:
    """The copy in the object store. Raises Unavailable for one that cannot be read."""
    key = metadata_key(checked_asset(asset))
    try:
        found = read_record(objects, key, AssetMetadata, "what is said of an asset")
    except NotFound:
        return None
    if found.asset != asset:
        raise Unavailable(f"object {key!r} holds what is said of asset {found.asset}")
    return found
