"""The verb of another order: the next clips of one lineup, as they would air, in the order that is asked for."""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import replace

from manifest_server.admin.actions import Clock, check_version, deadline
from manifest_server.admin.edits import DROP_LIMIT, Edited, check_count, edit_tick, open_lineup, stored_lineup
from manifest_server.admin.preview import clips_from
from manifest_server.admin.streams import Reader, check_unchanged, loaded_stream
from manifest_server.onair.stream import Stream
from manifest_server.playout.days import day_of
from manifest_server.playout.lineup import Place
from manifest_server.playout.ticks import date_ms, date_text
from manifest_server.programming.bridge import BRIDGE_TICKS
from manifest_server.programming.programme import Splice
from manifest_server.programming.spans import DAY_MS, Span
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.errors import BadInput, Conflict
from storage.programme import Edit
from storage.records import TICKS_PER_SECOND

_BACK = 2 * DAY_MS // 1000 * TICKS_PER_SECOND  # no moment but a slate lasts longer


async def reorder_one(
    catalogue: Catalogue,
    read: Reader,
    name: str,
    lineup: str,
    order: Sequence[int],
    clock: Clock,
    *,
    notice_ms: int = 0,
    version: int | None = None,
) -> Edited:
    """Let the next clips of a lineup past the change horizon air in another order: (3, 1, 2) is the third first.

    `read`: the bytes of an object, for plans. Raises BadInput, NotFound, NotOnAir; Conflict if the lineup or its
    channel changed meanwhile, and where something else comes between those clips.
    """
    count = len(order)
    if not 2 <= count <= DROP_LIMIT or sorted(order) != list(range(1, count + 1)):
        raise BadInput(f"order: it is the numbers from 1 to 2, up to {DROP_LIMIT}, each once, such as 3,1,2")
    await open_lineup(catalogue, name, lineup)
    stream = await loaded_stream(catalogue, read, name, lineup)
    now_ms = clock()
    clips_from(stream, day_of(now_ms), edit_tick(stream.channel, now_ms + notice_ms), count)
    deadline_ms = await deadline(catalogue, name)
    record = await catalogue.channel(name)
    known = await stored_lineup(catalogue, record, lineup)
    check_version(f"lineup {lineup!r} of channel {name!r}", known.version, version)
    check_unchanged(stream, record, known)
    check_count(f"lineup {lineup!r} of channel {name!r}", known.edits)
    now_ms = clock()
    tick = edit_tick(stream.channel, now_ms + notice_ms)
    clips = _next(stream, day_of(now_ms), tick, count)
    edit = Edit(id=secrets.token_hex(4), tick=tick, clips=tuple(clips[number - 1] for number in order), drop=count)
    _check_chosen(stream, edit, day_of(now_ms))
    changed = known.model_copy(update={"edits": (*known.edits, edit), "version": known.version + 1})
    await catalogue.replace_lineup(name, changed, deadline_ms, known)
    return Edited(name, lineup, edit, changed.version)


def _next(stream: Stream, day: int, tick: int, count: int) -> list[ClipRecord]:
    """The first clips at or after a tick. Raises Conflict where they are not all of one piece."""
    boundary = stream.succession(day, tick).boundary(tick)
    places = [] if boundary is None else clips_from(stream, day, boundary.tick, count)
    if boundary is None or len(places) < count:
        raise Conflict(f"the lineup ends before: {len(places)} clips are left")
    span = next(_spans(stream, places), None)
    if span is not None:
        at = date_text(date_ms(stream.channel.epoch_ms, span.start))
        before = sum(_end(place) + BRIDGE_TICKS <= span.start for place in places)
        what = f"moment {span.moment!r} comes" if span.moment else "a day part or a plan begins"
        raise Conflict(f"{what} at {at}: {before} of the next {count} clips air whole before it")
    end = _end(places[-1])
    between = sorted(one for one in _changes(stream) if tick < one < end)
    if between:
        before = sum(place.start < between[0] for place in places)
        at = date_text(date_ms(stream.channel.epoch_ms, between[0]))
        raise Conflict(f"the lineup changes at {at}: {before} of the next {count} clips air before that")
    return [_record(place) for place in places]


def _check_chosen(stream: Stream, edit: Edit, day: int) -> None:
    """Raises Conflict where some of these clips air for a moment behind them: by then those are not the next."""
    splice = Splice(edit.tick, stream.channel.clips(edit.clips), edit.drop)
    splices = sorted((*stream.programme.splices, splice), key=lambda one: one.tick)
    edited = replace(stream, given=replace(stream.programme, splices=splices))
    boundary = stream.succession(day, edit.tick).boundary(edit.tick)
    if boundary is None:
        raise AssertionError("there are clips to reorder")
    now, then = (
        [one.clip for one in clips_from(some, day, boundary.tick, 2 * edit.drop)] for some in (stream, edited)
    )
    if then[: edit.drop] != list(splice.clips) or then[edit.drop :] != now[edit.drop :]:
        raise Conflict(
            f"some of the next {edit.drop} clips air for a moment to begin on time: reorder fewer, or later"
        )


def _record(place: Place) -> ClipRecord:
    clip = place.clip
    whole = clip.last == len(clip.asset.ticks) - 1
    return ClipRecord(asset=clip.asset.id, first=clip.first, last=None if whole else clip.last)


def _end(place: Place) -> int:
    return place.start + place.clip.ticks


def _spans(stream: Stream, places: Sequence[Place]) -> Iterator[Span]:
    """Moments, with their breaks, that these clips may be of, or be cut for."""
    start, end = places[0].start, _end(places[-1]) + BRIDGE_TICKS
    for one in stream.spans.after(start - _BACK, end):
        if max(one.end, one.pod_end) > start:
            yield one
    for moment in stream.channel.record.moments:
        if moment.loops_until_ms is not None:
            for one in stream.spans.after((moment.at_ms - stream.channel.epoch_ms) * 90, end):
                if one.moment == moment.id and one.end > start:
                    yield one
                break


def _changes(stream: Stream) -> Iterator[int]:
    """When other orders, plans and edits take effect."""
    programme = stream.programme
    for takeover in (*programme.orders, *programme.plans):
        yield from (takeover.tick, takeover.until)
    yield from (splice.tick for splice in programme.splices)
