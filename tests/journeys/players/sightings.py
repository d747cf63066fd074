"""Sightings: what a player showed and when, and the judgement of it. Pure: no I/O, no clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from statistics import median

# Players are 14 s behind (VLC) to 3 s ahead of the clock. Which airing of an asset was seen is decided around
# the middle of that, so an asset has to be away for some 20 s before it comes back.
_USUAL_LAG_MS = 5000


@dataclass(frozen=True, slots=True)
class Sighting:
    """One frame seen on screen: its barcode and the wall clock (Unix ms)."""

    wall_ms: float
    asset: int
    frame: int


@dataclass(frozen=True, slots=True)
class Viewing:
    """One sitting: everything that was shown between two instants of the wall clock (Unix ms).

    `unread` counts pictures whose barcode could not be read.
    """

    began_ms: float
    ended_ms: float
    sightings: tuple[Sighting, ...]
    unread: int = 0


@dataclass(frozen=True, slots=True)
class Airing:
    """The truth about one clip: from `start_ms` (Unix) on, `asset` is on air from its `first_frame`.

    It lasts until the next airing of the table; the last one for ever.
    """

    start_ms: float
    asset: int
    fps: Fraction
    first_frame: int = 0

    def airs_ms(self, frame: int) -> float:
        """When a frame of this clip is due."""
        return self.start_ms + float((frame - self.first_frame) * 1000 / self.fps)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a viewing amounts to. Errors and jumps are in programme ms; negative errors are behind the clock.

    - assets: as seen, one entry per run of the same asset; `boundaries` is one less.
    - strays: frames that no airing of the table has.
    - disorder: sightings whose place in the programme is before the one shown just before.
    - longest_skip_ms: the most programme that was left out between two frames shown one after the other.
    - longest_gap_ms: the longest time without a new frame, the end of the viewing included.
    - start_ms: from the beginning of the viewing to its first frame.
    - join, median and worst error: programme on screen minus wall clock, at the first frame, in the middle
      of all, and where it is furthest from 0.
    """

    frames: int
    unread: int
    assets: tuple[int, ...]
    strays: int
    disorder: int
    longest_skip_ms: float
    longest_gap_ms: float
    start_ms: float
    join_error_ms: float
    median_error_ms: float
    worst_error_ms: float

    @property
    def boundaries(self) -> int:
        """How often the asset on screen changed."""
        return max(0, len(self.assets) - 1)


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What still counts as good playback; None leaves a measure unjudged."""

    frames: int = 1
    boundaries: int = 0
    gap_ms: float = 500
    skip_ms: float = 250
    error_ms: float | None = None
    unread_share: float = 0.02


def judge(viewing: Viewing, truth: Sequence[Airing]) -> Verdict:
    """The verdict on a viewing, given what was on air (in order of time)."""
    new = _new_frames(viewing.sightings)
    places = [_place(sighting, truth) for sighting in new]
    errors = [at - seen.wall_ms for seen, at in zip(new, places, strict=True) if at is not None]
    moves = [later - sooner for sooner, later in pairwise(at for at in places if at is not None)]
    times = [*(seen.wall_ms for seen in new), viewing.ended_ms] if new else [viewing.began_ms, viewing.ended_ms]
    return Verdict(
        frames=len(new),
        unread=viewing.unread,
        assets=_runs(new),
        strays=places.count(None),
        disorder=sum(move < -1 for move in moves),
        longest_skip_ms=max((0.0, *moves)),
        longest_gap_ms=max(later - sooner for sooner, later in pairwise(times)),
        start_ms=times[0] - viewing.began_ms if new else float("nan"),
        join_error_ms=errors[0] if errors else float("nan"),
        median_error_ms=median(errors) if errors else float("nan"),
        worst_error_ms=max(errors, key=abs) if errors else float("nan"),
    )


def complaints(verdict: Verdict, tolerance: Tolerance) -> tuple[str, ...]:
    """What is wrong with a viewing, a sentence each; empty when it is good."""
    shown, limit = verdict, tolerance
    share = shown.unread / max(1, shown.frames + shown.unread)
    late = limit.error_ms is not None and not abs(shown.worst_error_ms) <= limit.error_ms
    found = (
        (shown.frames < limit.frames, f"{shown.frames} frames shown, fewer than {limit.frames}"),
        (shown.boundaries < limit.boundaries, f"crossed {shown.boundaries} of {limit.boundaries} boundaries"),
        (shown.strays > 0, f"{shown.strays} frames that were never on air, among assets {shown.assets}"),
        (shown.disorder > 0, f"went back in the programme {shown.disorder} times"),
        (shown.longest_skip_ms > limit.skip_ms, f"left out {shown.longest_skip_ms:.0f} ms of programme"),
        (shown.longest_gap_ms > limit.gap_ms, f"no new frame for {shown.longest_gap_ms:.0f} ms"),
        (late, f"up to {shown.worst_error_ms:.0f} ms off the clock, over {limit.error_ms}"),
        (share > limit.unread_share, f"{shown.unread} of {shown.frames + shown.unread} pictures unreadable"),
    )
    return tuple(sentence for wrong, sentence in found if wrong)


def _new_frames(sightings: Sequence[Sighting]) -> list[Sighting]:
    """The sightings without repaints of the frame already on screen."""
    new: list[Sighting] = []
    for seen in sightings:
        if not new or (seen.asset, seen.frame) != (new[-1].asset, new[-1].frame):
            new.append(seen)
    return new


def _place(seen: Sighting, truth: Sequence[Airing]) -> float | None:
    """When the frame seen was due; None if no airing has it. An asset that comes back is placed by the clock."""
    due = (
        airing.airs_ms(seen.frame)
        for airing, following in zip(truth, (*truth[1:], None), strict=True)
        if airing.asset == seen.asset
        and seen.frame >= airing.first_frame
        and (following is None or airing.airs_ms(seen.frame) < following.start_ms)
    )
    return min(due, key=lambda at: abs(at - seen.wall_ms + _USUAL_LAG_MS), default=None)


def _runs(sightings: Sequence[Sighting]) -> tuple[int, ...]:
    assets = [seen.asset for seen in sightings]
    return tuple(asset for at, asset in enumerate(assets) if at == 0 or assets[at - 1] != asset)
