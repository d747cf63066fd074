"""Commands: the ffmpeg command lines that encode and cut, built with ffmpeg-python. Pure."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg

from packager import tonemap
from packager.chunks import Reading
from packager.cuts import AAC_SAMPLES, AUDIO_RATE, VIDEO_TIMESCALE, Cuts, Run
from packager.ladder import Rung
from packager.probe import INPUT_OPTIONS, Audio, Probe, Video, input_url

CRF = 23
AUDIO_BPS = 128_000
AUDIO_RUNG = "audio"
PEAK_CEILING_DB = -1.5

# Progress on stdout; on stderr each line with its level, and the counts that the damage gate reads. How many errors
# are too many is for the gate to say, not for ffmpeg.
_RUN = ["-hide_banner", "-nostdin", "-nostats", "-progress", "pipe:1", "-v", "level+verbose", "-max_error_rate", "1"]
QUIET = ["-hide_banner", "-nostdin", "-nostats", "-progress", "pipe:1", "-v", "level+warning"]
_PLAIN: dict[str, Any] = {"map_metadata": -1, "map_chapters": -1}


@dataclass(frozen=True, slots=True)
class Gain:
    """What makes the sound as loud as it should be: one factor, and a limiter where it would clip."""

    db: float
    limited: bool


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
    """One process that decodes all of a source once and writes one MP4 per rung and one of the audio."""
    source = _source(probe, None)
    outputs = _pictures(
        _timed(source[str(probe.video.index)], probe.video, cuts.whole), probe, cuts.whole, rungs, folder
    )
    heard = _sound_output(_sound(source, probe.audio, cuts, gain), folder)
    argv: list[str] = ffmpeg.merge_outputs(*outputs, heard).compile(cmd=[program, *_RUN], overwrite_output=True)
    return argv


def encode_run(
    program: str, probe: Probe, run: Run, rungs: tuple[Rung, ...], reading: Reading, folder: Path
) -> list[str]:
    """One process that decodes a part of a source and writes one MP4 per rung; it prints what it decodes."""
    decoded = _source(probe, reading)[str(probe.video.index)].filter("showinfo", checksum=0)
    outputs = _pictures(_timed(decoded, probe.video, run), probe, run, rungs, folder, threads=1)
    argv: list[str] = ffmpeg.merge_outputs(*outputs).compile(cmd=[program, *_RUN], overwrite_output=True)
    return argv


def encode_sound(program: str, probe: Probe, cuts: Cuts, gain: Gain, reading: Reading, folder: Path) -> list[str]:
    """One process that writes one MP4 of the audio."""
    source = _source(probe, reading) if probe.audio else None
    output = _sound_output(_sound(source, probe.audio, cuts, gain), folder)
    argv: list[str] = output.compile(cmd=[program, *_RUN], overwrite_output=True)
    return argv


def mux(program: str, cuts: Cuts, rungs: tuple[Rung, ...], folder: Path, out: Path) -> list[str]:
    """One process that copies the encodes into both formats, cut at the key frames that begin segments."""
    videos = {rung.name: ffmpeg.input(str(intermediate(folder, rung.name)))["0"] for rung in rungs}
    audio = ffmpeg.input(str(intermediate(folder, AUDIO_RUNG)))["0"]
    outputs = [_cmaf(stream, out / "cmaf" / name, cuts.whole.hls_time_us) for name, stream in videos.items()]
    outputs.append(_cmaf(audio, out / "cmaf" / AUDIO_RUNG, cuts.hls_time_us))
    outputs += [_ts(stream, audio, out / "ts" / name, cuts.whole.hls_time_us) for name, stream in videos.items()]
    return _copying(program, outputs)


def mux_run(program: str, run: Run, rungs: tuple[Rung, ...], folder: Path, out: Path) -> list[str]:
    """The encodes of a part copied into `cmaf`; their times and numbers count from its own start."""
    outputs = [
        _cmaf(
            ffmpeg.input(str(intermediate(folder, rung.name)))["0"],
            out / "cmaf" / rung.name,
            run.hls_time_us,
            start_number=run.first,
        )
        for rung in rungs
    ]
    return _copying(program, outputs)


def mux_sound(program: str, cuts: Cuts, folder: Path, out: Path) -> list[str]:
    """The encode of the audio copied into `cmaf`."""
    audio = ffmpeg.input(str(intermediate(folder, AUDIO_RUNG)))["0"]
    return _copying(program, [_cmaf(audio, out / "cmaf" / AUDIO_RUNG, cuts.hls_time_us)])


def remux_run(program: str, run: Run, rungs: tuple[Rung, ...], folder: Path, out: Path) -> list[str]:
    """Joined `cmaf` segments of a part, and of the audio around it, copied into `ts` at their own times."""
    audio = ffmpeg.input(str(intermediate(folder, AUDIO_RUNG)), copyts=None)["0"]
    # The muxer gives a segment the audio that starts with its first picture or later, so that is where a part begins.
    first, end = (frame * AAC_SAMPLES for frame in (run.first_audio_frame, run.end_audio_frame))
    only = {"bsf:a": rf"noise=drop=lt(pts\,{first})+gte(pts\,{end})"}
    outputs = [
        _ts(
            ffmpeg.input(str(intermediate(folder, rung.name)), copyts=None)["0"],
            audio,
            out / "ts" / rung.name,
            run.hls_time_us,
            start_number=run.first,
            **only,
        )
        for rung in rungs
    ]
    return _copying(program, outputs)


def _copying(program: str, outputs: list[Any]) -> list[str]:
    argv: list[str] = ffmpeg.merge_outputs(*outputs).compile(cmd=[program, *QUIET], overwrite_output=True)
    return argv


def _source(probe: Probe, reading: Reading | None) -> Any:
    # Without reinit, a change of size inside the stream reaches `scale`, which follows it; with it, the
    # graph would be built anew and count frames from zero again.
    options: dict[str, Any] = {"reinit_filter": 0, **INPUT_OPTIONS}
    if reading is not None:
        # ffmpeg's own zero depends on which streams are read, and in a part not all are.
        options |= {"copyts": None, "itsoffset": f"{-reading.zero_us}us"}
        if reading.seek_us is not None:
            # Accurate seeking would cut off the picture that is still shown when a part begins.
            options |= {"ss": f"{reading.seek_us}us", "noaccurate_seek": None}
    return ffmpeg.input(input_url(probe.path), **options)


# The picture ---------------------------------------------------------------


def _pictures(
    picture: Any, probe: Probe, run: Run, rungs: tuple[Rung, ...], folder: Path, threads: int | None = None
) -> list[Any]:
    """The outputs of one picture in every rung."""
    if probe.video.is_hdr:
        for name, options in tonemap.filters(rungs[0].picture_width, rungs[0].picture_height):
            picture = picture.filter(name, **options)
    pictures = picture.filter_multi_output("split", len(rungs))
    return [
        ffmpeg.output(
            _fitted(pictures[number], rung, probe.video),
            str(intermediate(folder, rung.name)),
            **_video_options(rung, run, threads),
        )
        for number, rung in enumerate(rungs)
    ]


def _timed(stream: Any, video: Video, run: Run) -> Any:
    """Exactly the frames of `run`, whatever the source has: repeated or dropped to fit."""
    if video.interlaced:
        stream = stream.filter("bwdif", mode="send_frame", deint="interlaced")
    # The asset begins at zero, with the first picture if that comes later. A part begins with whatever was read; the
    # filter counts frames from zero all the same, so that `trim` finds its own.
    start = {"start_time": 0} if run.is_first else {}
    stream = stream.filter("fps", fps=str(run.cuts.fps), round="near", **start)
    stream = stream.filter("tpad", stop=-1, stop_mode="clone")
    stream = stream.filter("trim", start_pts=run.first_frame, end_pts=run.end_frame)
    return stream.filter("setpts", f"PTS-{run.first_frame}")


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


def _video_options(rung: Rung, run: Run, threads: int | None) -> dict[str, Any]:
    rate = f"{rung.step.rate_kbps}k"
    cuts, fps = run.cuts, run.cuts.fps
    # With more than one thread, what the encoder makes depends on how many cores it finds.
    fixed = "" if threads is None else f":threads={threads}"
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
        "force_key_frames": (
            f"expr:gte((n+{run.first_frame})*{cuts.keyframes},(n_forced+{run.first_key})*{cuts.frames})"
        ),
        "forced-idr": 1,
        "x264-params": "keyint=infinite:min-keyint=1:scenecut=0:open-gop=0:repeat-headers=1" + fixed,
        "video_track_timescale": VIDEO_TIMESCALE,
        "fps_mode": "passthrough",
        "enc_time_base": f"{fps.denominator}/{fps.numerator}",
        "frames:v": run.frames,
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


def _sound_output(sound: Any, folder: Path) -> Any:
    return ffmpeg.output(sound, str(intermediate(folder, AUDIO_RUNG)), **_audio_options())


# Segments ------------------------------------------------------------------


def _cmaf(stream: Any, folder: Path, hls_time_us: int, **options: Any) -> Any:
    # Without the bit rate: it is that of one chunk, and the initialisation section is to be the same for all.
    kind = {"hls_segment_type": "fmp4", "hls_fmp4_init_filename": "init.mp4", "hls_segment_options": "write_btrt=0"}
    return _segments((stream,), folder, "m4s", hls_time_us, **kind, **options)


def _ts(video: Any, audio: Any, folder: Path, hls_time_us: int, **options: Any) -> Any:
    kind = {"hls_segment_type": "mpegts", "muxdelay": 0, "muxpreload": 0}
    return _segments((video, audio), folder, "ts", hls_time_us, **kind, **options)


def _segments(streams: tuple[Any, ...], folder: Path, suffix: str, hls_time_us: int, **options: Any) -> Any:
    return ffmpeg.output(
        *streams,
        str(folder / "index.m3u8"),
        format="hls",
        c="copy",
        hls_time=f"{hls_time_us // 1_000_000}.{hls_time_us % 1_000_000:06d}",
        hls_playlist_type="vod",
        hls_list_size=0,
        hls_flags="independent_segments",
        hls_segment_filename=str(folder / f"%d.{suffix}"),
        **options,
    )
