"""The verbs of people's accounts: make one, list them, change one, take one away, and a new link for one."""

import secrets
from dataclasses import dataclass

from pydantic import SecretStr

from manifest_server.admin.actions import Clock
from manifest_server.admin.passwords import Passwords, checked_password
from storage.account_records import (
    ROLES,
    SEAL_BYTES,
    SECRET_BYTES,
    AccountRecord,
    LinkKind,
    LinkRecord,
    Role,
    checked_account,
)
from storage.catalogue import Catalogue
from storage.errors import BadInput, Conflict, NotFound

ACCOUNTS_LIMIT = 1000
HOUR_MS = 3600 * 1000
INVITED_MS = 3 * 24 * HOUR_MS
RESET_MS = HOUR_MS


@dataclass(frozen=True, slots=True)
class OneTimeLink:
    """A link that opens once. `code` is what nobody can tell again."""

    code: str
    record: LinkRecord

    def __repr__(self) -> str:
        return f"OneTimeLink({self.record!r})"  # so that it is in no traceback, and in no log

    @property
    def path(self) -> str:
        """Where it leads to, on any server. A fragment is sent to none, so it is in no log."""
        return f"/admin/link#{self.code}"


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account, and the link with which its password is chosen, if it has none yet."""

    record: AccountRecord
    link: OneTimeLink | None


async def create_account(
    catalogue: Catalogue, name: str, role: str, clock: Clock, password: SecretStr | None, passwords: Passwords
) -> NewAccount:
    """A new account; without a password, somebody chooses one by the link. Raises BadInput, Conflict."""
    checked, known = checked_account(name), checked_role(role)
    if await catalogue.accounts.count() >= ACCOUNTS_LIMIT:
        raise Conflict(f"there are {ACCOUNTS_LIMIT} accounts: remove those that nobody needs")
    hashed = None if password is None else await passwords.hashed(checked_password(password, checked))
    record = AccountRecord(name=checked, role=known, seal=new_seal(), created_ms=clock(), password=hashed)
    await catalogue.accounts.create(record)
    link = None if hashed is not None else await _link(catalogue, "invitation", record, clock)
    return NewAccount(record, link)


async def list_accounts(catalogue: Catalogue) -> list[AccountRecord]:
    """All accounts by name."""
    return await catalogue.accounts.accounts()


async def change_account(
    catalogue: Catalogue, name: str, *, role: str | None = None, disabled: bool | None = None
) -> AccountRecord:
    """Give an account another role, or let nobody sign in to it; who has is out on every server within seconds.

    Raises BadInput, NotFound, and Conflict for the last owner.
    """
    before = await found_account(catalogue, name)
    said: list[str] = []
    changed: dict[str, object] = {}
    if role is not None and role != before.role:
        if before.subject is not None:
            raise Conflict(f"account {before.name!r}: its role comes from the OpenID provider, at each sign-in")
        changed["role"] = checked_role(role)
        said.append(f"was {before.role}, is {role}")
    if disabled is not None and disabled != before.disabled:
        # Links and sessions from before do not come back when it is enabled again.
        changed |= {"disabled": disabled, "seal": new_seal()}
        said.append("disabled" if disabled else "enabled")
    after = before.model_copy(update=changed)
    if said:
        await catalogue.accounts.change(before, after, f"account {before.name} {', '.join(said)}")
    return after


async def remove_account(catalogue: Catalogue, name: str) -> None:
    """Take an account away; who has signed in to it is out on every server within seconds. Raises as the above."""
    await catalogue.accounts.remove(await found_account(catalogue, name))


async def link_account(catalogue: Catalogue, name: str, clock: Clock) -> OneTimeLink:
    """A link with which a new password is chosen, and the one before ends. Raises BadInput, NotFound, Conflict."""
    record = await found_account(catalogue, name)
    if record.disabled:
        raise Conflict(f"account {record.name!r} is disabled: enable it first")
    if record.subject is not None:
        raise Conflict(f"account {record.name!r} has no password here: it signs in by the OpenID provider")
    return await _link(catalogue, "reset" if record.is_taken_up else "invitation", record, clock)


async def setup_link(catalogue: Catalogue, clock: Clock) -> OneTimeLink | None:
    """A link with which the first owner is made; None if there is one."""
    if any(one.is_owner for one in await catalogue.accounts.accounts()):
        return None
    return await _link(catalogue, "setup", None, clock)


async def found_account(catalogue: Catalogue, name: str) -> AccountRecord:
    """An account by its name, in any case. Raises BadInput, NotFound."""
    record = await catalogue.accounts.account(checked_account(name))
    if record is None:
        raise NotFound(f"no account {checked_account(name)!r}")
    return record


def checked_role(role: str) -> Role:
    """The role of this name. Raises BadInput."""
    for known in ROLES:
        if role == known:
            return known
    raise BadInput(f"role {role[:80]!r}: it is one of {', '.join(ROLES)}")


def new_seal() -> str:
    """What sessions and links have to match from now on."""
    return secrets.token_hex(SEAL_BYTES)


async def _link(catalogue: Catalogue, kind: LinkKind, account: AccountRecord | None, clock: Clock) -> OneTimeLink:
    lasts_ms = INVITED_MS if kind == "invitation" else RESET_MS
    name, seal = (None, None) if account is None else (account.name, account.seal)
    record = LinkRecord(kind=kind, account=name, seal=seal, expires_ms=clock() + lasts_ms)
    code = secrets.token_hex(SECRET_BYTES)
    if name is not None:
        await catalogue.audit.say("account", name, f"a one-time link made for account {name}: {kind}", "done")
    await catalogue.sessions.keep_link(code, record, lasts_ms)
    return OneTimeLink(code, record)
