"""What cannot become an asset is refused in one line that names the file and the reason."""

import shutil
from pathlib import Path

import pytest

from packager import jobs
from packager.damage import Heard
from storage.errors import BadSource

from .conftest import Clip, Store
from .sources import AAC, H264, TOOLS, ffmpeg, picture, plain, tone


def refusal(store: Store, path: Path) -> str:
    with pytest.raises(BadSource) as caught:
        jobs.package(path, objects=store.objects, settings=store.settings)
    assert list(store.objects.keys("")) == []
    assert store.leftovers() == []
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_missing_file(store: Store, tmp_path: Path) -> None:
    assert refusal(store, tmp_path / "none.mp4") == "none.mp4: no such file"


def test_a_folder(store: Store, tmp_path: Path) -> None:
    assert refusal(store, tmp_path).endswith(": not a file")


def test_an_empty_file(store: Store, tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    assert refusal(store, tmp_path / "empty.mp4") == "empty.mp4: the file is empty"


def test_a_text(store: Store, tmp_path: Path) -> None:
    (tmp_path / "letter.mp4").write_text("Dear all, " * 500)
    assert refusal(store, tmp_path / "letter.mp4").startswith("letter.mp4: not a video")


def test_a_playlist_opens_no_other_file(store: Store, clip: Clip, tmp_path: Path) -> None:
    listed = tmp_path / "list.mp4"
    listed.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{clip('offset.ts')}\n#EXT-X-ENDLIST\n")
    assert refusal(store, listed).startswith("list.mp4: not a video")


def test_sound_alone(store: Store, tmp_path: Path) -> None:
    ffmpeg(*tone(3), *AAC, tmp_path / "song.m4a")
    assert refusal(store, tmp_path / "song.m4a") == "song.m4a: has sound but no video"


def test_sound_with_a_cover(store: Store, tmp_path: Path) -> None:
    ffmpeg(*picture("64x64", seconds=1), "-frames:v", "1", "-c:v", "mjpeg", "-q:v", "5", tmp_path / "cover.jpg")
    words = ("-map", "0", "-map", "1", "-c:v", "copy", "-disposition:v:0", "attached_pic")
    ffmpeg(*tone(3), "-i", tmp_path / "cover.jpg", *words, *AAC, tmp_path / "song.m4a")
    assert refusal(store, tmp_path / "song.m4a") == "song.m4a: has sound but no video"


def test_less_than_a_second(store: Store, tmp_path: Path) -> None:
    plain(tmp_path / "short.mp4", seconds=0.8)
    assert refusal(store, tmp_path / "short.mp4") == (
        "short.mp4: 0.80 s long; the shortest that can be played is 1 s"
    )


def test_a_codec_that_ffmpeg_cannot_decode(store: Store, clip: Clip, tmp_path: Path) -> None:
    data = clip("plain.mp4").read_bytes()
    assert data.count(b"avc1") >= 1
    path = tmp_path / "odd.mp4"
    path.write_bytes(data.replace(b"avc1", b"zzz1"))
    assert refusal(store, path) == "odd.mp4: ffmpeg has no decoder for its video"


@pytest.mark.slow
def test_a_codec_whose_decoder_needs_hardware(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "new.mp4"
    ffmpeg(*picture("64x64", seconds=1), "-c:v", "libsvtav1", "-preset", "12", path)
    try:
        ffmpeg("-i", path, "-f", "null", "-")
    except AssertionError:
        pass
    else:
        pytest.skip("this ffmpeg decodes AV1")
    assert refusal(store, path) == "new.mp4: its video (av1) cannot be decoded by this ffmpeg"


def test_an_mp4_whose_end_is_missing_with_its_index(store: Store, clip: Clip, tmp_path: Path) -> None:
    path = tmp_path / "cut.mp4"
    path.write_bytes(clip("plain.mp4").read_bytes()[:-20_000])
    assert refusal(store, path).startswith("cut.mp4: not a video")


def test_an_mp4_whose_index_promises_more_than_there_is(store: Store, clip: Clip, tmp_path: Path) -> None:
    fast = tmp_path / "fast.mp4"
    ffmpeg("-i", clip("plain.mp4"), "-c", "copy", "-movflags", "+faststart", fast)
    path = tmp_path / "cut.mp4"
    path.write_bytes(fast.read_bytes()[: fast.stat().st_size // 2])
    message = refusal(store, path)
    assert message.startswith("cut.mp4: says 5.0 s but holds 2.")


def test_a_matroska_cut_short(store: Store, clip: Clip, tmp_path: Path) -> None:
    whole = tmp_path / "whole.mkv"
    ffmpeg("-i", clip("plain.mp4"), "-c", "copy", whole)
    path = tmp_path / "cut.mkv"
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    assert refusal(store, path).startswith("cut.mkv: says 5.0 s but holds 2.")


def test_a_matroska_that_begins_late_and_is_cut_short(store: Store, clip: Clip, tmp_path: Path) -> None:
    whole, path = tmp_path / "whole.mkv", tmp_path / "cut.mkv"
    ffmpeg("-i", clip("plain.mp4"), "-c", "copy", "-output_ts_offset", "100", whole)
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    assert refusal(store, path).startswith("cut.mkv: says 5.0 s but holds 2.")


@pytest.mark.slow
def test_a_transport_stream_cut_inside_a_picture(store: Store, tmp_path: Path) -> None:
    whole = tmp_path / "whole.ts"
    ffmpeg(*picture("640x360"), *H264, "-b:v", "4M", whole)
    path = tmp_path / "cut.ts"
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    assert ": damaged: of " in refusal(store, path)


@pytest.mark.slow
def test_an_mp4_with_a_hole_in_the_middle(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "hole.mp4"
    plain(path, size="640x360")
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 30_000] = bytes(30_000)
    path.write_bytes(data)
    assert refusal(store, path).startswith("hole.mp4: damaged: of 125 pictures")


@pytest.mark.slow
def test_a_transport_stream_with_packets_lost(store: Store, tmp_path: Path) -> None:
    whole = tmp_path / "whole.ts"
    ffmpeg(*picture("640x360"), *H264, whole)
    data = whole.read_bytes()
    at = len(data) // 2 // 188 * 188
    path = tmp_path / "lost.ts"
    path.write_bytes(data[:at] + data[at + 40 * 188 :])
    assert ": damaged: " in refusal(store, path)


@pytest.mark.slow
def test_a_recording_that_starts_between_key_frames_is_no_damage(store: Store, tmp_path: Path) -> None:
    whole = tmp_path / "whole.ts"
    ffmpeg(*picture(seconds=6), "-c:v", "mpeg2video", "-g", "12", "-bf", "2", "-b:v", "1M", whole)
    data = whole.read_bytes()
    path = tmp_path / "recorded.ts"
    path.write_bytes(data[len(data) // 4 // 188 * 188 :])
    record = jobs.package(path, objects=store.objects, settings=store.settings)
    assert 4 <= record.duration_s <= 5


def test_a_clock_that_jumps(store: Store, tmp_path: Path) -> None:
    first, second = tmp_path / "first.ts", tmp_path / "second.ts"
    ffmpeg(*picture(seconds=2), *H264, first)
    ffmpeg(*picture(seconds=2), *H264, "-output_ts_offset", "100", second)
    path = tmp_path / "joined.ts"
    path.write_bytes(first.read_bytes() + second.read_bytes())
    assert refusal(store, path).startswith("joined.ts: its time stamps jump by ")


@pytest.mark.slow
def test_sound_that_changes_its_channels(store: Store, tmp_path: Path) -> None:
    first, second, path = (tmp_path / name for name in ("first.ts", "second.ts", "joined.ts"))
    ffmpeg(*picture(seconds=2), *tone(2), *H264, *AAC, "-muxdelay", "0", first)
    ffmpeg(*picture(seconds=2), *tone(2, "5.1"), *H264, *AAC, "-output_ts_offset", "2", second)
    path.write_bytes(first.read_bytes() + second.read_bytes())
    assert refusal(store, path) == "joined.ts: its sound changes channels or rate on the way"


@pytest.mark.slow
def test_a_source_that_changes_while_it_is_packaged(store: Store, clip: Clip, tmp_path: Path) -> None:
    path = tmp_path / "growing.ts"
    shutil.copy(clip("offset.ts"), path)

    def grow(progress: object) -> None:
        if getattr(progress, "stage", "") == "encode":
            with path.open("ab") as file:
                file.write(b"\0" * 188)

    with pytest.raises(BadSource, match=r"growing\.ts: changed while it was being packaged"):
        jobs.package(path, objects=store.objects, settings=store.settings, progress=grow)
    assert list(store.objects.keys("")) == []


def test_the_damage_report_is_read_from_what_ffmpeg_says() -> None:
    heard = Heard()
    for line in (
        "[vist#0:1/h264 @ 0x7f] [dec:h264 @ 0x7f] [warning] corrupt decoded frame",
        "[in#0/mov @ 0x7f] [verbose]   Input stream #0:1 (video): 100 packets read (8 bytes); 99 frames decoded; "
        "1 decode errors; ",
        "[in#0/mov @ 0x7f] [error] stream 1, offset 0xe47aa: partial file",
    ):
        heard.take(line)
    assert (heard.read, heard.decoded, heard.failed, heard.corrupt) == ({1: 100}, {1: 99}, {1: 1}, {1: 1})
    assert heard.partial == "stream 1, offset 0xe47aa: partial file"


def test_the_tools_are_found() -> None:
    assert Path(TOOLS.ffmpeg).is_file()
    assert Path(TOOLS.ffprobe).is_file()
