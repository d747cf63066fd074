"""The gate: nothing is published unless every segment of it is what was planned, to the frame."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

from packager import boxes, continuity, tsfile
from packager.boxes import Malformed
from packager.commands import AUDIO_RUNG
from packager.cuts import AAC_SAMPLES, AUDIO_RATE, VIDEO_TIMESCALE, Cuts, Run
from packager.ladder import Rung
from packager.parts import Track
from storage.errors import BadSource
from storage.records import TICKS_PER_SECOND

AUDIO_CODECS = "mp4a.40.2"
_AAC_S = Fraction(AAC_SAMPLES, AUDIO_RATE)
_AAC_TICKS = AAC_SAMPLES * TICKS_PER_SECOND // AUDIO_RATE
_PROFILES = {"high": "64", "main": "4D"}
_SPS, _PPS, _IDR = 7, 8, 5


class Failed(BadSource):
    """The packaged result is not what was planned. Nothing of it may be published."""


def videos(run: Run, rungs: tuple[Rung, ...], out: Path, checked: Callable[[float], None]) -> tuple[Track, ...]:
    """Read the `cmaf` segments of `run` in every rung. Raises Failed at the first disagreement.

    `checked` is told the part, 0 to 1, that is done.
    """
    return _each(run, rungs, out / "cmaf", _cmaf_video, checked)


def tss(run: Run, rungs: tuple[Rung, ...], out: Path, checked: Callable[[float], None]) -> tuple[Track, ...]:
    """Read the `ts` segments of `run` in every rung. Raises Failed, as above."""
    return _each(run, rungs, out / "ts", _ts, checked)


def audio(cuts: Cuts, out: Path) -> Track:
    """Read the `cmaf` segments of the sound. Raises Failed."""
    with _told(f"cmaf-{AUDIO_RUNG}"):
        return _cmaf_audio(cuts, out / "cmaf" / AUDIO_RUNG)


def audio_total(cuts: Cuts, track: Track) -> None:
    """Raises Failed unless all segments of `track` together have each audio frame once."""
    with _told(f"ts-{track.rung}"):
        _check_audio_total(cuts, track.audio_frames)


def _each(
    run: Run,
    rungs: tuple[Rung, ...],
    folder: Path,
    read: Callable[[Run, Rung, Path], Track],
    checked: Callable[[float], None],
) -> tuple[Track, ...]:
    found = []
    for rung in rungs:
        with _told(f"{folder.name}-{rung.name}"):
            found.append(read(run, rung, folder / rung.name))
        checked(len(found) / len(rungs))
    return tuple(found)


@contextmanager
def _told(rendition: str) -> Iterator[None]:
    try:
        yield
    except (Malformed, OSError) as error:
        raise Failed(f"the packaged result failed its check: {rendition}: {error}") from None


def _check_count(run: Run, folder: Path, suffix: str) -> None:
    present = {path.name for path in folder.iterdir() if path.suffix == f".{suffix}"}
    wanted = {f"{number}.{suffix}" for number in run.numbers}
    if present != wanted:
        odd = ", ".join(sorted(present ^ wanted)[:3])
        raise Malformed(f"{len(present)} segments, planned {len(wanted)}; they differ in {odd}")


# CMAF ----------------------------------------------------------------------


def _cmaf_video(run: Run, rung: Rung, folder: Path) -> Track:
    _check_count(run, folder, "m4s")
    cuts = run.cuts
    init = _init(folder, VIDEO_TIMESCALE)
    _check_codecs(rung, init.codecs)
    due, sizes = run.first_frame * cuts.frame_ticks, []
    for number in run.numbers:
        data = (folder / f"{number}.m4s").read_bytes()
        piece = _fragment(data, number, due)
        _same(f"segment {number}: frames", len(piece.durations), cuts.frames_of(number))
        _same(f"segment {number}: frame ticks", set(piece.durations), {cuts.frame_ticks})
        if not piece.starts_sync:
            raise Malformed(f"segment {number} does not start with a sync sample")
        _check_idr(number, boxes.nal_kinds(piece.first_sample, init.nal_length_bytes))
        due = piece.end_time
        sizes.append(len(data))
    return Track(rung=rung.name, codecs=init.codecs, sizes=tuple(sizes))


def _cmaf_audio(cuts: Cuts, folder: Path) -> Track:
    _check_count(cuts.whole, folder, "m4s")
    init = _init(folder, AUDIO_RATE)
    _same("codecs", init.codecs, AUDIO_CODECS)
    due, sizes, frames = 0, [], 0
    for number in range(cuts.segments):
        data = (folder / f"{number}.m4s").read_bytes()
        piece = _fragment(data, number, due)
        _same(f"segment {number}: audio frame ticks", set(piece.durations), {AAC_SAMPLES})
        _check_near(cuts, number, Fraction(piece.decode_time, AUDIO_RATE))
        due = piece.end_time
        frames += len(piece.durations)
        sizes.append(len(data))
    _check_audio_total(cuts, frames)
    return Track(rung=AUDIO_RUNG, codecs=init.codecs, sizes=tuple(sizes), audio_frames=frames)


def _init(folder: Path, timescale: int) -> boxes.Init:
    init = boxes.init((folder / "init.mp4").read_bytes())
    _same("timescale", init.timescale, timescale)
    if init.edits:
        raise Malformed("an edit list moves its start")
    return init


def _fragment(data: bytes, number: int, due: int) -> boxes.Fragment:
    piece = boxes.fragment(data)
    _same(f"segment {number}: decode time", piece.decode_time, due)
    if piece.reordered:
        raise Malformed(f"segment {number} has composition offsets")
    return piece


# TS ------------------------------------------------------------------------


def _ts(run: Run, rung: Rung, folder: Path) -> Track:
    _check_count(run, folder, "ts")
    sizes: list[int] = []
    audio_frames, codecs = 0, ""
    counters: dict[int, int] = {}
    for number in run.numbers:
        data = (folder / f"{number}.ts").read_bytes()
        piece = tsfile.segment(data)
        _check_ts_video(run.cuts, number, piece)
        _check_codecs(rung, piece.codecs)
        _same(f"segment {number}: codecs", piece.codecs, codecs or piece.codecs)
        _check_ts_audio(run.cuts, number, piece)
        for pid, (first, last) in continuity.counters(data).items():
            _same(f"segment {number}: counter of PID {pid}", first, (counters.get(pid, continuity.LAST) + 1) % 16)
            counters[pid] = last
        codecs = piece.codecs
        audio_frames += piece.audio_frames
        sizes.append(len(data))
    _same("counters at the end", set(counters.values()), {continuity.LAST})
    _same("audio frames", audio_frames, run.end_audio_frame - run.first_audio_frame)
    return Track(rung=rung.name, codecs=f"{codecs},{AUDIO_CODECS}", sizes=tuple(sizes), audio_frames=audio_frames)


def _check_ts_video(cuts: Cuts, number: int, piece: tsfile.TsSegment) -> None:
    _same(f"segment {number}: frames", len(piece.video_pts), cuts.frames_of(number))
    for offset, pts in enumerate(piece.video_pts):
        due = (cuts.first_frame(number) + offset) * TICKS_PER_SECOND / cuts.fps
        # 90 kHz cannot say every frame time exactly, and muxers round either way.
        if abs(pts - due) >= 1:
            raise Malformed(f"segment {number}: frame {offset} at {pts}, planned {due}")
    _check_idr(number, piece.first_nals)


def _check_ts_audio(cuts: Cuts, number: int, piece: tsfile.TsSegment) -> None:
    """A segment has the audio frames that start with its first picture or later, and before the next segment's."""
    own = Run(cuts, number, number + 1)
    _same(f"segment {number}: audio frames", piece.audio_frames, own.end_audio_frame - own.first_audio_frame)
    if piece.audio_pts:
        _same(f"segment {number}: start of the audio", piece.audio_pts[0], own.first_audio_frame * _AAC_TICKS)


