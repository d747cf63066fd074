"""Records in fields of hashes: how they are read, and how those of assets are written."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from pydantic import ValidationError

from storage import keys
from storage.catalogue_writes import Write
from storage.errors import Unavailable
from storage.record import Record, first_fault

_BATCH = 100  # asset records are up to some 100 kB each

AnyRecord = TypeVar("AnyRecord", bound=Record)


def parsed(model: type[AnyRecord], text: bytes | str, key: str, field: str) -> AnyRecord:
    """The record that is stored in a field. Raises Unavailable for what is none, without what it holds."""
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        raise Unavailable(
            f"catalogue: {key} field {field!r} does not hold a {model.__name__}: {first_fault(error)}"
        ) from None


def batches(names: Iterable[str]) -> Iterator[list[str]]:
    """The names, each once, as many at a time as are asked for in one command."""
    unique = list(dict.fromkeys(names))
    return (unique[start : start + _BATCH] for start in range(0, len(unique), _BATCH))


def asset_write(key: str, kind: str, asset: str, record: str) -> Write:
    """How something of an asset is stored. Raises BadInput."""
    return Write(key, keys.checked_asset(asset), record, kind, keys.ALL_ASSETS, f"the {kind} of asset {asset!r}")
