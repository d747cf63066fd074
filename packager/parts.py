"""Parts: what the steps of a chunked packaging hand on to each other, as JSON. Pure."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from pydantic import NonNegativeInt

from packager.cuts import Cuts, Run
from packager.ladder import Rung
from packager.packets import Holding
from packager.probe import Probe
from storage.record import Record
from storage.records import Source


class Chunk(Record):
    """A run of whole segments, from `first` up to, not including, `last`, and how to read it by itself.

    `pictures` of the source fall into it. From the key frame at `key_us` on, its pictures are what they are when
    everything is decoded; `seeks_us` are the places to seek to, to be tried in turn. Without any it is read from the
    start.
    """

    first: NonNegativeInt
    last: NonNegativeInt
    pictures: NonNegativeInt
    key_us: int | None = None
    seeks_us: tuple[NonNegativeInt, ...] = ()

    @property
    def key_s(self) -> Fraction | None:
        """The time of that key frame in seconds."""
        return None if self.key_us is None else Fraction(self.key_us, 1_000_000)


class Analysis(Record):
    """All that the later steps need to know besides the source itself. Under 30 kB of JSON for a two-hour film."""

    asset: str
    title: str
    source: Source
    settings: str  # digest of the packaging settings
    began_ms: int
    probe: Probe
    holding: Holding
    cuts: Cuts
    rungs: tuple[Rung, ...]
    chunks: tuple[Chunk, ...]

    @property
    def is_whole(self) -> bool:
        """Whether there is only one chunk: too short, or not safe to cut up. `jobs.package` is for these."""
        return len(self.chunks) == 1

    @property
    def duration_s(self) -> float:
        """How long the asset will be, for people."""
        return float(self.cuts.duration)

    def run(self, number: int) -> Run:
        """The segments of chunk `number`."""
        chunk = self.chunks[number]
        return Run(self.cuts, chunk.first, chunk.last)

    def probe_of(self, source: Path) -> Probe:
        """The probe of the source where it is on this machine."""
        return replace(self.probe, path=source)


class Track(Record):
    """Checked segments of one rendition, in order: their bytes and, in `ts`, how many audio frames are in each."""

    rung: str
    codecs: str
    sizes: tuple[NonNegativeInt, ...]
    audio_frames: NonNegativeInt = 0


class VideoPart(Record):
    """One chunk, encoded and published as `cmaf`. `missing` pictures of the source could not be decoded.

    `init_sha256` is of the initialisation section of each rung: those of all chunks must be the same.
    """

    number: NonNegativeInt
    tracks: tuple[Track, ...]
    init_sha256: tuple[str, ...]
    missing: int
    encode_s: float


class SoundPart(Record):
    """The sound of the whole asset, encoded and published as `cmaf`."""

    track: Track
    encode_s: float


class TsPart(Record):
    """One chunk, with its sound, published as `ts`."""

    number: NonNegativeInt
    tracks: tuple[Track, ...]
