"""Signing in and out: by password, by a one-time link, or by who an OpenID provider says it is."""

import secrets
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from http import HTTPStatus

from pydantic import SecretStr
from starlette.exceptions import HTTPException

from manifest_server.admin.accounts import ACCOUNTS_LIMIT, new_seal
from manifest_server.admin.admission import Signed
from manifest_server.admin.identity import Identity, Refused
from manifest_server.admin.passwords import Passwords, checked_password
from manifest_server.admin.throttle import Throttle
from storage.account_records import (
    SECRET_BYTES,
    AccountRecord,
    LinkRecord,
    SessionRecord,
    checked_account,
    is_account,
    is_secret,
)
from storage.audit import Deed, doing
from storage.catalogue import Catalogue
from storage.errors import BadInput, Conflict, NotFound

HOUR_MS = 3600 * 1000
IDLE_MS = 12 * HOUR_MS
LONGEST_MS = 7 * 24 * HOUR_MS
# Of who signs in by a provider, which may have thrown them out since and tells nobody.
LONGEST_OF_PROVIDER_MS = 12 * HOUR_MS
_PROLONGED_MS = 5 * 60 * 1000  # a session is written again no more often
_OWNED_S = 60.0

WRONG = "the name or the password is wrong"
NO_LINK = "this one-time link is not of this server, was used or has expired: ask an owner for a new one"


@dataclass(frozen=True, slots=True)
class OpenLink:
    """A link that can be used, and the account that it is of; that of the first owner is of none."""

    record: LinkRecord
    account: AccountRecord | None


