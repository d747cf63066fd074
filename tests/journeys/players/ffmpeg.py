"""An ffmpeg program as a player: decoded pictures on a pipe, at the pace of the media."""

import re
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL
from threading import Timer
from typing import IO

from .barcode import read
from .sightings import Sighting, Viewing

WIDTH, HEIGHT = 426, 240
_FAULTS = re.compile(
    "error while decoding|corrupt decoded frame|non-monoton|invalid data found|packet corrupt"
    "|concealing|skipping .* segments|failed to open|error opening|could not find codec parameters",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class FfmpegReport:
    """What ffmpeg decoded, the lines of its log that tell of damage (its exit code never does), and the whole log.

    `gave_up` when it ended by itself instead of playing until it was stopped.
    """

    viewing: Viewing
    gave_up: bool
    faults: tuple[str, ...]
    log: str


def play(binary: Path, url: str, *, seconds: float, start_timeout_s: float = 20) -> FfmpegReport:
    """Play a stream for `seconds` from its first picture; give up after `start_timeout_s` without one.

    With -re, as otherwise a segment is decoded in a burst when it is fetched and the wall clock means nothing;
    ffmpeg then sits behind the clock by where it started and what it lost, like a player with a clock.
    It chooses the streams itself, as for anyone who names none. Audio is decoded too, for its errors.
    """
    graph = f"scale={WIDTH}:{HEIGHT}:flags=area,format=gray"
    command = (
        *(str(binary), "-hide_banner", "-nostdin", "-nostats", "-v", "warning", "-re", "-i", url),
        *("-an", "-vf", graph, "-fps_mode", "passthrough", "-enc_time_base", "1/90000"),
        *("-f", "rawvideo", "pipe:1"),
        *("-vn", "-f", "null", "-"),
    )
    began_ms = time.time() * 1000
    with (
        tempfile.TemporaryFile("w+") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log) as child,
    ):
        assert child.stdout is not None
        viewing = _watch(child, child.stdout, began_ms, seconds, start_timeout_s)
        log.seek(0)
        text = log.read()
    return FfmpegReport(
        viewing=viewing,
        gave_up=child.returncode != -SIGKILL,
        faults=tuple(line for line in text.splitlines() if _FAULTS.search(line)),
        log=text,
    )


def _watch(
    child: subprocess.Popen[bytes],
    pictures: IO[bytes],
    began_ms: float,
    seconds: float,
    start_timeout_s: float,
) -> Viewing:
    """Read pictures until the time is up; the program is killed then, as a frozen stream ends no read."""
    sightings: list[Sighting] = []
    shown = 0
    end = Timer(start_timeout_s, child.kill)
    end.start()
    try:
        while len(pixels := pictures.read(WIDTH * HEIGHT)) == WIDTH * HEIGHT:
            wall_ms = time.time() * 1000
            if not shown:
                end.cancel()
                end = Timer(seconds, child.kill)
                end.start()
            shown += 1
            mark = read(pixels, WIDTH, HEIGHT)
            if mark is not None:
                sightings.append(Sighting(wall_ms, mark.asset, mark.frame))
    finally:
        end.cancel()
        child.kill()
    return Viewing(began_ms, time.time() * 1000, tuple(sightings), unread=shown - len(sightings))
