"""Where an asset is listed, will be, or may be again: what stands against deleting it, and until when."""

from collections.abc import AsyncIterator, Iterable, Set
from dataclasses import dataclass

from manifest_server.onair.channel import Channel
from manifest_server.playout.lineup import NEVER, Succession
from manifest_server.playout.ticks import TICKS_PER_MS, date_text
from manifest_server.programming.listing import Pool, Reach, given_listed_until, kept_ticks, pool_listed_until
from manifest_server.programming.placed import Span, edit_spans, programme_spans
from storage.catalogue import Catalogue
from storage.errors import NotFound
from storage.records import TICKS_PER_SECOND, AssetRecord, ChannelRecord, LineupRecord


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
        found += pool_listings(channel, asset)
        found += await _programme_listings(catalogue, channel, asset.id, known)
        async for lineup in catalogue.lineups_with(channel.name, {asset.id}):
            found += await _given_listings(catalogue, channel, lineup, asset.id, known)
            found += await _edit_listings(catalogue, channel, lineup, asset.id, known)
    unique = dict.fromkeys(found)  # a lineup may be read twice
    return [one for one in unique if one.free_ms is None or one.free_ms > now_ms]


async def referred(catalogue: Catalogue, assets: Set[str]) -> set[str]:
    """Those of these assets that a channel's history or a lineup names: their records are needed."""
    found: set[str] = set()
    for channel in await catalogue.channels():
        found |= channel.named & assets
        async for lineup in catalogue.lineups_with(channel.name, assets):
            found |= {clip.asset for part in lineup.parts for clip in part.clips} & assets
            found |= {clip.asset for edit in lineup.edits for clip in edit.clips} & assets
    return found


async def repeating(catalogue: Catalogue, channel: ChannelRecord, assets: Set[str]) -> AsyncIterator[str]:
    """The given lineups of a channel that go on playing one of these assets until they are edited."""
    seen = set()
    async for lineup in catalogue.lineups_with(channel.name, assets):
        last = lineup.parts[-1] if lineup.parts else None
        if (
            last is not None
            and last.repeats
            and lineup.id not in seen
            and any(clip.asset in assets for clip in last.clips)
        ):
            seen.add(lineup.id)
            yield lineup.id


def pool_listings(channel: ChannelRecord, asset: AssetRecord) -> list[Listing]:
    """The places of an asset on the derived lineups of a channel, past ones too."""
    name, epoch_ms = channel.name, channel.epoch_ms
    newest = asset.id in channel.revisions[-1].assets
    found = []
    if newest:
        found.append(Listing(name, None, _why_in_pool(channel), None))
    if epoch_ms is None or (newest and channel.stop_tick is None):
        return found
    length = asset.ticks[-1]
    pools = [Pool(one.tick, length if asset.id in one.assets else 0) for one in channel.revisions]
    until = pool_listed_until(pools, _reach(channel))
    if until == NEVER:
        why = "it ended with this in its last list, which stands until it is started anew"
        found.append(Listing(name, None, why, None))
    elif until:
        found.append(Listing(name, None, "it was in the pool", _free_ms(channel, until)))
    return found


async def _programme_listings(
    catalogue: Catalogue, channel: ChannelRecord, asset: str, known: dict[str, AssetRecord]
) -> list[Listing]:
    """As filler, in moments and in everybody's edits; `known`: the records read so far, which grows."""
    if asset not in channel.named:
        return []
    clips = [clip for moment in channel.moments for clip in moment.everything]
    clips += [clip for edit in channel.edits for clip in edit.clips]
    lengths = await _lengths(catalogue, (clip.asset for clip in clips), known)
    return [_listing(channel, None, span) for span in programme_spans(channel, asset, lengths)]


async def _edit_listings(
    catalogue: Catalogue, channel: ChannelRecord, lineup: LineupRecord, asset: str, known: dict[str, AssetRecord]
) -> list[Listing]:
    lengths = await _lengths(catalogue, (clip.asset for one in lineup.edits for clip in one.clips), known)
    return [_listing(channel, lineup.id, span) for span in edit_spans(channel, lineup.edits, asset, lengths)]


async def _lengths(catalogue: Catalogue, assets: Iterable[str], known: dict[str, AssetRecord]) -> dict[str, int]:
    wanted = set(assets)
    known |= await catalogue.assets_of(wanted - known.keys())
    return {asset: known[asset].ticks[-1] for asset in wanted & known.keys()}


def _listing(channel: ChannelRecord, lineup: str | None, span: Span) -> Listing:
    free_ms = None if span.until is None else _free_ms(channel, span.until)
    return Listing(channel.name, lineup, span.why, free_ms)


async def _given_listings(
    catalogue: Catalogue, channel: ChannelRecord, lineup: LineupRecord, asset: str, known: dict[str, AssetRecord]
) -> list[Listing]:
    """`known`: the records read so far, which grows."""
    if not lineup.parts:
        return []
    parts = Channel(channel, {}).parts(lineup)
    ids = {clip.asset for part in parts for clip in part.clips}
    if asset not in ids:
        return []
    if channel.epoch_ms is None:
        return [Listing(channel.name, lineup.id, "it plays this when the channel is started", None)]
    known |= await catalogue.assets_of(ids - known.keys())
    try:
        given = Channel(channel, known).given(lineup)
    except NotFound as error:
        return [Listing(channel.name, lineup.id, f"it cannot be read ({error}): streamsync reindex", None)]
    until = given_listed_until(given, asset, _reach(channel))
    if until == NEVER or any(clip.asset == asset for clip in parts[-1].clips):
        return [Listing(channel.name, lineup.id, _why_for_ever(channel, given, asset, until), None)]
    return [Listing(channel.name, lineup.id, "it plays this", _free_ms(channel, until))] if until else []


def _why_in_pool(channel: ChannelRecord) -> str:
    if channel.stop_tick is None:
        return "it is in the pool: streamsync asset retire takes it out"
    return "it is in the pool for the next start: streamsync asset retire takes it out"


def _why_for_ever(channel: ChannelRecord, given: Succession, asset: str, until: int) -> str:
    last = given.lineups[-1]
    if until < NEVER:
        return "it would play this again if the channel were started anew: edit it"
    if channel.stop_tick is not None:
        return "the channel ended with this in its last list, which stands until it is started anew"
    if last.repeats and any(clip.asset.id == asset for clip in last.order.cycle(0).clips):
        return "it plays this again and again: edit it"
    return "it ends with this in its last list, which stands until the channel is started anew"


def _reach(channel: ChannelRecord) -> Reach:
    return Reach(channel.lookahead_ticks, channel.lookback_ticks, channel.stop_tick)


def _free_ms(channel: ChannelRecord, until: int) -> int:
    """When nobody can need a segment any more that no window lists from the position `until` on."""
    epoch_ms = channel.epoch_ms or 0  # whoever asks has looked
    kept = kept_ticks(_reach(channel), channel.target_duration_s * TICKS_PER_SECOND)
    return epoch_ms - (-(until + kept) // TICKS_PER_MS)
