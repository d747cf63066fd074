"""Idents: one video cut to exact lengths, each an asset of one segment, of which filler is made.

Each length is cut without loss, and then packaged like any other file: the same cut has the same bytes, and so is the
same asset.
"""

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg

from packager import child, fingerprint, jobs, probe, tools, workroom
from packager.cuts import AAC_SAMPLES, AUDIO_RATE, SHORTEST_S, plan
from packager.damage import Heard
from packager.probe import INPUT_OPTIONS, Probe, input_url
from packager.progress import Progress, Watcher, unwatched
from storage.errors import BadSource, Conflict
from storage.objects import Objects
from storage.records import AssetRecord
from storage.settings import Settings

# Raised whenever a cut would have other pictures or sound than before.
RECIPE = 1

FADE_S = Fraction(1, 10)  # a cut in a loud tone clicks; a tenth of a second is heard as an end

_RUN = ["-hide_banner", "-nostdin", "-nostats", "-progress", "pipe:1", "-v", "level+verbose"]


@dataclass(frozen=True, slots=True)
class Original:
    """The video that idents are cut from, and a folder to cut them in."""

    probe: Probe
    sha256: str
    folder: Path

    @property
    def name(self) -> str:
        """The file's name."""
        return self.probe.name


@dataclass(frozen=True, slots=True)
class Length:
    """So many frames at a rate: a second or more, and one segment."""

    frames: int
    fps: Fraction

    def __str__(self) -> str:
        return f"{float(self.frames / self.fps):.2f} s"

    @property
    def title(self) -> str:
        """What an ident of this length is called."""
        return f"filler {self}"

    def of(self, original: Original) -> str:
        """What says of an asset that it is this length of that video; 80 characters at most."""
        return f"{self.frames} frames at {self.fps} of {original.sha256[:32]}, {RECIPE}"


@contextmanager
def opened(path: Path, settings: Settings) -> Iterator[Original]:
    """A video, or a picture, to cut idents from. Raises BadSource, Conflict while another has it, Unavailable."""
    probe.check_file(path)
    found, digest = tools.find(settings), fingerprint.sha256(path, lambda _: None)[0]
    claim = hashlib.sha256(f"idents of {digest} {settings.aspect}".encode()).hexdigest()[:32]
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(workroom.claimed(settings.work_root, claim))
        except Conflict:
            raise Conflict(f"{path.name}: idents are being made of it already") from None
        # By the end of a name such as .jpg, ffmpeg would take a picture for the first of many files.
        link = folder / "original"
        link.symlink_to(path.absolute())
        yield Original(probe.probe(link, found, path.name), digest, folder)


def make(
    original: Original,
    length: Length,
    *,
    objects: Objects,
    settings: Settings,
    progress: Watcher | None = None,
    alone: jobs.Alone | None = None,
) -> AssetRecord:
    """The asset of this length of a video; at once if it is packaged already. See jobs.package.

    What is shorter ends with its last picture, held, and with silence. The sound fades out at the end.
    """
    cuts = plan(length.frames / length.fps, length.fps)
    if cuts.segments != 1 or cuts.duration < SHORTEST_S:
        raise BadSource(f"{original.name}: an ident of {length} is not one segment of a second or more")
    path = original.folder / f"{length.frames}.mkv"
    try:
        _cut(original, length, path, tools.find(settings).ffmpeg, progress or unwatched)
        record = jobs.package(
            path,
            objects=objects,
            settings=settings,
            title=length.title,
            name=original.name,
            progress=progress,
            alone=alone,
        )
    finally:
        path.unlink(missing_ok=True)
    if (record.frames, record.fps, record.ticks) != (length.frames, length.fps, cuts.ticks):
        made = f"{record.frames} frames at {record.frame_rate} in {record.segments} segments"
        raise BadSource(f"{original.name}: its first {length} became {made}")
    return record


def _cut(original: Original, length: Length, path: Path, program: str, watcher: Watcher) -> None:
    heard, probed = Heard(), original.probe
    moving = child.Moving()

    def beat() -> None:
        watcher(Progress("probe", moving.frame / length.frames))

    try:
        ended = child.run(_argv(program, probed, length, path), out=moving.heard, err=heard.take, beat=beat)
    except child.Stalled as error:
        raise BadSource(f"{probed.name}: cutting it to {length} stopped: {error}") from None
    if ended.code != 0:
        raise BadSource(f"{probed.name}: it cannot be cut to {length}: {ended.reason}")
    bad = max(sum(heard.bad(index)) for index in probed.used)
    if bad:
        raise BadSource(f"{probed.name}: damaged in its first {length}")


def _argv(program: str, probed: Probe, length: Length, path: Path) -> list[str]:
    source = ffmpeg.input(input_url(probed.path), reinit_filter=0, **INPUT_OPTIONS)
    picture = source[str(probed.video.index)]
    if probed.video.interlaced:
        picture = picture.filter("bwdif", mode="send_frame", deint="interlaced")
    picture = picture.filter("fps", fps=str(length.fps), round="near", start_time=0)
    picture = picture.filter("tpad", stop=-1, stop_mode="clone").filter("trim", end_frame=length.frames)
    argv: list[str] = ffmpeg.output(
        picture,
        _sound(source, probed, length),
        str(path),
        format="matroska",
        # One thread and nothing of the day or the version: the same cut has the same bytes.
        **{"c:v": "ffv1", "threads:v": 1, "c:a": "pcm_s16le", "frames:v": length.frames, "map_metadata": -1},
        **{"fps_mode": "passthrough", "fflags": "+bitexact", "flags:v": "+bitexact", "flags:a": "+bitexact"},
    ).compile(cmd=[program, *_RUN], overwrite_output=True)
    return argv


def _sound(source: Any, probed: Probe, length: Length) -> Any:
    seconds = length.frames / length.fps
    samples = round(seconds * AUDIO_RATE)
    if probed.audio is None:
        return ffmpeg.input(f"anullsrc=r={AUDIO_RATE}:cl=stereo", format="lavfi").filter("atrim", end_sample=samples)
    sound = source[str(probed.audio.index)].filter("aresample", AUDIO_RATE, **{"async": 1, "first_pts": 0})
    sound = sound.filter("aformat", channel_layouts="stereo").filter("apad").filter("atrim", end_sample=samples)
    # The asset's sound is whole AAC frames, and may end half a frame before its picture.
    end = min(samples, plan(seconds, length.fps).audio_frames * AAC_SAMPLES)
    faded = round(FADE_S * AUDIO_RATE)
    return sound.filter("afade", type="out", start_sample=end - faded, nb_samples=faded)
