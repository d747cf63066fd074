"""Many lineups and viewers of a channel, some hundred at a time: an import has them by the million."""

import re
from collections.abc import AsyncIterator, Iterable, Sequence, Set

from storage import keys
from storage.catalogue_writes import AUDIT_KEPT, CHANGES_KEPT, Write, Writer
from storage.errors import StreamSyncError
from storage.record_fields import AnyRecord, parsed
from storage.record_writes import changed_lineup, changed_viewer
from storage.records import LineupRecord, ViewerRecord
from storage.redis_link import Link
from storage.scan import scan

_ASSET_ID = re.compile(r"[0-9a-f]{32}")
_AT_ONCE = 500  # records that one script writes: Redis does nothing else for the milliseconds that it takes

# KEYS: the hash, the stream of changes, the audit trail. ARGV: the kind of what changes, where the change is said,
# the word that is said, "put" or "create", and for each record its field, the record, and what is noted of it.
# It may be repeated: what is stored already is left alone. First the notes, as in catalogue_writes.py.
_WRITE_ALL = f"""
local taken, changed = {{}}, false
for at = 5, #ARGV, 3 do
  local field, record, note = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  local stored = redis.call('HGET', KEYS[1], field)
  if not stored or (ARGV[4] == 'put' and stored ~= record) then
    redis.call('XADD', KEYS[2], 'MAXLEN', '~', '{CHANGES_KEPT}', '*', 'kind', ARGV[1], 'name', field, 'by', '')
    if note ~= '' then redis.call('XADD', KEYS[3], 'MAXLEN', '~', '{AUDIT_KEPT}', '*', 'note', note) end
    redis.call('HSET', KEYS[1], field, record)
    changed = true
  elseif stored ~= record then
    table.insert(taken, field)
  end
end
if changed then redis.call('PUBLISH', ARGV[2], ARGV[3]) end
return 'done ' .. table.concat(taken, ' ')
"""


class Many:
    """A part of the catalogue (catalogue.py), with its promises."""

    def __init__(self, link: Link, writer: Writer) -> None:
        self._link = link
        self._writer = writer

    async def lineups(self, channel: str, ids: Iterable[str]) -> dict[str, LineupRecord]:
        """Those of these lineups that there are."""
        return await self._known(LineupRecord, keys.lineups_key(channel), ids)

    async def create_lineups(self, channel: str, records: Iterable[LineupRecord]) -> set[str]:
        """Add lineups; the ids of those that are there with something else, and stay so."""
        return await self._written([changed_lineup(channel, record, None) for record in records], "create")

    async def replace_lineups(
        self, channel: str, records: Sequence[tuple[LineupRecord, LineupRecord]], deadline_ms: int
    ) -> dict[str, StreamSyncError]:
        """As `Catalogue.replace_lineup`, for pairs of what was read and what takes its place; of those that were
        refused, why."""
        writes = [changed_lineup(channel, after, before) for before, after in records]
        versions = [after.version for _, after in records]
        answers = await self._writer.replace_all(writes, versions, deadline_ms, "LineupRecord")
        return {write.field: error for write, error in zip(writes, answers, strict=True) if error is not None}

    async def put_viewers(self, channel: str, records: Sequence[ViewerRecord]) -> int:
        """Store viewers, whatever is stored of them; how many were something else, or not there."""
        known = await self._known(ViewerRecord, keys.viewers_key(channel), (record.name for record in records))
        # As `assign_viewer` does: who was not stored was on the lineup of their name, and can be put back there.
        writes = [
            changed_viewer(channel, record, known.get(record.name) or ViewerRecord(name=record.name))
            for record in records
            if known.get(record.name) != record
        ]
        await self._written(writes, "put")
        return len(writes)

    async def _known(self, model: type[AnyRecord], key: str, names: Iterable[str]) -> dict[str, AnyRecord]:
        """Those of these fields of a hash that there are."""
        wanted = list(dict.fromkeys(names))
        found: dict[str, AnyRecord] = {}
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            texts = (await self._link.ask(key, ("HMGET", key, *some)))[0]
            for name, stored in zip(some, texts, strict=True):
                if stored is not None:
                    found[name] = parsed(model, stored, key, name)
        return found

    async def _written(self, writes: Sequence[Write], how: str) -> set[str]:
        taken: set[str] = set()
        for start in range(0, len(writes), _AT_ONCE):
            some = writes[start : start + _AT_ONCE]
            first = some[0]
            where = (first.key, keys.changes_key(first.source), keys.audit_key(first.source))
            texts = [text for write in some for text in (write.field, write.record, write.note)]
            head = (first.kind, keys.CHANGES, first.source, how)
            answer = await self._writer.done(first.key, first.what, ("EVAL", _WRITE_ALL, 3, *where, *head, *texts))
            taken |= set(answer.split()[1:])
        return taken

    async def lineups_with(self, channel: str, assets: Set[str]) -> AsyncIterator[LineupRecord]:
        """The lineups of a channel that name one of these assets; some perhaps twice."""
        key = keys.lineups_key(channel)
        async for lineup, stored in scan(self._link, key):
            if not assets.isdisjoint(_ASSET_ID.findall(stored)):
                yield parsed(LineupRecord, stored, key, lineup)
