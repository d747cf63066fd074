"""Renditions: how the checked tracks of an asset are described in its record. Pure."""

from collections.abc import Sequence

from packager.check import Failed
from packager.cuts import Cuts
from packager.ladder import Rung
from packager.parts import Track
from storage.records import MediaFormat, Rendition


def renditions(
    cuts: Cuts, rungs: tuple[Rung, ...], videos: Sequence[Track], audio: Track, tss: Sequence[Track]
) -> tuple[Rendition, ...]:
    """`cmaf` best rung first, its sound, then `ts`; tracks are in the order of `rungs` and have all segments."""
    return (
        *(_video(cuts, "cmaf", rung, track) for rung, track in zip(rungs, videos, strict=True)),
        _sound(cuts, audio),
        *(_video(cuts, "ts", rung, track) for rung, track in zip(rungs, tss, strict=True)),
    )


def joined(parts: Sequence[tuple[Track, ...]]) -> tuple[Track, ...]:
    """The tracks of all parts, which are in order, as one per rung. Raises Failed when they are not alike."""
    return tuple(_joined(tracks) for tracks in zip(*parts, strict=True))


def _joined(tracks: tuple[Track, ...]) -> Track:
    if len({(track.rung, track.codecs) for track in tracks}) != 1:
        raise Failed(f"parts of {tracks[0].rung} differ: {', '.join(sorted({track.codecs for track in tracks}))}")
    return Track(
        rung=tracks[0].rung,
        codecs=tracks[0].codecs,
        sizes=tuple(size for track in tracks for size in track.sizes),
        audio_frames=sum(track.audio_frames for track in tracks),
    )


def _video(cuts: Cuts, media_format: MediaFormat, rung: Rung, track: Track) -> Rendition:
    peak, average = _rates(cuts, track.sizes)
    return Rendition(
        format=media_format,
        rung=rung.name,
        kind="video",
        codecs=track.codecs,
        width=rung.width,
        height=rung.height,
        peak_bps=peak,
        average_bps=average,
    )


def _sound(cuts: Cuts, track: Track) -> Rendition:
    peak, average = _rates(cuts, track.sizes)
    return Rendition(
        format="cmaf", rung=track.rung, kind="audio", codecs=track.codecs, peak_bps=peak, average_bps=average
    )


def _rates(cuts: Cuts, sizes: Sequence[int]) -> tuple[int, int]:
    """The highest and the average bit rate, in bits per second."""
    peak = max(8 * size * cuts.fps / cuts.frames_of(number) for number, size in enumerate(sizes))
    return int(peak) + 1, int(8 * sum(sizes) / cuts.duration) + 1
