"""A video packaged in chunks has no seam: every frame and every audio frame once, in order, in both formats."""

from collections.abc import Callable
from pathlib import Path

import pytest

from packager.cuts import AAC_SAMPLES
from tests.journeys.players.barcode import make_video

from .chunked import Packaged, both_ways, frames, samples
from .sources import ffmpeg

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


@pytest.fixture(scope="module", params=KINDS)
def packaged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Packaged:
    """A video in four chunks or more, done in an order that a fleet might."""
    rate, suffix, made = KINDS[request.param]
    folder = tmp_path_factory.mktemp("seams")
    make_video(folder / "made.mp4", asset=7, size=SIZE, rate=rate, seconds=SECONDS, tone_hz=440)
    source = folder / f"source.{suffix}"
    made(folder / "made.mp4", source)
    return both_ways(source, folder, CHUNK_S, least=4)


@pytest.mark.parametrize("rendition", ["cmaf/240p", "ts/240p"])
def test_the_frames_are_those_of_a_packaging_in_one_go(packaged: Packaged, rendition: str) -> None:
    in_chunks, said = frames(packaged.playlist(packaged.root, rendition), SIZE)
    in_one_go, _ = frames(packaged.playlist(packaged.whole_root, rendition), SIZE)
    # No picture between is missing; at its ends a source may start late, or be held.
    assert sorted(set(in_one_go)) == list(range(in_one_go[-1] + 1))
    assert in_chunks == in_one_go
    assert len(in_chunks) == packaged.record.frames
    # What continuity counters, times or sizes that do not go on would make it say.
    assert said == ""


@pytest.mark.parametrize("rendition", ["cmaf/audio", "ts/240p"])
def test_every_audio_frame_is_heard_once(packaged: Packaged, rendition: str) -> None:
    sound, said = samples(packaged.playlist(packaged.root, rendition))
    count = round(packaged.record.duration_s * 48_000 / AAC_SAMPLES)
    assert len(sound) // 2 == count * AAC_SAMPLES
    # The sound is encoded in one go either way, so it is the same to the sample.
    assert (sound, said) == (samples(packaged.playlist(packaged.whole_root, rendition))[0], "")
