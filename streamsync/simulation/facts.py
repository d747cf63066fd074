"""What the simulation takes from the rest of the code, and from a channel as it is."""

import gzip
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from manifest_server.playout.lineup import Asset
from manifest_server.playout.multivariant import Variant, multivariant
from manifest_server.playout.playlist import blob, header, media_playlist
from manifest_server.playout.window import Run, Window
from manifest_server.viewer.finished import packed
from packager.commands import AUDIO_BPS
from packager.ladder import STEPS
from storage.errors import BadInput, NotFound
from storage.keys import init_key, segment_key
from storage.records import TICKS_PER_SECOND, AssetRecord, ChannelRecord
from storage.stores import CHUNKS
from streamsync.simulation.audience import Rung, Station
from streamsync.simulation.costs import Sizes

# Who watches what, as nothing else is known: most connections carry more than the pictures need.
SHARES = {"1080p": 0.4, "720p": 0.3, "480p": 0.2, "360p": 0.07, "240p": 0.03}
CLIP_S = 600.0
POOL_S = 86_400.0

_NEW = ChannelRecord(name="x", revisions=())
_EPOCH_MS = 1_767_225_600_000


def default_station(shares: Mapping[str, float] | None = None) -> Station:
    """A channel with the defaults of the code, and a pool of a day in clips of ten minutes."""
    rates = {step.name: step.rate_kbps * 1000.0 for step in STEPS}
    return _station(_NEW, float(_NEW.target_duration_s), CLIP_S, POOL_S, (_rungs(rates, shares), float(AUDIO_BPS)))


def station_of(channel: ChannelRecord, assets: Iterable[AssetRecord], shares: Mapping[str, float] | None) -> Station:
    """A channel as it is: its settings, and the means of its newest pool's assets. Raises NotFound without any."""
    pool = set(channel.revisions[-1].assets)
    ours = [one for one in assets if one.id in pool]
    if not ours:
        raise NotFound(f"channel {channel.name!r} has no assets in its pool: there is nothing to simulate")
    seconds = [one.ticks[-1] / TICKS_PER_SECOND for one in ours]
    total = sum(seconds)
    rates: dict[str, list[float]] = {}
    audio = []
    for one in ours:
        for rendition in one.renditions:
            if rendition.format == "cmaf" and rendition.kind == "video":
                rates.setdefault(rendition.rung, []).append(rendition.average_bps)
            elif rendition.format == "cmaf" and rendition.kind == "audio":
                audio.append(rendition.average_bps)
    means = {name: sum(some) / len(some) for name, some in rates.items()}
    segment_s = total / sum(one.segments for one in ours)
    sound = sum(audio) / len(audio) if audio else 0.0
    return _station(channel, segment_s, total / len(ours), total, (_rungs(means, shares), sound))


def _station(
    channel: ChannelRecord, segment_s: float, clip_s: float, pool_s: float, rates: tuple[tuple[Rung, ...], float]
) -> Station:
    return Station(
        target_s=float(channel.target_duration_s),
        segment_s=segment_s,
        lookahead_s=channel.lookahead_ticks / TICKS_PER_SECOND,
        lookback_s=channel.lookback_ticks / TICKS_PER_SECOND,
        clip_s=clip_s,
        pool_s=pool_s,
        rungs=rates[0],
        audio_bps=rates[1],
        public=channel.public,
    )


def _rungs(rates: Mapping[str, float], shares: Mapping[str, float] | None) -> tuple[Rung, ...]:
    """Rungs with the shares that are said, else with SHARES, of those there are. Raises BadInput."""
    unknown = [name for name in shares or {} if name not in rates]
    if unknown:
        raise BadInput(f"rung {unknown[0][:80]!r}: there are {', '.join(rates)}")
    weights = {name: (shares or SHARES).get(name, 0.0) for name in rates}
    total = sum(weights.values())
    if total <= 0:
        weights, total = dict.fromkeys(rates, 1.0), float(len(rates))
    return tuple(Rung(name, rates[name], weight / total) for name, weight in weights.items() if weight)


def sizes(station: Station) -> Sizes:
    """Of playlists as the code writes them for the channel, compressed as servers do."""
    count = max(1, round((station.lookahead_s + station.lookback_s) / station.segment_s))
    ticks = [round(station.segment_s * TICKS_PER_SECOND * number) for number in range(count + 1)]
    asset = Asset("0f3a5d0c9b1e4f62a7d8c3b2e1f00912", tuple(ticks))
    uris = [CHUNKS + segment_key(asset.id, "cmaf", "1080p", number) for number in range(count)]
    lines = blob([f"{station.segment_s:.6f}"] * count, uris, CHUNKS + init_key(asset.id, "cmaf", "1080p"))
    window = Window((Run(asset, 0, count, 0, 10**8, 10**3, True),), 10**8, 10**3, ticks[-1], ticks[-1], ticks[-1])
    listed = media_playlist(header("cmaf", max(1, round(station.target_s))), window, lambda _: lines, _EPOCH_MS)
    variants = _variants(station.rungs)
    master = multivariant("cmaf", variants, "audio", TICKS_PER_SECOND, lambda name: f"../lineups/l/{name}.m3u8")
    return Sizes(len(packed(listed)), len(gzip.compress(master.encode(), 6)))


def _variants(rungs: Sequence[Rung]) -> tuple[Variant, ...]:
    return tuple(
        Variant(
            rendition=f"cmaf-{one.name}", codecs="avc1.64002A,mp4a.40.2", width=1920, height=1080,
            frame_rate=Fraction(25), peak_bps=round(one.bps * 1.5), average_bps=round(one.bps),
        )
        for one in rungs
    )  # fmt: skip
