"""What a channel's playlists declare: variants that hold for every asset, and what stands in for a rung. No I/O."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

from manifest_server.playout.multivariant import Variant
from storage.errors import NotFound
from storage.records import AssetRecord, MediaFormat, Rendition

# The first variant is what many players begin with (Apple HLS authoring specification 1.32).
FIRST_VARIANT_BPS = 2_000_000


class Offer(NamedTuple):
    """The variants of a format in the order of its playlist, and its audio rendition unless it is muxed."""

    variants: tuple[Variant, ...]
    audio: str | None


class Shape(NamedTuple):
    """What the ladders of most assets have in common: the heights of their rungs, lowest first, and of the video of
    each its name, and its height, width and codecs."""

    heights: tuple[int, ...]
    names: tuple[str, ...]
    sizes: tuple[tuple[int, int, str], ...]
    frame_rate: str
    audio: str | None
    audio_codecs: str | None

    def at(self, height: int) -> int:
        """Which of the videos is played for a rung: that one, or the nearest lower, or the lowest."""
        return max(bisect_right(self.heights, height) - 1, 0)


class Ladder(NamedTuple):
    """What an asset has in one format: videos, lowest rung first, and the audio beside them.

    `peaks`, `averages`: bits a second of each video, with that audio.
    """

    asset: str
    format: MediaFormat
    shape: Shape
    videos: tuple[Rendition, ...]
    audio: tuple[Rendition, ...]
    peaks: tuple[int, ...]
    averages: tuple[int, ...]

    def check(self) -> None:
        """Raises NotFound if there is no video."""
        if not self.videos:
            raise NotFound(f"asset {self.asset} has no {self.format} video")


def ladder(asset: AssetRecord, media_format: MediaFormat) -> Ladder:
    """The ladder of an asset. Raises NotFound for a rung that is none."""
    ours = [one for one in asset.renditions if one.format == media_format]
    audio = tuple(one for one in ours if one.kind == "audio")
    videos = tuple(sorted((one for one in ours if one.kind == "video"), key=lambda one: rung_height(one.rung)))
    peak, average = sum(one.peak_bps for one in audio), sum(one.average_bps for one in audio)
    shape = Shape(
        heights=tuple(rung_height(one.rung) for one in videos),
        names=tuple(one.name for one in videos),
        sizes=tuple((one.height, one.width, one.codecs) for one in videos),
        frame_rate=asset.frame_rate,
        audio=audio[0].name if audio else None,
        audio_codecs=audio[0].codecs if audio else None,
    )
    peaks = tuple(one.peak_bps + peak for one in videos)
    averages = tuple(one.average_bps + average for one in videos)
    return Ladder(asset.id, media_format, shape, videos, audio, peaks, averages)


def offer(ladders: Iterable[Ladder]) -> Offer:
    """What the playlist of a format declares.

    It holds for every asset: bit rates and sizes are the highest of all, with an asset that lacks a rung counted as
    the nearest lower one it has (rfc8216bis 4.4.6.2).
    """
    groups: dict[int, list[Ladder]] = {}  # by the shape itself: what it says takes long to compare
    for one in ladders:
        groups.setdefault(id(one.shape), []).append(one)
    alike = list(groups.values())
    heights = sorted({height for group in alike for height in group[0].shape.heights}, reverse=True)
    for group in alike if heights else ():
        group[0].check()
    rates = [
        (
            group[0].shape,
            [max(column) for column in zip(*[one.peaks for one in group], strict=True)],
            [max(column) for column in zip(*[one.averages for one in group], strict=True)],
        )
        for group in alike
    ]
    variants = [_variant(rates, height) for height in heights]
    audio = next((shape.audio for shape, _, _ in rates if shape.audio is not None), None)
    # With muxed audio the largest stays first: ffmpeg takes the largest picture but the first variant's sound,
    # and freezes at a discontinuity when those are two playlists.
    if audio is not None:
        first = min(variants, key=lambda variant: abs(variant.average_bps - FIRST_VARIANT_BPS), default=None)
        variants.sort(key=lambda variant: variant is not first)  # stable: the rest stays in descending order
    return Offer(tuple(variants), audio)


def _variant(rates: Sequence[tuple[Shape, list[int], list[int]]], height: int) -> Variant:
    exact = [shape for shape, _, _ in rates if height in shape.heights]
    best = max(exact, key=lambda shape: shape.sizes[shape.at(height)])  # of those that are equal the first
    at = best.at(height)
    high, wide, codecs = best.sizes[at]
    return Variant(
        rendition=best.names[at],
        codecs=codecs if best.audio_codecs is None else f"{codecs},{best.audio_codecs}",
        width=wide,
        height=high,
        frame_rate=max(Fraction(shape.frame_rate) for shape in exact),
        peak_bps=max(peaks[shape.at(height)] for shape, peaks, _ in rates),
        average_bps=max(averages[shape.at(height)] for shape, _, averages in rates),
    )


def rung_height(rung: str) -> int:
    """How high a rung is: 720 for "720p". Raises NotFound if it is no rung."""
    if not (rung.endswith("p") and rung[:-1].isascii() and rung[:-1].isdigit()):
        raise NotFound(f"no rendition {rung!r}")
    return int(rung[:-1])


def stand_in(asset: AssetRecord, media_format: MediaFormat, rung: str) -> Rendition:
    """The rendition that an asset plays where `rung` is listed: that one, or the nearest lower, or its lowest.

    An asset is never left out of a playlist: every rendition has the same segments (rfc8216bis 6.2.4).
    """
    found = ladder(asset, media_format)
    if rung != "audio":
        height = rung_height(rung)
        found.check()
        return found.videos[found.shape.at(height)]
    if not found.audio:
        raise NotFound(f"no rendition '{media_format}-audio'")
    return found.audio[0]
