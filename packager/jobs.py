"""Jobs: from a file to an asset: hash, probe, cuts, encode, mux, check, publish."""

import errno
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
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
    tools,
    workroom,
)
from packager import publish as publishing
from packager.commands import Gain, Sheet
from packager.cuts import Cuts
from packager.packets import Holding
from packager.probe import Probe
from packager.progress import Progress, Stage, Watcher, unwatched
from packager.tools import Tools
from storage import keys
from storage.errors import BadSource, NoRoom, Unavailable
from storage.objects import Objects
from storage.records import AssetRecord, Source, Thumbnails
from storage.settings import Settings


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
    progress: Watcher | None = None,
) -> AssetRecord:
    """Make `source` an asset and give its record; at once if it is one already. Blocks: async callers use threads.

    `progress` is called in this thread; what it raises stops the packaging. Safe to kill at any point and to run
    again. Raises BadSource, Conflict while the same is being packaged, NoRoom, Unavailable without ffmpeg.
    """
    found = tools.find(settings)
    workroom.sweep(settings.work_root)
    watcher = progress or unwatched
    began_s = time.monotonic()
    before = _stamp(source)
    digest, size = _hashed(source, watcher)
    asset = fingerprint.asset_id(digest, settings)
    record = publishing.published(objects, asset)
    if record is not None:
        return record
    described = Source(name=source.name, sha256=digest, size_bytes=size)
    job = _Job(source, described, asset, title or source.stem, settings, objects, found, watcher, began_s)
    try:
        with workroom.claimed(settings.work_root, asset) as folder:
            # Whoever had the claim before us may have published meanwhile.
            return publishing.published(objects, asset) or _make(job, folder, before)
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise NoRoom(f"no room in {settings.work_root}") from None
        if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
            raise Unavailable(f"cannot write to {error.filename}: {error.strerror}") from None
        raise


def _make(job: _Job, folder: Path, before: tuple[int, int]) -> AssetRecord:
    probed = probe.probe(job.path, job.tools)
    holding, gain = _listened(job, probed)
    plan = cuts.plan(holding.duration, holding.rate)
    rungs = ladder.rungs(probed.video.width, probed.video.height, job.settings.aspect)
    made, out = folder / "encoded", folder / "out"
    made.mkdir()
    job.tell("encode", 0)
    encode_s = encode.encode(probed, holding, plan, rungs, gain, folder=made, tools=job.tools, watcher=job.watcher)
    if _stamp(job.path) != before:
        raise BadSource(f"{job.path.name}: changed while it was being packaged")
    job.tell("mux", 0)
    mux.mux(plan, rungs, folder=made, out=out, tools=job.tools, watcher=job.watcher)
    sheet = pictures.draw(plan, rungs, folder=made, out=out, tools=job.tools)
    job.tell("check", 0)
    renditions = check.check(plan, rungs, out, lambda done: job.tell("check", done))
    record = AssetRecord(
        id=job.asset,
        title=job.title,
        source=job.source,
        settings=fingerprint.settings_digest(job.settings),
        frame_rate=str(plan.fps),
        frames=plan.frames,
        ticks=plan.ticks,
        renditions=renditions,
        poster=f"{keys.asset_prefix(job.asset)}{pictures.POSTER}",
        thumbnails=_thumbnails(job.asset, plan, sheet),
        packaged_at=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        encode_s=round(encode_s, 3),
        speed=round(float(plan.duration) / (time.monotonic() - job.began_s), 3),
    )
    job.tell("publish", 0)
    record = publishing.publish(record, out, job.objects, lambda done: job.tell("publish", done))
    job.tell("publish", 1)
    return record


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
        measured = beside.submit(loudness.gain, probed, job.tools, stop)
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


def _thumbnails(asset: str, plan: Cuts, sheet: Sheet) -> Thumbnails:
    return Thumbnails(
        key=f"{keys.asset_prefix(asset)}{pictures.THUMBNAILS}",
        columns=sheet.columns,
        rows=sheet.rows,
        count=sheet.count,
        width=sheet.width,
        height=sheet.height,
        interval_s=float(plan.duration * sheet.step / plan.keyframes),
    )
