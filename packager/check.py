"""The gate: nothing becomes an asset unless every rendition is what was planned, to the frame."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from packager import boxes, tsfile
from packager.boxes import Malformed
from packager.commands import AUDIO_RUNG
from packager.cuts import AAC_SAMPLES, AUDIO_RATE, VIDEO_TIMESCALE, Cuts
from packager.ladder import Rung
from packager.mux import tracks
from storage.errors import BadSource
from storage.records import TICKS_PER_SECOND, Rendition

AUDIO_CODECS = "mp4a.40.2"
_AAC_S = Fraction(AAC_SAMPLES, AUDIO_RATE)
_PROFILES = {"high": "64", "main": "4D"}
_SPS, _PPS, _IDR = 7, 8, 5
_PTS_RANGE = 1 << 33


class Failed(BadSource):
    """The packaged result is not what was planned. Nothing of it may be published."""


def check(cuts: Cuts, rungs: tuple[Rung, ...], out: Path, checked: Callable[[float], None]) -> tuple[Rendition, ...]:
    """Read every segment in `out` and describe the renditions. Raises Failed at the first disagreement.

    `checked` is told the part, 0 to 1, that is done.
    """
    sizes = {rung.name: rung for rung in rungs}
    found = []
    wanted = tracks(rungs)
    for number, (media_format, rung) in enumerate(wanted):
        folder = out / media_format / rung
        try:
            _check_count(cuts, folder, media_format)
            if media_format == "ts":
                found.append(_ts(cuts, sizes[rung], folder))
            elif rung == AUDIO_RUNG:
                found.append(_cmaf_audio(cuts, folder))
            else:
                found.append(_cmaf_video(cuts, sizes[rung], folder))
        except (Malformed, OSError) as error:
            raise Failed(f"the packaged result failed its check: {media_format}-{rung}: {error}") from None
        checked((number + 1) / len(wanted))
    return tuple(found)


def _check_count(cuts: Cuts, folder: Path, media_format: str) -> None:
    suffix = "m4s" if media_format == "cmaf" else "ts"
    present = {path.name for path in folder.iterdir() if path.suffix == f".{suffix}"}
    wanted = {f"{number}.{suffix}" for number in range(cuts.segments)}
    if present != wanted:
        odd = ", ".join(sorted(present ^ wanted)[:3])
        raise Malformed(f"{len(present)} segments, planned {cuts.segments}; they differ in {odd}")


# CMAF ----------------------------------------------------------------------


def _cmaf_video(cuts: Cuts, rung: Rung, folder: Path) -> Rendition:
    init = _init(folder, VIDEO_TIMESCALE)
    _check_codecs(rung, init.codecs)
    due, sizes = 0, []
    for number in range(cuts.segments):
        data = (folder / f"{number}.m4s").read_bytes()
        piece = _fragment(data, number, due)
        _same(f"segment {number}: frames", len(piece.durations), cuts.frames_of(number))
        _same(f"segment {number}: frame ticks", set(piece.durations), {cuts.frame_ticks})
        if not piece.starts_sync:
            raise Malformed(f"segment {number} does not start with a sync sample")
        _check_idr(number, boxes.nal_kinds(piece.first_sample, init.nal_length_bytes))
        due = piece.end_time
        sizes.append(len(data))
    peak, average = _rates(cuts, sizes)
    return Rendition(
        format="cmaf",
        rung=rung.name,
        kind="video",
        codecs=init.codecs,
        width=rung.width,
        height=rung.height,
        peak_bps=peak,
        average_bps=average,
    )


def _cmaf_audio(cuts: Cuts, folder: Path) -> Rendition:
    init = _init(folder, AUDIO_RATE)
    _same("codecs", init.codecs, AUDIO_CODECS)
    due, sizes, frames = 0, [], 0
    for number in range(cuts.segments):
        data = (folder / f"{number}.m4s").read_bytes()
        piece = _fragment(data, number, due)
        _same(f"segment {number}: audio frame ticks", set(piece.durations), {AAC_SAMPLES})
        _check_near(cuts, number, Fraction(piece.decode_time, AUDIO_RATE))
        due = piece.end_time
        frames += len(piece.durations)
        sizes.append(len(data))
    _check_audio_total(cuts, frames)
    peak, average = _rates(cuts, sizes)
    return Rendition(
        format="cmaf", rung=AUDIO_RUNG, kind="audio", codecs=init.codecs, peak_bps=peak, average_bps=average
    )


def _init(folder: Path, timescale: int) -> boxes.Init:
    init = boxes.init((folder / "init.mp4").read_bytes())
    _same("timescale", init.timescale, timescale)
    if init.edits:
        raise Malformed("an edit list moves its start")
    return init


def _fragment(data: bytes, number: int, due: int) -> boxes.Fragment:
    piece = boxes.fragment(data)
    _same(f"segment {number}: decode time", piece.decode_time, due)
    if piece.reordered:
        raise Malformed(f"segment {number} has composition offsets")
    return piece


# TS ------------------------------------------------------------------------


def _ts(cuts: Cuts, rung: Rung, folder: Path) -> Rendition:
    sizes: list[int] = []
    first, audio_frames, codecs = 0, 0, ""
    for number in range(cuts.segments):
        data = (folder / f"{number}.ts").read_bytes()
        piece = tsfile.segment(data)
        if number == 0:
            first, codecs = piece.video_pts[0], piece.codecs
            if not piece.audio_pts:
                raise Malformed("segment 0 has no audio")
            _same("start of the audio", piece.audio_pts[0], first)
        _check_ts_video(cuts, number, piece, first)
        _check_codecs(rung, piece.codecs)
        if piece.audio_pts:
            _check_near(cuts, number, Fraction((piece.audio_pts[0] - first) % _PTS_RANGE, TICKS_PER_SECOND))
        audio_frames += piece.audio_frames
        sizes.append(len(data))
    _check_audio_total(cuts, audio_frames)
    peak, average = _rates(cuts, sizes)
    return Rendition(
        format="ts",
        rung=rung.name,
        kind="video",
        codecs=f"{codecs},{AUDIO_CODECS}",
        width=rung.width,
        height=rung.height,
        peak_bps=peak,
        average_bps=average,
    )


def _check_ts_video(cuts: Cuts, number: int, piece: tsfile.TsSegment, first: int) -> None:
    _same(f"segment {number}: frames", len(piece.video_pts), cuts.frames_of(number))
    for offset, pts in enumerate(piece.video_pts):
        due = (cuts.first_frame(number) + offset) * TICKS_PER_SECOND / cuts.fps
        # 90 kHz cannot say every frame time exactly, and muxers round either way.
        if abs((pts - first) % _PTS_RANGE - due) >= 1:
            raise Malformed(f"segment {number}: frame {offset} at {(pts - first) % _PTS_RANGE}, planned {due}")
    _check_idr(number, piece.first_nals)


# Both ----------------------------------------------------------------------


def _check_codecs(rung: Rung, codecs: str) -> None:
    """Profile and level as asked, so that every asset has the same; the constraint flags are the encoder's."""
    level = f"{int(float(rung.step.level) * 10):02X}"
    if not codecs.startswith(f"avc1.{_PROFILES[rung.step.profile]}") or codecs[9:] != level:
        raise Malformed(f"codecs {codecs}, asked for {rung.step.profile} {rung.step.level}")


