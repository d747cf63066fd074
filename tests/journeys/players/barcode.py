"""The barcode: asset and frame number burnt into the top of a test picture, and read back from what was shown.

A strip of 32 blocks, an eighth of the picture high: 4 guard, 4 asset, 12 frame, 8 check, 4 guard.
It spans the picture, so a source must have the shape of the picture it is shown in (16:9 for the packager).
"""

import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from .available import encoder

BLOCKS = 32
STRIP_SHARE = 8  # the strip is 1/8 of the picture's height
MAX_ASSET = 0xF
MAX_FRAME = 0xFFF

_HEAD, _TAIL = 0b1011, 0b0010
_DARK, _BRIGHT = 16, 235
# Between the two a block is neither: a blend of two frames, a fade, or not a barcode at all.
_DARKEST_BRIGHT, _BRIGHTEST_DARK = 160, 96
_SAMPLES = (0.3, 0.5, 0.7)


@dataclass(frozen=True, slots=True)
class Mark:
    """What a barcode says: an asset's number and the frame's number in its source, from 0."""

    asset: int
    frame: int


def make_video(path: Path, *, asset: int, size: str, rate: str, seconds: float, tone_hz: int | None) -> int:
    """Write a moving test picture with barcodes to `path`; a tone when asked for. Gives its number of frames."""
    frames = round(Fraction(seconds) * Fraction(rate))
    strip = b"".join(strip_row(Mark(asset, frame)) for frame in range(frames))
    width, height = (int(side) for side in size.split("x"))
    graph = (
        f"[1:v]scale={width}:{height // STRIP_SHARE}:flags=neighbor,format=yuv420p[strip];"
        f"[0:v][strip]overlay=0:0:shortest=1,format=yuv420p[picture]"
    )
    tone = () if tone_hz is None else ("-f", "lavfi", "-i", f"sine=f={tone_hz}:r=48000:d={seconds}")
    command = (
        *(str(encoder()), "-hide_banner", "-v", "error", "-y"),
        *("-f", "lavfi", "-i", f"testsrc2=s={size}:r={rate}"),
        *("-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{BLOCKS}x1", "-r", rate, "-i", "pipe:0"),
        *(*tone, "-filter_complex", graph, "-map", "[picture]"),
        *(() if tone_hz is None else ("-map", "2:a", "-c:a", "aac", "-b:a", "96k")),
        *("-c:v", "libx264", "-preset", "ultrafast", "-crf", "20", "-frames:v", str(frames), str(path)),
    )
    subprocess.run(command, input=strip, check=True, timeout=300)
    return frames


def strip_row(mark: Mark) -> bytes:
    """The strip of one frame, one grey pixel per block. Raises ValueError when a number has too many bits."""
    if not (0 <= mark.asset <= MAX_ASSET and 0 <= mark.frame <= MAX_FRAME):
        raise ValueError(f"barcode of {mark}: asset over {MAX_ASSET} or frame over {MAX_FRAME}")
    data = mark.asset << 12 | mark.frame
    word = _HEAD << 28 | data << 12 | _check(data) << 4 | _TAIL
    return bytes(_BRIGHT if word >> (BLOCKS - 1 - block) & 1 else _DARK for block in range(BLOCKS))


def read(pixels_gray: bytes | memoryview, width: int, height: int) -> Mark | None:
    """The mark in a grey picture of `width * height` bytes; None unless every block, guard and check bit fits."""
    return decode(tuple(_levels(pixels_gray, width, height)))


def decode(levels: Sequence[int]) -> Mark | None:
    """The mark that the mean grey levels of the 32 blocks, left to right, spell; None if they spell none."""
    word = 0
    for level in levels:
        if _BRIGHTEST_DARK < level < _DARKEST_BRIGHT:
            return None
        word = word << 1 | (level >= _DARKEST_BRIGHT)
    data = word >> 12 & 0xFFFF
    fits = len(levels) == BLOCKS and word >> 28 == _HEAD and word & 0xF == _TAIL
    if not fits or word >> 4 & 0xFF != _check(data):
        return None
    return Mark(asset=data >> 12, frame=data & 0xFFF)


def _levels(pixels: bytes | memoryview, width: int, height: int) -> Iterator[int]:
    rows = [int(height / STRIP_SHARE * share) * width for share in _SAMPLES]
    for block in range(BLOCKS):
        columns = [int(width / BLOCKS * (block + share)) for share in _SAMPLES]
        yield sum(pixels[row + column] for row in rows for column in columns) // (len(rows) * len(columns))


def _check(data: int) -> int:
    """CRC-8 (polynomial 0x07, initial 0xff) of 16 bits."""
    crc = 0xFF
    for byte in (data >> 8, data & 0xFF):
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ (0x07 if crc & 0x80 else 0)) & 0xFF
    return crc
