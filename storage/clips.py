"""A clip as it is stored. Pure."""

from pydantic import model_validator

from storage.record import Record


class ClipRecord(Record):
    """A run of whole segments of one asset: from `first` up to, not including, `last`; all without them."""

    asset: str
    first: int = 0
    last: int | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_stored(cls, value: object) -> object:
        """ "ASSET", "ASSET:FIRST" or "ASSET:FIRST:LAST" is how a lineup keeps it."""
        if not isinstance(value, str):
            return value
        return dict(zip(cls.model_fields, value.split(":", 2), strict=False))

    def stored(self) -> str:
        """What a lineup keeps of it: its JSON would be half as long again, and there are 60 in a lineup."""
        if self.last is not None:
            return f"{self.asset}:{self.first}:{self.last}"
        return f"{self.asset}:{self.first}" if self.first else self.asset
