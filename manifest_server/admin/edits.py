"""The verbs of editing on air: put clips in, leave some out, in another order; for one lineup, or for everybody.

An edit takes effect at each viewer's first clip boundary past the change horizon, or so much later as is said. It can
be taken back while no player has listed it: of one lineup, as long as that boundary is past the horizon.
"""

import secrets
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from manifest_server.admin.actions import MARGIN_TICKS, Clock, check_placed, check_version, deadline, replaced
from manifest_server.admin.streams import Reader, check_unchanged, loaded_stream, takes_effect
from manifest_server.onair.channel import Channel
from manifest_server.onair.channels import Channels
from manifest_server.playout.ticks import date_ms, date_text, position
from manifest_server.programming.edits import horizon
from manifest_server.programming.pool import DERIVED, is_derived_id
from storage.catalogue import Catalogue
from storage.clips import ClipRecord
from storage.errors import BadInput, Conflict, NotFound, NotOnAir
from storage.keys import checked_asset, checked_name
from storage.programme import Edit
from storage.records import TICKS_PER_SECOND, ChannelRecord, LineupRecord

EDITS_LIMIT = 500  # of a channel, or a lineup: all that were ever made in a run count when a lineup is reckoned
CLIPS_LIMIT = 100
DROP_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Edited:
    """An edit that was made of everybody's lineup (`lineup` is None), or of one; `version` of what it changed."""

    channel: str
    lineup: str | None
    edit: Edit
    version: int


@dataclass(frozen=True, slots=True)
class Edits:
    """The edits of a channel (`lineup` is None), or of a lineup of it; `version` of what holds them."""

    channel: ChannelRecord
    lineup: str | None
    version: int
    edits: tuple[Edit, ...]


async def edit_all(
    catalogue: Catalogue,
    name: str,
    clips: Sequence[ClipRecord],
    clock: Clock,
    *,
    drop: int = 0,
    notice_ms: int = 0,
    version: int | None = None,
) -> Edited:
    """Let all viewers see `clips` at their next clip boundary, and not the `drop` clips that would have come then.

    With `notice_ms` it is at the first so much later: until shortly before it can be taken back. Raises BadInput,
    NotFound, NotOnAir; Conflict if the channel changed meanwhile, or was edited too often.
    """
    on = await _loaded(catalogue, name, clips, drop, clock)
    deadline_ms = await deadline(catalogue, name)
    record = await catalogue.channel(name)
    check_version(f"channel {name!r}", record.version, version)
    edit = _edit(Channel(record, on.assets), clips, drop, clock() + notice_ms)
    check_count(f"channel {name!r}", record.edits)
    changed = await replaced(catalogue, record, deadline_ms, edits=(*record.edits, edit))
    return Edited(name, None, edit, changed.version)


async def edit_one(
    catalogue: Catalogue,
    name: str,
    lineup: str,
    clips: Sequence[ClipRecord],
    clock: Clock,
    *,
    drop: int = 0,
    notice_ms: int = 0,
    version: int | None = None,
) -> Edited:
    """As `edit_all`, of one lineup: one that was given, or a viewer's own."""
    on = await _loaded(catalogue, name, clips, drop, clock)
    await open_lineup(catalogue, name, lineup)
    deadline_ms = await deadline(catalogue, name)
    record = await catalogue.channel(name)
    known = await stored_lineup(catalogue, record, lineup)
    check_version(f"lineup {lineup!r} of channel {name!r}", known.version, version)
    edit = _edit(Channel(record, on.assets), clips, drop, clock() + notice_ms)
    check_count(f"lineup {lineup!r} of channel {name!r}", known.edits)
    changed = known.model_copy(update={"edits": (*known.edits, edit), "version": known.version + 1})
    await catalogue.replace_lineup(name, changed, deadline_ms, known)
    return Edited(name, lineup, edit, changed.version)


async def list_edits(catalogue: Catalogue, name: str, lineup: str | None) -> Edits:
    """The edits of everybody's lineup, or of one, in this run of the channel. Raises BadInput, NotFound."""
    record = await catalogue.channel(checked_name("channel", name))
    if lineup is None:
        return Edits(record, None, record.version, record.edits)
    if not lineup.startswith(DERIVED):
        known = await catalogue.lineup(name, checked_name("lineup", lineup))
    elif not is_derived_id(lineup):
        raise NotFound(f"no lineup {lineup[:80]!r} of channel {name!r}")
    else:
        # What it will be once something is stored of it: see open_lineup.
        known = await catalogue.overlay(name, lineup) or LineupRecord(id=lineup, run_msn=record.msn)
    return Edits(record, lineup, known.version, known.edits if known.run_msn == record.msn else ())


