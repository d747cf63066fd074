"""Parts: what the steps of a chunked packaging hand on to each other, as JSON. Pure."""

from pydantic import NonNegativeInt

from storage.records import Record, Source


class Chunk(Record):
    """A run of whole segments: from `first` up to, not including, `last`."""

    first: NonNegativeInt
    last: NonNegativeInt


class Analysis(Record):
    """All that the later steps need to know besides the source itself. Under 30 kB of JSON for a two-hour film."""

    asset: str
    title: str
    source: Source
    chunks: tuple[Chunk, ...]

    @property
    def is_whole(self) -> bool:
        """Whether there is only one chunk: too short, or not safe to cut up. `jobs.package` is for these."""
        return len(self.chunks) == 1


class VideoPart(Record):
    """One chunk, encoded and published as `cmaf`."""

    number: NonNegativeInt


class SoundPart(Record):
    """The sound of the whole asset, encoded and published as `cmaf`."""


class TsPart(Record):
    """One chunk, with its sound, published as `ts`."""

    number: NonNegativeInt
