"""Whether an asset may take a new place, by what is said of its rights. No I/O."""

from collections.abc import Mapping

from manifest_server.playout.ticks import date_text
from storage.errors import Conflict
from storage.metadata import AssetMetadata


def check_rights(said: Mapping[str, AssetMetadata], now_ms: int) -> None:
    """Raises Conflict for an asset that is out of rights now, by what is said of each."""
    for asset, of_it in said.items():
        if (fault := rights_fault(asset, of_it, now_ms)) is not None:
            raise Conflict(fault)


def rights_fault(asset: str, said: AssetMetadata, now_ms: int) -> str | None:
    """What is wrong with placing an asset of which this is said; None: nothing.

    How long its rights last beyond now is for queries, plans and moments, which know when it airs.
    """
    if said.rights_from_ms is not None and now_ms < said.rights_from_ms:
        return f"asset {asset}: its rights begin at {date_text(said.rights_from_ms)}: until then it takes no place"
    if said.rights_until_ms is not None and said.rights_until_ms <= now_ms:
        return f"asset {asset}: its rights ended at {date_text(said.rights_until_ms)}: it takes no new place"
    return None
