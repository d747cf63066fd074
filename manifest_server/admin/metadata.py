"""The verbs of what is said of assets: show it, change it. For the command line, and for the API."""

from collections.abc import Mapping

from pydantic import ValidationError

from storage.catalogue import Catalogue
from storage.errors import BadInput, Conflict
from storage.keys import checked_asset
from storage.metadata import AssetMetadata, mistake
from storage.metadata_copies import copy
from storage.objects import Objects

_FIXED = {"schema_version", "asset", "version"}


async def describe(
    catalogue: Catalogue, objects: Objects, asset: str, changes: Mapping[str, object], version: int | None = None
) -> AssetMetadata:
    """Say something else of an asset; None takes back what was said. What is not in `changes` stays.

    `version` is the one that the changes were made for. Safe to repeat. Raises BadInput, NotFound, and Conflict if
    it is at another version by now.
    """
    await catalogue.asset(checked_asset(asset))
    known = await catalogue.metadata.of(asset)
    changed = changed_metadata(known, changes)
    if changed != known:
        if version is not None and version != known.version:
            raise Conflict(f"what is said of asset {asset} is at version {known.version}, not {version}")
        await catalogue.metadata.store(changed.model_copy(update={"version": known.version + 1}))
    return await copy(catalogue, objects, asset)


def changed_metadata(known: AssetMetadata, changes: Mapping[str, object]) -> AssetMetadata:
    """`known` with these changes. Raises BadInput, with the name of what is wrong."""
    unknown = changes.keys() - (AssetMetadata.model_fields.keys() - _FIXED)
    if unknown:
        raise BadInput(f"{min(unknown)!r} is nothing that can be said of an asset")
    stated = {name: value for name, value in changes.items() if value is not None}
    kept = {name: value for name, value in known.model_dump().items() if name not in changes}
    try:
        return AssetMetadata.model_validate({**kept, **stated})
    except ValidationError as error:
        raise mistake(error, "rights") from None
