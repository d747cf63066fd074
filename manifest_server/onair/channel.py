"""A channel made ready for playout: its pools as clips, its lineups, and what its playlists may declare. No I/O."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import NamedTuple, get_args

from manifest_server.playout.lineup import Asset, Clip, Given
from manifest_server.playout.multivariant import Variant
from manifest_server.playout.ticks import TICKS_PER_MS, position
from manifest_server.programming.day_parts import Days, Ruling
from manifest_server.programming.filler import Filler, filler_of
from manifest_server.programming.pool import Revision
from manifest_server.programming.spans import Shared, Spans
from storage.clips import ClipRecord
from storage.errors import NotFound, NotOnAir
from storage.records import AssetRecord, ChannelRecord, LineupPart, LineupRecord, MediaFormat, Rendition

# The first variant is what many players begin with (Apple HLS authoring specification 1.32).
FIRST_VARIANT_BPS = 2_000_000


class Offer(NamedTuple):
    """The variants of a format in the order of its playlist, and its audio rendition unless it is muxed."""

    variants: tuple[Variant, ...]
    audio: str | None


@dataclass(frozen=True)
class Channel:
    """A channel record with the assets it names."""

    record: ChannelRecord
    assets: Mapping[str, AssetRecord]

    def position(self, now_ms: int) -> int:
        """The tick on air at `now_ms`. Raises NotOnAir before the epoch."""
        epoch_ms = self.epoch_ms
        if now_ms < epoch_ms:
            wait_s = ceil((epoch_ms - now_ms) / 1000)
            raise NotOnAir(f"channel {self.record.name!r} begins in {wait_s} s", wait_s)
        return position(now_ms, epoch_ms)

    @property
    def epoch_ms(self) -> int:
        """Unix milliseconds of tick 0. Raises NotOnAir if the channel was never started."""
        if self.record.epoch_ms is None:
            raise NotOnAir(f"channel {self.record.name!r} has not been started", 10)
        return self.record.epoch_ms

    @cached_property
    def spans(self) -> Spans:
        """When its moments are on air, and where its day parts begin. Raises NotOnAir, NotFound."""
        moments = [
            Shared(one, self.clips(one.clips), tuple(self.clips(part.pool) for part in one.breaks))
            for one in self.record.moments
        ]
        days = Days([Ruling(one.tick, one.rules, one.offsets) for one in self.record.revisions], self.epoch_ms)
        return Spans(moments, self.epoch_ms, days)

    @cached_property
    def fillers(self) -> list[tuple[int, Filler]]:
        """From when on which idents fill the time before a moment."""
        made: list[tuple[int, Filler]] = []
        last: tuple[str, ...] = ()
        for revision in self.record.revisions:
            if revision.filler and revision.filler != last:
                idents = self.clips(ClipRecord(asset=asset) for asset in revision.filler)
                made.append((revision.tick, filler_of(idents)))
                last = revision.filler
        return made

    @cached_property
    def revisions(self) -> list[Revision]:
        """The pools as clips, made once for all viewers."""
        return [
            Revision(
                revision.tick,
                tuple(self._clip(ClipRecord(asset=asset)) for asset in revision.assets),
                revision.rules,
                revision.tags,
                revision.ratings,
            )
            for revision in self.record.revisions
        ]

    def parts(self, lineup: LineupRecord) -> tuple[LineupPart, ...]:
        """The parts of a stored lineup in this run of the channel; none of a derived one."""
        if lineup.run_msn == self.record.msn or not lineup.parts:
            return lineup.parts
        begun = {"start": 0, "msn": self.record.msn, "dsn": self.record.dsn}
        return (lineup.parts[-1].model_copy(update=begun),)

    def order(self, clips: Iterable[ClipRecord]) -> Given:
        """Stored clips as an order. Raises NotFound if one names an asset, or segments, that are not there."""
        return Given(self.clips(clips))

    def clips(self, clips: Iterable[ClipRecord]) -> tuple[Clip, ...]:
        """Stored clips as they are played. Raises NotFound likewise."""
        return tuple(map(self._clip, clips))

    def _clip(self, clip: ClipRecord) -> Clip:
        record = self.assets.get(clip.asset)
        if record is None:
            raise NotFound(f"no asset {clip.asset!r} on channel {self.record.name!r}")
        last = record.segments if clip.last is None else clip.last
        try:
            return Clip(Asset(record.id, record.ticks), clip.first, last)
        except ValueError as error:
            raise NotFound(str(error)) from None

    @cached_property
    def offers(self) -> dict[MediaFormat, Offer]:
        """What each format's multivariant playlist declares.

        It holds for every asset: bit rates and sizes are the highest of all, with an asset that lacks a rung
        counted as the nearest lower one it has (rfc8216bis 4.4.6.2).
        """
        return {media_format: self._offer(media_format) for media_format in get_args(MediaFormat)}

    @cached_property
    def renditions(self) -> dict[str, tuple[MediaFormat, str]]:
        """Format and rung of every rendition on offer, by its name."""
        return {
            name: (media_format, name.removeprefix(f"{media_format}-"))
            for media_format, offer in self.offers.items()
            for name in [*(variant.rendition for variant in offer.variants), *filter(None, [offer.audio])]
        }

    def _offer(self, media_format: MediaFormat) -> Offer:
        rungs = {one.rung for asset in self.assets.values() for one in _video(asset, media_format)}
        variants = [self._variant(media_format, rung) for rung in sorted(rungs, key=rung_height, reverse=True)]
        audio = next((one.name for asset in self.assets.values() for one in _audio(asset, media_format)), None)
        # With muxed audio the largest stays first: ffmpeg takes the largest picture but the first variant's sound,
        # and freezes at a discontinuity when those are two playlists.
        if audio is not None:
            first = min(variants, key=lambda variant: abs(variant.average_bps - FIRST_VARIANT_BPS), default=None)
            variants.sort(key=lambda variant: variant is not first)  # stable: the rest stays in descending order
        return Offer(tuple(variants), audio)

    def _variant(self, media_format: MediaFormat, rung: str) -> Variant:
        exact, peak, average = [], 0, 0
        for asset in self.assets.values():
            video = stand_in(asset, media_format, rung)
            audio = _audio(asset, media_format)
            if video.rung == rung:
                exact.append((video, asset, audio))
            peak = max(peak, video.peak_bps + sum(one.peak_bps for one in audio))
            average = max(average, video.average_bps + sum(one.average_bps for one in audio))
        best, asset, audio = max(exact, key=lambda found: (found[0].height, found[0].width, found[0].codecs))
        codecs = ",".join([best.codecs, *(one.codecs for one in audio[:1])])
        rate = max(found[1].fps for found in exact)
        return Variant(best.name, codecs, best.width, best.height, rate, peak, average)

    def changes_at(self, tick: int) -> int:
        """Unix milliseconds of a tick, rounded up: when what changes at that tick has changed."""
        return self.epoch_ms - (-tick // TICKS_PER_MS)


def rung_height(rung: str) -> int:
    """How high a rung is: 720 for "720p". Raises NotFound if it is no rung."""
    if not (rung.endswith("p") and rung[:-1].isascii() and rung[:-1].isdigit()):
        raise NotFound(f"no rendition {rung!r}")
    return int(rung[:-1])


def stand_in(asset: AssetRecord, media_format: MediaFormat, rung: str) -> Rendition:
    """The rendition that an asset plays where `rung` is listed: that one, or the nearest lower, or its lowest.

    An asset is never left out of a playlist: every rendition has the same segments (rfc8216bis 6.2.4).
    """
    if rung == "audio":
        found = _audio(asset, media_format)
        if not found:
            raise NotFound(f"no rendition '{media_format}-audio'")
        return found[0]
    height = rung_height(rung)
    videos = sorted(_video(asset, media_format), key=lambda one: rung_height(one.rung))
    if not videos:
        raise NotFound(f"asset {asset.id} has no {media_format} video")
    lower = [one for one in videos if rung_height(one.rung) <= height]
    return lower[-1] if lower else videos[0]


def _video(asset: AssetRecord, media_format: str) -> list[Rendition]:
    return [one for one in asset.renditions if one.format == media_format and one.kind == "video"]


def _audio(asset: AssetRecord, media_format: str) -> list[Rendition]:
    return [one for one in asset.renditions if one.format == media_format and one.kind == "audio"]
