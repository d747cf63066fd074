"""From a fresh clone to a playing stream by `make run`, with the package cache as it is; and the second start."""

import os
import re
import signal
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path
from urllib.parse import urljoin

from benchmarks.report import figure, machine
from tests.journeys.program import free_port

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Print the seconds until the first listed segment has been fetched, from nothing and again."""
    print(f"  {machine()}")
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
        figure("make run, from a fresh clone to a playing stream", _seconds(clone), "s", at_most=90)
        figure("make run, again", _seconds(clone), "s")


def _seconds(clone: Path) -> float:
    port = free_port()
    env = {
        name: value for name, value in os.environ.items() if not name.startswith(("STREAMSYNC_", "MAKE", "MFLAGS"))
    }
    began = time.perf_counter()
    with subprocess.Popen(
        ["make", "run"],
        cwd=clone,
        env={**env, "STREAMSYNC_PORT": str(port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if "Ctrl-C stops" in line:
                    break
            _play(f"http://127.0.0.1:{port}/live/main/alice/index.m3u8")
            return time.perf_counter() - began
        finally:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(60)


def _play(url: str) -> None:
    """Fetch what a player fetches before its first frame."""
    text = _fetched(url).decode()
    media = urljoin(url, re.findall(r"^\.\..+$", text, re.MULTILINE)[0])
    segment = re.findall(r"^/chunks/.+$", _fetched(media).decode(), re.MULTILINE)[0]
    assert len(_fetched(urljoin(url, segment))) > 10_000


def _fetched(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - a loopback URL
        body: bytes = answer.read()
        return body
