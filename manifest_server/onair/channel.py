"""A channel made ready for playout: its pools as clips, its lineups, and what its playlists may declare. No I/O."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil

from manifest_server.onair.offers import Offer, offer
from manifest_server.onair.prepared import FORMATS, Preparations
from manifest_server.playout.days import SKEW_S, since
from manifest_server.playout.lineup import Clip, Given
from manifest_server.playout.ticks import date_text, listed_from_ms, listed_ms, position
from manifest_server.programming.day_parts import Days, Ruling
from manifest_server.programming.filler import Filler, filler_of
from manifest_server.programming.pool import DERIVED, Revision
from manifest_server.programming.spans import Shared, Span, Spans
from storage.clips import ClipRecord
from storage.errors import NotFound, NotOnAir
from storage.records import TICKS_PER_SECOND, AssetRecord, ChannelRecord, LineupPart, LineupRecord, MediaFormat

DAYS_KEPT = 40  # of which is remembered from where on numbers count


@dataclass(frozen=True)
class Channel:
    """A channel record with the assets it names, and where what was made of these is kept."""

    record: ChannelRecord
    assets: Mapping[str, AssetRecord]
    prepared: Preparations = field(default_factory=Preparations, compare=False, repr=False)
    _counted: dict[int, int] = field(default_factory=dict, compare=False, repr=False)  # by day

    def position(self, now_ms: int) -> int:
        """The tick on air at `now_ms`. Raises NotOnAir before the epoch."""
        epoch_ms = self.epoch_ms
        if now_ms < epoch_ms:
            wait_s = ceil((epoch_ms - now_ms) / 1000)
            raise NotOnAir(f"channel {self.record.name!r} begins at {date_text(epoch_ms)}", wait_s)
        return position(now_ms, epoch_ms)

    @property
    def epoch_ms(self) -> int:
        """Unix milliseconds of tick 0. Raises NotOnAir if the channel was never started."""
        if self.record.epoch_ms is None:
            raise NotOnAir(f"channel {self.record.name!r} has not been started", 10)
        return self.record.epoch_ms

    @cached_property
    def spans(self) -> Spans:
        """When its moments are on air, and where its day parts and plans begin. Raises NotOnAir, NotFound."""
        plans = [one.tick for one in self.record.plans if one.resets]
        given = self.given_spans
        return Spans(given.moments, self.epoch_ms, given.days, given.outlooks, plans) if plans else given

    @cached_property
    def given_spans(self) -> Spans:
        """The same without plans: nobody is planned for who is on a given lineup, so it is not cut for them."""
        moments = [
            Shared(one, self.clips(one.clips), tuple(self.clips(part.pool) for part in one.breaks))
            for one in self.record.moments
        ]
        days = Days([Ruling(one.tick, one.rules, one.offsets) for one in self.record.revisions], self.epoch_ms)
        return Spans(moments, self.epoch_ms, days, self.record.outlooks)

    def spans_of(self, lineup: str) -> Spans:
        """Those of the two that a lineup of this id meets others in."""
        return self.spans if lineup.startswith(DERIVED) else self.given_spans

    def anchor(self, spans: Spans, day: int) -> Span | None:
        """The span from which on numbers count in the URLs of a day; None: the beginning."""
        if not spans:
            return None
        lookback, stop = self.record.lookback_ticks, self.record.stop_tick
        tick = since(day, self.epoch_ms, lookback)
        if stop is not None and stop < tick + lookback:  # then they list what aired before the stop
            tick = stop - lookback - SKEW_S * TICKS_PER_SECOND
        return spans.anchor(tick)

    def counts_from(self, day: int) -> int:
        """The tick from which on the numbers of derived lineups count in the URLs of a day. 0: from the beginning."""
        found = self._counted.get(day)
        if found is None:
            anchor = self.anchor(self.spans, day)
            if len(self._counted) >= DAYS_KEPT:
                self._counted.clear()
            found = self._counted[day] = 0 if anchor is None else anchor.start
        return found

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
                tuple(map(self._whole, revision.assets)),
                revision.rules,
                revision.tags,
                revision.ratings,
                self.prepared.recent,
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
        whole = self._whole(clip.asset)
        if clip.first == 0 and clip.last in {None, whole.last}:
            return whole
        try:
            return Clip(whole.asset, clip.first, whole.last if clip.last is None else clip.last)
        except ValueError as error:
            raise NotFound(str(error)) from None

    def _whole(self, asset: str) -> Clip:
        record = self.assets.get(asset)
        if record is None:
            raise NotFound(f"no asset {asset!r} on channel {self.record.name!r}")
        return self.prepared.whole(record)

    @cached_property
    def offers(self) -> dict[MediaFormat, Offer]:
        """What each format's multivariant playlist declares."""
        ladders = [self.prepared.ladders(asset) for asset in self.assets.values()]
        return {one: offer(each[one] for each in ladders) for one in FORMATS}

    @cached_property
    def renditions(self) -> dict[str, tuple[MediaFormat, str]]:
        """Format and rung of every rendition on offer, by its name."""
        return {
            name: (media_format, name.removeprefix(f"{media_format}-"))
            for media_format, offer in self.offers.items()
            for name in [*(variant.rendition for variant in offer.variants), *filter(None, [offer.audio])]
        }

    def listed_position(self, now_ms: int) -> int:
        """The tick whose playlists are given out at `now_ms`. Raises NotOnAir before the epoch."""
        self.position(now_ms)
        return position(listed_ms(now_ms), self.epoch_ms)

    def changes_at(self, tick: int) -> int:
        """From when on (Unix milliseconds) what changes at a tick is in the playlists."""
        return listed_from_ms(self.epoch_ms, tick)
