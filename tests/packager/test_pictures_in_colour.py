"""HDR: bright, coloured and unclipped after tone mapping, judged by luma and not by eye."""

import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from packager import jobs
from storage.errors import BadSource

from .conftest import Store
from .sources import TOOLS, ffmpeg

BARS = "smptehdbars=s=640x360:r=25:d=1.2,format=gbrp16le,setparams=color_primaries=bt709:color_trc=bt709:range=pc"

pytestmark = pytest.mark.slow


def hdr(target: Path, transfer: str, picture: str = BARS) -> None:
    """SDR content placed in HDR as ITU-R BT.2408 does: white at 203 nits."""
    wide = f"out_primaries=bt2020:out_transfer={transfer}:out_color_matrix=bt2020nc:out_range=tv"
    words = ("-vf", f"scale={wide},format=yuv420p10le", "-c:v", "ffv1")
    ffmpeg("-f", "lavfi", "-i", picture, *words, target)


def luma(path: Path, tmp_path: Path) -> tuple[float, float, float]:
    """Lowest, mean and highest luma of the first picture."""
    target = tmp_path / "luma"
    ffmpeg("-i", path, "-frames:v", "1", "-vf", "format=gray", "-f", "rawvideo", target)
    values = target.read_bytes()
    return min(values), sum(values) / len(values), max(values)


def first_picture(path: Path, store: Store, tmp_path: Path) -> Path:
    record = jobs.package(path, objects=store.objects, settings=store.settings)
    joined = tmp_path / "joined.mp4"
    joined.write_bytes(store.read(record, "cmaf/360p/init.mp4") + store.read(record, "cmaf/360p/0.m4s"))
    return joined


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
def test_hdr_becomes_a_picture_as_bright_as_its_sdr(transfer: str, store: Store, tmp_path: Path) -> None:
    sdr, source = tmp_path / "sdr.mkv", tmp_path / "hdr.mkv"
    ffmpeg("-f", "lavfi", "-i", BARS, "-vf", "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p",
           "-c:v", "ffv1", sdr)  # fmt: skip
    hdr(source, transfer)
    joined = first_picture(source, store, tmp_path)
    shown = subprocess.run(
        [TOOLS.ffprobe, "-v", "error", "-show_entries", "stream=pix_fmt,color_transfer,color_space,color_primaries",
         "-of", "csv=p=0", str(joined)],
        capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    assert shown == "yuv420p,bt709,bt709,bt709"
    low, mean, high = luma(joined, tmp_path)
    _, wanted, _ = luma(sdr, tmp_path)
    assert low <= 20
    assert mean == pytest.approx(wanted, rel=0.1)
    assert 220 <= high <= 255


def test_highlights_keep_their_steps(store: Store, tmp_path: Path) -> None:
    # Grey bars from 60 to 800 nits, written as PQ codes; clipping would make the upper ones one.
    codes = [511, 556, 598, 640, 682, 724]
    steps = "+".join(f"{code}*eq(floor(X/107),{n})" for n, code in enumerate(codes))
    tags = "setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc:range=tv"
    drawn = f"color=gray:s=642x360:r=25:d=1.2,format=yuv420p10le,geq=lum='{steps}':cb=512:cr=512,{tags}"
    source = tmp_path / "steps.mkv"
    ffmpeg("-f", "lavfi", "-i", drawn, "-c:v", "ffv1", source)
    joined = first_picture(source, store, tmp_path)
    target = tmp_path / "row"
    ffmpeg("-i", joined, "-frames:v", "1", "-vf", "format=gray,crop=iw:2:0:ih/2", "-f", "rawvideo", target)
    row = target.read_bytes()
    bars = [row[53 + n * 107] for n in range(len(codes))]
    assert all(a < b for a, b in pairwise(bars)), bars
    assert bars[-1] < 255


def test_dolby_vision_without_a_base_picture_is_refused(tmp_path: Path, store: Store) -> None:
    plain = tmp_path / "plain.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=2", "-c:v", "libx265", "-x265-params", "log-level=none",
           "-preset", "ultrafast", "-tag:v", "hvc1", plain)  # fmt: skip
    data = plain.read_bytes()
    # A dvcC box (profile 5, level 1, RPU and base layer) behind hvcC, and every box around it longer by it.
    box = b"\0\0\0\x20dvcC" + bytes([1, 0, 5 << 1, 1 << 3 | 0b101]) + bytes(20)
    at = data.index(b"hvcC") - 4
    at += int.from_bytes(data[at : at + 4])
    longer = bytearray(data[:at] + box + data[at:])
    for kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"hvc1"):
        size = data.rindex(kind, 0, at) - 4
        longer[size : size + 4] = (int.from_bytes(data[size : size + 4]) + len(box)).to_bytes(4)
    path = tmp_path / "vision.mp4"
    path.write_bytes(longer)
    with pytest.raises(BadSource, match=r"^vision\.mp4: Dolby Vision profile 5"):
        jobs.package(path, objects=store.objects, settings=store.settings)
