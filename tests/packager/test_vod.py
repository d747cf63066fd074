"""VOD playlists: read by the m3u8 library, played by ffmpeg, and as a player sees them."""

import json
import subprocess
from pathlib import Path
from typing import Any

import m3u8
import pytest

from packager import jobs, vod
from storage.records import AssetRecord, Rendition, Source

from .conftest import Clip, Store, store_at
from .sources import TOOLS

SHA = "0" * 64
RECORD = AssetRecord(
    id="a" * 32,
    title="x",
    source=Source(name="x.mp4", sha256=SHA, size_bytes=1),
    settings="s",
    frame_rate="30000/1001",
    frames=270,
    ticks=(0, 270270, 540540, 810810),
    renditions=(
        Rendition(
            format="cmaf", rung="240p", kind="video", codecs="avc1.4D401E", width=426, height=240,
            peak_bps=400_000, average_bps=300_000,
        ),
        Rendition(
            format="cmaf", rung="audio", kind="audio", codecs="mp4a.40.2", peak_bps=130_000, average_bps=128_000,
        ),
        Rendition(
            format="ts", rung="240p", kind="video", codecs="avc1.4D401E,mp4a.40.2", width=426, height=240,
            peak_bps=600_000, average_bps=500_000,
        ),
    ),
    packaged_at="2026-01-01T00:00:00Z",
    encode_s=1.0,
    speed=9.0,
)  # fmt: skip

CMAF_MULTIVARIANT = """\
#EXTM3U
#EXT-X-VERSION:6
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Sound",LANGUAGE="und",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",\
URI="audio/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=530000,AVERAGE-BANDWIDTH=428000,CODECS="avc1.4D401E,mp4a.40.2",RESOLUTION=426x240,\
FRAME-RATE=29.970,AUDIO="audio"
240p/index.m3u8
"""

TS_MULTIVARIANT = """\
#EXTM3U
#EXT-X-VERSION:3
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-STREAM-INF:BANDWIDTH=600000,AVERAGE-BANDWIDTH=500000,CODECS="avc1.4D401E,mp4a.40.2",RESOLUTION=426x240,\
FRAME-RATE=29.970
240p/index.m3u8
"""

CMAF_MEDIA = """\
#EXTM3U
#EXT-X-VERSION:6
#EXT-X-TARGETDURATION:4
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-MAP:URI="init.mp4"
#EXTINF:3.003000,
0.m4s
#EXTINF:3.003000,
1.m4s
#EXTINF:3.003000,
2.m4s
#EXT-X-ENDLIST
"""


def test_the_playlists_of_an_asset_as_a_player_sees_them() -> None:
    found = vod.playlists(RECORD)
    folder = f"assets/{'a' * 32}"
    assert sorted(found) == [
        f"{folder}/cmaf/240p/index.m3u8",
        f"{folder}/cmaf/audio/index.m3u8",
        f"{folder}/cmaf/index.m3u8",
        f"{folder}/ts/240p/index.m3u8",
        f"{folder}/ts/index.m3u8",
    ]
    assert found[f"{folder}/cmaf/index.m3u8"] == CMAF_MULTIVARIANT
    assert found[f"{folder}/ts/index.m3u8"] == TS_MULTIVARIANT
    assert found[f"{folder}/cmaf/240p/index.m3u8"] == CMAF_MEDIA
    assert found[f"{folder}/ts/240p/index.m3u8"] == (
        CMAF_MEDIA.replace("VERSION:6", "VERSION:3").replace('#EXT-X-MAP:URI="init.mp4"\n', "").replace("m4s", "ts")
    )


@pytest.fixture(scope="module")
def packaged(clip: Clip, tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, AssetRecord]:
    store = store_at(tmp_path_factory.mktemp("vod"))
    return store, jobs.package(clip("ntsc.mp4"), objects=store.objects, settings=store.settings)


def played(url: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The packets of video and audio that ffprobe gets when it plays the playlist."""
    argv = [
        TOOLS.ffprobe, "-v", "error", "-allowed_extensions", "ALL",
        "-show_entries", "packet=codec_type,pts_time", "-of", "json", str(url),
    ]  # fmt: skip
    done = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr == ""
    packets: list[dict[str, Any]] = json.loads(done.stdout)["packets"]
    kinds = ("video", "audio")
    video, audio = ([packet for packet in packets if packet["codec_type"] == kind] for kind in kinds)
    return video, audio


@pytest.mark.slow
@pytest.mark.parametrize("media_format", ["cmaf", "ts"])
def test_ffmpeg_plays_every_frame_of_it(media_format: str, packaged: tuple[Store, AssetRecord]) -> None:
    store, record = packaged
    url = store.objects.path(f"assets/{record.id}/{media_format}/index.m3u8")
    video, audio = played(url)
    assert len(video) == 270
    start = float(video[0]["pts_time"])
    assert float(video[-1]["pts_time"]) - start == pytest.approx(269 * 1001 / 30000, abs=0.0001)
    assert float(audio[0]["pts_time"]) - start == pytest.approx(0, abs=0.0001)
    assert len(audio) == 422
    assert float(audio[-1]["pts_time"]) - start == pytest.approx(421 * 1024 / 48000, abs=0.0001)


@pytest.mark.slow
def test_the_m3u8_library_reads_what_was_published(packaged: tuple[Store, AssetRecord]) -> None:
    store, record = packaged
    cmaf = m3u8.loads(store.read(record, "cmaf/index.m3u8").decode())
    assert [variant.uri for variant in cmaf.playlists] == ["240p/index.m3u8"]
    assert cmaf.playlists[0].stream_info.resolution == (320, 180)
    assert cmaf.playlists[0].stream_info.frame_rate == 29.97
    assert [medium.uri for medium in cmaf.media] == ["audio/index.m3u8"]
    for rendition in record.renditions:
        media = m3u8.loads(store.read(record, f"{rendition.format}/{rendition.rung}/index.m3u8").decode())
        assert media.is_endlist
        assert media.target_duration == 4
        assert sum(segment.duration for segment in media.segments) == pytest.approx(9.009)
        for segment in media.segments:
            assert store.read(record, f"{rendition.format}/{rendition.rung}/{segment.uri}")
