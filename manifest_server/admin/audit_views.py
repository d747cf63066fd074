"""What the API answers with about the audit trail."""

from typing import Self

from pydantic import BaseModel, ConfigDict

from manifest_server.admin.airing_examples import AUDIT, UNDONE
from manifest_server.admin.undo import Undone
from manifest_server.playout.ticks import date_text
from storage.audit_records import AuditEntry, AuditRecord


class AuditLine(AuditRecord):
    """A change: `at` is RFC 3339, by Redis's clock. `changed`: the fields, before and after."""

    id: str
    at: str

    @classmethod
    def of(cls, entry: AuditEntry) -> Self:
        """An entry of the trail."""
        told = {name: value for name, value in entry if name != "at_ms"}
        return cls.model_validate({**told, "at": date_text(entry.at_ms)})


class AuditPage(BaseModel):
    """Some changes of a channel, the newest first; `next` is the `after` of the next page."""

    model_config = ConfigDict(json_schema_extra={"examples": [AUDIT]})

    entries: list[AuditLine]
    next: str | None = None


class UndoneView(BaseModel):
    """A change that was taken back. `version`: of what it had changed, now, if that has one."""

    model_config = ConfigDict(json_schema_extra={"examples": [UNDONE]})

    undone: AuditLine
    version: int | None

    @classmethod
    def of(cls, undone: Undone) -> Self:
        """What was taken back."""
        return cls(undone=AuditLine.of(undone.entry), version=undone.version)
