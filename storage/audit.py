"""The audit trail: who is at work, what is noted of each change with the change itself, and reading it back.

Of one deed that changes very many records, such as an import, the first LISTED have an entry each, then every
EVERY-th, and from ten times as many on every tenth of these, and so on: the rest is not driven out by it.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from storage import keys
from storage.audit_records import AuditEntry, AuditRecord, Kind, described, differences
from storage.catalogue_writes import AUDIT_KEPT
from storage.errors import BadInput, NotFound, Unavailable
from storage.record import Record
from storage.record_fields import parsed
from storage.redis_link import Link, text

LISTED = 100
EVERY = 1000

_ID = re.compile(r"[0-9]{1,20}-[0-9]{1,20}")


@dataclass(slots=True)
class Deed:
    """Who does what, and why. `changes`: how many records it has changed so far."""

    who: str
    verb: str
    why: str = ""
    changes: int = 0


_deed: ContextVar[Deed | None] = ContextVar("deed", default=None)


@contextmanager
def doing(deed: Deed) -> Iterator[None]:
    """What is changed inside, in this task and those it starts, is this deed's."""
    token = _deed.set(deed)
    try:
        yield
    finally:
        _deed.reset(token)


def note(kind: Kind, name: str, before: Record | None, after: Record, said: str = "") -> str:
    """What is kept of a change; "" for one that changes nothing that anybody sees. `said`: what to call it."""
    deed = _deed.get() or Deed("unknown", "")
    if before is None and kind != "channel" and not _is_listed(deed.changes + 1):
        deed.changes += 1  # there are millions: what is in them is not looked at
        return ""
    changed = differences(before, after)
    if not changed and (before is not None or kind != "channel"):
        return ""
    deed.changes += 1
    if not _is_listed(deed.changes):
        return ""
    line = said or described(kind, name, changed, made=before is None)
    if deed.changes > LISTED:
        line = f"change {deed.changes} of many, not all of which are listed: {line}"
    more = {"what": "made" if before is None else "changed", "version": getattr(after, "version", None)}
    return _record(deed, kind, name, line, changed=changed, **more).stored()


def summary(channel: str, text: str) -> str:
    """What is kept of it that very many profiles were changed at once."""
    deed = _deed.get() or Deed("unknown", "")
    return _record(deed, "profiles", channel, text).stored()


def remark(kind: Kind, name: str, line: str, what: str = "changed") -> str:
    """What is kept of something that is of no channel."""
    return _record(_deed.get() or Deed("unknown", ""), kind, name, line, what=what).stored()


def _is_listed(change: int) -> bool:
    """Whether change number `change` of a deed has an entry."""
    return change <= LISTED or change % max(EVERY, 10 ** (len(str(change)) - 1)) == 0


def removal(kind: Kind, name: str, gone: Record) -> str:
    """What is kept of it that something was taken away."""
    deed = _deed.get() or Deed("unknown", "")
    deed.changes += 1
    more = {"what": "gone", "version": getattr(gone, "version", None)}
    return _record(deed, kind, name, f"{kind} {name} taken away", **more).stored()


def _record(deed: Deed, kind: Kind, name: str, line: str, **more: object) -> AuditRecord:
    said = {"who": deed.who, "verb": deed.verb, "why": deed.why, "kind": kind, "name": name, "text": line}
    return AuditRecord.model_validate({**said, **more})


class AuditTrail:
    """A part of the catalogue (catalogue.py), with its promises."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def tell(self, channel: str, text: str) -> None:
        """Add that very many profiles of a channel are changed; perhaps twice, if the answer is lost."""
        key = keys.audit_key(channel)
        await self._link.ask(key, ("XADD", key, "MAXLEN", "~", AUDIT_KEPT, "*", "note", summary(channel, text)))

    async def say(self, kind: Kind, name: str, line: str, what: str = "changed") -> None:
        """Add to the trail of what is of no channel; perhaps twice, if the answer is lost."""
        key = keys.audit_key(keys.ALL_ACCOUNTS)
        note = remark(kind, name, line, what)
        await self._link.ask(key, ("XADD", key, "MAXLEN", "~", AUDIT_KEPT, "*", "note", note))

    async def page(self, channel: str, after: str | None, limit: int) -> tuple[list[AuditEntry], str | None]:
        """The newest changes of a channel, or of ALL_ACCOUNTS; or those before the one with the id `after`, and where
        to go on. Raises BadInput."""
        end = "+" if after is None else f"({_checked(after)}"
        found = await self._range("XREVRANGE", channel, end, "-", limit + 1)
        return found[:limit], found[limit - 1].id if len(found) > limit else None

    async def entry(self, channel: str, entry: str) -> AuditEntry:
        """One change of a channel. Raises BadInput, NotFound."""
        found = await self._range("XRANGE", channel, _checked(entry), entry, 1)
        if not found:
            raise NotFound(f"no entry {entry!r} in the audit trail of channel {channel!r}")
        return found[0]

    async def since(self, channel: str, entry: str, limit: int) -> list[AuditEntry]:
        """Changes of a channel after this one, the first first."""
        return await self._range("XRANGE", channel, f"({_checked(entry)}", "+", limit)

    async def _range(self, verb: str, channel: str, start: str, end: str, count: int) -> list[AuditEntry]:
        key = keys.audit_key(channel)
        entries = (await self._link.ask(key, (verb, key, start, end, "COUNT", count)))[0]
        return [_entry(key, text(entry), fields) for entry, fields in entries]


def _entry(key: str, entry: str, fields: object) -> AuditEntry:
    pairs = fields.items() if isinstance(fields, dict) else zip(fields[::2], fields[1::2], strict=True)  # type: ignore[index]
    stored = {text(name): value for name, value in pairs}.get("note")
    if stored is None:
        raise Unavailable(f"catalogue: {key} entry {entry} is none of an audit trail")
    record = parsed(AuditRecord, stored, key, entry)
    return AuditEntry(**dict(record), id=entry, at_ms=int(entry.partition("-")[0]))


def _checked(entry: str) -> str:
    if not _ID.fullmatch(entry):
        raise BadInput(f"audit entry {entry[:80]!r}: it is the id of one, such as 1767225600000-0")
    return entry
