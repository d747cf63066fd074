"""The barcode is read back exactly, or not at all."""

import random
import subprocess
from pathlib import Path

import pytest

from .available import encoder
from .barcode import BLOCKS, Mark, decode, make_video, read, strip_row

WIDTH, HEIGHT = 426, 240


def picture(row: bytes, width: int = WIDTH, height: int = HEIGHT) -> bytes:
    """A grey picture with this strip across its top."""
    line = bytes(row[column * BLOCKS // width] for column in range(width))
    return line * (height // 8) + b"\x80" * width * (height - height // 8)


def test_every_frame_is_read_back_after_scaling_and_compression(tmp_path: Path) -> None:
    ffmpeg = encoder()
    source, small = tmp_path / "source.mp4", tmp_path / "small.mp4"
    frames = make_video(source, asset=9, size="1280x720", rate="30000/1001", seconds=3, tone_hz=440)
    command = f"{ffmpeg} -v error -i {source} -vf scale={WIDTH}:{HEIGHT} -crf 28 -c:v libx264 -an {small}"
    subprocess.run(command.split(), check=True)
    command = f"{ffmpeg} -v error -i {small} -f rawvideo -pix_fmt gray -"
    pixels = subprocess.run(command.split(), check=True, capture_output=True).stdout
    size = WIDTH * HEIGHT
    marks = [read(pixels[at : at + size], WIDTH, HEIGHT) for at in range(0, len(pixels), size)]
    assert frames == 90
    assert marks == [Mark(9, frame) for frame in range(90)]


def test_a_video_has_a_tone_only_when_asked_for(tmp_path: Path) -> None:
    ffmpeg = encoder()
    for name, tone in (("tone.mp4", 300), ("silent.mp4", None)):
        make_video(tmp_path / name, asset=1, size="320x180", rate="25", seconds=0.4, tone_hz=tone)
    shown = {
        name: subprocess.run([str(ffmpeg), "-i", str(tmp_path / name)], check=False, capture_output=True).stderr
        for name in ("tone.mp4", "silent.mp4")
    }
    assert b"Audio: aac" in shown["tone.mp4"]
    assert b"Audio:" not in shown["silent.mp4"]


@pytest.mark.parametrize("mark", [Mark(0, 0), Mark(15, 4095), Mark(1, 2730), Mark(10, 1365)])
def test_every_number_survives(mark: Mark) -> None:
    assert decode(strip_row(mark)) == mark
    assert read(picture(strip_row(mark)), WIDTH, HEIGHT) == mark


@pytest.mark.parametrize("mark", [Mark(16, 0), Mark(0, 4096), Mark(-1, 0)])
def test_a_number_with_too_many_bits_is_refused(mark: Mark) -> None:
    with pytest.raises(ValueError, match="barcode of"):
        strip_row(mark)


def test_one_or_two_wrong_blocks_are_never_read() -> None:
    row = strip_row(Mark(5, 1234))
    for first in range(BLOCKS):
        for second in range(first, BLOCKS):
            wrong = bytearray(row)
            for block in {first, second}:
                wrong[block] = 251 - wrong[block]
            assert decode(wrong) is None, (first, second)


def test_a_blend_of_two_frames_is_not_read() -> None:
    rows = strip_row(Mark(5, 1234)), strip_row(Mark(5, 1235))
    assert decode([(a + b) // 2 for a, b in zip(*rows, strict=True)]) is None


@pytest.mark.parametrize("level", [0, 16, 128, 235, 255])
def test_a_plain_picture_is_not_read(level: int) -> None:
    assert read(bytes([level]) * WIDTH * HEIGHT, WIDTH, HEIGHT) is None


def test_noise_is_not_read() -> None:
    noise = random.Random(7)
    assert not any(read(noise.randbytes(WIDTH * HEIGHT), WIDTH, HEIGHT) for _ in range(50))
    # Even blocks that are all clearly dark or bright pass by chance only once in 65,536.
    words = (noise.choices((16, 235), k=BLOCKS) for _ in range(3000))
    assert not any(decode(word) for word in words)


def test_too_few_or_too_many_blocks_are_not_read() -> None:
    row = strip_row(Mark(3, 7))
    assert decode(row[:-1]) is None
    assert decode(b"\x10" + row) is None
