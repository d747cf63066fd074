"""What a channel's playlists declare: variants that hold for every asset, and what stands in for a rung. No I/O."""

from bisect import bisect_right
from collections.abc import Sequence
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


class Ladder(NamedTuple):
    """What an asset has in one format: videos with the `heights` of their rungs, lowest first, and audio beside them.

    `rates`: peak and average bits a second of each video, with that audio; `sizes`: height, width and codecs.
    """

    asset: str
    format: MediaFormat
    frame_rate: str
    videos: tuple[Rendition, ...]
    heights: tuple[int, ...]
    rates: tuple[tuple[int, int], ...]
    sizes: tuple[tuple[int, int, str], ...]
    audio: tuple[Rendition, ...]

    def at(self, height: int) -> int:
        """Which of the videos is played for a rung: it, or the nearest lower, or the lowest. Raises NotFound."""
        if not self.videos:
            raise NotFound(f"asset {self.asset} has no {self.format} video")
        return max(bisect_right(self.heights, height) - 1, 0)


def ladder(asset: AssetRecord, media_format: MediaFormat) -> Ladder:
    """The ladder of an asset. Raises NotFound for a rung that is none."""
    ours = [one for one in asset.renditions if one.format == media_format]
    audio = tuple(one for one in ours if one.kind == "audio")
    videos = sorted((one for one in ours if one.kind == "video"), key=lambda one: rung_height(one.rung))
    peak, average = sum(one.peak_bps for one in audio), sum(one.average_bps for one in audio)
    return Ladder(
        asset.id,
        media_format,
        asset.frame_rate,
        tuple(videos),
        tuple(rung_height(one.rung) for one in videos),
        tuple((one.peak_bps + peak, one.average_bps + average) for one in videos),
        tuple((one.height, one.width, one.codecs) for one in videos),
        audio,
    )


def offer(ladders: Sequence[Ladder]) -> Offer:
    """What the playlist of a format declares.

    It holds for every asset: bit rates and sizes are the highest of all, with an asset that lacks a rung counted as
    the nearest lower one it has (rfc8216bis 4.4.6.2).
    """
    heights = {height for one in ladders for height in one.heights}
    variants = [_variant(ladders, height) for height in sorted(heights, reverse=True)]
    audio = next((one.audio[0].name for one in ladders if one.audio), None)
    # With muxed audio the largest stays first: ffmpeg takes the largest picture but the first variant's sound,
    # and freezes at a discontinuity when those are two playlists.
    if audio is not None:
        first = min(variants, key=lambda variant: abs(variant.average_bps - FIRST_VARIANT_BPS), default=None)
        variants.sort(key=lambda variant: variant is not first)  # stable: the rest stays in descending order
    return Offer(tuple(variants), audio)


def _variant(ladders: Sequence[Ladder], height: int) -> Variant:
    rates = {one.rates[one.at(height)] for one in ladders}
    exact = [one for one in ladders if height in one.heights]
    best = max(exact, key=lambda one: one.sizes[one.at(height)])
    video = best.videos[best.at(height)]
    codecs = ",".join([video.codecs, *(one.codecs for one in best.audio[:1])])
    frame_rate = max(map(Fraction, {one.frame_rate for one in exact}))
    peak, average = max(peak for peak, _ in rates), max(average for _, average in rates)
    return Variant(video.name, codecs, video.width, video.height, frame_rate, peak, average)


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
        return found.videos[found.at(rung_height(rung))]
    if not found.audio:
        raise NotFound(f"no rendition '{media_format}-audio'")
    return found.audio[0]
