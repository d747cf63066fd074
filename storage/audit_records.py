"""The audit trail as it is stored: who changed what, when and why, and how it was before. Pure."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, Field

from storage.record import Record

CHANGED_LIMIT = 16 << 10  # bytes of JSON of all that an entry keeps of what changed
TEXT_LIMIT = 300
WHY_LIMIT = 500

# No change by themselves: counters, and what only follows from something else.
_PASSED = {"schema_version", "name", "id", "version", "overlaid", "run_msn", "outlooks", "past_from"}

_KEYS = ("id", "version", "tick", "start")
_NAMED = 100  # items that are too long to be kept

Kind = Literal["channel", "lineup", "viewer", "profiles", "account", "session", "token", "webhook"]


class Difference(Record):
    """Of a field: how it was and how it is. Of a list (`parts`): what is no longer in it, and what is new.

    `at`: the places in the list before of what is no longer in it.
    `cut`: it was too long to be kept; of items that have a name, or a place in time, those are.
    """

    before: Any = None
    after: Any = None
    parts: bool = False
    at: tuple[int, ...] = ()
    cut: bool = False


class AuditRecord(Record):
    """A change of a channel, or of one of its lineups or viewers, or of very many profiles at once; or of no channel.

    `version`: the one that it made.

    `what`: something that is new ("made") was not there before, or nobody has looked; "done" changed nothing.
    """

    who: str
    verb: str
    why: str = ""
    kind: Kind
    name: str
    what: Literal["made", "changed", "gone", "done"] = "changed"
    version: int | None = None
    text: str
    changed: dict[str, Difference] = Field(default_factory=dict)


class AuditEntry(AuditRecord):
    """A change with its place in the trail: `id` rises, `at_ms` is Unix milliseconds by Redis's clock."""

    id: str
    at_ms: int


class Parts(NamedTuple):
    """What is only in the list before, and what only in the one after."""

    gone: tuple[Any, ...]
    new: tuple[Any, ...]


def parted(before: Iterable[Any], after: Iterable[Any]) -> Parts:
    """What two lists do not have in common, in their order."""
    before, after = tuple(before), tuple(after)
    if len(before) <= len(after) and all(one is other for one, other in zip(before, after, strict=False)):
        return Parts((), after[len(before) :])  # as most changes are
    then, now = ({_text(one) for one in some} for some in (before, after))
    return Parts(
        tuple(one for one in before if _text(one) not in now), tuple(one for one in after if _text(one) not in then)
    )


def differences(before: Record | None, after: Record) -> dict[str, Difference]:
    """The fields that a change made different, as JSON can hold them; without `before`, those that say something."""
    model = type(after)
    found: dict[str, Difference] = {}
    left = CHANGED_LIMIT
    for name, field in model.model_fields.items():
        old = getattr(before, name) if before is not None else field.get_default(call_default_factory=True)
        new = getattr(after, name)
        if name in _PASSED or old is new or (new == old and (before is not None or not field.is_required())):
            continue
        difference = _difference(old if before is not None or not field.is_required() else None, new)
        size = len(difference.stored())
        if size > left:
            difference = _counted(difference)
            size = len(difference.stored())
        left -= size
        found[name] = difference
    return found


def described(kind: Kind, name: str, changed: Mapping[str, Difference], *, made: bool) -> str:
    """One line for people: what changed."""
    said = "; ".join(_said(field, one) for field, one in changed.items())
    head = f"{kind} {name}" + (" made" if made else "")
    text = f"{head}: {said}" if said else head
    return text if len(text) <= TEXT_LIMIT else text[: TEXT_LIMIT - 3] + "..."


def _difference(old: Any, new: Any) -> Difference:
    if not isinstance(new, tuple) or not isinstance(old, tuple | None):
        return Difference(before=_plain(old), after=_plain(new))
    gone, come = parted(old or (), new)
    if not gone and not come:  # another order
        return Difference(before=_plain(old), after=_plain(new))
    there = {_text(one) for one in gone}
    at = tuple(number for number, one in enumerate(old or ()) if there and _text(one) in there)
    return Difference(before=_plain(gone), after=_plain(come), parts=True, at=at)


def _counted(one: Difference) -> Difference:
    return Difference(before=_count(one.before), after=_count(one.after), parts=one.parts, at=one.at, cut=True)


def _count(value: Any) -> Any:
    """What stands for a value that is too long."""
    if isinstance(value, list) and len(value) <= _NAMED and all(_key(one) for one in value):
        return [{_key(one): one[_key(one)]} for one in value]
    if isinstance(value, list):
        return f"{len(value)}, too long to be kept" if value else value
    return "too long to be kept" if len(json.dumps(value)) > 100 else value


def _said(field: str, one: Difference) -> str:
    if one.parts:
        parts = [
            f"without {_names(one.before)}" if one.before else "",
            f"with {_names(one.after)}" if one.after else "",
        ]
        return f"{field} " + ", ".join(filter(None, parts))
    return f"{field} was {_short(one.before)}, is {_short(one.after)}"


def _names(value: Any) -> str:
    """What the items of a list are called."""
    if not isinstance(value, list):
        return _short(value)
    return ", ".join(_name(one) for one in value[:5]) + (f" and {len(value) - 5} more" if len(value) > 5 else "")


def _name(value: Any) -> str:
    key = _key(value)
    return _short(value) if not key else str(value[key]) if key == "id" else f"{key} {value[key]}"


def _key(value: Any) -> str:
    """By which of its fields an item is known; "": by none."""
    return next((key for key in _KEYS if key in value), "") if isinstance(value, dict) else ""


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_defaults=True)
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return value


def _text(one: Any) -> str:
    return one.model_dump_json() if isinstance(one, BaseModel) else json.dumps(one)
