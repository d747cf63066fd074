"""What became of an asset: live without a mark, retired (takes no new place) or deleted (its media are gone).

The mark is an object beside the record, so that it is not lost with Redis, whose copy is an index. A deleted asset's
record may stay: what a channel has listed is computed from it (docs/removal.md).
"""

from datetime import UTC, datetime
from typing import Literal

from storage.errors import NotFound, Unavailable
from storage.keys import checked_asset, record_key, state_key
from storage.objects import Objects
from storage.record import Record
from storage.record_objects import read_record
from storage.records import AssetRecord

State = Literal["retired", "deleted"]


class AssetState(Record):
    """The mark of an asset. `at`: RFC 3339, UTC; `by`: who did it, if that is known."""

    state: State
    at: str
    by: str | None = None

    @property
    def at_s(self) -> float:
        """When, in Unix seconds. Raises Unavailable."""
        try:
            return datetime.fromisoformat(self.at).timestamp()
        except ValueError:
            raise Unavailable(f"{self.at!r} is no instant") from None


def state_of(objects: Objects, asset: str) -> AssetState | None:
    """The mark of an asset, None for a live one. Raises Unavailable for a mark that cannot be read."""
    try:
        return read_record(objects, state_key(checked_asset(asset)), AssetState, "the state of an asset")
    except NotFound:
        return None


def is_deleted(objects: Objects, asset: str) -> bool:
    """Whether it was deleted, so that at most its record is left."""
    state = state_of(objects, asset)
    return state is not None and state.state == "deleted"


def mark(objects: Objects, asset: str, state: State, now_ms: int, by: str | None = None) -> AssetState:
    """Mark an asset, whatever its state was."""
    at = datetime.fromtimestamp(now_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    made = AssetState(state=state, at=at, by=by)
    objects.put(state_key(checked_asset(asset)), made.model_dump_json().encode())
    return made


def unmark(objects: Objects, asset: str) -> None:
    """Make an asset a live one."""
    objects.delete(state_key(checked_asset(asset)))


def stored_record(objects: Objects, asset: str) -> AssetRecord | None:
    """The record of an asset, or of one that was deleted. Raises Unavailable for one that cannot be read."""
    key = record_key(checked_asset(asset))
    try:
        record = read_record(objects, key, AssetRecord, "the record of an asset")
    except NotFound:
        return None
    if record.id != asset:
        raise Unavailable(f"object {key!r} holds the record of asset {record.id}")
    return record
