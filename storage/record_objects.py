"""Records that are objects: read, or said not to be one."""

from pydantic import ValidationError

from storage.errors import Unavailable
from storage.objects import Objects
from storage.record import first_fault
from storage.record_fields import AnyRecord


def read_record(objects: Objects, key: str, model: type[AnyRecord], what: str) -> AnyRecord:
    """The record that an object holds. Blocks. Raises NotFound, and Unavailable when it does not hold `what`."""
    try:
        return model.model_validate_json(objects.read(key))
    except ValidationError as error:
        raise Unavailable(f"object {key!r} does not hold {what}: {first_fault(error)}") from None
