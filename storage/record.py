"""What every stored value is. Pure."""

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A stored value: immutable here, strict about what it is read from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def stored(self) -> str:
        """The JSON that is kept of it, from which it can be read back."""
        return self.model_dump_json()