class SignIn:
    """Sessions over a catalogue. Every method raises Unavailable."""

    def __init__(self, catalogue: Catalogue, passwords: Passwords, now_ms: Callable[[], int]) -> None:
        self._catalogue = catalogue
        self._passwords = passwords
        self._now_ms = now_ms
        self._throttle = Throttle(catalogue.sessions)
        self._owned_until_s = float("-inf")

    async def is_owned(self) -> bool:
        """Whether there is an owner who can sign in. Anybody may ask: that there is one is remembered for a while."""
        if time.monotonic() >= self._owned_until_s:
            if not any(one.is_owner for one in await self._catalogue.accounts.accounts()):
                return False
            self._owned_until_s = time.monotonic() + _OWNED_S
        return True

    def now_s(self) -> int:
        """Unix seconds by the server's clock."""
        return self._now_ms() // 1000

    async def by_password(self, name: str, password: SecretStr, address: str) -> Signed:
        """A session. Raises HTTPException: 401 with the same words for whatever was wrong, 429 with Retry-After."""
        try:
            checked = checked_account(name)
        except BadInput:
            checked = ""
        attempt = await self._throttle.attempt(address, checked)
        async with self._throttle.comparing(attempt):
            account = await self._catalogue.accounts.account(checked) if checked else None
            usable = account is not None and not account.disabled
            fits = await self._passwords.fits(password, account.password if account is not None and usable else None)
        if account is None or not fits:
            await self._refused(account, "the password is wrong" if usable else "it is disabled")
            raise HTTPException(HTTPStatus.UNAUTHORIZED, WRONG)
        await self._throttle.right(attempt)
        return await self.begun(account, "by password")

    async def open_link(self, code: str, address: str) -> OpenLink:
        """What a one-time link is for. Raises NotFound, and HTTPException (429)."""
        await self._throttle.by_address(address)
        record = await self._catalogue.sessions.link(code) if is_secret(code) else None
        if record is None or self._now_ms() >= record.expires_ms:
            raise NotFound(NO_LINK)
        if record.account is None:
            return OpenLink(record, None)
        account = await self._catalogue.accounts.account(record.account)
        if account is None or account.disabled or account.seal != record.seal:
            raise NotFound(NO_LINK)
        return OpenLink(record, account)

    async def by_link(self, code: str, name: str | None, password: SecretStr, address: str) -> Signed:
        """A session, for who chooses a password by a link. Of all who use a link, one does.

        Raises BadInput, NotFound, Conflict, and HTTPException (429).
        """
        link = await self.open_link(code, address)
        if link.account is not None:
            named = link.account.name
            if name is not None and checked_account(name) != named:
                raise BadInput(f"name: this link is of account {named!r}")
        elif name is None:
            raise BadInput("name: this link makes the first owner: choose a name")
        else:
            named = checked_account(name)
            if await self._catalogue.accounts.account(named) is not None:
                raise Conflict(f"account {named!r} exists already")
        hashed = await self._passwords.hashed(checked_password(password, named))
        if not await self._catalogue.sessions.take(
            code, secrets.token_hex(8), link.record.expires_ms - self._now_ms()
        ):
            raise NotFound(NO_LINK)
        with _deed(named, "use_link"):
            account = await self._taken_up(link, named, hashed)
        return await self.begun(account, "by a one-time link")

    async def returned(self, address: str, ask: Callable[[], Awaitable[Identity]]) -> Signed:
        """A session of who comes back from the provider, which `ask` asks. Raises as `by_provider` does, and `ask`.

        Each time costs requests there, so those that come to nothing are counted.
        """
        try:
            counted = await self._throttle.by_address(address)
        except HTTPException:
            raise Refused("busy", "too many attempts from one address") from None
        signed = await self.by_provider(await ask())
        await self._throttle.uncount(counted)
        return signed

    async def by_provider(self, who: Identity) -> Signed:
        """A session of who an OpenID provider says it is, with the role that this gives. Raises Refused, Conflict.

        An account is found by who it is of, never by its name: names there are often people's to choose.
        """
        accounts = self._catalogue.accounts
        known = await accounts.accounts()
        found = next((one for one in known if one.subject == who.subject), None)
        if found is None:
            found = await self._invited(who, {one.name for one in known})
        elif who.role != found.role:
            # The provider's word counts, also of the last owner; whom it gives no role is out at once.
            changed = {"role": who.role} if who.role is not None else {"seal": new_seal()}
            before, found = found, found.model_copy(update=changed)
            with _deed(found.name, "sign_in"):
                line = f"account {found.name} is {who.role or 'of no role'} by the OpenID provider"
                await accounts.change(before, found, line, kept=False)
        if who.role is None:
            raise Refused("no-role", f"account {found.name} has no role there")
        if found.disabled:
            raise Refused("disabled", f"account {found.name} is disabled")
        return await self.begun(found, "by the OpenID provider")

    async def _invited(self, who: Identity, taken: set[str]) -> AccountRecord:
        """A new account. Raises Refused, Conflict."""
        if who.role is None:
            raise Refused("no-role", "somebody has no role there")
        name = next((checked_account(one) for one in who.names if is_account(one)), who.subject[:16])
        if name in taken:
            raise Refused("taken", f"there is another account {name}")
        if len(taken) >= ACCOUNTS_LIMIT:
            raise Refused("refused", f"there are {ACCOUNTS_LIMIT} accounts")
        record = AccountRecord(
            name=name, role=who.role, seal=new_seal(), created_ms=self._now_ms(), subject=who.subject
        )
        with _deed(name, "sign_in"):
            await self._catalogue.accounts.create(record)
        return record

    async def change_password(self, signed: Signed, old: SecretStr, new: SecretStr, address: str) -> Signed:
        """Another password. All sessions of the account end; the answer is a new one. Raises as `by_password`."""
        account = await self._catalogue.accounts.account(signed.account.name)
        if account is None or account.seal != signed.session.seal:
            raise HTTPException(HTTPStatus.UNAUTHORIZED, "this session has ended")
        if account.password is None:
            raise Conflict(f"account {account.name!r} has no password here: it signs in by the OpenID provider")
        checked_password(new, account.name)
        # Only now: what is refused before that is no guess at a password.
        attempt = await self._throttle.attempt(address, account.name)
        async with self._throttle.comparing(attempt):
            fits = await self._passwords.fits(old, account.password)
        if not fits:
            await self._refused(account, "the old password is wrong")
            raise BadInput("old: the password is wrong")
        await self._throttle.right(attempt)
        after = account.model_copy(update={"password": await self._passwords.hashed(new), "seal": new_seal()})
        with _deed(account.name, "change_password"):
            await self._catalogue.accounts.change(account, after, f"account {account.name} has another password")
        return await self._session(after)

    async def begun(self, account: AccountRecord, how: str) -> Signed:
        """A session of an account that somebody has shown to be theirs; the audit trail has it first."""
        with _deed(account.name, "sign_in"):
            await self._catalogue.audit.say("session", account.name, f"signed in {how}", "done")
        return await self._session(account)

    async def ended(self, signed: Signed) -> None:
        """Sign somebody out: on every server within seconds."""
        await self._catalogue.sessions.end(signed.secret)
        with _deed(signed.account.name, "sign_out"):
            await self._catalogue.audit.say("session", signed.account.name, "signed out", "done")

    async def signed_in(self, secret: str) -> Signed | None:
        """Who has this session now."""
        session = await self._catalogue.sessions.session(secret)
        account = None if session is None else await self._catalogue.accounts.account(session.account)
        if session is None or account is None or account.disabled or account.seal != session.seal:
            return None
        return Signed(secret, session, account)

    async def used(self, signed: Signed) -> bool:
        """A session is used, and so goes on: whether it was written that it lasts longer."""
        now_ms, session = self._now_ms(), signed.session
        later_ms = now_ms + IDLE_MS
        if now_ms >= session.expires_ms or later_ms - session.idle_ms <= _PROLONGED_MS:
            return False
        session = session.model_copy(update={"idle_ms": later_ms})
        await self._catalogue.sessions.prolong(signed.secret, session, session.expires_ms - now_ms)
        return True

    async def refused(self, name: str | None, why: str) -> None:
        """Tell the audit trail of somebody who was not let in, unless there are very many."""
        if await self._throttle.is_listed():
            with doing(Deed("somebody", "sign_in")):
                await self._catalogue.audit.say("session", name or "", f"sign-in refused: {why}", "done")

    async def _refused(self, account: AccountRecord | None, why: str) -> None:
        # What is no account's name may be a password in the wrong field.
        if account is None:
            await self.refused(None, "there is no such account")
        else:
            await self.refused(account.name, why)

    async def _taken_up(self, link: OpenLink, name: str, hashed: str) -> AccountRecord:
        accounts, seal = self._catalogue.accounts, new_seal()
        if link.account is None:
            account = AccountRecord(name=name, role="owner", seal=seal, created_ms=self._now_ms(), password=hashed)
            await accounts.create(account, first=True)
            return account
        account = link.account.model_copy(update={"password": hashed, "seal": seal})
        await accounts.change(link.account, account, f"account {name} has a password by a one-time link")
        return account

    async def _session(self, account: AccountRecord) -> Signed:
        longest_ms = LONGEST_MS if account.subject is None else LONGEST_OF_PROVIDER_MS
        now_ms, secret = self._now_ms(), secrets.token_hex(SECRET_BYTES)
        session = SessionRecord(
            account=account.name, seal=account.seal, idle_ms=now_ms + IDLE_MS, ends_ms=now_ms + longest_ms
        )
        await self._catalogue.sessions.begin(secret, session, session.expires_ms - now_ms)
        return Signed(secret, session, account)


def _deed(name: str, verb: str) -> AbstractContextManager[None]:
    """What is done inside is a deed of this account's."""
    return doing(Deed(f"account {name}", verb))
