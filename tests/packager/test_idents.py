"""Idents: one video at exact lengths, each an asset of one segment."""

import subprocess
from fractions import Fraction
from pathlib import Path

import pytest

from packager import idents
from packager.idents import Length
from packager.progress import Progress
from storage.errors import BadSource, Conflict
from storage.records import AssetRecord

from .conftest import Clip, Store
from .sources import AAC, H264, TOOLS, ffmpeg, picture, plain, tone

RATE_HZ = 48_000


def made(store: Store, source: Path, frames: int, fps: str = "25") -> AssetRecord:
    with idents.opened(source, store.settings) as original:
        return idents.make(original, Length(frames, Fraction(fps)), objects=store.objects, settings=store.settings)


def decoded(store: Store, record: AssetRecord, *words: str) -> bytes:
    path = store.objects.path(f"assets/{record.id}/ts/240p/0.ts")
    argv = [TOOLS.ffmpeg, "-v", "error", "-i", str(path), *words, "pipe:1"]
    return subprocess.run(argv, capture_output=True, check=True, timeout=60).stdout


def grey(store: Store, record: AssetRecord) -> list[bytes]:
    """Its pictures, each of 16x9 grey pixels."""
    raw = decoded(store, record, "-vf", "scale=16:9:flags=area,format=gray", "-f", "rawvideo")
    return [raw[at : at + 144] for at in range(0, len(raw), 144)]


def apart(one: bytes, other: bytes) -> float:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("frames", "fps", "ticks"),
    [
        (25, "25", 90_000),
        (26, "25", 93_600),
        (100, "25", 360_000),
        (30, "30000/1001", 90_090),
        (119, "30000/1001", 357_357),
        (25, "24000/1001", 93_844),  # 93843.75
        (61, "60", 91_500),
        (61, "60000/1001", 91_592),  # 91591.5
    ],
)
def test_an_ident_is_one_segment_of_exactly_so_many_frames(
    frames: int, fps: str, ticks: int, clip: Clip, store: Store
) -> None:
    record = made(store, clip("film.mp4"), frames, fps)
    assert (record.frames, record.frame_rate, record.ticks) == (frames, fps, (0, ticks))
    assert record.title == f"filler {frames / float(Fraction(fps)):.2f} s"
    assert record.source.name == "film.mp4"
    assert len(grey(store, record)) == frames
    assert store.leftovers() == []


@pytest.mark.slow
def test_the_same_length_of_the_same_video_is_one_asset(clip: Clip, store: Store) -> None:
    first = made(store, clip("silent.mp4"), 26)
    stages: list[str] = []
    with idents.opened(clip("silent.mp4"), store.settings) as original:
        again = idents.make(
            original,
            Length(26, Fraction(25)),
            objects=store.objects,
            settings=store.settings,
            progress=lambda done: stages.append(done.stage),
        )
    assert again == first
    assert "encode" not in stages
    assert made(store, clip("silent.mp4"), 27).id != first.id


@pytest.mark.slow
def test_what_is_shorter_holds_its_last_picture_and_falls_silent(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "short.mp4"
    plain(path, seconds=1.48)
    record = made(store, path, 75)
    pictures = grey(store, record)
    assert len(pictures) == 75
    assert apart(pictures[10], pictures[30]) > 2
    assert apart(pictures[40], pictures[74]) < 1
    assert apart(pictures[10], pictures[74]) > 2
    sound = samples(store, record)
    assert loudest(sound, 0.5, 1.0) > 2000
    assert loudest(sound, 1.7, 2.9) < 10


def samples(store: Store, record: AssetRecord) -> list[int]:
    raw = decoded(store, record, "-vn", "-ac", "1", "-ar", str(RATE_HZ), "-f", "s16le")
    return [int.from_bytes(raw[at : at + 2], "little", signed=True) for at in range(0, len(raw), 2)]


def loudest(sound: list[int], start_s: float, end_s: float) -> int:
    return max(map(abs, sound[round(start_s * RATE_HZ) : round(end_s * RATE_HZ)]))


@pytest.mark.slow
def test_the_sound_fades_out_before_the_cut(clip: Clip, store: Store) -> None:
    sound = samples(store, made(store, clip("film.mp4"), 30))
    assert loudest(sound, 0.5, 1.0) > 2000
    # 56 AAC frames are 1.1947 s. From 1.0947 s on it fades: half way it is half as loud, and it ends in silence.
    assert len(sound) == 56 * 1024
    loud = loudest(sound, 0.9, 1.0)
    assert loudest(sound, 1.135, 1.155) == pytest.approx(loud / 2, rel=0.25)
    assert loudest(sound, 1.192, 1.2) < loud / 20


@pytest.mark.slow
def test_a_picture_is_held_for_the_whole_length(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "logo.jpg"
    ffmpeg(*picture("640x360"), "-frames:v", "1", path)
    record = made(store, path, 25)
    pictures = grey(store, record)
    assert len(pictures) == 25
    assert apart(pictures[0], pictures[24]) < 1
    assert [one.rung for one in record.renditions if one.format == "ts"] == ["360p", "240p"]


@pytest.mark.parametrize(("frames", "fps"), [(24, "25"), (101, "25"), (120, "30000/1001"), (29, "30000/1001")])
def test_a_length_that_is_not_one_segment_of_a_second_or_more_is_refused(
    frames: int, fps: str, clip: Clip, store: Store
) -> None:
    with pytest.raises(BadSource, match=r"silent.mp4: an ident of .* is not one segment of a second or more"):
        made(store, clip("silent.mp4"), frames, fps)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.mp4", None, "none.mp4: no such file"),
        ("empty.mp4", b"", "empty.mp4: the file is empty"),
        ("notes.txt", b"hello", "notes.txt: not a video"),
    ],
)
def test_what_is_no_video_is_named(
    name: str, content: bytes | None, message: str, store: Store, tmp_path: Path
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadSource, match=message):
        made(store, path, 25)
    assert store.leftovers() == []


@pytest.mark.slow
def test_damage_in_what_is_cut_is_told_with_the_length(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "bad.mkv"
    ffmpeg(*picture("640x360"), *tone(), *H264, *AAC, path)
    spoiled = bytearray(path.read_bytes())
    for at in range(20_000, 60_000, 97):
        spoiled[at] ^= 0xFF
    path.write_bytes(spoiled)
    with pytest.raises(BadSource, match=r"bad.mkv: damaged in its first 1.20 s"):
        made(store, path, 30)
    assert store.leftovers() == []


def test_of_one_video_idents_are_made_once_at_a_time(clip: Clip, store: Store) -> None:
    with (
        idents.opened(clip("silent.mp4"), store.settings),
        pytest.raises(Conflict, match=r"silent.mp4: idents are being made of it already"),
        idents.opened(clip("silent.mp4"), store.settings),
    ):
        pass


def test_a_watcher_that_raises_stops_it_and_leaves_nothing(clip: Clip, store: Store) -> None:
    def enough(done: Progress) -> None:
        raise KeyboardInterrupt

    with idents.opened(clip("silent.mp4"), store.settings) as original, pytest.raises(KeyboardInterrupt):
        idents.make(
            original,
            Length(30, Fraction(25)),
            objects=store.objects,
            settings=store.settings,
            progress=enough,
        )
    assert store.leftovers() == []
    assert list(store.objects.keys("records/")) == []
