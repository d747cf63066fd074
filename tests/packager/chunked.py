"""A source packaged in chunks, and the same in one go: to be compared."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from packager import fingerprint, jobs, steps
from packager.parts import Analysis
from storage import asset_ids
from storage.folder_objects import FolderObjects
from storage.records import AssetRecord
from storage.settings import Settings
from tests.journeys.players.barcode import read

from .sources import TOOLS


@dataclass(frozen=True, slots=True)
class Packaged:
    """An asset made in chunks, and the same made in one go."""

    record: AssetRecord
    root: Path
    whole_root: Path

    def playlist(self, root: Path, rendition: str) -> str:
        """The VOD playlist of one rendition."""
        return str(root / "assets" / self.record.id / rendition / "index.m3u8")


def analysed(source: Path, settings: Settings, chunk_s: float) -> Analysis:
    """What the first step finds."""
    digest, _ = fingerprint.sha256(source, lambda _: None)
    return steps.analyse(
        source, asset=asset_ids.asset_id(digest, settings), expected_sha256=digest, title=None, name=source.name,
        settings=settings, chunk_s=chunk_s,
    )  # fmt: skip


def in_chunks(analysis: Analysis, source: Path, settings: Settings) -> AssetRecord:
    """All further steps, in an order that a fleet might do them in."""
    objects = FolderObjects(settings.objects_root)
    numbers = list(range(len(analysis.chunks)))
    out_of_order = [*numbers[2:], *numbers[:2]]
    videos = {n: steps.video(analysis, n, source, objects=objects, settings=settings) for n in out_of_order}
    sound = steps.sound(analysis, source, objects=objects, settings=settings)
    tss = {n: steps.ts(analysis, n, objects=objects, settings=settings) for n in reversed(numbers)}
    return steps.finish(
        analysis, [videos[n] for n in numbers], sound, [tss[n] for n in numbers], objects=objects, settings=settings
    )


def both_ways(source: Path, folder: Path, chunk_s: float, *, least: int) -> Packaged:
    """`source` in `least` chunks or more, and in one go; cut alike."""
    settings, other = Settings(data=folder / "data"), Settings(data=folder / "whole")
    analysis = analysed(source, settings, chunk_s)
    assert len(analysis.chunks) >= least, analysis.chunks
    record = in_chunks(analysis, source, settings)
    whole = jobs.package(source, objects=FolderObjects(other.objects_root), settings=other)
    assert (whole.id, whole.frames, whole.ticks) == (record.id, record.frames, record.ticks)
    return Packaged(record, settings.objects_root, other.objects_root)


def frames(playlist: str, size: str) -> tuple[list[int], str]:
    """The numbers that the pictures of a rendition show, -1 where they show none, and what the decoder said."""
    width, height = map(int, size.split("x"))
    grey = ("-map", "0:v:0", "-f", "rawvideo", "-pix_fmt", "gray", "-fps_mode", "passthrough", "-s", size, "-")
    pixels, said = decoded(playlist, grey)
    area = width * height
    marks = [read(pixels[at : at + area], width, height) for at in range(0, len(pixels), area)]
    return [-1 if mark is None else mark.frame for mark in marks], said


def samples(playlist: str) -> tuple[bytes, str]:
    """The sound of a rendition in 16 bits and one channel, and what the decoder said."""
    return decoded(playlist, ("-map", "0:a:0", "-f", "s16le", "-ac", "1", "-"))


def decoded(playlist: str, words: tuple[str, ...]) -> tuple[bytes, str]:
    """What ffmpeg makes of a playlist with `words`, and its warnings."""
    argv = [TOOLS.ffmpeg, "-hide_banner", "-nostdin", "-v", "warning", "-i", playlist, *words]
    done = subprocess.run(argv, capture_output=True, check=True, timeout=60)
    return done.stdout, done.stderr.decode()
