"""The probe: what a file says it holds, from its headers. What it really holds is told by `packets`."""

import json
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from packager import child
from packager.tools import Tools
from storage.errors import BadSource

PROBE_S = 60.0

# What people upload. Playlists and scripts (hls, concat, image patterns) are left out: they make ffmpeg
# open further files, of this machine.
FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,mpeg,mpegvideo,avi,flv,asf,ogg,mxf,dv,gif,nut,"
    "h264,hevc,m4v,wtv,rm,ivf,yuv4mpegpipe,obu,vob,wav,mp3,aac,flac,png_pipe,jpeg_pipe"
)
INPUT_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": FORMATS}

_STREAM = (
    "index,codec_type,codec_name,width,height,sample_aspect_ratio,avg_frame_rate,r_frame_rate,field_order,"
    "color_transfer,color_space,start_time,duration,nb_frames,time_base,channels"
)
_ENTRIES = (
    f"stream={_STREAM}:stream_disposition=default,attached_pic:stream_tags=DURATION:"
    "stream_side_data=side_data_type,rotation,dv_profile:format=format_name,start_time,duration"
)

_HDR = frozenset({"smpte2084", "arib-std-b67"})
_MAY_BE_INTERLACED = frozenset({"mpeg2video", "h264", "vc1", "dvvideo"})


@dataclass(frozen=True, slots=True)
class Video:
    """The video stream that is packaged. `width` x `height`: as shown, with square pixels, upright."""

    index: int
    codec: str
    width: int
    height: int
    average_rate: Fraction | None
    interlaced: bool
    transfer: str
    matrix: str
    promised_s: Fraction | None
    promised_frames: int | None

    @property
    def is_hdr(self) -> bool:
        """Whether the picture needs tone mapping."""
        return self.transfer in _HDR


@dataclass(frozen=True, slots=True)
class Audio:
    """The audio stream that is packaged."""

    index: int
    codec: str
    channels: int


@dataclass(frozen=True, slots=True)
class Probe:
    """What the headers say. `start_s` is where the container's time begins; `promised_s` how long it runs.

    `starts` has the streams that say where they begin. `name` is the file's, for people.
    """

    path: Path
    name: str
    formats: frozenset[str]
    start_s: Fraction
    promised_s: Fraction | None
    video: Video
    audio: Audio | None
    time_bases: dict[int, Fraction]
    starts: dict[int, Fraction]

    @property
    def used(self) -> tuple[int, ...]:
        """The streams that are packaged."""
        return (self.video.index,) if self.audio is None else (self.video.index, self.audio.index)


def probe(path: Path, tools: Tools, name: str | None = None) -> Probe:
    """The streams that will be packaged: the default video and the default audio, else the first of each.

    Raises BadSource for what is not a video: the message names the file and the reason.
    """
    name = name or path.name
    check_file(path)
    facts = _headers(path, name, tools)
    streams: list[dict[str, Any]] = facts.get("streams", [])
    pictures = [s for s in streams if s.get("codec_type") == "video" and not _is(s, "attached_pic")]
    sounds = [s for s in streams if s.get("codec_type") == "audio"]
    if not pictures:
        raise BadSource(f"{name}: " + ("has sound but no video" if sounds else "not a video"))
    container = facts.get("format", {})
    return Probe(
        path=path,
        name=name,
        formats=frozenset(str(container.get("format_name", "")).split(",")),
        start_s=_seconds(container.get("start_time")) or Fraction(0),
        promised_s=_seconds(container.get("duration")),
        video=_video(name, _first(pictures)),
        audio=_audio(_first(sounds)) if sounds else None,
        time_bases={int(s["index"]): Fraction(s["time_base"]) for s in streams if "time_base" in s},
        starts={int(s["index"]): start for s in streams if (start := _seconds(s.get("start_time"))) is not None},
    )


def input_url(path: Path) -> str:
    """How ffmpeg is told of the file: a name such as "a:b.mp4" would else be taken for a protocol."""
    return f"file:{path.absolute()}"


def check_file(path: Path) -> None:
    """Raises BadSource when there is nothing to read at `path`."""
    name = path.name or str(path)
    try:
        if not path.exists():
            raise BadSource(f"{name}: no such file")
        if not path.is_file():
            raise BadSource(f"{name}: not a file")
        if path.stat().st_size == 0:
            raise BadSource(f"{name}: the file is empty")
    except OSError as error:
        raise BadSource(f"{name}: cannot be read: {error.strerror}") from None


