"""A real stream to play: three test videos with a barcode, packaged and served by `streamsync up`."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from manifest_server.admin.preview import Preview, preview
from manifest_server.onair.channels import Channels
from manifest_server.viewer.clock import instant_ms
from storage.catalogue import Catalogue
from storage.settings import Settings
from streamsync.session import with_catalogue
from tests.journeys import program
from tests.journeys.players.barcode import make_video
from tests.journeys.players.sightings import Airing

# Of different size, rate and sound; barcodes need pictures of 16:9.
VIDEOS = (
    (1, "1280x720", "30", 13.0, 440),
    (2, "640x360", "25", 10.0, None),
    (3, "854x480", "24000/1001", 11.0, 660),
)
RATES = {asset: Fraction(rate) for asset, _, rate, _, _ in VIDEOS}
START_S = 240


@dataclass(frozen=True, slots=True)
class Stream:
    """A channel that is on air at `origin`, of whoever has these settings."""

    origin: str
    settings: Settings

    def url(self, viewer: str, media_format: str) -> str:
        return f"{self.origin}/live/main/{viewer}/index.m3u8?format={media_format}"

    def truth(self, viewer: str, seconds: int = 180, since_s: float = 60) -> list[Airing]:
        """What is on air for a viewer from `since_s` ago on, by the preview and not by what is served."""
        count = int((since_s + seconds) / min(video[3] for video in VIDEOS)) + 2
        seen = self._preview([viewer], time.time() - since_s, count)[0]
        until_ms = (time.time() + seconds) * 1000
        airings = [(instant_ms(one.starts), int(one.title.removeprefix("video"))) for one in seen.airings]
        return [Airing(start, asset, RATES[asset]) for start, asset in airings if start < until_ms]

    def steady_viewer(self) -> str:
        """A viewer whose videos come in turn for a while, so that a frame seen has one place in time."""
        names = [f"viewer{number}" for number in range(600)]
        for seen in self._preview(names, time.time() - 30, 8):
            assets = [airing.asset for airing in seen.airings]
            if all(one != other for one, other in zip(assets, assets[2:], strict=False)):
                return seen.viewer
        raise AssertionError("no viewer has the three videos in turn")

    def _preview(self, viewers: list[str], at_s: float, count: int) -> list[Preview]:
        async def asked(catalogue: Catalogue) -> list[Preview]:
            channels = Channels(catalogue)
            epoch_ms = (await channels.channel("main")).epoch_ms
            at_ms = max(int(at_s * 1000), epoch_ms)
            return [await preview(channels, "main", viewer, at_ms, count) for viewer in viewers]

        return with_catalogue(self.settings, asked)


def make_videos(folder: Path) -> list[Path]:
    """The three videos, in `folder`."""
    files = []
    for asset, size, rate, seconds, tone_hz in VIDEOS:
        files.append(folder / f"video{asset}.mp4")
        make_video(files[-1], asset=asset, size=size, rate=rate, seconds=seconds, tone_hz=tone_hz)
    return files


@contextmanager
def on_air(folder: Path) -> Iterator[Stream]:
    """The stream, from nothing; stopped and gone afterwards."""
    files = make_videos(folder)
    port = program.free_port()
    env = {**os.environ, "STREAMSYNC_DATA": str(folder / "data"), "STREAMSYNC_PORT": str(port)}
    with subprocess.Popen(
        [sys.executable, "-m", "streamsync", "up", *map(str, files)],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:  # ends when the process does
                if "Ctrl-C stops" in line:
                    break
            assert process.poll() is None, "streamsync up ended"
            _await_answer(port)
            yield Stream(f"http://127.0.0.1:{port}", Settings(data=folder / "data"))
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(START_S)


def _await_answer(port: int) -> None:
    """Connections wait in the socket's queue while the server starts, so one answer is all there is to wait for."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert connection.recv(64).startswith(b"HTTP/1.1 200")
