"""VLC: libvlc without a screen, in a process of its own, because its callbacks can take a process down."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Any

from .sightings import Sighting, Viewing


@dataclass(frozen=True, slots=True)
class VlcReport:
    """What VLC showed, its state at the end (`Playing` is the good one) and the pictures it decoded but dropped."""

    viewing: Viewing
    state: str
    lost_pictures: int
    log: str


def play(url: str, *, seconds: float, start_timeout_s: float = 20) -> VlcReport:
    """Play a stream in VLC for `seconds` from its first picture; give up after `start_timeout_s` without one."""
    assert __package__
    root = Path(__file__).resolve().parents[__package__.count(".") + 1]
    # -P: this folder is not put on the path, where vlc.py would hide python-vlc.
    command = [sys.executable, "-P", "-m", f"{__package__}.vlc_child", url, str(seconds), str(start_timeout_s)]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    began_ms = time.time() * 1000
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        deadline = Timer(seconds + start_timeout_s + 20, child.kill)
        deadline.start()
        try:
            out, log = child.communicate()
        finally:
            deadline.cancel()
    ended_ms = time.time() * 1000
    return _report(
        [json.loads(line) for line in out.splitlines() if line.endswith("}")],
        began_ms,
        ended_ms,
        log,
        child.returncode,
    )


def _report(lines: list[dict[str, Any]], began_ms: float, ended_ms: float, log: str, returncode: int) -> VlcReport:
    pictures = [line for line in lines if "wall_ms" in line]
    sightings = tuple(Sighting(**line) for line in pictures if "asset" in line)
    # Without its last line the process died; what it showed until then still counts.
    end = next((line for line in lines if "state" in line), {})
    return VlcReport(
        viewing=Viewing(began_ms, end.get("ended_ms", ended_ms), sightings, unread=len(pictures) - len(sightings)),
        state=end.get("state", f"died with {returncode}"),
        lost_pictures=end.get("lost_pictures", 0),
        log=log,
    )
