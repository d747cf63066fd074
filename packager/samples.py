"""Samples: three short videos of different shape, made here, for a first look at a channel."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import ffmpeg

from packager import child, tools
from storage.settings import Settings


@dataclass(frozen=True, slots=True)
class Sample:
    """A test pattern that counts its own time in the picture, with a tone or without sound."""

    name: str
    hue: int  # degrees by which the pattern's colours are turned, to tell the samples apart
    size: str
    rate: str
    seconds: int
    tone_hz: int | None


SAMPLES = (
    Sample("sample-wide", 0, "1280x720", "30", 16, 440),
    Sample("sample-classic-silent", 120, "640x480", "25", 12, None),
    Sample("sample-upright", 240, "540x960", "24000/1001", 14, 660),
)


def samples(settings: Settings, say: Callable[[str], None]) -> list[Path]:
    """The sample files in the data folder, made if they are not there. `say` hears what is being made."""
    program = tools.find(settings).ffmpeg
    folder = settings.data / "samples"
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for sample in SAMPLES:
        path = folder / f"{sample.name}.mp4"
        if not path.exists():
            say(f"making {path.name}: {sample.size}, {sample.rate} fps, {sample.seconds} s")
            _make(program, sample, path)
        made.append(path)
    return made


def _make(program: str, sample: Sample, path: Path) -> None:
    picture = ffmpeg.input(f"testsrc=size={sample.size}:rate={sample.rate}", format="lavfi")
    streams = [picture.video.filter("hue", h=sample.hue)]
    if sample.tone_hz is not None:
        # A beep each second, so that the ear can tell whether sound and counter agree.
        tone = f"sine=frequency={sample.tone_hz}:beep_factor=4:sample_rate=48000"
        streams.append(ffmpeg.input(tone, format="lavfi").audio)
    unfinished = path.with_suffix(".part")
    argv = ffmpeg.output(
        *streams,
        str(unfinished),
        t=sample.seconds,
        format="mp4",
        vcodec="libx264",
        preset="veryfast",
        pix_fmt="yuv420p",
    ).compile(
        cmd=[program, "-hide_banner", "-nostdin", "-v", "level+warning", "-progress", "pipe:1"], overwrite_output=True
    )
    child.make(argv, f"make {path.name}")
    unfinished.replace(path)  # whole or not at all
