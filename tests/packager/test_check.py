"""The gate: real output passes, and each way of spoiling it is caught."""

import shutil
from collections.abc import Callable
from pathlib import Path
from struct import pack, unpack_from

import pytest

from packager import boxes, check, tsfile
from packager.check import Failed
from packager.renditions import renditions
from storage.records import Rendition

from .conftest import Result

pytestmark = pytest.mark.slow  # the result is a real encode


def gate(result: Result, out: Path, checked: Callable[[float], None] = lambda _: None) -> tuple[Rendition, ...]:
    whole = result.cuts.whole
    videos = check.videos(whole, result.rungs, out, checked)
    audio = check.audio(result.cuts, out)
    return renditions(result.cuts, result.rungs, videos, audio, check.tss(whole, result.rungs, out, checked))


def test_what_was_planned_passes(result: Result) -> None:
    parts: list[float] = []
    found = gate(result, result.out, parts.append)
    assert [rendition.name for rendition in found] == ["cmaf-240p", "cmaf-audio", "ts-240p"]
    assert parts == [1, 1]


def edit(path: Path, change: Callable[[bytearray], None]) -> None:
    data = bytearray(path.read_bytes())
    change(data)
    path.write_bytes(data)


def drop(out: Path) -> None:
    (out / "cmaf/240p/1.m4s").unlink()


def one_more(out: Path) -> None:
    shutil.copy(out / "ts/240p/2.ts", out / "ts/240p/3.ts")


def swap(folder: str, suffix: str) -> Callable[[Path], None]:
    def swapped(out: Path) -> None:
        first, second = out / folder / f"0.{suffix}", out / folder / f"1.{suffix}"
        held = first.read_bytes()
        first.write_bytes(second.read_bytes())
        second.write_bytes(held)

    return swapped


def truncate(name: str, size: int) -> Callable[[Path], None]:
    def truncated(out: Path) -> None:
        path = out / name
        path.write_bytes(path.read_bytes()[:-size])

    return truncated


def timescale(out: Path) -> None:
    def change(data: bytearray) -> None:
        at = data.index(b"mdhd") + 16
        assert unpack_from(">I", data, at) == (120_000,)
        data[at : at + 4] = pack(">I", 90_000)

    edit(out / "cmaf/240p/init.mp4", change)


def edit_list(out: Path) -> None:
    # The encoder writes no edit list: make room for one by renaming the track's unused box is not possible,
    # so put a whole edts before mdia and lengthen what holds it.
    def change(data: bytearray) -> None:
        elst = pack(">I4sIIIiI", 28, b"elst", 0, 1, 0, 2002, 0x10000)
        edts = pack(">I4s", 36, b"edts") + elst
        at = data.index(b"mdia") - 4
        data[at:at] = edts
        for kind in (b"moov", b"trak"):
            size = data.index(kind) - 4
            data[size : size + 4] = pack(">I", unpack_from(">I", data, size)[0] + len(edts))

    edit(out / "cmaf/240p/init.mp4", change)


def level(out: Path) -> None:
    def change(data: bytearray) -> None:
        data[data.index(b"avcC") + 7] = 31

    edit(out / "cmaf/240p/init.mp4", change)


def decode_time(out: Path) -> None:
    def change(data: bytearray) -> None:
        at = data.index(b"tfdt") + 8
        assert unpack_from(">Q", data, at) == (90 * 4004,)
        data[at : at + 8] = pack(">Q", 90 * 4004 + 1)

    edit(out / "cmaf/240p/1.m4s", change)


def late_start(out: Path) -> None:
    def change(data: bytearray) -> None:
        at = data.index(b"tfdt") + 8
        data[at : at + 8] = pack(">Q", 1024)

    edit(out / "cmaf/audio/0.m4s", change)


def cmaf_idr(out: Path) -> None:
    def change(data: bytearray) -> None:
        at = data.index(b"mdat") + 4
        while True:
            length = unpack_from(">I", data, at)[0]
            if data[at + 4] & 0x1F == 5:
                data[at + 4] = data[at + 4] & 0xE0 | 1
                return
            at += 4 + length

    edit(out / "cmaf/240p/2.m4s", change)


def ts_idr(out: Path) -> None:
    def change(data: bytearray) -> None:
        at = data.index(b"\0\0\1\x65")
        data[at + 3] = 0x61

    edit(out / "ts/240p/1.ts", change)


def ts_parameter_sets(out: Path) -> None:
    def change(data: bytearray) -> None:
        data[data.index(b"\0\0\1\x67") + 3] = 0x0C

    edit(out / "ts/240p/1.ts", change)


def ts_tables(out: Path) -> None:
    def change(data: bytearray) -> None:
        first = next(at for at in range(0, len(data), 188) if data[at + 1 : at + 3] == b"\x40\0")
        del data[first : first + 188]

    edit(out / "ts/240p/1.ts", change)


