"""From a file to an asset: every kind of source that people upload."""

import hashlib
import subprocess
from fractions import Fraction
from pathlib import Path

import pytest

from packager import jobs
from packager.progress import Progress
from storage.records import AssetRecord

from .conftest import Clip, Store
from .sources import TOOLS

SMALL = ["240p 426x240"]
HALF = ["360p 640x360", *SMALL]


def package(store: Store, path: Path) -> AssetRecord:
    return jobs.package(path, objects=store.objects, settings=store.settings)


def rungs(record: AssetRecord) -> list[str]:
    return [f"{r.rung} {r.width}x{r.height}" for r in record.renditions if r.format == "ts"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "rate", "frames", "segments", "ladder"),
    [
        ("film.mp4", "24000/1001", 120, 2, ["240p 320x180"]),
        ("ntsc.mp4", "30000/1001", 270, 3, ["240p 320x180"]),
        ("fifty.mp4", "50", 250, 2, ["240p 320x180"]),
        ("hundred_and_twenty.mp4", "60", 180, 1, ["240p 320x180"]),
        ("silent.mp4", "25", 125, 2, HALF),
        ("surround.mp4", "25", 125, 2, ["240p 320x180"]),
        ("anamorphic.mp4", "25", 125, 2, SMALL),
        ("turned.mp4", "25", 125, 2, ["480p 854x480", *HALF]),
        ("interlaced.mpg", "25", 125, 2, SMALL),
        ("variable.mkv", "30", 146, 2, ["240p 320x180"]),
        ("offset.ts", "25", 125, 2, ["240p 320x180"]),
        ("portrait.mp4", "25", 125, 2, ["480p 854x480", *HALF]),
        ("tiny.mp4", "25", 125, 2, ["240p 144x80"]),
        ("ten_bit.mov", "25", 125, 2, ["240p 320x180"]),
        ("late_sound.mp4", "25", 125, 2, ["240p 320x180"]),
        ("old.avi", "25", 125, 2, ["240p 320x180"]),
        ("vp9.webm", "25", 125, 2, ["240p 320x180"]),
        ("odd.mkv", "25", 125, 2, ["240p 320x180"]),
        ("moving.gif", "10", 30, 1, ["240p 160x90"]),
        ("resized.mkv", "25", 100, 1, ["240p 320x180"]),
        ("edited.mp4", "25", 60, 1, ["240p 320x180"]),
    ],
)
def test_a_source_becomes_an_asset(
    name: str, rate: str, frames: int, segments: int, ladder: list[str], clip: Clip, store: Store
) -> None:
    record = package(store, clip(name))
    # Containers with coarse clocks may place the last frame's end a frame away.
    assert abs(record.frames - frames) <= 1
    assert (record.frame_rate, record.segments, rungs(record)) == (rate, segments, ladder)
    assert [r.rung for r in record.renditions if r.kind == "audio"] == ["audio"]
    assert store.leftovers() == []


@pytest.mark.slow
def test_the_record_tells_what_was_made(clip: Clip, store: Store) -> None:
    path = clip("silent.mp4")
    record = jobs.package(path, objects=store.objects, settings=store.settings, title="A test")
    assert record.title == "A test"
    assert record.source.name == "silent.mp4"
    assert record.source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert record.source.size_bytes == path.stat().st_size
    assert record.ticks == (0, 226800, 450000)
    assert record.extinf_texts == ("2.520000", "2.480000")
    codecs = {rendition.name: rendition.codecs for rendition in record.renditions}
    assert codecs == {
        "cmaf-360p": "avc1.4D401F",
        "cmaf-240p": "avc1.4D401E",
        "cmaf-audio": "mp4a.40.2",
        "ts-360p": "avc1.4D401F,mp4a.40.2",
        "ts-240p": "avc1.4D401E,mp4a.40.2",
    }
    for rendition in record.renditions:
        assert 0 < rendition.average_bps <= rendition.peak_bps < 1_200_000
        suffix = "m4s" if rendition.format == "cmaf" else "ts"
        sizes = [len(store.read(record, f"{rendition.format}/{rendition.rung}/{n}.{suffix}")) for n in range(2)]
        assert rendition.average_bps == pytest.approx(sum(sizes) * 8 / 5, abs=2)
        assert rendition.peak_bps == pytest.approx(max(sizes[0] * 8 / 2.52, sizes[1] * 8 / 2.48), abs=2)


@pytest.mark.slow
def test_the_same_bytes_are_one_asset_and_cost_only_hashing(clip: Clip, store: Store, tmp_path: Path) -> None:
    first = package(store, clip("tiny.mp4"))
    copy = tmp_path / "another name.mp4"
    copy.write_bytes(clip("tiny.mp4").read_bytes())
    stages: list[Progress] = []
    again = jobs.package(copy, objects=store.objects, settings=store.settings, progress=stages.append)
    assert again == first
    assert {progress.stage for progress in stages} == {"hash"}


@pytest.mark.slow
def test_another_aspect_is_another_asset(clip: Clip, store: Store) -> None:
    padded = package(store, clip("tiny.mp4"))
    settings = store.settings.model_copy(update={"aspect": "keep"})
    kept = jobs.package(clip("tiny.mp4"), objects=store.objects, settings=settings)
    assert kept.id != padded.id
    assert rungs(kept) == ["240p 100x80"]


@pytest.mark.slow
def test_progress_goes_through_the_stages_in_order(clip: Clip, store: Store) -> None:
    seen: list[Progress] = []
    jobs.package(clip("silent.mp4"), objects=store.objects, settings=store.settings, progress=seen.append)
    stages = list(dict.fromkeys(progress.stage for progress in seen))
    assert stages == ["hash", "probe", "loudness", "encode", "mux", "check", "publish"]
    assert all(0 <= progress.done <= 1 for progress in seen)
    assert seen[-1] == Progress("publish", 1.0)
    assert any(progress.speed for progress in seen if progress.stage == "encode")


@pytest.mark.slow
def test_what_the_watcher_raises_stops_the_packaging(clip: Clip, store: Store) -> None:
    def stop(progress: Progress) -> None:
        if progress.stage == "encode" and progress.speed:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        jobs.package(clip("plain.mp4"), objects=store.objects, settings=store.settings, progress=stop)
    assert store.leftovers() == []
    assert list(store.objects.keys("")) == []


@pytest.mark.slow
def test_pictures_come_with_the_asset(clip: Clip, store: Store, tmp_path: Path) -> None:
    record = package(store, clip("silent.mp4"))
    assert record.poster == f"assets/{record.id}/poster.jpg"
    sheet = record.thumbnails
    assert sheet is not None
    assert (sheet.key, sheet.columns, sheet.rows, sheet.count) == (f"assets/{record.id}/thumbnails.jpg", 4, 1, 4)
    assert (sheet.width, sheet.height, sheet.interval_s) == (160, 90, 1.25)
    for name, size in (("poster.jpg", "640x360"), ("thumbnails.jpg", "640x90")):
        path = tmp_path / name
        path.write_bytes(store.read(record, name))
        argv = [TOOLS.ffprobe, "-v", "error", "-show_entries", "stream=width,height", "-of", "csv=p=0:s=x", str(path)]
        assert subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip() == size


@pytest.mark.slow
def test_ticks_and_rate_of_the_record_agree(clip: Clip, store: Store) -> None:
    record = package(store, clip("film.mp4"))
    assert record.fps == Fraction(24000, 1001)
    assert record.ticks == (0, 225225, 450450)
