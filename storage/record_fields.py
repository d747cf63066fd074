"""Records in fields of hashes: how they are read, and how those of assets are written."""

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import TypeVar
from weakref import WeakValueDictionary

from pydantic import ValidationError

from storage import keys
from storage.catalogue_writes import Write
from storage.errors import Unavailable
from storage.record import Record, first_fault
from storage.records import AssetRecord

_BATCH = 100  # asset records are up to some 100 kB each

AnyRecord = TypeVar("AnyRecord", bound=Record)

_assets: WeakValueDictionary[bytes, AssetRecord] = WeakValueDictionary()


def parsed(model: type[AnyRecord], text: bytes | str, key: str, field: str) -> AnyRecord:
    """The record that is stored in a field. Raises Unavailable for what is none, without what it holds."""
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        raise Unavailable(
            f"catalogue: {key} field {field!r} does not hold a {model.__name__}: {first_fault(error)}"
        ) from None


def parsed_asset(text: bytes | str, key: str, field: str) -> AssetRecord:
    """The record of an asset, as `parsed`. What this process has parsed of the same text, and still has, it shares.

    Parsing takes some 50 microseconds, and a change of a channel reads all its assets; they hardly ever change.
    """
    digest = blake2b(text.encode() if isinstance(text, str) else text, digest_size=16).digest()
    found = _assets.get(digest)
    return _assets.setdefault(digest, parsed(AssetRecord, text, key, field)) if found is None else found


def batches(names: Iterable[str]) -> Iterator[list[str]]:
    """The names, each once, as many at a time as are asked for in one command."""
    unique = list(dict.fromkeys(names))
    return (unique[start : start + _BATCH] for start in range(0, len(unique), _BATCH))


def asset_write(key: str, kind: str, asset: str, record: str) -> Write:
    """How something of an asset is stored. Raises BadInput."""
    return Write(key, keys.checked_asset(asset), record, kind, keys.ALL_ASSETS, f"the {kind} of asset {asset!r}")
