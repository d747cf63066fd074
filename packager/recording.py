"""Recording: the record of an asset, from what was planned and checked."""

from dataclasses import dataclass
from datetime import UTC, datetime

from packager import pictures
from packager.cuts import Cuts
from packager.ladder import Rung
from packager.publish import poster_key, thumbnails_key
from storage.records import AssetRecord, Rendition, Source, Thumbnails


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds: of encoding, over all machines, and of all that passed until the asset was there."""

    encode_s: float
    passed_s: float


def record(
    asset: str,
    title: str,
    source: Source,
    settings: str,
    cuts: Cuts,
    rungs: tuple[Rung, ...],
    renditions: tuple[Rendition, ...],
    times: Times,
) -> AssetRecord:
    """The record of an asset that is packaged now. `settings` is the digest of those that decide what it is."""
    return AssetRecord(
        id=asset,
        title=title,
        source=source,
        settings=settings,
        frame_rate=str(cuts.fps),
        frames=cuts.frames,
        ticks=cuts.ticks,
        renditions=renditions,
        poster=poster_key(asset),
        thumbnails=_thumbnails(asset, cuts, rungs),
        packaged_at=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        encode_s=round(times.encode_s, 3),
        speed=round(float(cuts.duration) / max(0.001, times.passed_s), 3),
    )


def _thumbnails(asset: str, cuts: Cuts, rungs: tuple[Rung, ...]) -> Thumbnails:
    sheet = pictures.layout(cuts, rungs[-1])
    return Thumbnails(
        key=thumbnails_key(asset),
        columns=sheet.columns,
        rows=sheet.rows,
        count=sheet.count,
        width=sheet.width,
        height=sheet.height,
        interval_s=float(cuts.duration * sheet.step / cuts.keyframes),
    )
