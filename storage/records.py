"""What is stored: pydantic models of assets, channels, viewers and lineups. Pure."""

import json
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, field_validator

from storage.clips import ClipRecord
from storage.cohort_records import Cohorts
from storage.metadata import Description, Heading, PoolQuery
from storage.programme import Edit, Moment, Offsets, Outlook, PlanRecord, Rules, TasteRevision
from storage.record import Record

MediaFormat = Literal["cmaf", "ts"]

TICKS_PER_SECOND = 90_000
LONGEST_SHIFT_S = 86_400

TimeShift = Annotated[int, Field(ge=0, le=LONGEST_SHIFT_S)]  # seconds


class Rendition(Record):
    """One playable track of an asset in one format. In `ts` the audio is muxed into every video rung."""

    format: MediaFormat
    rung: str  # "1080p" ... "240p", or "audio"
    kind: Literal["video", "audio"]
    codecs: str  # RFC 6381, every track in the segments: "avc1.64001F,mp4a.40.2"
    width: int = 0
    height: int = 0
    peak_bps: int  # the highest segment bit rate
    average_bps: int

    @property
    def name(self) -> str:
        """How playlists' URLs call it: "cmaf-720p"."""
        return f"{self.format}-{self.rung}"


class Source(Record):
    """The uploaded file that an asset was made from."""

    name: str
    sha256: str
    size_bytes: int


class Thumbnails(Record):
    """A sheet of small pictures, `interval_s` apart, row by row from the top left."""

    key: str
    columns: int
    rows: int
    count: int
    width: int
    height: int
    interval_s: float


