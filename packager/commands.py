"""Commands: every ffmpeg command line of packaging, built with ffmpeg-python. Pure."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg

from packager import tonemap
from packager.cuts import AAC_SAMPLES, AUDIO_RATE, VIDEO_TIMESCALE, Cuts
from packager.ladder import Rung
from packager.probe import INPUT_OPTIONS, Audio, Probe, Video, input_url

CRF = 23
AUDIO_BPS = 128_000
AUDIO_RUNG = "audio"
PEAK_CEILING_DB = -1.5

# Progress on stdout; on stderr each line with its level, and the counts that the damage gate reads.
_RUN = ["-hide_banner", "-nostdin", "-nostats", "-progress", "pipe:1", "-v", "level+verbose"]
_QUIET = ["-hide_banner", "-nostdin", "-nostats", "-progress", "pipe:1", "-v", "level+warning"]
_PLAIN: dict[str, Any] = {"map_metadata": -1, "map_chapters": -1}


@dataclass(frozen=True, slots=True)
class Gain:
    """What makes the sound as loud as it should be: one factor, and a limiter where it would clip."""

    db: float
    limited: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of pictures: every `step`-th key frame, `columns` x `rows`."""

    step: int
    count: int
    columns: int
    rows: int
    width: int
    height: int


def intermediate(folder: Path, rung: str) -> Path:
    """The encode of one rung, or of the audio."""
    return folder / f"{rung}.mp4"


def measure(program: str, probe: Probe, audio: Audio) -> list[str]:
    """Decode the audio and print its integrated loudness and its highest sample."""
    stream = ffmpeg.input(input_url(probe.path), vn=None, sn=None, dn=None, **INPUT_OPTIONS)[str(audio.index)]
    # The measure is taken of what the gain is applied to: 48 kHz stereo.
    heard = _stereo(stream).filter("ebur128", peak="sample", framelog="quiet")
    argv: list[str] = ffmpeg.output(heard, "-", format="null").compile(cmd=[program, *_RUN])
    return argv


def encode(program: str, probe: Probe, cuts: Cuts, rungs: tuple[Rung, ...], gain: Gain, folder: Path) -> list[str]:
    """One process that decodes once and writes one MP4 per rung and one of the audio."""
    # Without reinit, a change of size inside the stream reaches `scale`, which follows it; with it, the
    # graph would be built anew and count frames from zero again.
    source = ffmpeg.input(input_url(probe.path), reinit_filter=0, **INPUT_OPTIONS)
    picture = _timed(source[str(probe.video.index)], probe.video, cuts)
    if probe.video.is_hdr:
        for name, options in tonemap.filters(rungs[0].picture_width, rungs[0].picture_height):
            picture = picture.filter(name, **options)
    pictures = picture.filter_multi_output("split", len(rungs))
    outputs = [
        ffmpeg.output(
            _fitted(pictures[number], rung, probe.video),
            str(intermediate(folder, rung.name)),
            **_video_options(rung, cuts),
        )
        for number, rung in enumerate(rungs)
    ]
    sound = ffmpeg.output(
        _sound(source, probe.audio, cuts, gain), str(intermediate(folder, AUDIO_RUNG)), **_audio_options()
    )
    argv: list[str] = ffmpeg.merge_outputs(*outputs, sound).compile(cmd=[program, *_RUN], overwrite_output=True)
    return argv


def mux(program: str, cuts: Cuts, rungs: tuple[Rung, ...], folder: Path, out: Path) -> list[str]:
    """One process that copies the encodes into both formats, cut at the key frames that begin segments."""
    videos = {rung.name: ffmpeg.input(str(intermediate(folder, rung.name)))["0"] for rung in rungs}
    audio = ffmpeg.input(str(intermediate(folder, AUDIO_RUNG)))["0"]
    cmaf = {"hls_segment_type": "fmp4", "hls_fmp4_init_filename": "init.mp4"}
    ts = {"hls_segment_type": "mpegts", "muxdelay": 0, "muxpreload": 0}
    outputs = [
        _segments((stream,), out / "cmaf" / name, "m4s", cmaf, cuts)
        for name, stream in {**videos, AUDIO_RUNG: audio}.items()
    ]
    outputs += [_segments((stream, audio), out / "ts" / name, "ts", ts, cuts) for name, stream in videos.items()]
    argv: list[str] = ffmpeg.merge_outputs(*outputs).compile(cmd=[program, *_QUIET], overwrite_output=True)
    return argv


def poster(program: str, video: Path, at_s: float, target: Path) -> list[str]:
    """One JPEG from around `at_s`: of five key frames the most typical, so not the black one."""
    # Not accurate: else an asset whose last key frame is before `at_s` would give no picture.
    source = ffmpeg.input(str(video), ss=f"{at_s:.3f}", noaccurate_seek=None, skip_frame="nokey")
    stream = source["v"].filter("thumbnail", 5)
    jpeg = ffmpeg.output(stream, str(target), **_jpeg(4))
    argv: list[str] = jpeg.compile(cmd=[program, *_QUIET], overwrite_output=True)
    return argv


