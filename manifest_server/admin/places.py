"""Where an asset is listed, will be, or may be again: what stands against deleting it, and until when."""

from collections.abc import AsyncIterator, Iterable, Set
from dataclasses import dataclass

from manifest_server.onair.channel import Channel
from manifest_server.onair.stream import stream
from manifest_server.playout.days import day_of
from manifest_server.playout.lineup import NEVER
from manifest_server.playout.ticks import TICKS_PER_MS, date_ms, date_text, position
from manifest_server.programming.bridge import NoWay
from manifest_server.programming.listing import Pool, Reach, given_listed_until, kept_ticks, pool_listed_until
from manifest_server.programming.placed import Span, edit_spans, lasting, programme_spans
from manifest_server.programming.spans import Spans
from storage.catalogue import Catalogue
from storage.errors import NotFound
from storage.programme import Edit
from storage.records import TICKS_PER_SECOND, AssetRecord, ChannelRecord, LineupPart, LineupRecord


@dataclass(frozen=True, slots=True)
class Listing:
    """A place of an asset. `free_ms`: Unix milliseconds from when on it is none; None: not before somebody acts."""

    channel: str
    lineup: str | None  # None: the derived ones
    why: str
    free_ms: int | None

    def __str__(self) -> str:
        where = f"channel {self.channel!r}" + (f", lineup {self.lineup!r}" if self.lineup else "")
        return f"{where}: {self.why}" + (f": free after {date_text(self.free_ms)}" if self.free_ms else "")


async def listings(catalogue: Catalogue, asset: AssetRecord, now_ms: int) -> list[Listing]:
    """Every place that stands against deleting an asset at `now_ms`."""
    found, known = [], {asset.id: asset}
    for channel in await catalogue.channels():
        looked = _Looked(catalogue, channel, asset, known, now_ms)
        found += await looked.everywhere()
    unique = dict.fromkeys(found)  # a lineup may be read twice
    return [one for one in unique if one.free_ms is None or one.free_ms > now_ms]


async def referred(catalogue: Catalogue, assets: Set[str]) -> set[str]:
    """Those of these assets that a channel's history or a lineup names: their records are needed."""
    found: set[str] = set()
    for channel in await catalogue.channels():
        found |= channel.named & assets
        async for lineup in catalogue.many.lineups_with(channel.name, assets):
            found |= {clip.asset for part in lineup.parts for clip in part.clips} & assets
            found |= {clip.asset for edit in lineup.edits for clip in edit.clips} & assets
    return found


async def repeating(catalogue: Catalogue, channel: ChannelRecord, assets: Set[str]) -> AsyncIterator[str]:
    """The given lineups of a channel that go on playing one of these assets until they are edited."""
    seen = set()
    async for lineup in catalogue.many.lineups_with(channel.name, assets):
        last = lineup.parts[-1] if lineup.parts else None
        if (
            last is not None
            and last.repeats
            and lineup.id not in seen
            and any(clip.asset in assets for clip in last.clips)
        ):
            seen.add(lineup.id)
            yield lineup.id


