"""Packaging 60 s of 1080p against one bare ffmpeg run that only encodes the same ladder; memory; doing it again.

Bare runs before and after the packaging, so that a machine that changes its speed shows.
"""

import hashlib
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.report import figure, machine
from packager import jobs, ladder, tools
from storage.folder_objects import FolderObjects
from storage.settings import Settings

SECONDS = 60
MIB = 1 << 20
LONG_SECONDS = 3600


def main() -> None:
    """Print wall times, their ratio, the second format's share, memory, and the cost of doing it again."""
    print(f"  {machine()}")
    ffmpeg = tools.find(Settings()).ffmpeg
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "source.mp4"
        _make(ffmpeg, source, f"testsrc2=s=1920x1080:r=30:d={SECONDS},noise=alls=12:allf=t", SECONDS)
        before = _timed(_bare(ffmpeg, source, folder / "bare"))
        packaged, peak = _packaged(source, folder / "data")
        after = _timed(_bare(ffmpeg, source, folder / "bare"))
        bare = (before + after) / 2
        print(f"  bare ladder encode: {before:.1f} s before, {after:.1f} s after; packaging: {packaged:.1f} s")
        figure("packaging, wall, against the bare encode", packaged / bare, "times", at_most=1.10)
        one, both = _mux_seconds(ffmpeg, folder / "bare")
        figure("second format, of the encode", 100 * (both - one) / bare, "%", at_most=6)
        figure("own peak memory, 60 s of 1080p", peak, "MiB", at_most=150)
        hashing = _hash_seconds(source)
        again, _ = _packaged(source, folder / "data")
        figure("the same bytes again, less hashing them", again - hashing, "s", at_most=1)
        long = folder / "long.mp4"
        _make(ffmpeg, long, f"testsrc2=s=64x36:r=10:d={LONG_SECONDS}", LONG_SECONDS)
        figure(
            f"own peak memory, {LONG_SECONDS // 60} minutes", _packaged(long, folder / "data")[1], "MiB", at_most=150
        )


def _make(ffmpeg: str, path: Path, picture: str, seconds: int) -> None:
    sound = f"sine=frequency=440:duration={seconds}"
    run = [ffmpeg, "-v", "error", "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound]
    subprocess.run([*run, "-c:v", "libx264", "-preset", "ultrafast", "-crf", "20", "-y", str(path)], check=True)


def _bare(ffmpeg: str, source: Path, out: Path) -> list[str]:
    """One run that decodes once and encodes the ladder, with the rates and the preset that packaging has."""
    out.mkdir(exist_ok=True)
    rungs = ladder.rungs(1920, 1080, "pad")
    graph = f"[0:v]split={len(rungs)}" + "".join(f"[s{n}]" for n in range(len(rungs)))
    graph += "".join(f";[s{n}]scale={rung.width}:{rung.height}[v{n}]" for n, rung in enumerate(rungs))
    run = [ffmpeg, "-v", "error", "-nostdin", "-y", "-i", str(source), "-filter_complex", graph]
    for n, rung in enumerate(rungs):
        rate = f"{rung.step.rate_kbps}k"
        run += ["-map", f"[v{n}]", "-c:v", "libx264", "-preset", "veryfast", "-profile:v", rung.step.profile]
        run += ["-crf", "23", "-maxrate", rate, "-bufsize", rate, "-bf", "0", "-g", "60", "-keyint_min", "60"]
        run += ["-pix_fmt", "yuv420p", str(out / f"{rung.name}.mp4")]
    return [*run, "-map", "0:a", "-c:a", "aac", "-b:a", "128k", "-ar", "48000", "-ac", "2", str(out / "audio.mp4")]


def _mux_seconds(ffmpeg: str, encoded: Path) -> tuple[float, float]:
    """Seconds to cut the bare encodes into one format, and into both."""
    videos = sorted(path for path in encoded.glob("*p.mp4"))
    run = [ffmpeg, "-v", "error", "-nostdin", "-y"]
    for path in [*videos, encoded / "audio.mp4"]:
        run += ["-i", str(path)]
    audio = len(videos)
    cut = ["-c", "copy", "-f", "hls", "-hls_time", "4", "-hls_list_size", "0"]
    cmaf, ts = list(run), []
    for n in range(audio + 1):
        folder = encoded / f"cmaf{n}"
        folder.mkdir(exist_ok=True)
        cmaf += ["-map", f"{n}:0", *cut, "-hls_segment_type", "fmp4", str(folder / "index.m3u8")]
    for n in range(audio):
        folder = encoded / f"ts{n}"
        folder.mkdir(exist_ok=True)
        ts += ["-map", f"{n}:0", "-map", f"{audio}:0", *cut, str(folder / "index.m3u8")]
    return min(_timed(cmaf) for _ in range(3)), min(_timed([*cmaf, *ts]) for _ in range(3))


def _timed(argv: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(argv, check=True)
    return time.perf_counter() - began


def _packaged(source: Path, data: Path) -> tuple[float, float]:
    """Wall seconds of packaging in a process of its own, and its peak memory in MiB without its children."""
    argv = [sys.executable, "-m", "benchmarks.packaging", str(source), str(data)]
    done = subprocess.run(argv, check=True, capture_output=True, text=True)
    seconds, peak = map(float, done.stdout.split())
    return seconds, peak


def _hash_seconds(source: Path) -> float:
    began = time.perf_counter()
    with source.open("rb") as file:
        hashlib.file_digest(file, "sha256")
    return time.perf_counter() - began


def _package_once(source: Path, data: Path) -> None:
    settings = Settings(data=data)
    began = time.perf_counter()
    jobs.package(source, objects=FolderObjects(settings.objects_root), settings=settings)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print(seconds, peak / MIB)


if __name__ == "__main__":
    _package_once(Path(sys.argv[1]), Path(sys.argv[2]))