def thumbnails(program: str, video: Path, sheet: Sheet, target: Path) -> list[str]:
    """One JPEG with many small pictures, from key frames only: nothing else is decoded."""
    stream = (
        ffmpeg.input(str(video), skip_frame="nokey")["v"]
        .filter("select", f"not(mod(n,{sheet.step}))")
        .filter("scale", sheet.width, sheet.height)
        .filter("tile", layout=f"{sheet.columns}x{sheet.rows}", nb_frames=sheet.count)
    )
    jpeg = ffmpeg.output(stream, str(target), **_jpeg(5))
    argv: list[str] = jpeg.compile(cmd=[program, *_QUIET], overwrite_output=True)
    return argv


def _jpeg(quality: int) -> dict[str, Any]:
    # Passed through: a key frame from before the seek point has a negative time and would be dropped.
    still = {"frames:v": 1, "update": 1, "fps_mode": "passthrough", "format": "image2"}
    return {"c:v": "mjpeg", "q:v": quality, "pix_fmt": "yuvj420p", **still}


# The picture ---------------------------------------------------------------


def _timed(stream: Any, video: Video, cuts: Cuts) -> Any:
    """Exactly `cuts.frames` frames at `cuts.fps`, whatever the source has: repeated or dropped to fit."""
    if video.interlaced:
        stream = stream.filter("bwdif", mode="send_frame", deint="interlaced")
    stream = stream.filter("fps", fps=str(cuts.fps), start_time=0, round="near")
    return stream.filter("tpad", stop=-1, stop_mode="clone").filter("trim", end_frame=cuts.frames)


def _fitted(stream: Any, rung: Rung, video: Video) -> Any:
    colours = {"out_range": "tv", "out_color_matrix": "bt709"}
    if not video.is_hdr and video.matrix in {"unknown", "gbr"}:
        # What says nothing is BT.709 from 720 lines on, as players assume too.
        colours |= {"in_color_matrix": "bt709" if video.height >= 720 else "bt601"}
    stream = stream.filter("scale", rung.picture_width, rung.picture_height, flags="bicubic", **colours)
    stream = stream.filter("format", "yuv420p").filter("setsar", 1)
    if rung.is_padded:
        stream = stream.filter("pad", rung.width, rung.height, "(ow-iw)/2", "(oh-ih)/2")
    return stream


def _video_options(rung: Rung, cuts: Cuts) -> dict[str, Any]:
    rate = f"{rung.step.rate_kbps}k"
    fps = cuts.fps
    return {
        "format": "mp4",
        "c:v": "libx264",
        "preset": "veryfast",
        "profile:v": rung.step.profile,
        "level:v": rung.step.level,
        "crf": CRF,
        "maxrate": rate,
        "bufsize": rate,
        # A frame out of order would need an edit list or start late, and players stall at the seam.
        "bf": 0,
        # Integers only: with times, the last key frames drift off the segment boundaries.
        "force_key_frames": f"expr:gte(n*{cuts.keyframes},n_forced*{cuts.frames})",
        "forced-idr": 1,
        "x264-params": "keyint=infinite:min-keyint=1:scenecut=0:open-gop=0:repeat-headers=1",
        "video_track_timescale": VIDEO_TIMESCALE,
        "fps_mode": "passthrough",
        "enc_time_base": f"{fps.denominator}/{fps.numerator}",
        "frames:v": cuts.frames,
        "colorspace": "bt709",
        "color_primaries": "bt709",
        "color_trc": "bt709",
        "color_range": "tv",
        **_PLAIN,
    }


# The sound -----------------------------------------------------------------


def _sound(source: Any, audio: Audio | None, cuts: Cuts, gain: Gain) -> Any:
    """Exactly `cuts.audio_frames` frames: the source's sound from time zero, and silence where it has none."""
    samples = cuts.audio_frames * AAC_SAMPLES
    if audio is None:
        silence = ffmpeg.input(f"anullsrc=r={AUDIO_RATE}:cl=stereo", format="lavfi")
        return silence.filter("atrim", end_sample=samples)
    stream = _stereo(source[str(audio.index)])
    if gain.db:
        stream = stream.filter("volume", volume=f"{gain.db:.2f}dB")
    if gain.limited:
        limit = f"{10 ** (PEAK_CEILING_DB / 20):.4f}"
        stream = stream.filter("alimiter", limit=limit, attack=5, release=50, level="disabled", latency=1)
    return stream.filter("apad").filter("atrim", end_sample=samples)


def _stereo(stream: Any) -> Any:
    return stream.filter("aresample", AUDIO_RATE, **{"async": 1, "min_hard_comp": "0.1", "first_pts": 0}).filter(
        "aformat", sample_fmts="fltp", channel_layouts="stereo"
    )


def _audio_options() -> dict[str, Any]:
    return {
        "format": "mp4",
        "c:a": "aac",
        "b:a": AUDIO_BPS,
        "ac": 2,
        "ar": AUDIO_RATE,
        # The encoder's priming frame: kept, the sound would start 21 ms after the picture.
        "bsf:a": r"noise=drop=lt(pts\,0)",
        **_PLAIN,
    }


# Segments ------------------------------------------------------------------


def _segments(streams: tuple[Any, ...], folder: Path, suffix: str, kind: dict[str, Any], cuts: Cuts) -> Any:
    return ffmpeg.output(
        *streams,
        str(folder / "index.m3u8"),
        format="hls",
        c="copy",
        hls_time=f"{cuts.hls_time_us // 1_000_000}.{cuts.hls_time_us % 1_000_000:06d}",
        hls_playlist_type="vod",
        hls_list_size=0,
        hls_flags="independent_segments",
        hls_segment_filename=str(folder / f"%d.{suffix}"),
        **kind,
    )
