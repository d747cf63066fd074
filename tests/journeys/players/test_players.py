"""Each player's eyes can be trusted: a good stream is found good, and a bad one bad, by what was shown."""

from collections.abc import Iterator
from fractions import Fraction

import pytest

from . import ffmpeg, hlsjs, vlc
from .available import require, system_ffmpeg, wheel_ffmpeg
from .barcode import make_video
from .loopback import served
from .sightings import Airing, Tolerance, Viewing, complaints, judge

pytestmark = [
    pytest.mark.slow,
    pytest.mark.player,
    pytest.mark.parametrize("player", ["hlsjs", "vlc", "ffmpeg", "ffmpeg-wheel"]),
]

HEAD = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:0\n"
FIRST, SECOND = "#EXTINF:4.0,\n1.ts\n", "#EXTINF:4.0,\n2.ts\n"
PLAYLISTS = {
    "good": f"{HEAD}{FIRST}#EXT-X-DISCONTINUITY\n{SECOND}#EXT-X-ENDLIST\n",
    "swapped": f"{HEAD}{SECOND}#EXT-X-DISCONTINUITY\n{FIRST}#EXT-X-ENDLIST\n",
    "frozen": f"{HEAD}{FIRST}",
}
# VLC leaves out the last second of an asset at a discontinuity, and holds the next one's first picture for as long.
GOOD = Tolerance(frames=150, boundaries=1, gap_ms=1500, skip_ms=1500, error_ms=1500)
# The last half second is not waited for: players differ in how they end.
SECONDS = 7.5


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("streams")
    make_video(folder / "1.ts", asset=1, size="854x480", rate="25", seconds=4, tone_hz=440)
    make_video(folder / "2.ts", asset=2, size="640x360", rate="30", seconds=4, tone_hz=660)
    for name, text in PLAYLISTS.items():
        (folder / f"{name}.m3u8").write_text(text)
    with served(folder) as address:
        yield address


def test_a_good_stream_is_found_good(player: str, origin: str) -> None:
    viewing = view(player, f"{origin}/good.m3u8")
    verdict = judge(viewing, truth(viewing))
    assert verdict.assets == (1, 2)
    assert complaints(verdict, GOOD) == ()


def test_assets_in_the_wrong_order_are_found_bad(player: str, origin: str) -> None:
    viewing = view(player, f"{origin}/swapped.m3u8")
    verdict = judge(viewing, truth(viewing))
    assert verdict.assets == (2, 1)
    assert "went back in the programme 1 times" in complaints(verdict, GOOD)


def test_a_playlist_that_stops_is_found_bad(player: str, origin: str) -> None:
    viewing = view(player, f"{origin}/frozen.m3u8")
    verdict = judge(viewing, truth(viewing))
    assert verdict.longest_gap_ms > 3000  # VLC does not even begin with so short a list
    assert "crossed 0 of 1 boundaries" in complaints(verdict, GOOD)


def view(player: str, url: str) -> Viewing:
    require(player)
    if player == "hlsjs":
        return hlsjs.play(url, seconds=SECONDS).viewing
    if player == "vlc":
        return vlc.play(url, seconds=SECONDS).viewing
    binary = system_ffmpeg() if player == "ffmpeg" else wheel_ffmpeg()
    assert binary is not None
    return ffmpeg.play(binary, url, seconds=SECONDS).viewing


def truth(viewing: Viewing) -> tuple[Airing, ...]:
    """Asset 1 then 2, four seconds each, from the first picture on."""
    start_ms = viewing.sightings[0].wall_ms if viewing.sightings else viewing.began_ms
    return (Airing(start_ms, 1, Fraction(25)), Airing(start_ms + 4000, 2, Fraction(30)))
