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
from packager import fingerprint, steps, tools
from packager.chunks import CHUNK_S
from storage import asset_ids
from storage.folder_objects import FolderObjects
from storage.settings import Settings

SECONDS = 64
LENGTHS_S = (4, 8, 16, 32, 64)
FILM_S = 7200
FLEETS = (2, 16, 64)

T = TypeVar("T")


@dataclass(frozen=True)
class Cost:
    """Processor seconds of the steps of one packaging: each chunk's video and ts, then those done once."""

    chunk_s: int
    video_s: list[float]
    ts_s: list[float]
    analyse_s: float
    sound_s: float
    finish_s: float

    @property
    def chunks_s(self) -> float:
        """All that is done in chunks."""
        return sum(self.video_s) + sum(self.ts_s)


def main() -> None:
    """Print a line for each length, and the length that is used."""
    print(f"  {machine()}; {SECONDS} s of 1080p at 30 fps, 12 Mbit/s, a key frame every 250 frames, five rungs")
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "source.mp4"
        _make(source)
        costs = [_packaged(source, Path(name) / str(length), length) for length in LENGTHS_S]
    least = min(cost.chunks_s for cost in costs)
    whole = costs[-1]
    print(f"  once per film, processor seconds a second of it: analyse {whole.analyse_s / SECONDS:.4f}, "
          f"sound {whole.sound_s / SECONDS:.4f}; finish {whole.finish_s:.2f} s")  # fmt: skip
    print("  chunk  video, s (longest)  ts, s   work beyond   two hours, minutes on " + "  ".join(
        f"{workers:>2} (ideal {_ideal_s(whole, least, workers) / 60:.1f})" for workers in FLEETS))  # fmt: skip
    for cost in costs:
        count = len(cost.video_s)
        times = "  ".join(f"{_film_s(cost, workers) / 60:>16.1f}" for workers in FLEETS)
        print(
            f"  {cost.chunk_s:>3} s  {sum(cost.video_s) / count:>6.1f} ({max(cost.video_s):>5.1f})  "
            f"{sum(cost.ts_s) / count:>12.2f}  {100 * (cost.chunks_s / least - 1):>9.1f} %           {times}"
        )
    print(f"  used: {CHUNK_S} s")


def _packaged(source: Path, data: Path, chunk_s: int) -> Cost:
    settings = Settings(data=data)
    objects = FolderObjects(settings.objects_root)
    digest, _ = fingerprint.sha256(source, lambda _: None)
    analysis, analyse_s = _timed(
        lambda: steps.analyse(
            source,
            asset=asset_ids.asset_id(digest, settings),
            expected_sha256=digest,
            title=None,
            name=source.name,
            settings=settings,
            chunk_s=chunk_s,
        )
    )
    numbers = range(len(analysis.chunks))
    assert len(numbers) == SECONDS // chunk_s
    videos = [_timed(partial(steps.video, analysis, n, source, objects=objects, settings=settings)) for n in numbers]
    sound, sound_s = _timed(partial(steps.sound, analysis, source, objects=objects, settings=settings))
    tss = [_timed(partial(steps.ts, analysis, n, objects=objects, settings=settings)) for n in numbers]
    parts = [part for part, _ in videos], sound, [part for part, _ in tss]
    _, finish_s = _timed(lambda: steps.finish(analysis, *parts, objects=objects, settings=settings))
    return Cost(chunk_s, [s for _, s in videos], [s for _, s in tss], analyse_s, sound_s, finish_s)


def _timed(step: Callable[[], T]) -> tuple[T, float]:
    began = _processor_s()
    return step(), _processor_s() - began


def _processor_s() -> float:
    """What this process and its children that have ended have used."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _film_s(cost: Cost, workers: int) -> float:
    """Seconds until a film is an asset: workers of one core each, who take tasks in the queue's order."""
    grown, count = FILM_S / SECONDS, FILM_S // cost.chunk_s
    video_s, ts_s = sum(cost.video_s) / len(cost.video_s), sum(cost.ts_s) / len(cost.ts_s)
    free = [cost.analyse_s * grown] * workers
    heapify(free)
    # The sound first, as every ts waits for it; a ts is ready long before the last video is done.
    for task_s in [cost.sound_s * grown, *[video_s] * count, *[ts_s] * count]:
        heapreplace(free, free[0] + task_s)
    return max(free) + cost.finish_s


def _ideal_s(cost: Cost, chunks_s: float, workers: int) -> float:
    """The same work without any overhead, divided to the last second."""
    return (cost.analyse_s + cost.sound_s + chunks_s) * FILM_S / SECONDS / workers


def _make(path: Path) -> None:
    picture = f"testsrc2=s=1920x1080:r=30:d={SECONDS},noise=alls=12:allf=t"
    run = [tools.find(Settings()).ffmpeg, "-v", "error", "-f", "lavfi", "-i", picture]
    run += ["-f", "lavfi", "-i", f"sine=frequency=440:duration={SECONDS}"]
    # As a film would have: what is read twice, and decoded before a chunk begins, costs by the bit.
    rate = ["-b:v", "12M", "-maxrate", "16M", "-bufsize", "24M"]
    subprocess.run([*run, "-c:v", "libx264", "-preset", "veryfast", *rate, "-y", str(path)], check=True)


if __name__ == "__main__":
    main()
