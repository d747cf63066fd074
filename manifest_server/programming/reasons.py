"""Why a clip is on air: what of a channel's programme put it there. Pure.

It is told from what is on the timeline and what the channel has, so that it holds for any viewer at any time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from manifest_server.playout.lineup import Clip
from manifest_server.programming.day_parts import WHOLE_DAY
from manifest_server.programming.derivation import Derivation
from manifest_server.programming.orders import by_likes
from manifest_server.programming.shuffle import Drawn
from manifest_server.programming.spans import Span
from storage.programme import Edit, Taste
from storage.records import LineupPart, PoolRevision

Kind = Literal["drawn", "fixed", "given", "planned", "moment", "break", "filler", "edit", "rest"]


class Planned(NamedTuple):
    """A plan that has something for the lineup, and from when to when it counts."""

    tick: int
    until: int
    version: int


@dataclass(frozen=True, slots=True)
class Known:
    """What a channel and a lineup have that may put a clip on air. `lineup`: its id, which orders are drawn with.

    `parts`: of a given lineup; `plans`: those that count for this one; `shared`: the last moment that has begun;
    `day_part`: the one that is on.
    """

    lineup: str
    revisions: Sequence[PoolRevision]
    edits: Sequence[Edit] = ()
    parts: Sequence[LineupPart] = ()
    tastes: Sequence[tuple[int, Taste]] = ()
    plans: Sequence[Planned] = ()
    shared: Span | None = None
    day_part: int = WHOLE_DAY


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a clip is on air, for people in `text`; what else is known of it depends on the kind.

    `revision`: the number of the pool's revision (from 0) that counts; `seed`: what an order is drawn with, together
    with the cycle's number; `cut`: only a part of the asset is shown.
    """

    kind: Kind
    text: str
    revision: int
    seed: str | None = None
    moment: str | None = None
    edit: str | None = None
    part: int | None = None
    plan: int | None = None
    taste: int | None = None
    cut: bool = False


def reason(known: Known, found: Derivation, segments: int) -> Reason:
    """Why the clip is on air that was found; its asset has so many `segments`."""
    clip, begins = found.place.clip, found.begins
    cut = clip.last - clip.first < segments
    revision = max(sum(one.tick <= begins for one in known.revisions) - 1, 0)
    span, start = known.shared, found.place.start
    if span is not None and span.start <= start < span.end:
        text = f"the moment {span.moment!r} is on air: everybody sees the same"
        return Reason("moment", text, revision, moment=span.moment, cut=cut)
    order = found.lineup.order
    if not isinstance(order, Drawn):
        special = _special(known, found, revision, cut)
        if special is not None:
            return special
    if span is not None and span.pod and span.end <= start < span.pod_end and clip.asset in _assets(span.pod):
        text = f"a break of the moment {span.moment!r}: an order of the viewer's own"
        seed = f"{known.lineup}/{span.moment}/{span.end}"
        return Reason("break", text, revision, seed=seed, moment=span.moment, cut=cut)
    part = max(sum(one.start <= begins for one in known.parts) - 1, 0)
    if known.parts and known.parts[part].clips:
        return Reason("given", f"part {part} of the given lineup {known.lineup!r}", revision, part=part, cut=cut)
    return _of_pool(known, found, revision, cut)


def _special(known: Known, found: Derivation, revision: int, cut: bool) -> Reason | None:
    """Filler, an edit, or the rest of a clip that a moment has cut."""
    clip, start = found.place.clip, found.place.start
    if found.lineup.repeats:
        return None
    if any(clip.asset.id in one.filler for one in known.revisions):
        return Reason("filler", "an ident fills the time before a moment", revision, cut=cut)
    edits = [edit for edit in known.edits if edit.tick <= start and _has(edit, clip)]
    if edits:
        text = f"the edit {edits[-1].id!r} put it in"
        return Reason("edit", text, revision, edit=edits[-1].id, cut=cut)
    if clip.first and not known.parts:
        return Reason("rest", "it goes on where a moment has cut it", revision, cut=cut)
    return None


def _of_pool(known: Known, found: Derivation, revision: int, cut: bool) -> Reason:
    """An order of the pool, or one that was planned of it."""
    begins, order = found.begins, found.lineup.order
    taste = next((one for tick, one in reversed(known.tastes) if tick <= begins), None)
    version = None if taste is None else taste.version
    if not isinstance(order, Drawn):
        plan = next((one for one in reversed(known.plans) if one.tick <= begins < one.until), None)
        if plan is not None:
            text = f"version {plan.version} of the channel's plan"
            return Reason("planned", text, revision, plan=plan.version, taste=version, cut=cut)
        if known.revisions[revision].rules.order == "fixed":
            text = f"the order of the pool itself, revision {revision}"
            return Reason("fixed", text, revision, taste=version, cut=cut)
    placed = "" if isinstance(order, Drawn) else "; in a place in which nothing is cut for a moment to come"
    seed = f"{known.lineup}/{revision}" + ("" if version is None else f"/{version}")
    if 0 <= known.day_part < len(known.revisions[revision].rules.day_parts):
        seed += f"/{known.day_part}"
    liked = "" if version is None else f", for version {version} of the viewer's profile"
    if taste is not None and by_likes(known.revisions[revision].rules, taste):
        seed, liked = f"{seed}/{version}", f", by weight{liked}"
    text = f"drawn from revision {revision} of the pool with {seed!r} and the cycle's number{liked}{placed}"
    return Reason("drawn", text, revision, seed=seed, taste=version, cut=cut)


def _assets(clips: Iterable[Clip]) -> set[object]:
    return {clip.asset for clip in clips}


def _has(edit: Edit, clip: Clip) -> bool:
    return any(one.asset == clip.asset.id and one.first <= clip.first for one in edit.clips)