def _headers(path: Path, name: str, tools: Tools) -> dict[str, Any]:
    lines: list[str] = []

    def keep(line: str) -> bool:
        # A real answer has some hundred lines; a file of endless streams must not fill our memory.
        if len(lines) < 20_000:
            lines.append(line)
        return True

    options = [word for name, value in INPUT_OPTIONS.items() for word in (f"-{name}", value)]
    argv = [tools.ffprobe, "-v", "level+error", *options, "-show_entries", _ENTRIES, "-of", "json", input_url(path)]
    try:
        ended = child.run(argv, out=keep, stall_s=PROBE_S)
    except child.Stalled:
        raise BadSource(f"{name}: could not be understood within {PROBE_S:.0f} s") from None
    if ended.code != 0:
        raise BadSource(f"{name}: not a video ({ended.reason.rpartition(': ')[2]})")
    facts: dict[str, Any] = json.loads("\n".join(lines))
    return facts


def _first(streams: list[dict[str, Any]]) -> dict[str, Any]:
    return next((stream for stream in streams if _is(stream, "default")), streams[0])


def _is(stream: dict[str, Any], disposition: str) -> bool:
    return bool(stream.get("disposition", {}).get(disposition))


def _video(name: str, stream: dict[str, Any]) -> Video:
    side_data = stream.get("side_data_list", [])
    codec = _codec(name, stream, "video")
    if any(data.get("dv_profile") == 5 for data in side_data):
        raise BadSource(f"{name}: Dolby Vision profile 5 has no picture that other players can show")
    if not stream.get("width") or not stream.get("height"):
        raise BadSource(f"{name}: no picture could be found in its video")
    width, height = _shown(stream, side_data)
    field_order = stream.get("field_order", "unknown")
    return Video(
        index=int(stream["index"]),
        codec=codec,
        width=width,
        height=height,
        average_rate=_ratio(stream.get("avg_frame_rate")) or _ratio(stream.get("r_frame_rate")),
        interlaced=field_order in {"tt", "bb", "tb", "bt"}
        or (field_order == "unknown" and codec in _MAY_BE_INTERLACED),
        transfer=stream.get("color_transfer", "unknown"),
        matrix=stream.get("color_space", "unknown"),
        promised_s=_seconds(stream.get("duration")) or _clock(stream.get("tags", {}).get("DURATION")),
        promised_frames=int(stream["nb_frames"]) if str(stream.get("nb_frames", "")).isdecimal() else None,
    )


def _audio(stream: dict[str, Any]) -> Audio | None:
    # A track without channels is a header that nothing follows; silence takes its place.
    if not stream.get("channels") or stream.get("codec_name", "unknown") == "unknown":
        return None
    return Audio(int(stream["index"]), str(stream["codec_name"]), int(stream["channels"]))


def _codec(name: str, stream: dict[str, Any], kind: str) -> str:
    codec = str(stream.get("codec_name", "unknown"))
    if codec in {"unknown", "none"}:
        raise BadSource(f"{name}: ffmpeg has no decoder for its {kind}")
    return codec


def _shown(stream: dict[str, Any], side_data: list[dict[str, Any]]) -> tuple[int, int]:
    """Width and height after the pixels' shape and the rotation."""
    # ffprobe prints "0:1" and "N/A" where it does not know.
    aspect = _ratio(str(stream.get("sample_aspect_ratio", "")).replace(":", "/")) or Fraction(1)
    width, height = max(1, round(stream["width"] * aspect)), int(stream["height"])
    turned = next((data["rotation"] for data in side_data if "rotation" in data), 0)
    return (height, width) if round(turned / 90) % 2 else (width, height)


def _ratio(text: str | None) -> Fraction | None:
    # ffprobe prints "0/0" for some MOVs.
    over, _, under = (text or "").partition("/")
    if not over.isdecimal() or not under.isdecimal() or not int(over) or not int(under):
        return None
    return Fraction(int(over), int(under))


def _seconds(text: str | None) -> Fraction | None:
    try:
        return Fraction(text) if text else None
    except ValueError:
        return None


def _clock(text: str | None) -> Fraction | None:
    """Matroska's DURATION tag: "00:00:10.040000000"."""
    hours, _, rest = (text or "").partition(":")
    minutes, _, seconds = rest.partition(":")
    try:
        return int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds)
    except ValueError:
        return None