class _Looked:
    """One channel, looked through for an asset. `known`: the records read so far, of all channels, which grows."""

    def __init__(
        self,
        catalogue: Catalogue,
        channel: ChannelRecord,
        asset: AssetRecord,
        known: dict[str, AssetRecord],
        now_ms: int,
    ) -> None:
        self._catalogue = catalogue
        self._channel = channel
        self._asset = asset
        self._known = known
        self._now_ms = now_ms
        self._on = Channel(channel, known)

    async def everywhere(self) -> list[Listing]:
        """On derived lineups, past ones too, as filler, in moments, in edits, and on given lineups."""
        channel, asset = self._channel, self._asset.id
        if channel.moments and asset in channel.named:
            await self._read(channel.named)
        found = [*self._in_pools(await self._edited()), *await self._in_programme()]
        async for lineup in self._catalogue.many.lineups_with(channel.name, {asset}):
            await self._read(channel.named | {clip.asset for clip in lineup.clips})
            found += self._given(lineup)
            spans = edit_spans(channel, self._spans, lineup.edits, asset, self._lengths)
            found += [self._listing(lineup.id, span) for span in spans]
        return found

    async def _read(self, assets: Set[str]) -> None:
        missing = assets - self._known.keys()
        if missing:
            self._known |= await self._catalogue.assets_of(missing)

    @property
    def _spans(self) -> Spans:
        return self._on.spans if self._channel.epoch_ms is not None else Spans((), 0)

    @property
    def _lengths(self) -> dict[str, int]:
        return {name: one.ticks[-1] for name, one in self._known.items()}

    async def _edited(self) -> int:
        """How long at most what was edited in may keep a viewer from the rest of a clip that a moment has cut."""
        channel, own = self._channel, 0
        if not channel.moments or self._asset.id not in channel.named:
            return 0
        if channel.overlaid:
            async for lineup in self._catalogue.all_lineups(channel.name):
                if lineup.edits and not lineup.parts and lineup.run_msn == channel.msn:
                    await self._read({clip.asset for clip in lineup.clips})
                    own = max(own, self._lasts(lineup.edits))
        return own + self._lasts(channel.edits)

    def _lasts(self, edits: Iterable[Edit]) -> int:
        lengths = self._lengths
        return sum(lasting(edit.clips, lengths) for edit in edits)

    def _in_pools(self, edited: int) -> list[Listing]:
        channel, asset = self._channel, self._asset
        newest = asset.id in channel.revisions[-1].assets
        found = [Listing(channel.name, None, _why_in_pool(channel), None)] if newest else []
        if channel.epoch_ms is None or (newest and channel.stop_tick is None):
            return found
        length = asset.ticks[-1]
        pools = [Pool(one.tick, length if asset.id in one.assets else 0) for one in channel.revisions]
        if not any(pool.length for pool in pools):
            return found
        until = pool_listed_until(pools, _reach(channel), self._spans, edited)
        if until == NEVER:
            why = "it ended with this in its last list, which stands until it is started anew"
            found.append(Listing(channel.name, None, why, None))
        elif until:
            found.append(Listing(channel.name, None, "it was in the pool", _free_ms(channel, until)))
        return found

    async def _in_programme(self) -> list[Listing]:
        channel, asset = self._channel, self._asset.id
        if asset not in channel.named:
            return []
        await self._read(channel.named)
        return [self._listing(None, span) for span in programme_spans(channel, self._spans, asset, self._lengths)]

    def _listing(self, lineup: str | None, span: Span) -> Listing:
        free_ms = None if span.until is None else _free_ms(self._channel, span.until)
        return Listing(self._channel.name, lineup, span.why, free_ms)

    def _given(self, lineup: LineupRecord) -> list[Listing]:
        channel, asset = self._channel, self._asset.id
        parts = self._on.parts(lineup)
        if not any(clip.asset == asset for part in parts for clip in part.clips):
            return []
        if channel.epoch_ms is None:
            return [Listing(channel.name, lineup.id, "it plays this when the channel is started", None)]
        try:
            until = self._listed_until(lineup)
        except (NotFound, NoWay) as error:
            return [Listing(channel.name, lineup.id, f"it cannot be read ({error}): streamsync reindex", None)]
        if until == NEVER or any(clip.asset == asset for clip in parts[-1].clips):
            return [Listing(channel.name, lineup.id, _why_for_ever(channel, parts[-1], asset, until), None)]
        return [Listing(channel.name, lineup.id, "it plays this", _free_ms(channel, until))] if until else []

    def _listed_until(self, lineup: LineupRecord) -> int:
        """As `given_listed_until`: 0 also if it has been free for a while."""
        channel, reach = self._channel, _reach(self._channel)
        tick = max(position(self._now_ms, self._on.epoch_ms), 0)
        if reach.stop is not None:
            tick = min(tick, reach.stop)
        # Whoever joined on this day may still need what was listed before.
        day = day_of(date_ms(self._on.epoch_ms, tick - reach.lookback - _kept_ticks(channel)))
        airs = stream(self._on, self._on, lineup.id, lineup).settled(day, tick)
        return given_listed_until(airs, self._asset.id, reach)


def _why_in_pool(channel: ChannelRecord) -> str:
    if channel.stop_tick is None:
        return "it is in the pool: streamsync asset retire takes it out"
    return "it is in the pool for the next start: streamsync asset retire takes it out"


def _why_for_ever(channel: ChannelRecord, last: LineupPart, asset: str, until: int) -> str:
    if not last.clips:
        return "it was taken away, and plays the pool, which has this"
    if until < NEVER:
        return "it would play this again if the channel were started anew: edit it"
    if channel.stop_tick is not None:
        return "the channel ended with this in its last list, which stands until it is started anew"
    if last.repeats and any(clip.asset == asset for clip in last.clips):
        return "it plays this again and again: edit it"
    return "it ends with this in its last list, which stands until the channel is started anew"


def _reach(channel: ChannelRecord) -> Reach:
    return Reach(channel.lookahead_ticks, channel.past_ticks, channel.stop_tick)


def _kept_ticks(channel: ChannelRecord) -> int:
    return kept_ticks(_reach(channel), channel.target_duration_s * TICKS_PER_SECOND)


def _free_ms(channel: ChannelRecord, until: int) -> int:
    """When nobody can need a segment any more that no window lists from the position `until` on."""
    epoch_ms = channel.epoch_ms or 0  # whoever asks has looked
    return epoch_ms - (-(until + _kept_ticks(channel)) // TICKS_PER_MS)
