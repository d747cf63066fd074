"""The fleet: what each task of a job is, and which tasks follow it."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from packager import jobs, steps, workroom
from packager.local_sources import LocalSources
from packager.parts import Analysis, SoundPart, TsPart, VideoPart
from packager.progress import Progress, Stage, Watcher
from packager.publish import published
from storage import asset_ids
from storage.errors import Unavailable
from storage.job_records import ANALYSE, FINISH, SOUND, WHOLE, Lease, NewTask
from storage.jobs import Jobs
from storage.objects import Objects
from storage.records import AssetRecord
from storage.settings import Settings

# Shares of the work of a long video, measured: docs/fleet.md.
_ANALYSE_WEIGHT = 0.02
_SOUND_WEIGHT = 0.03
_TS_WEIGHT = 0.04
_FINISH_WEIGHT = 0.01

# How the stages of a whole packaging add up to one task's progress.
_ENDS: dict[Stage, float] = {
    "hash": 0.01, "probe": 0.03, "loudness": 0.05, "encode": 0.93, "mux": 0.96, "check": 0.98, "publish": 1.0
}  # fmt: skip
_BEGINS = dict(zip(_ENDS, [0.0, *list(_ENDS.values())[:-1]], strict=True))


@dataclass(frozen=True, slots=True)
class Bench:
    """What a worker works with. `index` tells the catalogue of a new asset."""

    jobs: Jobs
    objects: Objects
    settings: Settings
    sources: LocalSources
    index: Callable[[AssetRecord], None]


def work(lease: Lease, bench: Bench, watcher: Watcher) -> int | None:
    """Do the task and say that it is done; how many tasks can be claimed because of it, None when it is not ours now.

    Raises BadSource for a job that can never be done, and NoRoom, Unavailable, Conflict for what may be tried again.
    """
    _check_settings(lease, bench.settings)
    if lease.task == ANALYSE:
        return _analyse(lease, bench, watcher)
    if lease.task == WHOLE:
        return _whole(lease, bench, watcher)
    analysis = Analysis.model_validate_json(lease.plan or "")
    objects, settings = bench.objects, bench.settings
    kind, _, number = lease.task.partition("-")
    if kind == "video":
        with bench.sources.held(lease.facts) as path:
            video = steps.video(analysis, int(number), path, objects=objects, settings=settings, progress=watcher)
        return bench.jobs.complete(lease, video.model_dump_json())
    if kind == SOUND:
        with bench.sources.held(lease.facts) as path:
            sound = steps.sound(analysis, path, objects=objects, settings=settings, progress=watcher)
        return bench.jobs.complete(lease, sound.model_dump_json())
    if kind == "ts":
        part = steps.ts(analysis, int(number), objects=objects, settings=settings, progress=watcher)
        return bench.jobs.complete(lease, part.model_dump_json())
    return _finish(lease, bench, analysis, watcher)


def tidy(bench: Bench) -> None:
    """Remove what killed or cancelled packagings left on this machine, and forget jobs that ended long ago."""
    workroom.sweep(bench.settings.work_root)
    bench.sources.sweep()
    with suppress(Unavailable):  # another time
        bench.jobs.forget(bench.jobs.now_ms())


def part_of_whole(progress: Progress) -> float:
    """How much of a whole packaging is done: 0 to 1."""
    begin, end = _BEGINS[progress.stage], _ENDS[progress.stage]
    return begin + (end - begin) * progress.done


def tasks_of(analysis: Analysis) -> list[NewTask]:
    """The tasks that follow the analysis: one, or those of every chunk."""
    if analysis.is_whole:
        return [NewTask(name=WHOLE)]
    count = len(analysis.chunks)
    videos, tss = [f"video-{n:05d}" for n in range(count)], [f"ts-{n:05d}" for n in range(count)]
    segments = analysis.chunks[-1].last
    shares = [(chunk.last - chunk.first) / segments for chunk in analysis.chunks]
    return [
        NewTask(name=SOUND, then=tuple(tss), weight=_SOUND_WEIGHT),
        *(
            NewTask(name=name, then=(ts,), weight=share)
            for name, ts, share in zip(videos, tss, shares, strict=True)
        ),
        *(
            NewTask(name=name, waits=2, then=(FINISH,), weight=share * _TS_WEIGHT)
            for name, share in zip(tss, shares, strict=True)
        ),
        NewTask(name=FINISH, waits=count, weight=_FINISH_WEIGHT),
    ]  # fmt: skip


def _analyse(lease: Lease, bench: Bench, watcher: Watcher) -> int | None:
    facts = lease.facts
    known = published(bench.objects, facts.asset)
    if known is not None:
        return _ended(lease, bench, known)
    try:
        with bench.sources.held(facts) as path:
            analysis = steps.analyse(
                path,
                asset=facts.asset,
                expected_sha256=facts.source_sha256,
                title=facts.title,
                name=facts.name,
                settings=bench.settings,
                progress=watcher,
            )
    except steps.Damaged:
        # Neither our copy nor what it was taken from may be met by whoever uploads the file again.
        bench.sources.drop(facts.asset)
        if facts.source_key is not None:
            bench.objects.delete(facts.source_key)
        raise
    plan = analysis.model_dump_json()
    return bench.jobs.complete(lease, add=tasks_of(analysis), plan=plan, seconds=analysis.duration_s)


def _whole(lease: Lease, bench: Bench, watcher: Watcher) -> int | None:
    known = published(bench.objects, lease.job)
    if known is not None:  # we were killed, or cut off, between the record and saying so
        return _ended(lease, bench, known)
    with bench.sources.held(lease.facts) as path:
        record = jobs.package(
            path,
            objects=bench.objects,
            settings=bench.settings,
            title=lease.facts.title,
            name=lease.facts.name,
            progress=watcher,
        )
    return _ended(lease, bench, record)


def _finish(lease: Lease, bench: Bench, analysis: Analysis, watcher: Watcher) -> int | None:
    numbers = range(len(analysis.chunks))
    videos = bench.jobs.results(lease.job, [f"video-{n:05d}" for n in numbers])
    tss = bench.jobs.results(lease.job, [f"ts-{n:05d}" for n in numbers])
    record = steps.finish(
        analysis,
        [VideoPart.model_validate_json(text) for text in videos],
        SoundPart.model_validate_json(bench.jobs.results(lease.job, [SOUND])[0]),
        [TsPart.model_validate_json(text) for text in tss],
        objects=bench.objects,
        settings=bench.settings,
        progress=watcher,
    )
    return _ended(lease, bench, record)


def _ended(lease: Lease, bench: Bench, record: AssetRecord) -> int | None:
    """The asset is there: indexed, its upload removed, its job done."""
    bench.index(record)
    bench.sources.drop(lease.job)
    # Before the job is done, so that it is tried again when it fails. Nobody needs it once there is the asset.
    if lease.facts.source_key is not None:
        bench.objects.delete(lease.facts.source_key)
    return bench.jobs.complete(lease, record.id, ends=True)


def _check_settings(lease: Lease, settings: Settings) -> None:
    if asset_ids.asset_id(lease.facts.source_sha256, settings) != lease.job:
        raise Unavailable("this worker has another STREAMSYNC_ASPECT, or is of another version, than was asked for")
