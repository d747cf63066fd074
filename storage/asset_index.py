"""The index of assets in the catalogue, kept true to the object store, and rebuilt from it."""

from storage.asset_states import AssetState
from storage.catalogue import Catalogue
from storage.records import AssetRecord


async def index(catalogue: Catalogue, record: AssetRecord, state: AssetState | None) -> None:
    """Tell the catalogue of an asset and of its state."""
    # The state last: an asset that is live again is not offered before its record is the new one.
    await catalogue.index_asset(record)
    await catalogue.put_asset_state(record.id, state.state if state else "")
