"""Source files for the tests, each made by ffmpeg's own generators in a second or less."""

import subprocess
from collections.abc import Callable
from pathlib import Path

from packager import tools
from packager.tools import Tools
from storage.settings import Settings

TOOLS: Tools = tools.find(Settings())
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "50")
AAC = ("-c:a", "aac", "-b:a", "64k")


def ffmpeg(*words: str | Path) -> None:
    """Run ffmpeg; what it complains about fails the test."""
    argv = [TOOLS.ffmpeg, "-hide_banner", "-nostdin", "-v", "error", "-y", *map(str, words)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr


def picture(size: str = "320x180", rate: str = "25", seconds: float = 5) -> tuple[str, ...]:
    """Input words for a moving test picture."""
    return "-f", "lavfi", "-i", f"testsrc2=s={size}:r={rate}:d={seconds}"


def tone(seconds: float = 5, layout: str = "mono", volume: float = 0.5) -> tuple[str, ...]:
    """Input words for a tone of 440 Hz in every channel."""
    return "-f", "lavfi", "-i", f"sine=f=440:d={seconds}:r=44100,volume={volume},aformat=channel_layouts={layout}"


def plain(target: Path, rate: str = "25", size: str = "320x180", seconds: float = 5) -> None:
    """A picture and a tone in MP4."""
    ffmpeg(*picture(size, rate, seconds), *tone(seconds), *H264, *AAC, target)


def _film(target: Path) -> None:
    plain(target, "24000/1001")


def _ntsc(target: Path) -> None:
    plain(target, "30000/1001", seconds=9)


def _fifty(target: Path) -> None:
    plain(target, "50")


def _hundred_and_twenty(target: Path) -> None:
    plain(target, "120", seconds=3)


def _silent(target: Path) -> None:
    ffmpeg(*picture("640x360"), *H264, target)


def _surround(target: Path) -> None:
    ffmpeg(*picture(), *tone(layout="5.1"), *H264, *AAC, target)


def _anamorphic(target: Path) -> None:
    ffmpeg(*picture("352x288"), *tone(), "-vf", "setsar=16/11", *H264, *AAC, target)


def _turned(target: Path) -> None:
    upright = target.with_name("upright.mp4")
    plain(upright, size="640x360")
    ffmpeg("-display_rotation", "90", "-i", upright, "-c", "copy", target)


def _interlaced(target: Path) -> None:
    fields = ("-c:v", "mpeg2video", "-b:v", "2M", "-flags", "+ildct+ilme", "-vf", "interlace,setfield=tff")
    ffmpeg(*picture("352x288", "50"), *tone(), *fields, "-c:a", "mp2", target)


def _variable(target: Path) -> None:
    # Of every ten frames at 30 per second, the last four are left out.
    ffmpeg(*picture(rate="30"), *tone(), "-vf", "select='lt(mod(n,10),6)'", "-fps_mode", "vfr", *H264, *AAC, target)


def _offset(target: Path) -> None:
    ffmpeg(*picture(), *tone(), *H264, *AAC, "-output_ts_offset", "10", target)


def _portrait(target: Path) -> None:
    plain(target, size="360x640")


def _tiny(target: Path) -> None:
    plain(target, size="100x80")


def _ten_bit(target: Path) -> None:
    ffmpeg(*picture(), *tone(), "-pix_fmt", "yuv422p10le", "-c:v", "prores_ks", "-c:a", "pcm_s16le", target)


def _late_sound(target: Path) -> None:
    ffmpeg(*picture(), "-itsoffset", "0.7", *tone(2), *H264, *AAC, target)


def _avi(target: Path) -> None:
    ffmpeg(*picture(), *tone(), "-c:v", "mpeg4", "-bf", "2", "-c:a", "libmp3lame", target)


def _webm(target: Path) -> None:
    ffmpeg(*picture(), *tone(), "-c:v", "libvpx-vp9", "-cpu-used", "8", "-deadline", "realtime", target)


def _odd(target: Path) -> None:
    ffmpeg(*picture("321x181"), *tone(), "-pix_fmt", "yuv444p", "-c:v", "ffv1", "-c:a", "flac", target)


def _gif(target: Path) -> None:
    ffmpeg(*picture("120x90", "10", 3), target)


def _resized(target: Path) -> None:
    """The picture goes from 16:9 to 4:3 after two seconds."""
    parts = target.with_name("first.h264"), target.with_name("second.h264"), target.with_name("both.h264")
    ffmpeg(*picture("320x180", seconds=2), *H264, parts[0])
    ffmpeg(*picture("160x120", seconds=2), *H264, parts[1])
    parts[2].write_bytes(parts[0].read_bytes() + parts[1].read_bytes())
    ffmpeg("-framerate", "25", "-i", parts[2], "-c", "copy", target)


def _edited(target: Path) -> None:
    """Cut without encoding: an edit list hides what lies between the key frame and the cut."""
    whole = target.with_name("whole.mp4")
    plain(whole)
    ffmpeg("-ss", "2.6", "-i", whole, "-c", "copy", target)


SOURCES: dict[str, Callable[[Path], None]] = {
    "film.mp4": _film,
    "ntsc.mp4": _ntsc,
    "fifty.mp4": _fifty,
    "hundred_and_twenty.mp4": _hundred_and_twenty,
    "silent.mp4": _silent,
    "surround.mp4": _surround,
    "anamorphic.mp4": _anamorphic,
    "turned.mp4": _turned,
    "interlaced.mpg": _interlaced,
    "variable.mkv": _variable,
    "offset.ts": _offset,
    "portrait.mp4": _portrait,
    "tiny.mp4": _tiny,
    "ten_bit.mov": _ten_bit,
    "late_sound.mp4": _late_sound,
    "old.avi": _avi,
    "vp9.webm": _webm,
    "odd.mkv": _odd,
    "moving.gif": _gif,
    "resized.mkv": _resized,
    "edited.mp4": _edited,
    "plain.mp4": plain,
}