def _check_idr(number: int, kinds: tuple[int, ...]) -> None:
    slices = [kind for kind in kinds if 1 <= kind <= _IDR]
    before = kinds[: kinds.index(_IDR)] if _IDR in kinds else ()
    if not slices or set(slices) != {_IDR} or not {_SPS, _PPS} <= set(before):
        raise Malformed(f"segment {number} starts with NAL units {kinds[:6]}, not parameter sets and an IDR picture")


def _check_near(cuts: Cuts, number: int, start_s: Fraction) -> None:
    due = cuts.first_frame(number) / cuts.fps
    if abs(start_s - due) > _AAC_S + 1 / cuts.fps:
        raise Malformed(f"segment {number}: audio starts at {float(start_s):.4f} s, video at {float(due):.4f} s")


def _check_audio_total(cuts: Cuts, frames: int) -> None:
    _same("audio frames", frames, cuts.audio_frames)
    apart = abs(frames * _AAC_S - cuts.duration)
    if apart > _AAC_S:
        raise Malformed(f"audio and video end {float(apart) * 1000:.1f} ms apart")


def _same(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise Malformed(f"{what}: {found}, planned {wanted}")


def _rates(cuts: Cuts, sizes: list[int]) -> tuple[int, int]:
    """The highest and the average bit rate, in bits per second."""
    peak = max(8 * size * cuts.fps / cuts.frames_of(number) for number, size in enumerate(sizes))
    return int(peak) + 1, int(8 * sum(sizes) / cuts.duration) + 1