def ts_picture(out: Path) -> None:
    def change(data: bytearray) -> None:
        starts = [at for at in range(0, len(data), 188) if data[at + 1] == 0x41 and data[at + 2] == 0]
        del data[starts[5] : starts[6]]

    edit(out / "ts/240p/2.ts", change)


def ts_sound(out: Path) -> None:
    def change(data: bytearray) -> None:
        last = max(at for at in range(0, len(data), 188) if data[at + 1] & 0x1F == 1 and data[at + 2] == 1)
        del data[last : last + 188]

    edit(out / "ts/240p/2.ts", change)


def count_anew(name: str, first: int) -> Callable[[Path], None]:
    """Give the video's packets, from the `first` on, counters that are one higher."""

    def changed(out: Path) -> None:
        def change(data: bytearray) -> None:
            own = [at for at in range(0, len(data), 188) if data[at + 1] & 0x1F == 1 and data[at + 2] == 0]
            for at in own[first:]:
                data[at + 3] = data[at + 3] & 0xF0 | (data[at + 3] + 1) % 16

        edit(out / name, change)

    return changed


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (drop, "cmaf-240p: 2 segments, planned 3"),
        (one_more, "ts-240p: 4 segments, planned 3"),
        (swap("cmaf/240p", "m4s"), "cmaf-240p: segment 0: decode time: 360360, planned 0"),
        (swap("cmaf/audio", "m4s"), "cmaf-audio: segment 0: decode time"),
        (swap("ts/240p", "ts"), "ts-240p: segment 0: frame 0 at 270270, planned 0"),
        (truncate("cmaf/240p/1.m4s", 1), "cmaf-240p: box b'mdat'"),
        (truncate("cmaf/audio/2.m4s", 500), "cmaf-audio: box b'mdat'"),
        (truncate("cmaf/240p/init.mp4", 10), "cmaf-240p: box b'moov'"),
        (truncate("ts/240p/1.ts", 100), "ts-240p: "),
        (truncate("ts/240p/2.ts", 188 * 20), "ts-240p: "),
        (timescale, "cmaf-240p: timescale: 90000, planned 120000"),
        (edit_list, "cmaf-240p: an edit list moves its start"),
        (level, "cmaf-240p: codecs avc1.4D401F, asked for main 3.0"),
        (decode_time, "cmaf-240p: segment 1: decode time: 360361, planned 360360"),
        (late_start, "cmaf-audio: segment 0: decode time: 1024, planned 0"),
        (cmaf_idr, "cmaf-240p: segment 2 starts with NAL units"),
        (ts_idr, "ts-240p: segment 1 starts with NAL units"),
        (ts_parameter_sets, "ts-240p: "),
        (ts_tables, "ts-240p: does not start with PAT and PMT"),
        (ts_picture, "ts-240p: segment 2: frames: 89, planned 90"),
        (ts_sound, "ts-240p: "),
        (count_anew("ts/240p/1.ts", 5), "ts-240p: the counter of PID 256 is not continuous"),
        (count_anew("ts/240p/1.ts", 0), "ts-240p: segment 1: counter of PID 256: "),
    ],
)
def test_the_gate_catches(spoil: Callable[[Path], None], reason: str, result: Result, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(result.out, out)
    gate(result, out)
    spoil(out)
    with pytest.raises(Failed) as caught:
        gate(result, out)
    assert str(caught.value).startswith(f"the packaged result failed its check: {reason}")


def test_the_readers_agree_with_what_was_planned(result: Result) -> None:
    init = boxes.init((result.out / "cmaf/240p/init.mp4").read_bytes())
    assert init == boxes.Init(timescale=120_000, codecs="avc1.4D401E", edits=False, nal_length_bytes=4)
    piece = boxes.fragment((result.out / "cmaf/240p/1.m4s").read_bytes())
    assert (piece.decode_time, piece.durations) == (90 * 4004, (4004,) * 90)
    segment = tsfile.segment((result.out / "ts/240p/1.ts").read_bytes())
    assert segment.codecs == "avc1.4D401E"
    assert len(segment.video_pts) == 90
    assert segment.video_pts[1] - segment.video_pts[0] == 3003


def test_the_sound_of_every_segment_begins_within_a_frame_of_the_picture(result: Result) -> None:
    starts = [
        boxes.fragment((result.out / f"cmaf/audio/{number}.m4s").read_bytes()).decode_time / 48_000
        for number in range(3)
    ]
    # Equal thirds of 9.009 s; the first AAC frame at or after each: 141 and 282 frames of 21.333 ms.
    assert starts == [0, pytest.approx(3.008), pytest.approx(6.016)]
