"""How things were before a change, as far as they can be so again: what a player may have seen stays. No I/O."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from pydantic import TypeAdapter

from manifest_server.admin.actions import change_horizon, changes_from, kept_revisions
from manifest_server.admin.descriptions import shifted
from manifest_server.admin.moments import KEPT_MS, earliest, shortened, unix_ms
from manifest_server.programming.revisions import revised
from storage.audit_records import Difference
from storage.errors import Conflict
from storage.programme import Edit, Moment, TasteRevision
from storage.record import Record
from storage.records import ChannelRecord, LineupPart, LineupRecord, PoolRevision

Starts = Callable[[int], int]
Item = TypeVar("Item", bound=Record)  # of a list in a record

# Beside the lists below: values that count at once, or from the next join on.
_VALUES = {"query", "public", "cohorts", "title", "description"}


def channel_before(record: ChannelRecord, changed: dict[str, Difference], now_ms: int) -> dict[str, object]:
    """The fields with which a channel is again as it was before a change. Raises Conflict where it cannot be."""
    found: dict[str, object] = {}
    for field, one in changed.items():
        if field == "revisions":
            before = _before(record.revisions, one, PoolRevision, key="tick")
            found[field] = _revisions(record, before, changes_from(record, now_ms))
        elif field == "moments":
            found[field] = _moments(record, one, now_ms)
        elif field == "edits":
            found[field] = _pending(record.edits, one, Edit, "id", _first(record, now_ms))
        elif field in _VALUES:
            found[field] = _value(record, field, one)
        elif field == "timeshift_s":
            found |= shifted(record, _value(record, field, one), now_ms)
        else:
            raise Conflict(f"a change of {field} cannot be taken back; another can follow it")
    return found


def lineup_before(
    record: ChannelRecord, known: LineupRecord, changed: dict[str, Difference], now_ms: int, starts: Starts
) -> dict[str, object]:
    """The same of a lineup, in this run of its channel. `starts`: where its first clip boundary at a tick is."""
    if known.run_msn != record.msn:
        raise Conflict(f"channel {record.name!r} was started anew since")
    first = _first(record, now_ms)
    found: dict[str, object] = {}
    for field, one in changed.items():
        if field == "edits":
            found[field] = _pending(known.edits, one, Edit, "id", first, starts)
        elif field == "tastes":
            found[field] = _pending(known.tastes, one, TasteRevision, "tick", first, starts)
        elif field == "parts":
            found[field] = _pending(known.parts, one, LineupPart, "start", first)
        else:
            raise Conflict(f"a change of {field} cannot be taken back; another can follow it")
    return found


def _first(record: ChannelRecord, now_ms: int) -> int:
    """The change horizon. What airs before it stays."""
    if record.epoch_ms is None:
        return 0
    return change_horizon(record, now_ms)


def _value(record: ChannelRecord, field: str, one: Difference) -> Any:
    form = TypeAdapter[Any](ChannelRecord.model_fields[field].annotation or object)
    if one.cut:
        raise Conflict(f"{field}: what was there before was too long to be kept")
    if getattr(record, field) != form.validate_python(one.after):
        raise Conflict(f"{field} has changed since")
    return form.validate_python(one.before)


def _before(current: Iterable[Item], one: Difference, form: type[Item], key: str) -> tuple[Item, ...]:
    """A list as it was before. Raises Conflict if that is not known, or it has changed since."""
    if not one.parts:  # another order
        if one.cut or not isinstance(one.before, list):
            raise Conflict("what was there before was too long to be kept")
        return tuple(map(form.model_validate, one.before))
    if not isinstance(one.after, list) or not isinstance(one.before, list) or (one.cut and one.before):
        raise Conflict("what was there before was too long to be kept")
    new, there = {item[key] for item in one.after}, {getattr(item, key) for item in current}
    if not new <= there:
        raise Conflict("it has changed since")
    items = [item for item in current if getattr(item, key) not in new]
    for place, gone in zip(one.at, one.before, strict=True):
        items.insert(place, form.model_validate(gone))
    return tuple(items)


def _at_once(tick: int) -> int:
    return tick


def _pending(
    current: Sequence[Item], one: Difference, form: type[Item], key: str, first: int, starts: Starts = _at_once
) -> tuple[Item, ...]:
    """A list as it was before, if that differs only in what comes at or after the tick `first`."""
    before = _before(current, one, form, key)
    place = "start" if form is LineupPart else "tick"
    for item in (*current, *before):
        if (item not in current or item not in before) and starts(getattr(item, place)) < first:
            raise Conflict("players may have listed it by now, so it cannot be taken back; another change can follow")
    return before


def _revisions(record: ChannelRecord, before: Sequence[PoolRevision], tick: int) -> tuple[PoolRevision, ...]:
    """From the tick on what there was before; until then what there is."""
    kept = kept_revisions(record, tick)
    if not kept:
        revisions = tuple(before)
    else:
        again = revised([one for one in before if one.tick <= tick][-1], tick)
        first = () if again == revised(kept[-1], tick) else (again,)
        revisions = (*kept, *first, *(one for one in before if one.tick > tick))
    if not {plan.pool for plan in record.plans} <= {one.tick for one in revisions}:
        raise Conflict("lineups have been planned for that pool")
    return revisions


def _moments(record: ChannelRecord, one: Difference, now_ms: int) -> tuple[Moment, ...]:
    """The moments that were there before. Those that were added end, or do not begin; those that ended go on."""
    before = _before(record.moments, one, Moment, "id")
    first_ms = 0 if record.epoch_ms is None else unix_ms(record, earliest(record, now_ms))
    then, now = {item.id: item for item in before}, {item.id: item for item in record.moments}
    left: list[Moment] = []
    for item in before:
        known = now.get(item.id)
        if known is None and item.every_ms is None and item.at_ms <= now_ms - KEPT_MS:
            continue  # it only was forgotten
        if known != item and _changed_at(item, known) < first_ms:
            raise Conflict(f"moment {item.id!r} would have been on air by now, or be about to: add another")
        left.append(item)
    added = [shortened(record, item, now_ms) for item in record.moments if item.id not in then]
    return (*(item for item in added if item is not None), *left)


def _changed_at(before: Moment, now: Moment | None) -> int:
    """From when on a moment that was taken away, or ended, is not what it was (Unix milliseconds)."""
    if now is None:
        return before.at_ms
    if now.until_ms is not None and now.every_ms is not None:
        return now.at_ms - (now.at_ms - now.until_ms) // now.every_ms * now.every_ms  # when it comes no more
    return before.at_ms if now.loops_until_ms is None else now.loops_until_ms