# Both ----------------------------------------------------------------------


def _check_codecs(rung: Rung, codecs: str) -> None:
    """Profile and level as asked, so that every asset has the same; the constraint flags are the encoder's."""
    level = f"{int(float(rung.step.level) * 10):02X}"
    if not codecs.startswith(f"avc1.{_PROFILES[rung.step.profile]}") or codecs[9:] != level:
        raise Malformed(f"codecs {codecs}, asked for {rung.step.profile} {rung.step.level}")


def _check_idr(number: int, kinds: tuple[int, ...]) -> None:
    slices = [kind for kind in kinds if 1 <= kind <= _IDR]
    before = kinds[: kinds.index(_IDR)] if _IDR in kinds else ()
    if not slices or set(slices) != {_IDR} or not {_SPS, _PPS} <= set(before):
        raise Malformed(f"segment {number} starts with NAL units {kinds[:6]}, not parameter sets and an IDR picture")


def _check_near(cuts: Cuts, number: int, start_s: Fraction) -> None:
    due = cuts.first_frame(number) / cuts.fps
    if abs(start_s - due) > _AAC_S + 1 / cuts.fps:
        raise Malformed(f"segment {number}: audio starts at {float(start_s):.4f} s, video at {float(due):.4f} s")


def _check_audio_total(cuts: Cuts, frames: int) -> None:
    _same("audio frames", frames, cuts.audio_frames)
    apart = abs(frames * _AAC_S - cuts.duration)
    if apart > _AAC_S:
        raise Malformed(f"audio and video end {float(apart) * 1000:.1f} ms apart")


def _same(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise Malformed(f"{what}: {found}, planned {wanted}")
