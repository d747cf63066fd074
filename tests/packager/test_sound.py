"""Sound: as loud as every other asset, in time with the picture, whole."""

import re
import subprocess
from pathlib import Path

import pytest

from packager import jobs, loudness
from packager.commands import Gain
from storage.records import AssetRecord

from .conftest import Clip, Store
from .sources import AAC, H264, TOOLS, ffmpeg, picture, tone


@pytest.mark.parametrize(
    ("loudness_lufs", "peak_dbfs", "gain"),
    [
        (-23.0, -10.0, Gain(7.0, limited=False)),
        (-23.0, -8.0, Gain(7.0, limited=True)),
        (-10.0, 0.0, Gain(-6.0, limited=False)),
        (-16.0, -1.0, Gain(0.0, limited=True)),
        (-50.0, -45.0, Gain(20.0, limited=False)),
        (-70.0, -70.0, Gain(0.0, limited=False)),
        (float("-inf"), float("-inf"), Gain(0.0, limited=False)),
        (float("nan"), float("-inf"), Gain(0.0, limited=False)),
    ],
)
def test_the_gain_for(loudness_lufs: float, peak_dbfs: float, gain: Gain) -> None:
    assert loudness.needed(loudness_lufs, peak_dbfs) == gain


def said(record: AssetRecord, store: Store, media_format: str, *words: str) -> str:
    """What ffmpeg says when it plays the asset through `words`."""
    url = store.objects.path(f"assets/{record.id}/{media_format}/index.m3u8")
    argv = [TOOLS.ffmpeg, "-hide_banner", "-nostats", "-allowed_extensions", "ALL", "-i", str(url), *words]
    done = subprocess.run([*argv, "-f", "null", "-"], capture_output=True, text=True, check=True, timeout=60)
    return done.stderr


def measured_lufs(record: AssetRecord, store: Store, media_format: str) -> float:
    found = re.findall(r"I:\s+(-?[\d.]+) LUFS", said(record, store, media_format, "-af", "ebur128=framelog=quiet"))
    return float(found[-1])


@pytest.mark.slow
@pytest.mark.parametrize(("layout", "volume"), [("mono", 0.6), ("stereo", 1.0), ("5.1", 0.2)])
def test_every_asset_is_as_loud_as_the_next(layout: str, volume: float, store: Store, tmp_path: Path) -> None:
    path = tmp_path / "tone.mp4"
    ffmpeg(*picture(), *tone(layout=layout, volume=volume), *H264, *AAC, path)
    record = jobs.package(path, objects=store.objects, settings=store.settings)
    assert measured_lufs(record, store, "cmaf") == pytest.approx(-16, abs=1)


@pytest.mark.slow
def test_peaks_are_limited_where_the_gain_would_clip_them(store: Store, tmp_path: Path) -> None:
    # A quiet tone with a loud click every second.
    clicks = "aevalsrc='0.02*sin(2*PI*440*t)+0.9*sin(2*PI*900*t)*lt(mod(t,1),0.004)':s=48000:d=5"
    path = tmp_path / "clicks.mp4"
    ffmpeg(*picture(), "-f", "lavfi", "-i", clicks, *H264, "-c:a", "aac", "-b:a", "192k", path)
    record = jobs.package(path, objects=store.objects, settings=store.settings)
    peak = re.findall(r"max_volume: (-?[\d.]+) dB", said(record, store, "cmaf", "-af", "volumedetect"))
    assert float(peak[-1]) <= -0.3


@pytest.mark.slow
@pytest.mark.parametrize("media_format", ["cmaf", "ts"])
def test_flash_and_beep_stay_together(media_format: str, store: Store, tmp_path: Path) -> None:
    flash = "color=black:s=320x180:r=25:d=5,drawbox=color=white:t=fill:enable='between(t,2,2.5)'"
    beep = "aevalsrc='0.5*sin(2*PI*1000*t)*between(t,2,2.5)':s=44100:d=5"
    path = tmp_path / "flash.mp4"
    ffmpeg("-f", "lavfi", "-i", flash, "-f", "lavfi", "-i", beep, *H264, *AAC, path)
    record = jobs.package(path, objects=store.objects, settings=store.settings)
    words = ("-vf", "blackdetect=d=0.1:pic_th=0.9", "-af", "silencedetect=n=-40dB:d=0.5")
    heard = said(record, store, media_format, *words)
    light = float(re.findall(r"black_end:([\d.]+)", heard)[0])
    sound = float(re.findall(r"silence_end: ([\d.]+)", heard)[0])
    assert light == pytest.approx(2.0, abs=0.001)
    assert sound == pytest.approx(2.0, abs=0.022)


@pytest.mark.slow
def test_a_source_without_sound_gets_silence(clip: Clip, store: Store) -> None:
    record = jobs.package(clip("silent.mp4"), objects=store.objects, settings=store.settings)
    levels = re.findall(r"max_volume: (-?[\d.]+|-inf) dB", said(record, store, "cmaf", "-af", "volumedetect"))
    assert float(levels[-1]) <= -90
