"""What every stored value is. Pure."""

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError


def _not_bool(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("it is a number")
    return value


NotBool = BeforeValidator(_not_bool)  # of numbers: pydantic reads true and false as 1 and 0


class Record(BaseModel):
    """A stored value: immutable here, strict about what it is read from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def stored(self) -> str:
        """The JSON that is kept of it, from which it can be read back."""
        return self.model_dump_json()


def first_fault(error: ValidationError) -> str:
    """The first thing that is wrong with a record, without what it holds."""
    first = error.errors(include_input=False, include_url=False)[0]
    where = ".".join(map(str, first["loc"]))
    return f"{where}: {first['msg']}" if where else first["msg"]
