"""A video packaged in chunks has no seam: every frame and every audio frame once, in order, in both formats."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from packager import fingerprint, jobs, steps
from packager.cuts import AAC_SAMPLES
from storage import asset_ids
from storage.folder_objects import FolderObjects
from storage.records import AssetRecord
from storage.settings import Settings
from tests.journeys.players.barcode import make_video, read

from .sources import TOOLS, ffmpeg

pytestmark = pytest.mark.slow

SECONDS = 26.0
CHUNK_S = 6.0
SIZE = "320x180"


def _with_reordering(source: Path, target: Path) -> None:
    """B-frames, open groups of 10 s: a chunk begins far from a picture that can be decoded by itself."""
    video = (
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
        "-bf",
        "3",
        "-g",
        "250",
        "-x264-params",
        "open-gop=1:scenecut=0",
    )
    ffmpeg("-i", source, *video, "-c:a", "copy", target)


def _in_milliseconds(source: Path, target: Path) -> None:
    """Matroska's times are milliseconds, which no frame of 29.97 fps is."""
    ffmpeg("-i", source, "-c", "copy", target)


def _as_it_is(source: Path, target: Path) -> None:
    source.rename(target)


KINDS: dict[str, tuple[str, str, Callable[[Path, Path], None]]] = {
    "plain": ("25", "mp4", _as_it_is),
    "reordered": ("24000/1001", "mp4", _with_reordering),
    "matroska": ("30000/1001", "mkv", _in_milliseconds),
    "transport": ("25", "ts", _with_reordering),
}


@dataclass(frozen=True, slots=True)
class Packaged:
    """An asset made in chunks, and the same made in one go."""

    record: AssetRecord
    root: Path
    whole_root: Path

    def playlist(self, root: Path, rendition: str) -> str:
        """The VOD playlist of one rendition."""
        return str(root / "assets" / self.record.id / rendition / "index.m3u8")


@pytest.fixture(scope="module", params=KINDS)
def packaged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Packaged:
    """A video in four chunks or more, done in an order that a fleet might."""
    rate, suffix, made = KINDS[request.param]
    folder = tmp_path_factory.mktemp("seams")
    make_video(folder / "made.mp4", asset=7, size=SIZE, rate=rate, seconds=SECONDS, tone_hz=440)
    source = folder / f"source.{suffix}"
    made(folder / "made.mp4", source)
    settings, other = Settings(data=folder / "data"), Settings(data=folder / "whole")
    objects = FolderObjects(settings.objects_root)
    digest, _ = fingerprint.sha256(source, lambda _: None)
    analysis = steps.analyse(
        source, asset=asset_ids.asset_id(digest, settings), expected_sha256=digest, title=None, name=source.name,
        settings=settings, chunk_s=CHUNK_S,
    )  # fmt: skip
    numbers = list(range(len(analysis.chunks)))
    assert len(numbers) >= 4, analysis.chunks
    out_of_order = [*numbers[2:], *numbers[:2]]
    videos = {n: steps.video(analysis, n, source, objects=objects, settings=settings) for n in out_of_order}
    sound = steps.sound(analysis, source, objects=objects, settings=settings)
    tss = {n: steps.ts(analysis, n, objects=objects, settings=settings) for n in reversed(numbers)}
    record = steps.finish(
        analysis, [videos[n] for n in numbers], sound, [tss[n] for n in numbers], objects=objects, settings=settings
    )
    whole = jobs.package(source, objects=FolderObjects(other.objects_root), settings=other)
    assert (whole.id, whole.frames, whole.ticks) == (record.id, record.frames, record.ticks)
    return Packaged(record, settings.objects_root, other.objects_root)


@pytest.mark.parametrize("rendition", ["cmaf/240p", "ts/240p"])
def test_the_frames_are_those_of_a_packaging_in_one_go(packaged: Packaged, rendition: str) -> None:
    in_chunks, said = _frames(packaged.playlist(packaged.root, rendition))
    in_one_go, _ = _frames(packaged.playlist(packaged.whole_root, rendition))
    # No picture between is missing; at its ends a source may start late, or be held.
    assert sorted(set(in_one_go)) == list(range(in_one_go[-1] + 1))
    assert in_chunks == in_one_go
    assert len(in_chunks) == packaged.record.frames
    # What continuity counters, times or sizes that do not go on would make it say.
    assert said == ""


@pytest.mark.parametrize("rendition", ["cmaf/audio", "ts/240p"])
def test_every_audio_frame_is_heard_once(packaged: Packaged, rendition: str) -> None:
    words = ("-map", "0:a:0", "-f", "s16le", "-ac", "1", "-")
    sound, said = _decoded(packaged.playlist(packaged.root, rendition), words)
    frames = round(packaged.record.duration_s * 48_000 / AAC_SAMPLES)
    assert len(sound) // 2 == frames * AAC_SAMPLES
    # The sound is encoded in one go either way, so it is the same to the sample.
    assert (sound, said) == (_decoded(packaged.playlist(packaged.whole_root, rendition), words)[0], "")


def _frames(playlist: str) -> tuple[list[int], str]:
    width, height = map(int, SIZE.split("x"))
    grey = ("-map", "0:v:0", "-f", "rawvideo", "-pix_fmt", "gray", "-fps_mode", "passthrough", "-s", SIZE, "-")
    pixels, said = _decoded(playlist, grey)
    size = width * height
    marks = [read(pixels[at : at + size], width, height) for at in range(0, len(pixels), size)]
    return [-1 if mark is None else mark.frame for mark in marks], said


def _decoded(playlist: str, words: tuple[str, ...]) -> tuple[bytes, str]:
    argv = [TOOLS.ffmpeg, "-hide_banner", "-nostdin", "-v", "warning", "-i", playlist, *words]
    done = subprocess.run(argv, capture_output=True, check=True, timeout=60)
    return done.stdout, done.stderr.decode()
