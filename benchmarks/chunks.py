"""How long a chunk should be: what cutting a video up costs, and what a film of two hours then takes of a fleet.

Every length packages the same video of 1080p in five rungs. What counts is processor time, which other work on the
machine changes little. The fleet is reckoned from it: tasks taken in the queue's order by so many workers.
"""

import resource
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from heapq import heapify, heapreplace
from pathlib import Path
from typing import TypeVar

from benchmarks.report import machine
from packager import steps, tools
from packager.chunks import CHUNK_S
from packager.parts import Analysis
from storage.folder_objects import FolderObjects
from storage.settings import Settings

SECONDS = 64
LENGTHS_S = (4, 8, 16, 32, 64)
LONGER = 10  # times as long is the video that tells what is done once
FILM_S = 7200
FLEETS = (2, 16, 64)

T = TypeVar("T")


@dataclass(frozen=True)
class Cost:
    """Processor seconds of the steps of one packaging that are done for each chunk."""

    chunk_s: int
    video_s: list[float]
    ts_s: list[float]

    @property
    def chunks_s(self) -> float:
        """All that is done in chunks."""
        return sum(self.video_s) + sum(self.ts_s)


@dataclass(frozen=True)
class Once:
    """Processor seconds of what is done once for a film of two hours. Reckoned from a long video and a short one."""

    analyse_s: float
    sound_s: float


def main() -> None:
    """Print a line for each length, and the length that is used."""
    print(f"  {machine()}; {SECONDS} s of 1080p at 30 fps, 12 Mbit/s, a key frame every 250 frames, five rungs")
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "source.mp4"
        _make(source)
        once = _once(source, Path(name))
        costs = [_packaged(source, Path(name) / str(length), length) for length in LENGTHS_S]
    least = min(cost.chunks_s for cost in costs)
    print(f"  once per film of two hours: analyse {once.analyse_s:.0f} s, sound {once.sound_s:.0f} s")
    print("  chunk  video, s (longest)  ts, s   work beyond   two hours, minutes on " + "  ".join(
        f"{workers:>2} (ideal {_ideal_s(once, least, workers) / 60:.1f})" for workers in FLEETS))  # fmt: skip
    for cost in costs:
        count = len(cost.video_s)
        times = "  ".join(f"{_film_s(cost, once, workers) / 60:>16.1f}" for workers in FLEETS)
        print(
            f"  {cost.chunk_s:>3} s  {sum(cost.video_s) / count:>6.1f} ({max(cost.video_s):>5.1f})  "
            f"{sum(cost.ts_s) / count:>12.2f}  {100 * (cost.chunks_s / least - 1):>9.1f} %           {times}"
        )
    print(f"  used: {CHUNK_S} s")


def _once(source: Path, folder: Path) -> Once:
    """From two lengths: what a process takes to start is no part of what a second of film takes."""
    long = folder / "long.mp4"
    again = ["-stream_loop", str(LONGER - 1), "-i", str(source), "-c", "copy", str(long)]
    subprocess.run([tools.find(Settings()).ffmpeg, "-v", "error", *again], check=True)
    times = []
    for path in (source, long):
        settings = Settings(data=folder / f"once-{path.stem}")
        analysis, analyse_s = _timed(partial(_analysed, path, settings, CHUNK_S))
        objects = FolderObjects(settings.objects_root)
        _, sound_s = _timed(partial(steps.sound, analysis, path, objects=objects, settings=settings))
        times.append((analyse_s, sound_s))
    (short_analyse, short_sound), (long_analyse, long_sound) = times
    films = (FILM_S - SECONDS) / (SECONDS * (LONGER - 1))
    return Once(
        short_analyse + films * (long_analyse - short_analyse), short_sound + films * (long_sound - short_sound)
    )


def _analysed(source: Path, settings: Settings, chunk_s: float) -> Analysis:
    return steps.analyse(
        source, asset="0" * 32, expected_sha256=None, title=None, name=source.name, settings=settings, chunk_s=chunk_s
    )


def _packaged(source: Path, data: Path, chunk_s: int) -> Cost:
    settings = Settings(data=data)
    objects = FolderObjects(settings.objects_root)
    analysis = _analysed(source, settings, chunk_s)
    numbers = range(len(analysis.chunks))
    assert len(numbers) == SECONDS // chunk_s
    videos = [_timed(partial(steps.video, analysis, n, source, objects=objects, settings=settings)) for n in numbers]
    sound = steps.sound(analysis, source, objects=objects, settings=settings)
    tss = [_timed(partial(steps.ts, analysis, n, objects=objects, settings=settings)) for n in numbers]
    parts = [part for part, _ in videos], sound, [part for part, _ in tss]
    steps.finish(analysis, *parts, objects=objects, settings=settings)
    return Cost(chunk_s, [s for _, s in videos], [s for _, s in tss])


def _timed(step: Callable[[], T]) -> tuple[T, float]:
    began = _processor_s()
    return step(), _processor_s() - began


def _processor_s() -> float:
    """What this process and its children that have ended have used."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _film_s(cost: Cost, once: Once, workers: int) -> float:
    """Seconds until a film is an asset: workers of one core each, who take tasks in the queue's order."""
    count = FILM_S // cost.chunk_s
    video_s, ts_s = sum(cost.video_s) / len(cost.video_s), sum(cost.ts_s) / len(cost.ts_s)
    free = [once.analyse_s] * workers
    heapify(free)
    # The sound first, as every ts waits for it; a ts is ready long before the last video is done.
    for task_s in [once.sound_s, *[video_s] * count, *[ts_s] * count]:
        heapreplace(free, free[0] + task_s)
    return max(free)


def _ideal_s(once: Once, chunks_s: float, workers: int) -> float:
    """The same work without any overhead, divided to the last second."""
    return (once.analyse_s + once.sound_s + chunks_s * FILM_S / SECONDS) / workers


def _make(path: Path) -> None:
    picture = f"testsrc2=s=1920x1080:r=30:d={SECONDS},noise=alls=12:allf=t"
    run = [tools.find(Settings()).ffmpeg, "-v", "error", "-f", "lavfi", "-i", picture]
    run += ["-f", "lavfi", "-i", f"sine=frequency=440:duration={SECONDS}"]
    # As a film would have: what is read twice, and decoded before a chunk begins, costs by the bit.
    rate = ["-b:v", "12M", "-maxrate", "16M", "-bufsize", "24M"]
    subprocess.run([*run, "-c:v", "libx264", "-preset", "veryfast", *rate, "-y", str(path)], check=True)


if __name__ == "__main__":
    main()
