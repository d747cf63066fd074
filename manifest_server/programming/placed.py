"""Where filler, moments and edits may list an asset, and until when. Pure.

Answers are upper bounds, as what a viewer sees before a moment or an edit depends on the viewer.
"""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import NamedTuple

from manifest_server.playout.ticks import TICKS_PER_MS, position
from manifest_server.programming.filler import REST_TICKS
from manifest_server.programming.listing import aired_by
from manifest_server.programming.spans import Spans
from storage.clips import ClipRecord
from storage.programme import Edit, Moment
from storage.records import TICKS_PER_SECOND, ChannelRecord

LONGEST_TICKS = 10 * 3600 * TICKS_PER_SECOND  # of an asset: packager/probe.py refuses what is longer

Lengths = Mapping[str, int]  # ticks of assets, as far as they are known


class Span(NamedTuple):
    """Some place of an asset: why, and the tick from which on no window lists it (None: not before somebody acts)."""

    why: str
    until: int | None


def programme_spans(channel: ChannelRecord, spans: Spans, asset: str, lengths: Lengths) -> list[Span]:
    """The places of an asset as filler, in moments and in edits of everybody's lineup; `spans`: of the channel."""
    moments = [one for one in channel.moments if any(clip.asset == asset for clip in one.everything)]
    return [
        *_filler_spans(channel, asset),
        *(_moment_span(channel, moment, lengths) for moment in moments),
        *edit_spans(channel, spans, channel.edits, asset, lengths),
    ]


def edit_spans(
    channel: ChannelRecord, spans: Spans, edits: Iterable[Edit], asset: str, lengths: Lengths
) -> list[Span]:
    """The places of an asset in edits: each airs when the clip has ended that is on air at its tick."""
    found = []
    for edit in edits:
        if any(clip.asset == asset for clip in edit.clips):
            until = aired_by(spans, edit.tick, LONGEST_TICKS + lasting(edit.clips, lengths))
            found.append(_ended(channel, f"it is in the edit {edit.id!r}", edit.tick, until - edit.tick))
    return found


def _filler_spans(channel: ChannelRecord, asset: str) -> Iterable[Span]:
    revisions = channel.revisions
    if asset in revisions[-1].filler:
        yield Span("it is its filler: give it other idents", None)
    elif channel.epoch_ms is not None:
        over = [after.tick for one, after in pairwise(revisions) if asset in one.filler]
        # The clip that is on air then may end in a moment, with filler of the revision that it began in.
        if over:
            yield _ended(channel, "it was its filler", over[-1], LONGEST_TICKS + REST_TICKS)


def _moment_span(channel: ChannelRecord, moment: Moment, lengths: Lengths) -> Span:
    why, epoch_ms = f"it is in the moment {moment.id!r}", channel.epoch_ms or 0
    if moment.every_ms is not None and moment.until_ms is None:
        return Span(f"{why}, which comes again and again: take that away", None)
    last_ms = moment.at_ms
    if moment.every_ms is not None and moment.until_ms is not None:
        last_ms += max(moment.until_ms - 1 - moment.at_ms, 0) // moment.every_ms * moment.every_ms
    length = lasting(moment.clips, lengths) + sum(one.length_ms for one in moment.breaks) * TICKS_PER_MS
    if moment.loops_until_ms is not None:
        length += max(moment.loops_until_ms - last_ms, 0) * TICKS_PER_MS
    return _ended(channel, why, position(last_ms, epoch_ms), length)


def _ended(channel: ChannelRecord, why: str, begins: int, length: int) -> Span:
    """What begins at some tick and airs within `length` from there on."""
    until, stop = begins + length + channel.past_ticks, channel.stop_tick
    if stop is not None and begins <= stop + channel.lookahead_ticks and until > stop:
        return Span(f"{why}, and may be in the last list, which stands until it is started anew", None)
    return Span(why, until)


def lasting(clips: Iterable[ClipRecord], lengths: Lengths) -> int:
    """How long clips last at most, in ticks."""
    return sum(lengths.get(clip.asset, LONGEST_TICKS) for clip in clips)