async def undo_edit(
    catalogue: Catalogue,
    name: str,
    lineup: str | None,
    edit: str,
    clock: Clock,
    version: int | None = None,
    read: Reader | None = None,
) -> None:
    """Take an edit back; `read` is for plans. Raises NotFound, and Conflict when a player may have seen it."""
    stream = None if lineup is None else await loaded_stream(catalogue, read, name, lineup)
    deadline_ms = await deadline(catalogue, name)
    record = await catalogue.channel(name)
    known = None if lineup is None else await stored_lineup(catalogue, record, lineup)
    if known is None:
        check_version(f"channel {name!r}", record.version, version)
    else:
        check_version(f"lineup {lineup!r} of channel {name!r}", known.version, version)
    edits = record.edits if known is None else known.edits
    found = next((one for one in edits if one.id == edit), None)
    if found is None:
        raise NotFound(f"no edit {edit!r} of " + (f"channel {name!r}" if lineup is None else f"lineup {lineup!r}"))
    epoch_ms, now_ms = Channel(record, {}).epoch_ms, clock()
    tick = found.tick
    if stream is not None and known is not None:
        check_unchanged(stream, record, known)
        tick = takes_effect(stream, tick, now_ms)
    if tick < horizon(position(now_ms, epoch_ms), record.lookahead_ticks, MARGIN_TICKS):
        at = date_text(date_ms(epoch_ms, tick))
        raise Conflict(f"edit {edit!r} is on air from {at} on: it cannot be taken back, but another can follow it")
    left = tuple(one for one in edits if one is not found)
    if known is None:
        await replaced(catalogue, record, deadline_ms, edits=left)
    else:
        changed = known.model_copy(update={"edits": left, "version": known.version + 1})
        await catalogue.replace_lineup(name, changed, deadline_ms, known)


async def open_lineup(catalogue: Catalogue, name: str, lineup: str) -> None:
    """See to it that something is stored of a lineup, also of a derived one, and that servers look for it.

    These are writes of their own, as neither changes what airs: whoever has not heard of them has not heard of a
    later change either. Raises NotFound for a given lineup that is not there.
    """
    record = await catalogue.channel(name)
    if not lineup.startswith(DERIVED):
        await catalogue.lineup(name, lineup)
        return
    if not is_derived_id(lineup):
        raise NotFound(f"no lineup {lineup[:80]!r} of channel {name!r}")
    if not record.overlaid:
        await replaced(catalogue, record, None, overlaid=True)
    if await catalogue.overlay(name, lineup) is None:
        with suppress(Conflict):  # somebody else has just done it
            await catalogue.create_lineup(name, LineupRecord(id=lineup, run_msn=record.msn))


async def stored_lineup(catalogue: Catalogue, channel: ChannelRecord, lineup: str) -> LineupRecord:
    """What is stored of a lineup, as it counts in this run of the channel. Raises NotFound."""
    found = await catalogue.lineup(channel.name, lineup)
    if found.run_msn == channel.msn:
        return found
    tastes = tuple(one.model_copy(update={"tick": 0}) for one in found.tastes[-1:])
    parts = Channel(channel, {}).parts(found)
    return found.model_copy(update={"run_msn": channel.msn, "parts": parts, "edits": (), "tastes": tastes})


async def _loaded(catalogue: Catalogue, name: str, clips: Iterable[ClipRecord], drop: int, clock: Clock) -> Channel:
    """The channel with all these assets. Raises BadInput, NotFound, NotOnAir, Conflict."""
    clips = tuple(clips)
    if not clips and not drop:
        raise BadInput("an edit puts in a clip or more, or leaves some out")
    if len(clips) > CLIPS_LIMIT or not 0 <= drop <= DROP_LIMIT:
        raise BadInput(f"an edit puts in up to {CLIPS_LIMIT} clips, and leaves up to {DROP_LIMIT} out")
    for clip in clips:
        checked_asset(clip.asset)
    channels = Channels(catalogue)
    on = await channels.widened(await channels.channel(name), clips)
    on.clips(clips)
    await check_placed(catalogue, (clip.asset for clip in clips), clock())
    return on


def _edit(on: Channel, clips: Sequence[ClipRecord], drop: int, now_ms: int) -> Edit:
    return Edit(id=secrets.token_hex(4), tick=edit_tick(on, now_ms), clips=tuple(clips), drop=drop)


def edit_tick(on: Channel, now_ms: int) -> int:
    """At whose next clip boundary an edit takes effect that is made now. Raises NotOnAir."""
    record = on.record
    if record.stop_tick is not None:
        raise NotOnAir(f"channel {record.name!r} was stopped", None)
    return _settled(on, max(horizon(position(now_ms, on.epoch_ms), record.lookahead_ticks, MARGIN_TICKS), 0))


def _settled(on: Channel, tick: int) -> int:
    """Where an edit comes to no harm: a moment that resets drops those for which no clip of a viewer ended before."""
    longest = max(record.ticks[-1] for record in on.assets.values())
    for span in on.spans.after(tick, tick + longest + TICKS_PER_SECOND):
        if span.resets:
            return span.start + 1
    return tick


def check_count(what: str, edits: Sequence[Edit]) -> None:
    """Raises Conflict when there are too many edits for one more."""
    if len(edits) >= EDITS_LIMIT:
        raise Conflict(f"{what} was edited {EDITS_LIMIT} times since it went on air: change its pool instead")
