"""Steps: a long video packaged in parts, each on any machine: analyse, video, sound, ts, finish.

Every step blocks, may be killed at any point and run again, and publishes the same bytes when it is. `video` and
`sound` follow `analyse` in any order, `ts` of a chunk follows its `video` and `sound`, `finish` comes last.
All raise BadSource for what repeating does not mend; NoRoom, Unavailable and Conflict (the same step runs on this
machine, or the asset is there already) for what it does. `progress` is called in the caller's thread; what it raises
stops the step.
"""

import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

from packager import (
    check,
    chunks,
    damage,
    encode,
    fingerprint,
    handover,
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
from packager import cuts as cutting
from packager import publish as publishing
from packager.commands import AUDIO_RUNG
from packager.parts import Analysis, SoundPart, TsPart, VideoPart
from packager.progress import Progress, Stage, Watcher, unwatched
from packager.renditions import joined, renditions
from packager.timeline import Timeline
from storage import asset_ids
from storage.errors import BadSource, Conflict, Unavailable
from storage.objects import Objects
from storage.records import AssetRecord, Source
from storage.settings import Settings


class Damaged(BadSource):
    """The source is not the file that was sent."""


def analyse(
    source: Path,
    *,
    asset: str,
    expected_sha256: str | None,
    title: str | None,
    name: str,
    settings: Settings,
    progress: Watcher | None = None,
    chunk_s: float = chunks.CHUNK_S,
) -> Analysis:
    """What `source` holds and how it will be cut. `name` is the file's name as people know it.

    Raises Damaged when the bytes are not those of `expected_sha256`.
    """
    watcher, began_ms = progress or unwatched, time.time_ns() // 1_000_000
    found = tools.find(settings)
    described = _described(source, name, expected_sha256, watcher)
    probed = probe.probe(source, found, name)
    timeline = Timeline(probed.time_bases[probed.video.index])
    holding = packets.scan(
        probed, found, reached=_part_of(probed.promised_s or 0, _teller(watcher, "probe")), timeline=timeline
    )
    damage.check_packets(probed, holding)
    cuts = cutting.plan(holding.duration, holding.rate)
    return Analysis(
        asset=asset,
        title=title or Path(name).stem,
        source=described,
        settings=asset_ids.settings_digest(settings),
        began_ms=began_ms,
        probe=probed,
        holding=holding,
        cuts=cuts,
        rungs=ladder.rungs(probed.video.width, probed.video.height, settings.aspect),
        chunks=chunks.divide(probed, holding, cuts, timeline, chunk_s),
    )


def video(
    analysis: Analysis,
    number: int,
    source: Path,
    *,
    objects: Objects,
    settings: Settings,
    progress: Watcher | None = None,
) -> VideoPart:
    """Encode chunk `number` in all rungs and publish its `cmaf` segments."""
    watcher, found = progress or unwatched, tools.find(settings)
    _check_source(analysis, source)
    run, rungs, asset = analysis.run(number), analysis.rungs, analysis.asset
    with workroom.claimed(settings.work_root, asset, f"video-{number}") as folder:
        made, out = folder / "encoded", folder / "out"
        made.mkdir()
        _teller(watcher, "encode")(0)
        began_s = time.monotonic()
        missing = encode.encode_run(
            analysis.probe_of(source),
            analysis.holding,
            run,
            analysis.chunks[number],
            rungs,
            folder=made,
            tools=found,
            watcher=watcher,
        )
        encode_s = time.monotonic() - began_s
        mux.mux_run(run, rungs, folder=made, out=out, tools=found, watcher=watcher)
        pictures.draw(run, rungs, folder=made, out=out, tools=found)
        tracks = check.videos(run, rungs, out, _teller(watcher, "check"))
        names = [rung.name for rung in rungs]
        inits = tuple(handover.digest(out / "cmaf" / name / "init.mp4") for name in names)
        files = [
            *publishing.segment_files(asset, "cmaf", names, run, out),
            *handover.picture_files(analysis, run, out),
        ]
        _store(analysis, files, objects, watcher)
    return VideoPart(number=number, tracks=tracks, init_sha256=inits, missing=missing, encode_s=round(encode_s, 3))


def sound(
    analysis: Analysis, source: Path, *, objects: Objects, settings: Settings, progress: Watcher | None = None
) -> SoundPart:
    """Encode the sound of all of `source` in one go and publish its `cmaf` segments.

    In one go: each audio frame is encoded from the samples before it too, and a cut would be heard.
    """
    watcher, found = progress or unwatched, tools.find(settings)
    _check_source(analysis, source)
    probed, cuts = analysis.probe_of(source), analysis.cuts
    with workroom.claimed(settings.work_root, analysis.asset, "sound") as folder:
        made, out = folder / "encoded", folder / "out"
        made.mkdir()
        heard = _teller(watcher, "loudness")
        heard(0)
        began_s = time.monotonic()
        gain = loudness.gain(probed, found, reached=_part_of(cuts.duration, heard))
        _teller(watcher, "encode")(0)
        encode.encode_sound(probed, cuts, gain, chunks.all_of(probed), folder=made, tools=found, watcher=watcher)
        encode_s = time.monotonic() - began_s
        mux.mux_sound(cuts, folder=made, out=out, tools=found, watcher=watcher)
        track = check.audio(cuts, out)
        files = publishing.segment_files(analysis.asset, "cmaf", [AUDIO_RUNG], cuts.whole, out)
        _store(analysis, files, objects, watcher)
    return SoundPart(track=track, encode_s=round(encode_s, 3))


def ts(
    analysis: Analysis, number: int, *, objects: Objects, settings: Settings, progress: Watcher | None = None
) -> TsPart:
    """Make the `ts` segments of chunk `number` from what `video` and `sound` published. Needs no source."""
    watcher, found = progress or unwatched, tools.find(settings)
    run, rungs = analysis.run(number), analysis.rungs
    with workroom.claimed(settings.work_root, analysis.asset, f"ts-{number}") as folder:
        made, out = folder / "joined", folder / "out"
        made.mkdir()
        encode.check_room(folder, run.duration, rungs)
        _teller(watcher, "mux")(0)
        handover.join_segments(analysis, run, objects, made)
        mux.remux_run(run, rungs, folder=made, out=out, tools=found, watcher=watcher)
        tracks = check.tss(run, rungs, out, _teller(watcher, "check"))
        files = publishing.segment_files(analysis.asset, "ts", [rung.name for rung in rungs], run, out)
        _store(analysis, files, objects, watcher)
    return TsPart(number=number, tracks=tracks)


def finish(
    analysis: Analysis,
    videos: Sequence[VideoPart],
    sound: SoundPart,
    tss: Sequence[TsPart],
    *,
    objects: Objects,
    settings: Settings,
    progress: Watcher | None = None,
) -> AssetRecord:
    """Publish playlists, pictures and, last, the record; remove the intermediates. Needs no source."""
    watcher, found = progress or unwatched, tools.find(settings)
    known = publishing.published(objects, analysis.asset)
    if known is None:
        record = _record(analysis, videos, sound, tss)
        with workroom.claimed(settings.work_root, analysis.asset, "finish") as folder:
            handover.fetch_stills(analysis, objects, folder)
            pictures.assemble(analysis.cuts, analysis.rungs, out=folder, tools=found)
            sheet = (publishing.thumbnails_key(analysis.asset), folder / pictures.THUMBNAILS)
            known = publishing.publish(record, [sheet], objects, _teller(watcher, "publish"))
    handover.clear(analysis, objects)
    _teller(watcher, "publish")(1)
    return known


def _described(source: Path, name: str, expected_sha256: str | None, watcher: Watcher) -> Source:
    probe.check_file(source)
    total, hashed = source.stat().st_size, _teller(watcher, "hash")
    hashed(0)
    digest, size = fingerprint.sha256(source, lambda read: hashed(read / total))
    if expected_sha256 is not None and digest != expected_sha256:
        raise Damaged(f"{name}: damaged in transit: its SHA-256 is {digest}, not {expected_sha256}: upload it again")
    return Source(name=name, sha256=digest, size_bytes=size)


def _check_source(analysis: Analysis, source: Path) -> None:
    """This machine's copy of the source; its bytes were compared when it was fetched."""
    probe.check_file(source)
    size = source.stat().st_size
    if size != analysis.source.size_bytes:
        raise Unavailable(f"{analysis.source.name}: {size} bytes here, {analysis.source.size_bytes} when analysed")


def _store(analysis: Analysis, files: publishing.Files, objects: Objects, watcher: Watcher) -> None:
    if publishing.published(objects, analysis.asset) is not None:
        raise Conflict(f"asset {analysis.asset} is there already; what is listed is not written again")
    publishing.store(files, objects, _teller(watcher, "publish"))


def _record(analysis: Analysis, videos: Sequence[VideoPart], sound: SoundPart, tss: Sequence[TsPart]) -> AssetRecord:
    """Raises Failed, a BadSource, when the parts do not make up one asset."""
    cuts, rungs, numbers = analysis.cuts, analysis.rungs, list(range(len(analysis.chunks)))
    videos, tss = sorted(videos, key=lambda part: part.number), sorted(tss, key=lambda part: part.number)
    if [part.number for part in videos] != numbers or [part.number for part in tss] != numbers:
        raise check.Failed(f"asset {analysis.asset}: there are not all {len(numbers)} parts")
    if len({part.init_sha256 for part in videos}) != 1:
        raise check.Failed(f"asset {analysis.asset}: its parts were encoded differently: are all workers alike?")
    damage.check_parts(analysis.probe, analysis.holding, sum(part.missing for part in videos))
    ts_tracks = joined([part.tracks for part in tss])
    for track in ts_tracks:
        check.audio_total(cuts, track)
    return recording.record(
        analysis.asset,
        analysis.title,
        analysis.source,
        analysis.settings,
        cuts,
        rungs,
        renditions(cuts, rungs, joined([part.tracks for part in videos]), sound.track, ts_tracks),
        recording.Times(
            encode_s=sum(part.encode_s for part in videos) + sound.encode_s,
            passed_s=time.time() - analysis.began_ms / 1000,
        ),
    )


def _teller(watcher: Watcher, stage: Stage) -> Callable[[float], None]:
    return lambda done: watcher(Progress(stage, min(1.0, max(0.0, done))))


def _part_of(total_s: Fraction | int, tell: Callable[[float], None]) -> Callable[[Fraction | float], None]:
    return lambda seconds: tell(float(seconds) / float(total_s) if total_s else 0.0)
