"""What a viewer sees, now first, for their own page: few entries, from what this process remembers."""

from collections.abc import Iterable

from manifest_server.admin.epg import DAY_MS, clip_entries, places
from manifest_server.admin.watch_views import ThumbnailsView, WatchEntry
from manifest_server.onair.channel import Channel
from manifest_server.onair.channels import Channels
from manifest_server.playout.days import day_of
from manifest_server.playout.ticks import position
from storage.catalogue import Catalogue
from storage.errors import Unavailable
from storage.metadata import AssetMetadata
from storage.records import TICKS_PER_SECOND, AssetRecord

LIMIT = 24


async def entries(
    catalogue: Catalogue, channels: Channels, on: Channel, viewer: str, from_ms: int, limit: int, media: str
) -> list[WatchEntry]:
    """At most `limit` entries of the day from `from_ms` on; none of a channel that was never started.

    Raises NotFound, Unavailable.
    """
    if on.record.epoch_ms is None:
        return []
    start, until = max(position(from_ms, on.epoch_ms), 0), position(from_ms + DAY_MS, on.epoch_ms)
    if until <= start:
        return []
    day = day_of(from_ms)
    _, stream = await channels.joined(on, viewer, day)
    on = stream.channel
    found = places(stream, day, start, until, limit)
    said = await _said(catalogue, channels, {place.clip.asset.id for place in found})
    return [
        WatchEntry(
            kind=entry.kind,
            starts=entry.starts,
            ends=entry.ends or entry.starts,
            title=entry.title,
            description=entry.description,
            asset=place.clip.asset.id,
            asset_from_s=round(place.clip.asset.ticks[place.clip.first] / TICKS_PER_SECOND, 3),
            poster=None if entry.poster is None else media + entry.poster,
            thumbnails=_thumbnails(on.assets[place.clip.asset.id], media),
            moment=entry.moment,
            rating=entry.rating,
            language=entry.language,
            tags=list(entry.tags),
        )
        for place, entry in zip(found, clip_entries(on, found, said, start, until), strict=True)
    ]


async def _said(catalogue: Catalogue, channels: Channels, assets: Iterable[str]) -> dict[str, AssetMetadata]:
    """What is said of assets; nothing while Redis is away: then the titles of their records do."""
    try:
        channels.reach.check()
        return await catalogue.metadata.of_all(assets)
    except Unavailable:
        return {}


def _thumbnails(asset: AssetRecord, media: str) -> ThumbnailsView | None:
    sheet = asset.thumbnails
    if sheet is None:
        return None
    return ThumbnailsView(
        url=media + sheet.key,
        columns=sheet.columns,
        rows=sheet.rows,
        count=sheet.count,
        every_s=sheet.interval_s,
        width=sheet.width,
        height=sheet.height,
    )
