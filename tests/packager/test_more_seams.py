"""Sources of every kind in chunks: each picture and each sample as in one go."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from packager.cuts import AAC_SAMPLES
from tests.journeys.players.barcode import make_video

from .chunked import Packaged, both_ways, decoded, frames, samples
from .sources import AAC, ffmpeg, picture, tone

pytestmark = pytest.mark.slow

SIZE = "320x180"
CHUNK_S = 4.0

# Two encodes of one picture differ by 35 dB or more here, those of two pictures in a row by 23 dB or less, in each of
# brightness and both colours. A picture that was not tone-mapped is as far off.
ALIKE_DB = 32

# Few key frames, so that chunks begin far from one, and pictures out of order across them.
X264 = ("-c:v", "libx264", "-preset", "veryfast", "-bf", "3", "-g", "75", "-x264-params", "open-gop=1:scenecut=0")
COPIED = ("-c:a", "copy")
INTO_PQ = (
    "scale=in_color_matrix=bt709:in_range=tv,format=gbrp16le,"
    "setparams=color_primaries=bt709:color_trc=bt709:range=pc,"
    "scale=out_primaries=bt2020:out_transfer=smpte2084:out_color_matrix=bt2020nc:out_range=tv,format=yuv420p10le"
)


@dataclass(frozen=True, slots=True)
class Kind:
    """How a source of barcodes is made, and what is made of that; `least` chunks come of it."""

    suffix: str
    words: tuple[str, ...] = (*X264, *COPIED)
    rate: str = "25"
    size: str = SIZE
    seconds: float = 8
    tone_hz: int | None = 440
    then: Callable[[Path, Path], None] | None = None
    least: int = 2


def _telephone(source: Path, target: Path) -> None:
    """Held upright; its microphone began after its camera."""
    late = ("-itsoffset", "0.7", "-i", source, "-map", "0:v", "-map", "1:a")
    ffmpeg("-display_rotation", "90", "-i", source, *late, "-c", "copy", target)


def _late_picture(source: Path, target: Path) -> None:
    ffmpeg("-itsoffset", "0.7", "-i", source, "-i", source, "-map", "0:v", "-map", "1:a", "-c", "copy", target)


def _broadcast(source: Path, target: Path) -> None:
    """5.1, and a clock of 33 bits at 90 kHz that begins anew, after 95,443.7 s, four seconds into it."""
    sound = (*tone(8, "5.1"), "-map", "0:v", "-map", "1:a", *AAC)
    ffmpeg("-i", source, *sound, "-c:v", "copy", "-output_ts_offset", "95438.3", target)


def _interlaced(*words: str) -> Callable[[Path, Path], None]:
    """Fields of 50 Hz that show motion, under a barcode that is the same in both fields of a picture."""

    def made(source: Path, target: Path) -> None:
        graph = "[0:v]fps=50[bars];[bars][1:v]overlay=0:60,interlace,setfield=tff"
        moving = picture("320x120", "50", 8)
        ffmpeg(
            "-i", source, *moving, "-filter_complex", graph, "-map", "0:a", "-flags", "+ildct+ilme", *words, target
        )

    return made


PASSED_ON = ("-c", "copy")

KINDS: dict[str, Kind] = {
    "hdr": Kind("mp4", ("-vf", INTO_PQ, *X264, "-color_primaries", "bt2020", "-color_trc", "smpte2084",
                        "-colorspace", "bt2020nc", *COPIED)),
    # Of every ten frames four are missing; in the clock of Matroska, which counts milliseconds.
    "variable": Kind("mkv", ("-vf", "select='lt(mod(n,10),6)'", "-fps_mode", "vfr", *X264, *COPIED), rate="30"),
    # One picture is shown for nine seconds: a chunk has none of its own.
    "held": Kind("mp4", ("-vf", "select='not(between(n,100,370))'", "-fps_mode", "vfr", *X264, *COPIED), rate="30",
                 seconds=16, least=4),
    "telephone": Kind("mp4", ("-vf", "transpose=1", *X264, *COPIED), then=_telephone),
    "broadcast": Kind("ts", then=_broadcast),
    "interlaced": Kind("ts", PASSED_ON, then=_interlaced("-c:v", "mpeg2video", "-b:v", "2M", "-bf", "2", "-g", "30",
                                                         "-c:a", "mp2")),
    "interlaced h264": Kind("mp4", PASSED_ON, then=_interlaced(*X264, "-x264-params", "tff=1:open-gop=1", *COPIED)),
    "fast and silent": Kind("mp4", X264, rate="120", tone_hz=None),
    "anamorphic, picture late": Kind("mp4", ("-vf", "setsar=4/3", *X264, *COPIED), size="240x180",
                                     then=_late_picture),
    "from 100 s": Kind("mkv", (*X264, *COPIED, "-output_ts_offset", "100")),
    # No picture can be decoded by itself: each refreshes a part of the screen.
    "refreshed": Kind("ts", ("-c:v", "libx264", "-preset", "veryfast", "-g", "50", "-x264-params",
                             "intra-refresh=1:bframes=0", *COPIED)),
}  # fmt: skip


def _source(kind: Kind, folder: Path) -> Path:
    """Barcodes, encoded as the kind says, and then changed."""
    made, source = folder / f"made.{kind.suffix}", folder / f"source.{kind.suffix}"
    bars = folder / "bars.mp4"
    make_video(bars, asset=7, size=kind.size, rate=kind.rate, seconds=kind.seconds, tone_hz=kind.tone_hz)
    if kind.words == PASSED_ON:
        made = bars
    else:
        ffmpeg("-i", bars, *kind.words, made)
    if kind.then is None:
        return made
    kind.then(made, source)
    return source


@pytest.fixture(scope="module", params=KINDS)
def packaged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Packaged:
    kind = KINDS[request.param]
    folder = tmp_path_factory.mktemp("seams")
    return both_ways(_source(kind, folder), folder, CHUNK_S, least=kind.least)


def test_the_same_pictures_in_the_same_order(packaged: Packaged) -> None:
    in_one_go, _ = frames(packaged.playlist(packaged.whole_root, "cmaf/240p"), SIZE)
    assert -1 not in in_one_go
    assert len(in_one_go) == packaged.record.frames
    for rendition in ("cmaf/240p", "ts/240p"):
        assert frames(packaged.playlist(packaged.root, rendition), SIZE) == (in_one_go, "")


def test_the_pictures_look_the_same(packaged: Packaged) -> None:
    """In brightness and in both colours, picture by picture."""
    others = ("-i", packaged.playlist(packaged.whole_root, "cmaf/240p"))
    words = (*others, "-lavfi", "[0:v][1:v]psnr=stats_file=-", "-f", "null", "-")
    told, _ = decoded(packaged.playlist(packaged.root, "cmaf/240p"), words)
    lines = told.decode().splitlines()
    assert len(lines) == packaged.record.frames
    least = min(float(number) for line in lines for number in re.findall(r"psnr_[yuv]:(\S+)", line))
    assert least > ALIKE_DB


def test_the_same_sound(packaged: Packaged) -> None:
    in_one_go, _ = samples(packaged.playlist(packaged.whole_root, "cmaf/audio"))
    assert len(in_one_go) // 2 == round(packaged.record.duration_s * 48_000 / AAC_SAMPLES) * AAC_SAMPLES
    for rendition in ("cmaf/audio", "ts/240p"):
        assert samples(packaged.playlist(packaged.root, rendition)) == (in_one_go, "")
