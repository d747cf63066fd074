"""The verbs of the audit trail's other half: take a change back, as far as no player may have seen it."""

from dataclasses import dataclass

from manifest_server.admin.actions import (
    Clock,
    assign_viewer,
    check_live,
    check_version,
    deadline,
    remove_lineup,
    replaced,
)
from manifest_server.admin.outlooks import with_outlook
from manifest_server.admin.programmer import PROGRAMMER
from manifest_server.admin.restored import channel_before, lineup_before
from manifest_server.admin.streams import Reader, check_unchanged, loaded_stream, takes_effect
from manifest_server.onair.channel import Channel
from manifest_server.onair.channels import Channels
from manifest_server.playout.ticks import date_text
from storage.audit_records import AuditEntry
from storage.catalogue import Catalogue
from storage.errors import Conflict, NotFound
from storage.keys import checked_name
from storage.records import ChannelRecord, LineupRecord

LOOKED = 1000  # so many later changes are looked at, whether they stand on this one
_PAGE = 100


@dataclass(frozen=True, slots=True)
class Undone:
    """A change that was taken back; `version`: of what it had changed, now."""

    entry: AuditEntry
    version: int | None


async def undo_change(
    catalogue: Catalogue,
    name: str,
    clock: Clock,
    entry: str | None = None,
    version: int | None = None,
    read: Reader | None = None,
) -> Undone:
    """Take back a change of a channel, of its lineups or viewers: the newest that somebody made, or the entry's.

    What is not on air yet goes; a pool, rules, filler or a query are followed by what there was before, from the
    change horizon on. This is a change too, so undoing it does it again. `version`: of what it changed; `read` is for
    plans. Raises NotFound, and Conflict when something of the kind changed since, or nothing of it can be taken back.
    """
    channel = await catalogue.channel(checked_name("channel", name))
    found = await _newest(catalogue, name) if entry is None else await catalogue.audit.entry(name, entry)
    await _check_last(catalogue, name, found)
    try:
        return Undone(found, await _undone(catalogue, channel, found, clock, version, read))
    except Conflict as error:
        raise Conflict(f"{_said(found)}: {error}") from None


async def changed_lineup(catalogue: Catalogue, name: str, entry: str | None) -> str | None:
    """The lineup that the change changed which is to be taken back, if it did. Raises NotFound."""
    found = await _newest(catalogue, name) if entry is None else await catalogue.audit.entry(name, entry)
    return found.name if found.kind == "lineup" else None


async def _newest(catalogue: Catalogue, name: str) -> AuditEntry:
    after: str | None = None
    while True:
        page, after = await catalogue.audit.page(name, after, _PAGE)
        for one in page:
            # What servers did they would do again at once; of profiles it is not kept how they were.
            if one.who != PROGRAMMER and one.kind != "profiles":
                return one
        if after is None:
            raise NotFound(f"channel {name!r}: there is no change in its audit trail that somebody made")


async def _check_last(catalogue: Catalogue, name: str, entry: AuditEntry) -> None:
    """Raises Conflict if what it changed was changed once more since."""
    later = await catalogue.audit.since(name, entry.id, LOOKED)
    for one in later:
        if (one.kind, one.name) == (entry.kind, entry.name) and (
            one.changed.keys() & entry.changed or not one.changed
        ):
            raise Conflict(f"{_said(entry)}: that was followed by {_said(one)}")
    if len(later) == LOOKED:
        raise Conflict(f"{_said(entry)}: {LOOKED} changes and more have followed")


async def _undone(
    catalogue: Catalogue,
    channel: ChannelRecord,
    entry: AuditEntry,
    clock: Clock,
    version: int | None,
    read: Reader | None,
) -> int | None:
    if entry.what == "gone":
        raise Conflict("what was taken away cannot be put back; give it anew")
    match entry.kind:
        case "channel":
            return await _channel_undone(catalogue, entry, clock, version)
        case "lineup":
            if entry.what == "made":
                await remove_lineup(catalogue, channel.name, entry.name, clock, version)
                return None
            return await _lineup_undone(catalogue, channel.name, entry, clock, version, read)
        case "profiles":
            raise Conflict("profiles that were taken in have replaced those before, of which nothing is kept")
    await _viewer_undone(catalogue, channel.name, entry)
    return None


async def _channel_undone(catalogue: Catalogue, entry: AuditEntry, clock: Clock, version: int | None) -> int:
    if entry.what == "made":
        raise Conflict("a channel that was made stays")
    on = await Channels(catalogue).channel(entry.name)
    deadline_ms = await deadline(catalogue, entry.name)
    record = await catalogue.channel(entry.name)
    check_version(f"channel {entry.name!r}", record.version, version)
    now_ms = clock()
    changes = channel_before(record, entry.changed, now_ms)
    changed = record.model_copy(update=changes)
    if changed == record:
        raise Conflict("all is as it was before")
    await check_live(catalogue, changed.named - record.named)
    last = changed.revisions[-1]
    await check_live(catalogue, set() if last in record.revisions else {*last.assets, *last.filler})
    assets = {**on.assets, **await catalogue.assets_of(changed.named - on.assets.keys())}
    changes = with_outlook(Channel(record, assets), now_ms, **changes)
    return (await replaced(catalogue, record, deadline_ms, **changes)).version


async def _lineup_undone(
    catalogue: Catalogue, name: str, entry: AuditEntry, clock: Clock, version: int | None, read: Reader | None
) -> int:
    stream = await loaded_stream(catalogue, read, name, entry.name)
    deadline_ms = await deadline(catalogue, name)
    record = await catalogue.channel(name)
    known = await catalogue.lineup_on_air(name, entry.name)
    check_version(f"lineup {entry.name!r} of channel {name!r}", known.version, version)
    check_unchanged(stream, record, known)
    now_ms = clock()
    changes = lineup_before(record, known, entry.changed, now_ms, lambda tick: takes_effect(stream, tick, now_ms))
    changed: LineupRecord = known.model_copy(update={**changes, "version": known.version + 1})
    if changed.model_copy(update={"version": known.version}) == known:
        raise Conflict("all is as it was before")
    now, then = ({clip.asset for clip in one.clips} for one in (known, changed))
    await check_live(catalogue, then - now)
    await catalogue.replace_lineup(name, changed, deadline_ms, known)
    return changed.version


async def _viewer_undone(catalogue: Catalogue, name: str, entry: AuditEntry) -> None:
    if entry.what == "made":
        # Of an import of before these were looked up: they may have been on another one.
        raise Conflict("nobody had looked where they were before: assign them anew")
    known, lineup = await catalogue.viewer(name, entry.name), entry.changed["lineup"]
    if known is None or known.lineup != lineup.after:
        raise Conflict("they have been put elsewhere since")
    await assign_viewer(catalogue, name, entry.name, lineup.before)


def _said(entry: AuditEntry) -> str:
    return f"change {entry.id} by {entry.who} at {date_text(entry.at_ms)} ({entry.text})"
