"""Accounts in the catalogue. No change takes the last owner away, whoever changes what at once."""

from typing import Literal

from storage import keys
from storage.account_records import AccountRecord
from storage.audit import remark
from storage.catalogue_writes import COMMON, Write, Writer
from storage.errors import Conflict
from storage.record_fields import parsed
from storage.redis_link import Link
from storage.scan import scan

LAST_OWNER = "this is the last owner who can sign in: make another first"

# ARGV behind those of every write: what must be stored ("": nothing), and what must be true of the other accounts:
# that an owner is among them ("kept"), or none ("first").
_CHANGE = f"""{COMMON}
local function owner_beside()
  local all = redis.call('HGETALL', KEYS[1])
  for n = 1, #all, 2 do
    local one = all[n] ~= ARGV[1] and cjson.decode(all[n + 1])
    local signs_in = one and not one.disabled and (type(one.password) == 'string' or type(one.subject) == 'string')
    if signs_in and one.role == 'owner' then return true end
  end
  return false
end
if (stored or '') ~= ARGV[12] then
  if mine() then return done_before() end
  return 'changed'
end
if ARGV[13] == 'kept' and not owner_beside() then return 'last' end
if ARGV[13] == 'first' and owner_beside() then return 'not first' end
return write()
"""

Guard = Literal["", "kept", "first"]


class AccountIndex:
    """A part of the catalogue (catalogue.py), with its promises."""

    def __init__(self, link: Link, writer: Writer) -> None:
        self._link = link
        self._writer = writer

    async def account(self, name: str) -> AccountRecord | None:
        """What is stored of an account, if there is one."""
        stored = (await self._link.ask(keys.ACCOUNTS, ("HGET", keys.ACCOUNTS, name)))[0]
        return None if stored is None else parsed(AccountRecord, stored, keys.ACCOUNTS, name)

    async def accounts(self) -> list[AccountRecord]:
        """All of them by name."""
        found = {name: text async for name, text in scan(self._link, keys.ACCOUNTS)}
        return [parsed(AccountRecord, found[name], keys.ACCOUNTS, name) for name in sorted(found)]

    async def count(self) -> int:
        """How many there are."""
        return int((await self._link.ask(keys.ACCOUNTS, ("HLEN", keys.ACCOUNTS)))[0])

    async def create(self, record: AccountRecord, *, first: bool = False) -> None:
        """Add one. Raises Conflict if there is one of this name, or it is to be the first owner and is not."""
        line = f"account {record.name} made: {record.role}"
        answer = await self._changed(None, record, line, "first" if first else "")
        if answer == "changed":
            raise Conflict(f"account {record.name!r} exists already")
        if answer == "not first":
            raise Conflict("there is an owner already: an owner makes the others")

    async def change(self, before: AccountRecord, after: AccountRecord, line: str, *, kept: bool = True) -> None:
        """Store what became of an account; `line` is what the audit trail says. `kept`: not of the last owner.

        Raises Conflict if it is the last owner who would be none, or the account is another by now.
        """
        lost = kept and before.is_owner and not after.is_owner
        _check(before, await self._changed(before, after, line, "kept" if lost else ""))

    async def remove(self, record: AccountRecord) -> None:
        """Forget one. Raises Conflict, as `change`."""
        guard: Guard = "kept" if record.is_owner else ""
        _check(record, await self._changed(record, None, f"account {record.name} taken away", guard))

    async def _changed(
        self, before: AccountRecord | None, after: AccountRecord | None, line: str, guard: Guard
    ) -> str:
        record = before or after
        assert record is not None  # noqa: S101 - nothing becomes nothing
        what = "made" if before is None else "gone" if after is None else "changed"
        write = account_write(
            record.name, "" if after is None else after.stored(), remark("account", record.name, line, what)
        )
        command = (*write.command(_CHANGE), "" if before is None else before.stored(), guard)
        return await self._writer.done(keys.ACCOUNTS, write.what, command)


def account_write(name: str, record: str, note: str = "") -> Write:
    """How an account is stored; "" removes it."""
    return Write(keys.ACCOUNTS, name, record, "account", keys.ALL_ACCOUNTS, f"account {name!r}", note=note)


def _check(before: AccountRecord, answer: str) -> None:
    if answer == "last":
        raise Conflict(f"account {before.name!r}: {LAST_OWNER}")
    if answer == "changed":
        raise Conflict(f"account {before.name!r} was changed meanwhile: look at it again")