class AssetRecord(Record):
    """A packaged video. `ticks` are the segment boundaries (90 kHz, from 0): one more than segments."""

    schema_version: Literal[1] = 1
    id: str
    title: str
    source: Source
    settings: str  # digest of the packaging settings
    frame_rate: str  # "30000/1001"
    frames: int
    ticks: Annotated[tuple[int, ...], Field(min_length=2)]
    renditions: tuple[Rendition, ...]
    poster: str | None = None  # object key
    thumbnails: Thumbnails | None = None
    packaged_at: str  # RFC 3339, UTC
    encode_s: float  # wall seconds of the encode
    speed: float  # media seconds packaged per wall second

    @field_validator("ticks")
    @classmethod
    def _ascending_from_zero(cls, ticks: tuple[int, ...]) -> tuple[int, ...]:
        if ticks[0] != 0 or any(b <= a for a, b in pairwise(ticks)):
            raise ValueError("segment boundaries must start at 0 and rise")
        return ticks

    @property
    def segments(self) -> int:
        """How many segments every rendition has."""
        return len(self.ticks) - 1

    @property
    def extinf_texts(self) -> tuple[str, ...]:
        """EXTINF of each segment: seconds, six decimals, whose running sum is exact to the microsecond."""
        # A tick is 100/9 microseconds. Rounding each boundary, not each duration, carries the error over.
        micros = [(tick * 200 + 9) // 18 for tick in self.ticks]
        spans = (b - a for a, b in pairwise(micros))
        return tuple(f"{span // 1_000_000}.{span % 1_000_000:06d}" for span in spans)

    @property
    def duration_s(self) -> float:
        """Seconds, for people; timelines use `ticks`."""
        return self.ticks[-1] / TICKS_PER_SECOND

    @property
    def fps(self) -> Fraction:
        """Frames per second."""
        return Fraction(self.frame_rate)


class PoolRevision(Record):
    """From `tick` on, these assets are the channel's pool, under these rules.

    `tags`: for each tag that playout looks at, which of `assets` have it, by index; `ratings`: of each asset, or none
    at all. They are kept here as what is said of an asset may change, and what has aired may not; likewise `offsets`
    of the rules' time zone, as known when they were set. `filler`: idents of one segment each, of which the little
    time before a moment is made.
    """

    tick: int
    assets: tuple[str, ...]
    rules: Rules = Rules()
    tags: dict[str, tuple[int, ...]] = Field(default_factory=dict)
    ratings: tuple[int, ...] = ()
    filler: tuple[str, ...] = ()
    offsets: Offsets = ()


class ChannelRecord(Record):
    """A channel. Durations are ticks; `msn` and `dsn` are the numbers of its first segment."""

    schema_version: Literal[1] = 1
    name: str
    version: int = 1  # rises with every change: compare-and-set
    msn: int = 0  # before all that people choose: see REPLACE
    dsn: int = 0
    revisions: tuple[PoolRevision, ...]
    epoch_ms: int | None = None  # None: never started
    stop_tick: int | None = None  # None: on air, or never started
    target_duration_s: int = 4
    lookahead_ticks: int = 16 * TICKS_PER_SECOND
    lookback_ticks: int = 60 * TICKS_PER_SECOND
    query: PoolQuery | None = None  # what the pool follows; None: its assets were named
    public: bool = True  # anybody may watch; else only with a playback token
    moments: tuple[Moment, ...] = ()
    outlooks: tuple[Outlook, ...] = ()  # of this run, by tick: what was to come, up to when that was changed
    edits: tuple[Edit, ...] = ()  # of everybody's lineup
    plans: tuple[PlanRecord, ...] = ()  # of this run, by tick, without those that nothing depends on any more
    forgotten: int = 0  # up to which tick plans counted that are not there any more
    cohorts: Cohorts | None = None  # None: every viewer who was not put on a lineup has their own
    title: Heading = ""  # what viewers know it by; "": its name
    description: Description = ""
    timeshift_s: TimeShift = 0  # how much further back than `lookback_ticks` a viewer may go
    past_from: int = 0  # before this tick no list goes back by that: what aired there may be deleted
    overlaid: bool = False  # something is stored of some derived lineups: those are not to be derived without looking

    @property
    def past_ticks(self) -> int:
        """How far back a list of it may reach."""
        return self.lookback_ticks + self.timeshift_s * TICKS_PER_SECOND

    @property
    def named(self) -> set[str]:
        """Every asset that it names: of its pools and filler, past ones too, its moments and its edits."""
        pools = {asset for revision in self.revisions for asset in (*revision.assets, *revision.filler)}
        clips = [clip for moment in self.moments for clip in moment.everything]
        clips += [clip for edit in self.edits for clip in edit.clips]
        return pools | {clip.asset for clip in clips}


class ViewerRecord(Record):
    """A viewer of a channel. Without `lineup` they are on the one derived from their name."""

    name: str
    lineup: str | None = None


class LineupPart(Record):
    """One order of clips and where on the timeline it takes over; without clips, an order of the channel's pool."""

    start: int
    msn: int
    dsn: int
    clips: tuple[ClipRecord, ...]
    repeats: bool


class LineupRecord(Record):
    """A given lineup and its successors, in the order they take over, or what is stored of a derived one.

    `version`: compare-and-set. A derived lineup has no parts here, only edits, or tastes of its viewer. One that was
    taken away ends with a part without clips: nobody joins it any more, but players still have its URLs.

    The parts' ticks and numbers count for the run of the channel that began with the MSN `run_msn`; when the channel
    is started anew, the last part begins with it.
    """

    schema_version: Literal[1] = 1
    id: str
    version: int = 1
    run_msn: int = 0
    parts: tuple[LineupPart, ...] = ()
    edits: tuple[Edit, ...] = ()
    tastes: tuple[TasteRevision, ...] = ()

    @property
    def removed(self) -> bool:
        """Whether it was taken away."""
        return bool(self.parts) and not self.parts[-1].clips

    @property
    def clips(self) -> list[ClipRecord]:
        """Every clip that it names, of its edits too."""
        parts = [clip for part in self.parts for clip in part.clips]
        return parts + [clip for edit in self.edits for clip in edit.clips]

    def stored(self) -> str:
        """Its JSON, with each clip as one word."""
        parts = [
            {**part.model_dump(exclude={"clips"}), "clips": [clip.stored() for clip in part.clips]}
            for part in self.parts
        ]
        whole = self.model_dump(exclude={"parts"})
        for name in ("edits", "tastes"):
            if not whole[name]:
                del whole[name]
        return json.dumps({**whole, "parts": parts}, separators=(",", ":"))
