"""Jobs: from a file to an asset: hash, probe, cuts, encode, mux, check, publish."""

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from packager import (
    check,
    cuts,
    encode,
    fingerprint,
    ladder,
    loudness,
    mux,
    packets,
    pictures,
    probe,
    recording,
    tools,
    workroom,
)
from packager import publish as publishing
from packager.commands import Gain
from packager.cuts import Cuts
from packager.ladder import Rung
from packager.packets import Holding
from packager.probe import Probe
from packager.progress import Progress, Stage, Watcher, unwatched
from packager.renditions import renditions
from packager.tools import Tools
from storage import asset_ids
from storage.errors import BadSource
from storage.job_records import JobFacts
from storage.objects import Objects
from storage.records import AssetRecord, Rendition, Source
from storage.settings import Settings

Alone = Callable[[JobFacts], AbstractContextManager[object]]


@dataclass(frozen=True, slots=True)
class _Job:
    """What every stage needs."""

    path: Path
    source: Source
    asset: str
    title: str
    settings: Settings
    objects: Objects
    tools: Tools
    watcher: Watcher
    began_s: float

    def tell(self, stage: Stage, done: float) -> None:
        self.watcher(Progress(stage, min(1.0, max(0.0, done))))


def package(
    source: Path,
    *,
    objects: Objects,
    settings: Settings,
    title: str | None = None,
    name: str | None = None,
    progress: Watcher | None = None,
    alone: Alone | None = None,
) -> AssetRecord:
    """Make `source` an asset and give its record; at once if it is one already. Blocks: async callers use threads.

    `name` is the file's name as people know it, where that is not how it is called here. `alone` is entered while the
    asset is made, with a lock on it that no other process of this machine has: to keep other machines from it.

    `progress` is called in this thread; what it raises stops the packaging. Safe to kill at any point and to run
    again. Raises BadSource, Conflict while the same is being packaged, NoRoom, Unavailable without ffmpeg.
    """
    found = tools.find(settings)
    workroom.sweep(settings.work_root)
    watcher = progress or unwatched
    began_s = time.monotonic()
    before = _stamp(source)
    digest, size = _hashed(source, watcher)
    asset = asset_ids.asset_id(digest, settings)
    record = publishing.published(objects, asset)
    if record is not None:
        return record
    name = name or source.name
    described = Source(name=name, sha256=digest, size_bytes=size)
    job = _Job(source, described, asset, title or Path(name).stem, settings, objects, found, watcher, began_s)
    with workroom.claimed(settings.work_root, asset) as folder:
        # Whoever had the claim before us may have published meanwhile.
        known = publishing.published(objects, asset)
        if known is not None:
            return known
        with alone(_facts(job)) if alone is not None else nullcontext():
            return _make(job, folder, before)


def _facts(job: _Job) -> JobFacts:
    source = job.source
    return JobFacts(
        asset=job.asset,
        name=source.name,
        title=job.title,
        source_key=None,
        source_sha256=source.sha256,
        size_bytes=source.size_bytes,
    )


def _make(job: _Job, folder: Path, before: tuple[int, int]) -> AssetRecord:
    probed = probe.probe(job.path, job.tools, job.source.name)
    holding, gain = _listened(job, probed)
    plan = cuts.plan(holding.duration, holding.rate)
    rungs = ladder.rungs(probed.video.width, probed.video.height, job.settings.aspect)
    made, out = folder / "encoded", folder / "out"
    made.mkdir()
    job.tell("encode", 0)
    began_s = time.monotonic()
    encode.encode(probed, holding, plan, rungs, gain, folder=made, tools=job.tools, watcher=job.watcher)
    encode_s = time.monotonic() - began_s
    if _stamp(job.path) != before:
        raise BadSource(f"{job.source.name}: changed while it was being packaged")
    job.tell("mux", 0)
    mux.mux(plan, rungs, folder=made, out=out, tools=job.tools, watcher=job.watcher)
    pictures.draw(plan.whole, rungs, folder=made, out=out, tools=job.tools)
    pictures.assemble(plan, rungs, out=out, tools=job.tools)
    made_renditions = _checked(job, plan, rungs, out)
    record = recording.record(
        job.asset,
        job.title,
        job.source,
        asset_ids.settings_digest(job.settings),
        plan,
        rungs,
        made_renditions,
        recording.Times(encode_s, time.monotonic() - job.began_s),
    )
    job.tell("publish", 0)
    files = publishing.whole_files(job.asset, rungs, plan.whole, out)
    return publishing.publish(record, files, job.objects, lambda done: job.tell("publish", done))


def _checked(job: _Job, plan: Cuts, rungs: tuple[Rung, ...], out: Path) -> tuple[Rendition, ...]:
    job.tell("check", 0)
    videos = check.videos(plan.whole, rungs, out, lambda done: job.tell("check", done / 2))
    audio = check.audio(plan, out)
    tss = check.tss(plan.whole, rungs, out, lambda done: job.tell("check", 0.5 + done / 2))
    return renditions(plan, rungs, videos, audio, tss)


def _hashed(source: Path, watcher: Watcher) -> tuple[str, int]:
    total = max(1, _stamp(source)[0])
    watcher(Progress("hash", 0.0))
    return fingerprint.sha256(source, lambda size: watcher(Progress("hash", min(1.0, size / total))))


def _listened(job: _Job, probed: Probe) -> tuple[Holding, Gain]:
    """The walk over the packets, and beside it the measure of loudness: one reads, the other computes."""
    stop = threading.Event()
    total = probed.promised_s or Fraction(0)

    def reached(seconds: Fraction) -> None:
        job.tell("probe", float(seconds / total) if total else 0.0)

    job.tell("probe", 0)
    with ThreadPoolExecutor(1) as beside:
        measured = beside.submit(loudness.gain, probed, job.tools, stop=stop)
        try:
            holding = packets.scan(probed, job.tools, reached=reached)
            job.tell("loudness", 0)
            gain = measured.result()
        finally:
            stop.set()
    job.tell("loudness", 1)
    return holding, gain


def _stamp(source: Path) -> tuple[int, int]:
    """Size and time of change, by which a change is noticed. Raises BadSource."""
    probe.check_file(source)
    found = os.stat(source)
    return found.st_size, found.st_mtime_ns
